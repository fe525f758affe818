"""The rpcs of the data service: each decodes, calls and encodes.

Errors are turned into statuses by `tablefit.rpc.interceptor`. Leaves everything else to the objects it is given.
"""

import threading
from collections.abc import Iterator

import grpc
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceServicer

from data_service.batches import Batches
from data_service.convert import batches as batch_messages
from data_service.convert import ingest as ingest_messages
from data_service.convert import rows as row_messages
from data_service.convert import tables as table_messages
from data_service.ingest import Ingest
from data_service.rows import Rows
from data_service.tables import Tables


class DataServicer(DataServiceServicer):
    """Answers the rpcs of tablefit.v1.DataService."""

    def __init__(self, tables: Tables, ingest: Ingest, rows: Rows, batches: Batches) -> None:
        self._tables = tables
        self._ingest = ingest
        self._rows = rows
        self._batches = batches

    def CreateTable(self, request: pb.CreateTableRequest, context: grpc.ServicerContext) -> pb.CreateTableResponse:  # noqa: N802
        """Creates an empty table."""
        wanted, kind = request.table, table_messages.decode_kind(request.table.kind)
        table = self._tables.create(wanted.name, kind, wanted.description, request.request_id)
        return pb.CreateTableResponse(table=table_messages.encode_table(table))

    def GetTable(self, request: pb.GetTableRequest, context: grpc.ServicerContext) -> pb.GetTableResponse:  # noqa: N802
        """Returns one table."""
        return pb.GetTableResponse(table=table_messages.encode_table(self._tables.get(request.table)))

    def ListTables(self, request: pb.ListTablesRequest, context: grpc.ServicerContext) -> pb.ListTablesResponse:  # noqa: N802
        """Lists the tables in order of name."""
        return table_messages.encode_page(self._tables.list(request.page_size, request.page_token))

    def UpdateTable(self, request: pb.UpdateTableRequest, context: grpc.ServicerContext) -> pb.UpdateTableResponse:  # noqa: N802
        """Renames or describes a table."""
        table = self._tables.update(table_messages.decode_update(request))
        return pb.UpdateTableResponse(table=table_messages.encode_table(table))

    def DeleteTable(self, request: pb.DeleteTableRequest, context: grpc.ServicerContext) -> pb.DeleteTableResponse:  # noqa: N802
        """Deletes a table that nobody reads."""
        self._tables.delete(request.table)
        return pb.DeleteTableResponse()

    def IngestRows(  # noqa: N802
        self, request_iterator: Iterator[pb.IngestRowsRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.IngestRowsResponse]:
        """Appends rows in numbered chunks."""
        messages = map(ingest_messages.decode_message, request_iterator)
        return map(ingest_messages.encode_answer, self._ingest.run(messages))

    def ListRows(self, request: pb.ListRowsRequest, context: grpc.ServicerContext) -> pb.ListRowsResponse:  # noqa: N802
        """Lists rows in order of id."""
        page = self._rows.list(request.table, tuple(request.columns), request.page_size, request.page_token)
        return row_messages.encode_page(page)

    def StreamBatches(  # noqa: N802
        self, request: pb.StreamBatchesRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.StreamBatchesResponse]:
        """Streams the batches of one epoch."""
        options = batch_messages.decode_request(request, context.peer())
        with self._batches.open(options, context.is_active) as stream:
            yield from batch_messages.encode_stream(stream)

    def HoldTable(  # noqa: N802
        self, request: pb.HoldTableRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.HoldTableResponse]:
        """Protects a table from deletion until the caller goes away."""
        gone = threading.Event()
        if not context.add_callback(gone.set):
            gone.set()
        for table in self._tables.hold(request.table, request.reader, gone):
            yield pb.HoldTableResponse(table=table_messages.encode_table(table))
