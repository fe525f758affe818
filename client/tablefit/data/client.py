"""DataClient: the calls of the data service, one method each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from google.protobuf.field_mask_pb2 import FieldMask

from tablefit.data.holds import Hold
from tablefit.data.stream_requests import StreamOptions
from tablefit.data.streams import BatchStream, StreamHeader, read_header
from tablefit.data.tables import Row, Table, kind_number, to_row, to_table
from tablefit.data.uploads import IngestProgress, IngestResult, Rejection, Upload, UploadState
from tablefit.rpc.calls import call_unary
from tablefit.rpc.channel import open_channel
from tablefit.rpc.settings import data_service_address
from tablefit.sources import Source
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

PAGE_SIZE = 500


class DataClient:
    """A connection to a data service at HOST:PORT (default: TABLEFIT_DATA_SERVICE, else 127.0.0.1:7501).

    Connects on the first call. Usable from several threads. Close it, or use it in a `with` block.
    """

    def __init__(self, address: str | None = None) -> None:
        self.address = data_service_address(address)
        self._peer = f"data service at {self.address}"
        self._channel = open_channel(self.address)
        self._stub = DataServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated

    def close(self) -> None:
        """Ends all calls and the connection."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def create_table(self, name: str, kind: str = "image", description: str = "", request_id: str = "") -> Table:
        """Creates an empty table. Raises AlreadyExists when the name is taken, InvalidInput when it is not allowed."""
        table = pb.Table(name=name, kind=kind_number(kind), description=description)
        request = pb.CreateTableRequest(table=table, request_id=request_id)
        return to_table(call_unary(self._stub.CreateTable, request, self._peer).table)

    def get_table(self, name: str) -> Table:
        """The table with its present row count. Raises NotFound."""
        return to_table(call_unary(self._stub.GetTable, pb.GetTableRequest(table=name), self._peer).table)

    def list_tables(self) -> Iterator[Table]:
        """All tables in order of name, fetched page by page."""
        token = ""
        while True:
            request = pb.ListTablesRequest(page_size=PAGE_SIZE, page_token=token)
            page = call_unary(self._stub.ListTables, request, self._peer)
            yield from map(to_table, page.tables)
            token = page.next_page_token
            if not token:
                return

    def rename_table(self, name: str, new_name: str) -> Table:
        """Renames a table; streams and jobs that read it go on. Raises NotFound, AlreadyExists, InvalidInput."""
        return self._update(name, pb.Table(name=new_name), "name")

    def describe_table(self, name: str, description: str) -> Table:
        """Sets a table's description. Raises NotFound, InvalidInput."""
        return self._update(name, pb.Table(description=description), "description")

    def delete_table(self, name: str) -> None:
        """Deletes a table and its rows for good. Raises NotFound; WrongState while a stream or a job reads it."""
        call_unary(self._stub.DeleteTable, pb.DeleteTableRequest(table=name), self._peer)

    def list_rows(self, table: str, limit: int | None = None, columns: Sequence[str] = ()) -> Iterator[Row]:
        """Rows in order of id, fetched page by page; all columns but the encoded images unless `columns` are named."""
        token, left = "", limit
        while left is None or left > 0:
            size = PAGE_SIZE if left is None else min(left, PAGE_SIZE)
            request = pb.ListRowsRequest(table=table, page_size=size, page_token=token, columns=columns)
            page = call_unary(self._stub.ListRows, request, self._peer)
            for row in page.rows:
                yield to_row(row, page.columns)
            left = None if left is None else left - len(page.rows)
            token = page.next_page_token
            if not token:
                return

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
        return BatchStream(self._stub, self._peer, options, patience_s)

    def describe_stream(self, options: StreamOptions) -> StreamHeader:
        """The header that `stream_batches` would begin with. Raises as that."""
        return read_header(self._stub, self._peer, options)

    def hold_table(self, table: str, reader: str) -> AbstractContextManager[None]:
        """Protects a table from deletion inside a `with` block; `reader` is named to who tries. Raises NotFound."""
        return Hold(self._stub, self._peer, table, reader)

    def _update(self, name: str, update: pb.Table, path: str) -> Table:
        request = pb.UpdateTableRequest(table=name, update=update, update_mask=FieldMask(paths=[path]))
        return to_table(call_unary(self._stub.UpdateTable, request, self._peer).table)
