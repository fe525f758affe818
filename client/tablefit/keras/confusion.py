"""Which classes a trained network takes for which, counted over the held-out rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tablefit.keras.table_data import TableData

# More classes make no picture that anybody reads, and a matrix that takes room.
LIMIT_CLASSES = 1_000


def count_confusion(network: Any, data: TableData) -> tuple[tuple[int, ...], ...]:
    """Rows by [class of the row][class predicted]; empty where nothing is held out or classes are not predicted."""
    class_count = data.class_count
    if not data.validation_steps or not 2 <= class_count <= LIMIT_CLASSES:
        return ()
    counts = np.zeros((class_count, class_count), dtype=np.int64)
    for batch in data.open_validation(0):
        inputs, targets, weights = data.validation_arrays(batch)
        predicted = _classes(np.asarray(network.predict_on_batch(inputs)), len(targets), class_count)
        if predicted is None:
            return ()
        known = weights > 0
        np.add.at(counts, (np.reshape(targets, -1)[known].astype(np.int64), predicted[known]), 1)
    return tuple(map(tuple, counts.tolist()))


def _classes(outputs: NDArray[Any], row_count: int, class_count: int) -> NDArray[np.int64] | None:
    """The class of each row: the largest output, or one output from a half on; None for outputs of another shape."""
    if outputs.shape == (row_count, class_count):
        return np.asarray(outputs.argmax(axis=1), dtype=np.int64)
    if class_count == 2 and outputs.shape in ((row_count,), (row_count, 1)):
        return np.asarray(outputs.reshape(-1) >= 0.5, dtype=np.int64)
    return None
