"""How the columns of a batch become what Keras takes: inputs and targets.

Leaves the weights to `table_data`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from tablefit.data import Batch, BatchColumn, StreamHeader
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
    """The columns that a network takes, and the one that it predicts."""

    inputs: tuple[BatchColumn, ...]
    target: BatchColumn

    def arrange(self, batch: Batch) -> tuple[Inputs, NDArray[Any]]:
        """Inputs and targets: the array itself where there is one input, else a dict of arrays by column.

        NULL is NaN in floats, 0 in integers and -1 in class indices. Raises WrongState for a row without a target.
        """
        if self.target.name in batch.is_null:
            row_id = batch.row_ids[batch.is_null[self.target.name].argmax()]
            raise WrongState(
                f"expected a value of {self.target.name!r} in every row, found none in row {row_id}; make a dataset of "
                "the rows that have one",
                details={"row_id": str(row_id)},
            )
        targets = batch.columns[self.target.name]
        if len(self.inputs) == 1:
            return batch.columns[self.inputs[0].name], targets
        return {column.name: batch.columns[column.name] for column in self.inputs}, targets

    def specs(self, batch_size: int) -> tuple[ArraySpec | Mapping[str, ArraySpec], ArraySpec, ArraySpec]:
        """What `arrange` gives for that many rows, and their weights."""
        inputs = self.input_specs(batch_size)
        only = next(iter(inputs.values())) if len(inputs) == 1 else None
        return only or inputs, _spec(self.target, batch_size), ArraySpec((batch_size,), "float32")

    def input_specs(self, batch_size: int) -> dict[str, ArraySpec]:
        """Those of the inputs by column."""
        return {column.name: _spec(column, batch_size) for column in self.inputs}


def arrange(header: StreamHeader) -> Arrangement:
    """The arrangement of a stream: all of its columns but the target are inputs. Raises InvalidInput without either."""
    target = header.column(header.target)
    inputs = tuple(column for column in header.columns if column.name != header.target)
    if target is None:
        names = ", ".join(column.name for column in header.columns)
        raise InvalidInput(f"expected the column to predict as target, received none; the columns are {names}")
    if not inputs:
        raise InvalidInput(f"expected a column beside the target {target.name!r}, received none", field="columns")
    return Arrangement(inputs, target)


def _spec(column: BatchColumn, batch_size: int) -> ArraySpec:
    return ArraySpec((batch_size, *column.row_shape), column.data_type)
