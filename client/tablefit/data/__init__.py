"""The data service's client: tables, rows in, batches out.

    with DataClient() as data:
        table = data.create_table("digits")
        data.ingest("digits", open_source("digits/"), upload_id="first")
        for batch in data.stream_batches(StreamOptions(table="digits", batch_size=64)):
            …

Modules: `client` holds DataClient, `tables` the records it returns, `uploads` the ingest, `streams` the batches,
`holds` the protection of a table that is being read. All failures are exceptions of `tablefit.errors`.
"""

from tablefit.data.client import DataClient
from tablefit.data.stream_requests import (
    FoldSplit,
    FractionSplit,
    HashSplit,
    StreamOptions,
    TimeSplit,
    ValueSplit,
)
from tablefit.data.streams import Batch, BatchColumn, BatchStream, SnapshotPin, StreamHeader
from tablefit.data.tables import Column, Row, Table
from tablefit.data.uploads import IngestProgress, IngestResult, Rejection, UploadState

__all__ = [
    "Batch",
    "BatchColumn",
    "BatchStream",
    "Column",
    "DataClient",
    "FoldSplit",
    "FractionSplit",
    "HashSplit",
    "IngestProgress",
    "IngestResult",
    "Rejection",
    "Row",
    "SnapshotPin",
    "StreamHeader",
    "StreamOptions",
    "Table",
    "TimeSplit",
    "UploadState",
    "ValueSplit",
]
