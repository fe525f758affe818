"""What a job reads of its table beside the table's name: inputs, targets, task, split. Asked for, or filled in.

Leaves the images' size and the batches to `options` and `specification`, which hold one of these.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from tablefit.data import FoldSplit, FractionSplit, HashSplit, TimeSplit, ValueSplit
from tablefit.data.stream_requests import Split
from tablefit.features import Feature, as_feature_set

_SPLITS: Mapping[str, type[Split]] = {
    kind.__name__: kind for kind in (FoldSplit, FractionSplit, HashSplit, TimeSplit, ValueSplit)
}


@dataclass(frozen=True)
class Reading:
    """What is read. All texts and lists, so that it can be written as JSON; left out is what is empty.

    `features` have the form that `tablefit.features` reads, one mapping each. `split` is the name of a class of
    `tablefit.data` under "rule", with its fields beside it.
    `target_scales` and `target_means` are the standard deviations and means of the targets of a regression in the
    training rows; they are found, not asked for.
    """

    columns: tuple[str, ...] = ()
    features: tuple[dict[str, Any], ...] = ()
    targets: tuple[str, ...] = ()
    task: str = ""
    split: dict[str, Any] | None = None
    balance: str = "none"
    target_scales: tuple[float, ...] = ()
    target_means: tuple[float, ...] = ()

    @staticmethod
    def read(values: Mapping[str, Any]) -> "Reading":
        """The one that was written as these values."""
        listed = {"columns", "features", "targets", "target_scales", "target_means"}
        changed: dict[str, Any] = {name: tuple(value) for name, value in values.items() if name in listed}
        return Reading(**{**values, **changed})

    @property
    def feature_records(self) -> tuple[Feature, ...]:
        """The features. Raises InvalidInput for what is none."""
        return as_feature_set(list(self.features)).features

    @property
    def split_record(self) -> Split | None:
        """The split, if there is one."""
        return None if self.split is None else read_split(self.split)


def write_split(split: Split) -> dict[str, Any]:
    """The values that `read_split` reads."""
    values = asdict(split)
    listed = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return {"rule": type(split).__name__, **listed}


def read_split(values: Mapping[str, Any]) -> Split:
    """The split that was written as these values. Only known rules and fields become one."""
    kind = _SPLITS[values["rule"]]
    return kind(**{field.name: values[field.name] for field in fields(kind)})
