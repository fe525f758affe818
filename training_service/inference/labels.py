"""The truth about rows: their labels matched by name to a model's classes, or the values of its targets.

A label that the model does not know is an error of its own kind, which counting would hide: it is listed and refused,
unless it is mapped to a class or left out on request.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tablefit.data import Batch, StreamHeader
from tablefit.errors import InvalidInput, WrongState

from training_service.inference.facts import ModelFacts
from training_service.inference.outcomes import class_names_of
from training_service.inference.reading import translation

# So many unknown labels are named in a message.
_LIMIT_NAMED = 10

# For each row of a batch its place among those that count, and the truth about these (row,) or (row, target).
Truth = tuple[NDArray[np.intp], NDArray[Any]]


@dataclass(frozen=True)
class LabelOptions:
    """`classes_by_label` says which class a label stands for; with `skip_unknown` rows of other labels are left out."""

    classes_by_label: Mapping[str, str] = field(default_factory=dict)
    skip_unknown: bool = False


class ClassTruth:
    """The classes of the rows of a stream, by the column `target`. Raises WrongState for unknown labels."""

    def __init__(self, header: StreamHeader, target: str, names: Sequence[str], options: LabelOptions) -> None:
        self._names, self._options, self._target = names, options, target
        _check_map(options.classes_by_label, names)
        self._places = {name: place for place, name in enumerate(names)}
        self._places |= {label: self._places[name] for label, name in options.classes_by_label.items()}
        column = header.column(target)
        self._table = None
        if column is not None and column.class_names:
            labels = [options.classes_by_label.get(label, label) for label in column.class_names]
            self._table = translation(labels, names)
            counts = dict(zip(column.class_names, column.class_row_counts, strict=True))
            self._refuse_unknown({label: count for label, count in counts.items() if count})

    def of(self, batch: Batch) -> Truth:
        """The rows of a batch that count, and their classes. Raises WrongState."""
        values = batch.columns[self._target]
        found = self._table[values] if self._table is not None else self._look_up(batch, values)
        is_null = batch.is_null.get(self._target)
        if is_null is not None and not self._options.skip_unknown:
            raise _no_value(self._target, batch, is_null)
        if is_null is not None:
            found = np.where(is_null, -1, found)
        places = np.flatnonzero(found >= 0)
        return places, found[places]

    def _look_up(self, batch: Batch, values: NDArray[Any]) -> NDArray[np.int64]:
        is_null = batch.is_null.get(self._target)
        labels = list(map(label_of, values.tolist()))
        unknown: dict[str, int] = {}
        for place, label in enumerate(labels):
            if label not in self._places and (is_null is None or not is_null[place]):
                unknown[label] = unknown.get(label, 0) + 1
        self._refuse_unknown(unknown)
        return np.array([self._places.get(label, -1) for label in labels], np.int64)

    def _refuse_unknown(self, counts: Mapping[str, int]) -> None:
        unknown = {label: count for label, count in counts.items() if label not in self._places}
        if not unknown or self._options.skip_unknown:
            return
        ordered = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
        listed = ", ".join(f"{label!r} ({count:,})" for label, count in ordered[:_LIMIT_NAMED])
        more = f" and {len(ordered) - _LIMIT_NAMED:,} more" if len(ordered) > _LIMIT_NAMED else ""
        raise WrongState(
            f"The model does not know the labels {listed}{more}; its classes are {_some(self._names)}. Map labels to "
            "classes, or have rows with unknown labels skipped.",
            details={"unknown": ", ".join(label for label, _ in ordered[:_LIMIT_NAMED])},
        )


class ValueTruth:
    """The values of the target columns, as `dtype` (row, target). Raises WrongState for a row without a value."""

    def __init__(self, targets: Sequence[str], dtype: type[np.bool_] | type[np.float64], skip_null: bool) -> None:
        self._targets, self._dtype, self._skip_null = targets, dtype, skip_null

    def of(self, batch: Batch) -> Truth:
        """The rows of a batch that count, and their values."""
        counts = np.ones(len(batch.row_ids), np.bool_)
        for name in self._targets:
            is_null = batch.is_null.get(name)
            if is_null is not None and not self._skip_null:
                raise _no_value(name, batch, is_null)
            if is_null is not None:
                counts &= ~is_null
        values = np.stack([batch.columns[name] for name in self._targets], axis=1).astype(self._dtype)
        places = np.flatnonzero(counts)
        return places, values[places]


def truth_of(facts: ModelFacts, header: StreamHeader, options: LabelOptions) -> ClassTruth | ValueTruth:
    """What tells the truth about a stream's rows. Raises InvalidInput, WrongState."""
    names = class_names_of(facts)
    if names:
        return ClassTruth(header, facts.targets[0], names, options)
    if options.classes_by_label:
        raise InvalidInput("expected no map of labels, since the model has no classes", field="classes_by_label")
    dtype = np.bool_ if facts.task == "multi_label" else np.float64
    return ValueTruth(facts.targets, dtype, options.skip_unknown)


def label_of(value: Any) -> str:
    """A value as the name of a class: texts as they are, true and false, integers in decimal."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_map(classes_by_label: Mapping[str, str], names: Sequence[str]) -> None:
    for label, name in classes_by_label.items():
        if name not in names:
            close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
            meant = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
            raise InvalidInput(
                f"expected {label!r} to be mapped to a class of the model ({_some(names)}), received {name!r}{meant}",
                field="classes_by_label",
            )


def _no_value(target: str, batch: Batch, is_null: NDArray[np.bool_]) -> WrongState:
    row_id = int(batch.row_ids[is_null.argmax()])
    return WrongState(
        f"expected a value of {target!r} in every row, found none in row {row_id}; have such rows skipped, or make a "
        "dataset of the others",
        details={"row_id": str(row_id)},
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LIMIT_NAMED:,} more" if len(names) > _LIMIT_NAMED else ""
    return ", ".join(names[:_LIMIT_NAMED]) + more
