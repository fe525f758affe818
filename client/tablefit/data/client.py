"""DataClient: the calls of the data service, one method each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from google.protobuf.field_mask_pb2 import FieldMask

from tablefit.data.batch_messages import stream_call
from tablefit.data.datasets import Datasets
from tablefit.data.holds import Hold
from tablefit.data.link import Link, OnProgress
from tablefit.data.rows import PAGE_SIZE, Rows, read_table
from tablefit.data.snapshots import Snapshots
from tablefit.data.statistics import ColumnStatistics, compute_statistics
from tablefit.data.stream_requests import StreamOptions
from tablefit.data.streams import BatchStream, StreamHeader, read_header
from tablefit.data.tables import Column, Table, kind_number, origin_number, to_column_message, to_table
from tablefit.data.uploads import IngestProgress, IngestResult, Rejection, Upload, UploadState
from tablefit.rpc.channel import open_channel
from tablefit.rpc.settings import data_service_address
from tablefit.sources import Source
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub


class DataClient:
    """A connection to a data service at HOST:PORT (default: TABLEFIT_DATA_SERVICE, else 127.0.0.1:7501).

    Connects on the first call. Usable from several threads. Close it, or use it in a `with` block.
    """

    def __init__(self, address: str | None = None) -> None:
        self.address = data_service_address(address)
        self._peer = f"data service at {self.address}"
        self._channel = open_channel(self.address)
        self._stub = DataServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated
        self._link = Link(self._stub, self._peer)
        self._add_calls(Rows(self._link), Datasets(self._link), Snapshots(self._link))

    def _add_calls(self, rows: Rows, datasets: Datasets, snapshots: Snapshots) -> None:
        """The calls that stand in modules of their own, under one name each, as if they were methods of this class."""
        self.get_row, self.list_rows = rows.get_row, rows.list_rows
        self.insert_rows, self.update_rows, self.delete_rows = rows.insert_rows, rows.update_rows, rows.delete_rows
        self.create_dataset, self.copy_table = datasets.create_dataset, datasets.copy_table
        self.append_table, self.split_table = datasets.append_table, datasets.split_table
        self.sample_table, self.relabel_rows = datasets.sample_table, datasets.relabel_rows
        self.deduplicate_rows, self.truncate_table = datasets.deduplicate_rows, datasets.truncate_table
        self.create_snapshot, self.get_snapshot = snapshots.create_snapshot, snapshots.get_snapshot
        self.list_snapshots, self.update_snapshot = snapshots.list_snapshots, snapshots.update_snapshot
        self.delete_snapshot = snapshots.delete_snapshot

    def close(self) -> None:
        """Ends all calls and the connection."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def create_table(
        self,
        name: str,
        kind: str | None = None,
        description: str = "",
        request_id: str = "",
        *,
        columns: Sequence[Column] = (),
    ) -> Table:
        """Creates an empty table: of these columns, or of labelled images when none are given.

        Raises AlreadyExists when the name is taken, InvalidInput for a name or column that is not allowed.
        """
        table = pb.Table(
            name=name,
            kind=kind_number(kind or ("general" if columns else "image")),
            description=description,
            columns=map(to_column_message, columns),
        )
        request = pb.CreateTableRequest(table=table, request_id=request_id)
        return to_table(self._link.call("CreateTable", request).table)

    def get_table(self, name: str) -> Table:
        """The table with its present row count. Raises NotFound."""
        return read_table(self._link, name)

    def list_tables(self, origins: Sequence[str] = ()) -> Iterator[Table]:
        """Tables in order of name, fetched page by page: all, or of some origins ("service", "database", "view",
        "query")."""
        request = pb.ListTablesRequest(page_size=PAGE_SIZE, origins=map(origin_number, origins))
        while True:
            page = self._link.call("ListTables", request)
            yield from map(to_table, page.tables)
            request.page_token = page.next_page_token
            if not request.page_token:
                return

    def rename_table(self, name: str, new_name: str) -> Table:
        """Renames a table; streams and jobs that read it go on. Raises NotFound, AlreadyExists, InvalidInput."""
        return self._update(name, pb.Table(name=new_name), "name")

    def describe_table(self, name: str, description: str) -> Table:
        """Sets a table's description. Raises NotFound, InvalidInput."""
        return self._update(name, pb.Table(description=description), "description")

    def delete_table(self, name: str) -> None:
        """Deletes a table and its rows for good, or a dataset.

        Streams and jobs go on: they read snapshots, which stay. Raises NotFound, PermissionDenied; WrongState while a
        snapshot of it is taken, or while it is held.
        """
        self._link.call("DeleteTable", pb.DeleteTableRequest(table=name))

    def compute_statistics(
        self,
        table: str,
        *,
        columns: Sequence[str] = (),
        quantiles: Sequence[float] = (),
        bin_count: int = 0,
        limit_values: int = 0,
        on_progress: OnProgress | None = None,
    ) -> tuple[ColumnStatistics, ...]:
        """The statistics of a table's columns; see `tablefit.data.statistics`. Raises NotFound, InvalidInput."""
        return compute_statistics(
            self._link,
            table,
            columns=columns,
            quantiles=quantiles,
            bin_count=bin_count,
            limit_values=limit_values,
            on_progress=on_progress,
        )

    def ingest(
        self,
        table: str,
        source: Source,
        upload_id: str,
        *,
        on_progress: Callable[[IngestProgress], None] | None = None,
        on_rejection: Callable[[Rejection], None] | None = None,
        patience_s: float = 30.0,
    ) -> IngestResult:
        """Appends the rows of `source` exactly once; the same `upload_id` goes on where an earlier call stopped.

        `source` must give the same rows in the same order each time. A service that goes away is waited for
        `patience_s` seconds. Raises WrongState when the upload is finished already, NotFound, Unavailable.
        """
        upload = Upload(self._stub, self._peer, table, upload_id, on_progress, on_rejection)
        return upload.run(source, patience_s)

    def get_upload(self, table: str, upload_id: str) -> UploadState:
        """Where an upload stands; one that was never begun stands at zero. Raises NotFound for the table."""
        return Upload(self._stub, self._peer, table, upload_id).read_state()

    def stream_batches(self, options: StreamOptions, *, patience_s: float = 30.0) -> BatchStream:
        """Opens a stream of one epoch's batches and reads its header.

        A stream that breaks because the service went away is taken up again at the next step, for up to `patience_s`
        seconds without an answer. Raises NotFound, WrongState, InvalidInput, OutOfOrder, Unavailable.
        """
        return BatchStream(stream_call(self._channel), self._peer, options, patience_s)

    def describe_stream(self, options: StreamOptions) -> StreamHeader:
        """The header that `stream_batches` would begin with. Raises as that."""
        return read_header(stream_call(self._channel), self._peer, options)

    def hold_table(self, table: str, reader: str) -> AbstractContextManager[None]:
        """Protects a table from deletion inside a `with` block; `reader` is named to who tries. Raises NotFound."""
        return Hold(self._stub, self._peer, pb.HoldTableRequest(table=table, reader=reader))

    def hold_snapshot(self, snapshot_id: str, reader: str) -> Hold:
        """Protects a snapshot from expiry and deletion inside a `with` block, whatever becomes of its table.

        Raises NotFound; WrongState when it has expired.
        """
        return Hold(self._stub, self._peer, pb.HoldTableRequest(snapshot=snapshot_id, reader=reader))

    def _update(self, name: str, update: pb.Table, path: str) -> Table:
        request = pb.UpdateTableRequest(table=name, update=update, update_mask=FieldMask(paths=[path]))
        return to_table(self._link.call("UpdateTable", request).table)
