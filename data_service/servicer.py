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
from data_service.convert import operations as operation_messages
from data_service.convert import rows as row_messages
from data_service.convert import snapshots as snapshot_messages
from data_service.convert import statistics as statistics_messages
from data_service.convert import streams as stream_messages
from data_service.convert import tables as table_messages
from data_service.datasets import Datasets
from data_service.ingest import Ingest
from data_service.operations import Operations
from data_service.pinning import Pinning
from data_service.progress import caller_check
from data_service.rows import Rows
from data_service.snapshot_pages import SnapshotPages
from data_service.statistics import Statistics
from data_service.table_changes import TableChanges
from data_service.tables import Tables


class DataServicer(DataServiceServicer):
    """Answers the rpcs of tablefit.v1.DataService."""

    def __init__(
        self,
        tables: Tables,
        datasets: Datasets,
        ingest: Ingest,
        rows: Rows,
        pinning: Pinning,
        snapshots: SnapshotPages,
        operations: Operations,
        table_changes: TableChanges,
        statistics: Statistics,
        batches: Batches,
    ) -> None:
        self._tables = tables
        self._datasets = datasets
        self._ingest = ingest
        self._rows = rows
        self._pinning = pinning
        self._snapshots = snapshots
        self._operations = operations
        self._table_changes = table_changes
        self._statistics = statistics
        self._batches = batches

    def CreateTable(self, request: pb.CreateTableRequest, context: grpc.ServicerContext) -> pb.CreateTableResponse:  # noqa: N802
        """Creates an empty table."""
        wanted, kind = request.table, table_messages.decode_kind(request.table.kind)
        columns = table_messages.decode_columns(wanted.columns)
        table = self._tables.create(wanted.name, kind, wanted.description, request.request_id, columns)
        return pb.CreateTableResponse(table=table_messages.encode_table(table))

    def CreateDataset(  # noqa: N802
        self, request: pb.CreateDatasetRequest, context: grpc.ServicerContext
    ) -> pb.CreateDatasetResponse:
        """Makes a dataset of a query."""
        dataset = self._datasets.create(table_messages.decode_dataset(request))
        return pb.CreateDatasetResponse(dataset=table_messages.encode_table(dataset))

    def GetTable(self, request: pb.GetTableRequest, context: grpc.ServicerContext) -> pb.GetTableResponse:  # noqa: N802
        """Returns one table."""
        return pb.GetTableResponse(table=table_messages.encode_table(self._tables.get(request.table)))

    def ListTables(self, request: pb.ListTablesRequest, context: grpc.ServicerContext) -> pb.ListTablesResponse:  # noqa: N802
        """Lists the tables in order of name."""
        return table_messages.encode_page(self._tables.list(*table_messages.decode_list(request)))

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

    def GetRow(self, request: pb.GetRowRequest, context: grpc.ServicerContext) -> pb.GetRowResponse:  # noqa: N802
        """Returns one row."""
        return row_messages.encode_single(self._rows.get(request.table, request.id, tuple(request.columns)))

    def ListRows(self, request: pb.ListRowsRequest, context: grpc.ServicerContext) -> pb.ListRowsResponse:  # noqa: N802
        """Lists rows that fulfil a filter."""
        page = self._rows.list(request.table, row_messages.decode_page_request(request))
        return row_messages.encode_page(page)

    def InsertRows(self, request: pb.InsertRowsRequest, context: grpc.ServicerContext) -> pb.InsertRowsResponse:  # noqa: N802
        """Inserts a few rows, all or none."""
        rows = ingest_messages.decode_chunk(request.rows)
        return pb.InsertRowsResponse(ids=self._rows.insert(request.table, rows, request.request_id))

    def UpdateRows(self, request: pb.UpdateRowsRequest, context: grpc.ServicerContext) -> pb.UpdateRowsResponse:  # noqa: N802
        """Changes columns of rows."""
        selection, values = row_messages.decode_selection(request), row_messages.decode_new_values(request)
        count = self._rows.update(request.table, selection, values, request.validate_only)
        return pb.UpdateRowsResponse(row_count=count)

    def DeleteRows(self, request: pb.DeleteRowsRequest, context: grpc.ServicerContext) -> pb.DeleteRowsResponse:  # noqa: N802
        """Deletes rows."""
        selection = row_messages.decode_selection(request)
        return pb.DeleteRowsResponse(row_count=self._rows.delete(request.table, selection, request.validate_only))

    def CreateSnapshot(  # noqa: N802
        self, request: pb.CreateSnapshotRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.CreateSnapshotResponse]:
        """Pins a table as it is now."""
        wanted = snapshot_messages.decode_pin_request(request)
        return map(snapshot_messages.encode_taking, self._pinning.create(wanted, caller_check(context.is_active)))

    def GetSnapshot(self, request: pb.GetSnapshotRequest, context: grpc.ServicerContext) -> pb.GetSnapshotResponse:  # noqa: N802
        """Returns one snapshot."""
        record = self._snapshots.get(request.snapshot_id)
        return pb.GetSnapshotResponse(snapshot=snapshot_messages.encode_snapshot(record))

    def ListSnapshots(  # noqa: N802
        self, request: pb.ListSnapshotsRequest, context: grpc.ServicerContext
    ) -> pb.ListSnapshotsResponse:
        """Lists snapshots, newest first."""
        page = self._snapshots.list(
            request.table, request.page_size, request.page_token, include_expired=request.include_expired
        )
        return snapshot_messages.encode_page(page)

    def UpdateSnapshot(  # noqa: N802
        self, request: pb.UpdateSnapshotRequest, context: grpc.ServicerContext
    ) -> pb.UpdateSnapshotResponse:
        """Changes until when a snapshot is kept."""
        record = self._snapshots.keep(request.snapshot_id, snapshot_messages.decode_duration(request.keep))
        return pb.UpdateSnapshotResponse(snapshot=snapshot_messages.encode_snapshot(record))

    def DeleteSnapshot(  # noqa: N802
        self, request: pb.DeleteSnapshotRequest, context: grpc.ServicerContext
    ) -> pb.DeleteSnapshotResponse:
        """Deletes a snapshot that nobody reads."""
        self._snapshots.delete(request.snapshot_id)
        return pb.DeleteSnapshotResponse()

    def CopyTable(  # noqa: N802
        self, request: pb.CopyTableRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.CopyTableResponse]:
        """Copies rows into a new table."""
        wanted = operation_messages.decode_copy(request)
        return operation_messages.encode_copy(self._operations.copy(wanted, context.is_active))

    def AppendTable(  # noqa: N802
        self, request: pb.AppendTableRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.AppendTableResponse]:
        """Appends the rows of one table to another."""
        wanted = operation_messages.optional_filter(request)
        steps = self._table_changes.append(request.source, request.target, wanted, context.is_active)
        return operation_messages.encode_append(steps)

    def SplitTable(  # noqa: N802
        self, request: pb.SplitTableRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.SplitTableResponse]:
        """Divides rows into new tables."""
        wanted = operation_messages.decode_split(request)
        return operation_messages.encode_split(self._operations.split(wanted, context.is_active))

    def SampleTable(  # noqa: N802
        self, request: pb.SampleTableRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.SampleTableResponse]:
        """Copies a random sample of rows into a new table."""
        wanted = operation_messages.decode_sample(request)
        return operation_messages.encode_sample(self._operations.sample(wanted, context.is_active))

    def RelabelRows(  # noqa: N802
        self, request: pb.RelabelRowsRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.RelabelRowsResponse]:
        """Replaces values by others."""
        asked = (request.table, request.column, dict(request.mapping), request.validate_only)
        return operation_messages.encode_relabel(self._table_changes.relabel(*asked, context.is_active))

    def DeduplicateRows(  # noqa: N802
        self, request: pb.DeduplicateRowsRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.DeduplicateRowsResponse]:
        """Deletes rows whose content equals that of an earlier one."""
        asked = (request.table, tuple(request.columns), request.validate_only)
        return operation_messages.encode_deduplicate(self._table_changes.deduplicate(*asked, context.is_active))

    def TruncateTable(  # noqa: N802
        self, request: pb.TruncateTableRequest, context: grpc.ServicerContext
    ) -> pb.TruncateTableResponse:
        """Deletes all rows of a table."""
        return pb.TruncateTableResponse(row_count=self._table_changes.truncate(request.table, request.validate_only))

    def ComputeStatistics(  # noqa: N802
        self, request: pb.ComputeStatisticsRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.ComputeStatisticsResponse]:
        """Computes the statistics of columns."""
        wanted = statistics_messages.decode_request(request)
        return statistics_messages.encode_statistics(self._statistics.compute(wanted, context.is_active))

    def StreamBatches(  # noqa: N802
        self, request: pb.StreamBatchesRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.StreamBatchesResponse | bytes]:
        """Streams the batches of one epoch."""
        options = stream_messages.decode_request(request, context.peer())
        with self._batches.open(options, context.is_active) as stream:
            yield from batch_messages.encode_stream(stream)

    def HoldTable(  # noqa: N802
        self, request: pb.HoldTableRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.HoldTableResponse]:
        """Protects a table from deletion until the caller goes away."""
        gone = threading.Event()
        if not context.add_callback(gone.set):
            gone.set()
        if request.snapshot:
            for _ in self._snapshots.hold(request.snapshot, request.reader, gone):
                yield pb.HoldTableResponse()
            return
        for table in self._tables.hold(request.table, request.reader, gone):
            yield pb.HoldTableResponse(table=table_messages.encode_table(table))
