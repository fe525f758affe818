"""The data service's client: tables, rows in, batches out.

    with DataClient() as data:
        table = data.create_table("digits")
        data.ingest("digits", open_source("digits/"), upload_id="first")
        for batch in data.stream_batches(StreamOptions(table="digits", batch_size=64)):
            …

Modules: `client` holds DataClient, `tables` and `values` the records it returns, `rows`, `datasets`, `snapshots` and
`statistics` the calls of these names, `filters` conditions as messages, `uploads` the ingest, `streams` the batches,
`holds` the protection of a table that is being read. All failures are exceptions of `tablefit.errors`.
"""

from tablefit.data.client import DataClient
from tablefit.data.filters import FilterLike
from tablefit.data.snapshots import Snapshot
from tablefit.data.statistics import ColumnStatistics
from tablefit.data.stream_requests import (
    FoldSplit,
    FractionSplit,
    HashSplit,
    StreamOptions,
    TimeSplit,
    ValueSplit,
)
from tablefit.data.streams import Batch, BatchColumn, BatchStream, SnapshotPin, StreamHeader
from tablefit.data.tables import Column, Table
from tablefit.data.uploads import IngestProgress, IngestResult, Rejection, UploadState
from tablefit.data.values import Row

__all__ = [
    "Batch",
    "BatchColumn",
    "BatchStream",
    "Column",
    "ColumnStatistics",
    "DataClient",
    "FilterLike",
    "FoldSplit",
    "FractionSplit",
    "HashSplit",
    "IngestProgress",
    "IngestResult",
    "Rejection",
    "Row",
    "Snapshot",
    "SnapshotPin",
    "StreamHeader",
    "StreamOptions",
    "Table",
    "TimeSplit",
    "UploadState",
    "ValueSplit",
]
