"""Divides the rows of a snapshot as a stream asks for it: which part of which split, oversampled or not.

Knows columns and their classes. Leaves the arithmetic to `splits`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import InvalidInput, WrongState

from data_service.pinned_rows import PinnedRows
from data_service.schema import ColumnType
from data_service.split_rules import FoldSplit, FractionSplit, HashSplit, SplitOptions, TimeSplit, ValueSplit
from data_service.splits import Part, fold_part, hash_part, masked_part, oversampled, split_part

WITH_CLASSES = (ColumnType.CATEGORY, ColumnType.TEXT, ColumnType.BOOLEAN)
_VALUE_TYPES: dict[ColumnType, type] = {
    ColumnType.CATEGORY: str,
    ColumnType.TEXT: str,
    ColumnType.BOOLEAN: bool,
    ColumnType.INTEGER: int,
}


def divide(rows: PinnedRows, split: SplitOptions, target: str, directory: Path) -> Part:
    """The part of the rows that a split gives. Raises InvalidInput for one that does not fit, WrongState for none."""
    part = _part(rows, split, target, directory)
    if part.row_count == 0:
        raise WrongState(
            f"The {split.part} part of table {rows.record.table!r} has no rows: none of its {rows.row_count} "
            f"{'can be held out' if split.part == 'validation' else 'is left'} by this split. Ask for another one, or "
            "ingest more rows.",
            details={"table": rows.record.table},
        )
    return part


def oversample(rows: PinnedRows, part: Part, target: str, seed: int, directory: Path) -> Part:
    """The part with all classes of the target equally frequent."""
    if not target or rows.columns[target].type not in WITH_CLASSES:
        raise InvalidInput(
            f"expected a target with classes (a category, text or boolean column) to balance by, received "
            f"{target or 'none'}",
            field="balance",
        )
    classes = rows.classes(target)
    return oversampled(part, classes.codes, len(classes.names), seed, directory)


def _part(rows: PinnedRows, split: SplitOptions, target: str, directory: Path) -> Part:
    rule = split.rule
    if isinstance(rule, FractionSplit):
        codes, counts = _strata(rows, split, target)
        return split_part(
            rows.ids, codes, counts, fraction=rule.fraction, seed=rule.seed, part=split.part, directory=directory
        )
    if isinstance(rule, FoldSplit):
        codes, _ = _strata(rows, split, target)
        return fold_part(
            rows.ids, codes, count=rule.count, fold=rule.fold, seed=rule.seed, part=split.part, directory=directory
        )
    if isinstance(rule, HashSplit):
        return hash_part(rows.ids, fraction=rule.fraction, seed=rule.seed, part=split.part, directory=directory)
    is_held_out = _later(rows, rule) if isinstance(rule, TimeSplit) else _among(rows, rule)
    return masked_part(rows.row_count, lambda chunk: is_held_out[chunk], split.part, directory)


def _strata(rows: PinnedRows, split: SplitOptions, target: str) -> tuple[NDArray[np.int32], list[int]]:
    """The class of each row for the split, and the rows of each class; one class where it is not stratified."""
    has_classes = bool(target) and rows.columns[target].type in WITH_CLASSES
    if split.stratification == "target" and not has_classes:
        raise InvalidInput(
            "expected a target with classes (a category, text or boolean column) to stratify by, received "
            f"{target or 'none'}",
            field="split.stratification",
        )
    if split.stratification == "none" or not has_classes:
        return np.zeros(rows.row_count, dtype=np.int32), [rows.row_count]
    classes = rows.classes(target)
    counts = list(classes.row_counts)
    if sum(counts) == rows.row_count:
        return classes.codes, counts
    # NULL is a class of its own.
    codes = np.where(classes.codes < 0, np.int32(len(counts)), classes.codes)
    return codes, [*counts, rows.row_count - sum(counts)]


def _later(rows: PinnedRows, rule: TimeSplit) -> NDArray[np.bool_]:
    column = rows.column(rule.column, "split.time.column")
    if column.type is not ColumnType.TIMESTAMP:
        raise InvalidInput(
            f"expected a timestamp column, received the {column.type.value} column {column.name!r}",
            field="split.time.column",
        )
    values, is_null = rows.numbers(column.name)
    later: NDArray[np.bool_] = values >= rule.start_us
    return later if is_null is None else later & ~is_null


def _among(rows: PinnedRows, rule: ValueSplit) -> NDArray[np.bool_]:
    column = rows.column(rule.column, "split.value.column")
    expected = _VALUE_TYPES.get(column.type)
    if expected is None:
        raise InvalidInput(
            f"expected a category, text, boolean or integer column, received the {column.type.value} column "
            f"{column.name!r}",
            field="split.value.column",
        )
    wrong: list[Any] = [value for value in rule.values if type(value) is not expected]
    if wrong:
        raise InvalidInput(
            f"expected values of the {column.type.value} column {column.name!r}, received {wrong[0]!r}",
            field="split.value.validation_values",
        )
    if column.type is ColumnType.INTEGER:
        values, is_null = rows.numbers(column.name)
        found: NDArray[np.bool_] = np.isin(values, np.array(rule.values, dtype=np.int64))
        return found if is_null is None else found & ~is_null
    wanted = {str(value).lower() if isinstance(value, bool) else value for value in rule.values}
    classes = rows.classes(column.name)
    codes = [code for code, name in enumerate(classes.names) if name in wanted]
    return np.isin(classes.codes, np.array(codes, dtype=np.int32))
