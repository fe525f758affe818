"""Fits features to the training rows of a snapshot: gives them to `features`, in row order and in chunks.

Leaves what is learned to `features.fitting`.
"""

from collections.abc import Callable, Iterator

import numpy as np

from data_service import features
from data_service.features import Fitted, Plan
from data_service.gathering import Gatherer
from data_service.pinned_rows import PinnedRows
from data_service.schema import ColumnType
from data_service.splits import Part
from data_service.stream_columns import feature_batch, mean_text_bytes

# Rows of a chunk, fewer where images or long texts are read.
_CHUNK_ROWS = 65_536
_CHUNK_BYTES = 32 * 1024 * 1024


def fit_features(plan: Plan, rows: PinnedRows, training: Part, gatherer: Gatherer, check: Callable[[], None]) -> Fitted:
    """The plan with what the training rows teach; `check` is called between chunks and may raise."""
    texts = (name for name in plan.columns if rows.columns[name].type is ColumnType.TEXT)
    row_bytes = gatherer.image_row_bytes + sum(mean_text_bytes(rows, name) for name in texts)
    chunk_rows = max(1, min(_CHUNK_ROWS, int(_CHUNK_BYTES / row_bytes)))

    def chunks() -> Iterator[features.Batch]:
        for start in range(0, training.row_count, chunk_rows):
            check()
            stop = min(start + chunk_rows, training.row_count)
            positions = training.table_positions(np.arange(start, stop, dtype=np.int64))
            yield feature_batch(rows, rows.ids[positions], gatherer.read(positions))

    return features.fit(plan, chunks)
