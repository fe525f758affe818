"""The rules by which rows are divided into a training and a validation part, as they are asked for.

Checks what can be said without a table. Leaves dividing to `splits`.
"""

from dataclasses import dataclass
from typing import Literal

from tablefit.errors import InvalidInput

from data_service.schema import Cell

PartName = Literal["training", "validation"]
Stratification = Literal["default", "none", "target"]

LIMIT_FOLDS = 1_000
LIMIT_VALUES = 10_000


@dataclass(frozen=True)
class FractionSplit:
    """A random share of the rows is held out."""

    fraction: float
    seed: int = 0


@dataclass(frozen=True)
class FoldSplit:
    """One of `count` equal folds is held out, `fold` counted from 0."""

    count: int
    fold: int
    seed: int = 0


@dataclass(frozen=True)
class ValueSplit:
    """The rows in which a column has one of these values are held out."""

    column: str
    values: tuple[Cell, ...]


@dataclass(frozen=True)
class TimeSplit:
    """The rows from this time on are held out: microseconds since 1970 UTC."""

    column: str
    start_us: int


@dataclass(frozen=True)
class HashSplit:
    """The rows whose ids have a small hash are held out, whatever other rows there are."""

    fraction: float
    seed: int = 0


SplitRule = FractionSplit | FoldSplit | ValueSplit | TimeSplit | HashSplit


@dataclass(frozen=True)
class SplitOptions:
    """Which part of which division."""

    rule: SplitRule
    part: PartName = "training"
    stratification: Stratification = "default"


def check_split(split: SplitOptions) -> None:
    """Raises InvalidInput, naming the field, for a division that fits no table."""
    rule = split.rule
    if isinstance(rule, FractionSplit | HashSplit):
        _check_fraction(rule.fraction, split.part)
    elif isinstance(rule, FoldSplit):
        _check_folds(rule)
    elif isinstance(rule, ValueSplit) and not 1 <= len(rule.values) <= LIMIT_VALUES:
        raise InvalidInput(
            f"expected 1 to {LIMIT_VALUES:,} validation values, received {len(rule.values)}",
            field="split.value.validation_values",
        )
    if split.stratification == "target" and not isinstance(rule, FractionSplit | FoldSplit):
        raise InvalidInput(
            "expected a split by fraction or fold, the only ones that can divide each class alike; received a rule "
            "that looks at one row alone together with stratification by the target",
            field="split.stratification",
        )


def _check_fraction(fraction: float, part: PartName) -> None:
    # Also refuses NaN.
    if not 0 <= fraction < 1:
        raise InvalidInput(
            f"expected a validation fraction of at least 0 and below 1, received {fraction}",
            field="split.validation_fraction",
        )
    if part == "validation" and fraction == 0:
        raise InvalidInput(
            "expected a validation fraction above 0 to stream the validation part, received 0",
            field="split.validation_fraction",
        )


def _check_folds(rule: FoldSplit) -> None:
    if not 2 <= rule.count <= LIMIT_FOLDS:
        raise InvalidInput(f"expected 2 to {LIMIT_FOLDS:,} folds, received {rule.count}", field="split.fold.fold_count")
    if not 0 <= rule.fold < rule.count:
        raise InvalidInput(f"expected a fold from 0 to {rule.count - 1}, received {rule.fold}", field="split.fold.fold")
