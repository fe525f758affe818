"""Which classes a trained network takes for which, counted over rows that it has not seen."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tablefit.keras.table_data import Arrays

# More classes make no picture that anybody reads, and a matrix that takes room.
LIMIT_CLASSES = 1_000


def count_confusion(network: Any, batches: Iterable[Arrays], class_count: int) -> tuple[tuple[int, ...], ...]:
    """Rows by [class of the row][class predicted]; rows of weight 0 only fill their batch.

    Empty where there is no batch, or classes are not predicted.
    """
    if not 2 <= class_count <= LIMIT_CLASSES:
        return ()
    counts = np.zeros((class_count, class_count), dtype=np.int64)
    for inputs, targets, weights in batches:
        predicted = _classes(np.asarray(network.predict_on_batch(inputs)), len(targets), class_count)
        if predicted is None:
            return ()
        known = np.asarray(weights) > 0
        np.add.at(counts, (np.reshape(targets, -1)[known].astype(np.int64), predicted[known]), 1)
    return tuple(map(tuple, counts.tolist())) if counts.any() else ()


def _classes(outputs: NDArray[Any], row_count: int, class_count: int) -> NDArray[np.int64] | None:
    """The class of each row: the largest output, or one output from a half on; None for outputs of another shape."""
    if outputs.shape == (row_count, class_count):
        return np.asarray(outputs.argmax(axis=1), dtype=np.int64)
    if class_count == 2 and outputs.shape in ((row_count,), (row_count, 1)):
        return np.where(outputs.reshape(-1) >= 0.5, 1, 0).astype(np.int64)
    return None
