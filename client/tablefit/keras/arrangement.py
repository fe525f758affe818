"""How the columns of a batch become what Keras takes: inputs and targets.

    task               targets
    classification     int32 (row,): class indices
    binary             float32 (row, 1): 0 or 1
    multi_label        float32 (row, target), in the order of the targets
    regression         float32 (row, target), in the order of the targets
    none of these      the column as it is

Leaves the weights to `table_data`, and which task it is to `tablefit.data.tasks`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tablefit.data import Batch, BatchColumn, StreamHeader
from tablefit.data.tasks import Task
from tablefit.errors import InvalidInput, WrongState

# One array, or one for each column by its name.
Inputs = NDArray[Any] | dict[str, NDArray[Any]]


@dataclass(frozen=True)
class ArraySpec:
    """Shape, with the batch's rows first, and element type of an array: NumPy's name, "text" or "bytes"."""

    shape: tuple[int, ...]
    data_type: str


@dataclass(frozen=True)
class Arrangement:
    """The columns that a network takes, and those that it predicts."""

    inputs: tuple[BatchColumn, ...]
    targets: tuple[BatchColumn, ...]
    task: Task | None = None

    def arrange(self, batch: Batch) -> tuple[Inputs, NDArray[Any]]:
        """Inputs and targets: the array itself where there is one input, else a dict of arrays by column.

        NULL is NaN in floats, 0 in integers and -1 in class indices. Raises WrongState for a row without a target.
        """
        targets = self._targets(batch)
        if len(self.inputs) == 1:
            return batch.columns[self.inputs[0].name], targets
        return {column.name: batch.columns[column.name] for column in self.inputs}, targets

    def specs(self, batch_size: int) -> tuple[ArraySpec | Mapping[str, ArraySpec], ArraySpec, ArraySpec]:
        """What `arrange` gives for that many rows, and their weights."""
        inputs = self.input_specs(batch_size)
        only = next(iter(inputs.values())) if len(inputs) == 1 else None
        return only or inputs, self._target_spec(batch_size), ArraySpec((batch_size,), "float32")

    def input_specs(self, batch_size: int) -> dict[str, ArraySpec]:
        """Those of the inputs by column."""
        return {column.name: _spec(column, batch_size) for column in self.inputs}

    def _target_spec(self, batch_size: int) -> ArraySpec:
        if self.task is None:
            return _spec(self.targets[0], batch_size)
        if self.task is Task.CLASSIFICATION:
            return ArraySpec((batch_size,), "int32")
        return ArraySpec((batch_size, len(self.targets)), "float32")

    def _targets(self, batch: Batch) -> NDArray[Any]:
        found = [self._target(batch, column) for column in self.targets]
        if self.task is None:
            return found[0]
        if self.task is Task.CLASSIFICATION:
            return found[0].astype(np.int32)
        return np.stack(found, axis=1).astype(np.float32)

    def _target(self, batch: Batch, column: BatchColumn) -> NDArray[Any]:
        """The target's values; class indices where it has classes."""
        values = batch.columns[column.name]
        is_null = batch.is_null.get(column.name)
        if _is_ordinal(column) and self.task is not None:
            values = values - 1
            is_null = values < 0
        if is_null is not None and is_null.any():
            raise _no_target(column, int(batch.row_ids[is_null.argmax()]))
        return values


def arrange(header: StreamHeader, targets: Sequence[str] = (), task: Task | None = None) -> Arrangement:
    """The arrangement of a stream: all of its columns but the targets (default: the stream's own) are inputs.

    Raises InvalidInput without either.
    """
    names = tuple(targets) or ((header.target,) if header.target else ())
    inputs = tuple(column for column in header.columns if column.name not in names)
    found = tuple(column for name in names if (column := header.column(name)) is not None)
    if not names or len(found) < len(names):
        known = ", ".join(column.name for column in header.columns)
        raise InvalidInput(f"expected the column to predict as target, received none; the columns are {known}")
    if not inputs:
        what = f"the target {names[0]!r}" if len(names) == 1 else "the targets"
        raise InvalidInput(f"expected a column beside {what}, received none", field="columns")
    return Arrangement(inputs, found, task)


def _no_target(column: BatchColumn, row_id: int) -> WrongState:
    """Classes that no training row has cannot be learned, and are treated as none."""
    seen = " that training rows have, too," if _is_ordinal(column) else ""
    return WrongState(
        f"expected a value of {column.name!r}{seen} in every row, found none in row {row_id}; make a dataset of the "
        "rows that have one",
        details={"row_id": str(row_id)},
    )


def _is_ordinal(column: BatchColumn) -> bool:
    """Whether the column is the feature that numbers a target's classes from 1, with 0 for all others."""
    return not column.type and column.data_type == "int64"


def _spec(column: BatchColumn, batch_size: int) -> ArraySpec:
    return ArraySpec((batch_size, *column.row_shape), column.data_type)
