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
from tablefit.data.streams import Batch, BatchStream, StreamHeader, StreamOptions, TablePin
from tablefit.data.tables import Column, Row, Table
from tablefit.data.uploads import IngestProgress, IngestResult, Rejection, UploadState

__all__ = [
    "Batch",
    "BatchStream",
    "Column",
    "DataClient",
    "IngestProgress",
    "IngestResult",
    "Rejection",
    "Row",
    "StreamHeader",
    "StreamOptions",
    "Table",
    "TablePin",
    "UploadState",
]
