"""Sends the rows of a source to the service, exactly once, in numbered chunks.

The service counts every row that it committed or refused under the upload's id, so after any break the client asks how
far it is, skips as many rows of the source, and goes on with the chunk that the service names. Chunks may be cut
elsewhere then: the position is the row. Leaves making messages of rows to `row_chunks`.
"""

import queue
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tablefit.data.row_chunks import chunks_of, row_name
from tablefit.errors import Internal, TablefitError, WrongState
from tablefit.rpc.calls import Patience, translated
from tablefit.sources import Source
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

# So many refused rows are kept for the result; all are counted, and all reach `on_rejection`.
LIMIT_REJECTIONS = 1_000


@dataclass(frozen=True)
class UploadState:
    """Where an upload stands. `table_rows` counts the table's rows from all uploads."""

    next_chunk: int
    committed_rows: int
    rejected_rows: int
    finished: bool
    table_rows: int


@dataclass(frozen=True)
class Rejection:
    """A row that was refused: where it came from, and why."""

    source_name: str
    reason: str


@dataclass(frozen=True)
class IngestProgress:
    """How far an upload is: rows committed and refused, of those that the source has."""

    committed_rows: int
    rejected_rows: int
    row_count: int


@dataclass(frozen=True)
class IngestResult:
    """A finished upload. `resumed_rows` were done before this call; `rejections` lists the first of this call's."""

    committed_rows: int
    rejected_rows: int
    resumed_rows: int
    rejections: tuple[Rejection, ...]


@dataclass
class Upload:
    """One upload into one table. `run` drives it to its end; `read_state` only asks."""

    stub: DataServiceStub
    peer: str
    table: str
    upload_id: str
    on_progress: Callable[[IngestProgress], None] | None = None
    on_rejection: Callable[[Rejection], None] | None = None
    _rejections: list[Rejection] = field(default_factory=list)

    def read_state(self) -> UploadState:
        """Where the upload stands."""
        connection = _Connection(self.stub, self.peer, self.table, self.upload_id)
        connection.close()
        state = connection.state
        return UploadState(
            state.next_chunk, state.committed_rows, state.rejected_rows, state.finished, state.table_rows
        )

    def run(self, source: Source, patience_s: float) -> IngestResult:
        """Sends what is missing of `source` and finishes the upload; waits out breaks for `patience_s` seconds."""
        patience = Patience(patience_s)
        done_before: int | None = None
        finished_by_another = False
        while True:
            try:
                connection = _Connection(self.stub, self.peer, self.table, self.upload_id)
                done = connection.state.committed_rows + connection.state.rejected_rows
                done_before = done if done_before is None else done_before
                final = self._send(connection, source, patience)
                return IngestResult(final.committed_rows, final.rejected_rows, done_before, tuple(self._rejections))
            except WrongState:
                # Another client with the same upload may have been quicker: then nothing is left to send.
                if finished_by_another or not self.read_state().finished:
                    raise
                finished_by_another = True
            except TablefitError as error:
                patience.wait_or_raise(error)

    def _send(self, connection: "_Connection", source: Source, patience: Patience) -> pb.IngestState:
        """Sends the rest of the source over one connection."""
        state = connection.state
        done, rejected = state.committed_rows + state.rejected_rows, state.rejected_rows
        first_rows: deque[int] = deque()

        def receive() -> None:
            nonlocal rejected
            acknowledgement = connection.receive().acknowledgement
            patience.reset()
            rejected += len(acknowledgement.rejections)
            self._report(acknowledgement, source, first_rows.popleft(), rejected)

        number = state.next_chunk
        try:
            for chunk in chunks_of(source, done, state.limit_rows, state.limit_bytes):
                chunk.number = number
                if len(first_rows) >= max(state.window_chunks, 1):
                    receive()
                connection.send(pb.IngestRowsRequest(chunk=chunk))
                first_rows.append(done)
                done += chunk.row_count
                number += 1
            while first_rows:
                receive()
            return connection.finish(number)
        finally:
            connection.close()

    def _report(
        self, acknowledgement: pb.ChunkAcknowledgement, source: Source, first_row: int, rejected_rows: int
    ) -> None:
        for message in acknowledgement.rejections:
            name = message.source_name or row_name(source, first_row + message.index)
            rejection = Rejection(name, message.reason)
            if len(self._rejections) < LIMIT_REJECTIONS:
                self._rejections.append(rejection)
            if self.on_rejection is not None:
                self.on_rejection(rejection)
        if self.on_progress is not None:
            self.on_progress(IngestProgress(acknowledgement.committed_rows, rejected_rows, source.row_count))


class _Connection:
    """One IngestRows call. Requests go through a queue, so what reading the source raises is raised to the caller of
    `send`, not swallowed by gRPC's own thread."""

    def __init__(self, stub: DataServiceStub, peer: str, table: str, upload_id: str) -> None:
        self._peer = peer
        self._requests: queue.SimpleQueue[pb.IngestRowsRequest | None] = queue.SimpleQueue()
        self._call = stub.IngestRows(iter(self._requests.get, None))
        self.send(pb.IngestRowsRequest(start=pb.IngestStart(table=table, upload_id=upload_id)))
        try:
            self.state = self.receive().state
        except TablefitError:
            self.close()
            raise

    def send(self, request: pb.IngestRowsRequest) -> None:
        self._requests.put(request)

    def receive(self) -> pb.IngestRowsResponse:
        with translated(self._peer):
            response: pb.IngestRowsResponse | None = next(self._call, None)
        if response is None:
            raise Internal(f"The {self._peer} ended the upload before its time.")
        return response

    def finish(self, chunk_count: int) -> pb.IngestState:
        self.send(pb.IngestRowsRequest(finish=pb.IngestFinish(chunk_count=chunk_count)))
        return self.receive().state

    def close(self) -> None:
        """Ends the call; one that is over stays as it was."""
        self._requests.put(None)
        self._call.cancel()
