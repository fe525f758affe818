"""Predictions of a saved model for values of its columns, in batches of one shape.

Keras's own `predict` rounds numbers to float32 before the model sees them, so that one at the edge of a bucket may fall
beside it; these come in as they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tablefit.errors import InvalidInput
from tablefit.models import RawInput, to_arrays


def predict_columns(
    model: Any, inputs: Sequence[RawInput], columns: Mapping[str, Sequence[Any]], batch_size: int
) -> NDArray[Any]:
    """The model's outputs, (row, …), for the values of its columns; None is NULL. Raises InvalidInput."""
    arrays = to_arrays(inputs, columns)
    counts = {name: len(array) for name, array in arrays.items()}
    if len(set(counts.values())) != 1 or not all(counts.values()):
        raise InvalidInput(f"expected equally many values of each column, at least one, received {counts}")
    return np.concatenate(list(_outputs(model, arrays, next(iter(counts.values())), batch_size)))


def _outputs(model: Any, arrays: Mapping[str, NDArray[Any]], row_count: int, batch_size: int) -> Iterator[NDArray[Any]]:
    """The outputs of each batch; the last one is filled up with its first row, since a change of shape costs much."""
    size = min(batch_size, row_count)
    for start in range(0, row_count, size):
        rows = np.arange(start, start + size)
        rows = np.where(rows < row_count, rows, start)
        batch = {name: array[rows] for name, array in arrays.items()}
        outputs = model.predict_on_batch(batch if len(model.inputs) > 1 else next(iter(batch.values())))
        yield np.asarray(outputs)[: row_count - start]
