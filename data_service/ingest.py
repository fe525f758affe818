"""Takes the numbered chunks of an upload: what may come next, what is answered.

Between two messages no transaction is open: a caller may vanish at any time. Leaves the transaction of a chunk to the
store, and which of its rows are stored to `chunks`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from tablefit.errors import InvalidInput, OutOfOrder, WrongState

from data_service.chunks import IncomingChunk, limit_rows, prepare
from data_service.lookahead import ahead
from data_service.running_uploads import RunningUploads
from data_service.schema import Chunk, ChunkRecord, UploadRecord
from data_service.store import Entry, Store, check_changeable
from data_service.tables import LIMIT_ID_CHARACTERS, check_text
from data_service.verification import RowVerifier

WINDOW_CHUNKS = 4


@dataclass(frozen=True)
class Start:
    """Opens an upload or takes it up again."""

    table: str
    upload_id: str


@dataclass(frozen=True)
class Finish:
    """Ends an upload of so many chunks."""

    chunk_count: int


@dataclass(frozen=True)
class UploadState:
    """Where an upload stands, how many rows the table holds from all uploads, and how many a chunk should."""

    upload: UploadRecord
    table_rows: int
    limit_rows: int


@dataclass(frozen=True)
class Acknowledgement:
    """A chunk is committed, now or before."""

    record: ChunkRecord
    repeated: bool


Message = Start | IncomingChunk | Finish
Answer = UploadState | Acknowledgement


class Ingest:
    """Uploads into the tables of a store."""

    def __init__(self, store: Store, verifier: RowVerifier, running: RunningUploads | None = None) -> None:
        self._store = store
        self._verifier = verifier
        self._running = running or RunningUploads()

    def run(self, messages: Iterator[Message]) -> Iterator[Answer]:
        """Answers the messages of one caller: a start, chunks, and perhaps a finish.

        Raises what IngestRows documents; every answer given before holds.
        """
        start = next(messages, None)
        if not isinstance(start, Start):
            raise InvalidInput("expected start as the first message, received another or none", field="start")
        entry, upload = self._open(start)
        with self._running.open(entry.table_id, start.upload_id):
            yield from self._answer(messages, entry, upload)

    def _answer(self, messages: Iterator[Message], entry: Entry, upload: "_Upload") -> Iterator[Answer]:
        yield upload.read_state()
        # A chunk is verified while the one before it is written.
        for message in ahead(map(partial(self._prepare, entry), messages)):
            if isinstance(message, Start):
                raise InvalidInput("expected start once, as the first message; received another", field="start")
            if isinstance(message, Finish):
                yield upload.finish(message.chunk_count)
                return
            yield upload.append(message)

    def _prepare(self, entry: Entry, message: Message) -> "Start | Chunk | Finish":
        return prepare(message, entry, self._verifier) if isinstance(message, IncomingChunk) else message

    def _open(self, start: Start) -> "tuple[Entry, _Upload]":
        if not start.upload_id:
            raise InvalidInput("expected an upload_id of 1 to 128 characters, received none", field="start.upload_id")
        check_text(start.upload_id, LIMIT_ID_CHARACTERS, "start.upload_id")
        entry = check_changeable(self._store.find_table(start.table))
        return entry, _Upload(self._store, entry, start.upload_id)


class _Upload:
    """One caller's view of an upload, which others may be moving on at the same time."""

    def __init__(self, store: Store, table: Entry, upload_id: str) -> None:
        self._store = store
        self._key = (table.table_id, upload_id)
        self._limit_rows = limit_rows(table)
        self._known = UploadRecord()

    def read_state(self) -> UploadState:
        # Counted first, lest rows of this very upload that arrive in between pass for somebody else's.
        table_rows = self._store.get_table_by_id(self._key[0]).row_count
        self._known = self._store.get_upload(*self._key)
        return UploadState(self._known, table_rows, self._limit_rows)

    def finish(self, chunk_count: int) -> UploadState:
        self._store.finish_upload(*self._key, chunk_count)
        return self.read_state()

    def append(self, chunk: Chunk) -> Acknowledgement:
        self._check_order(chunk.number)
        record = self._find_committed(chunk.number)
        if record is not None:
            return _acknowledge_again(record, chunk.digest)
        appended = self._store.append_chunk(*self._key, chunk)
        self._known = replace(self._known, next_chunk=chunk.number + 1)
        if not appended.written:
            return _acknowledge_again(appended.record, chunk.digest)
        return Acknowledgement(appended.record, repeated=False)

    def _check_order(self, number: int) -> None:
        """Refuses at once what the store would refuse after it has locked the table."""
        if number > self._known.next_chunk:
            self._known = self._store.get_upload(*self._key)
        if self._known.finished:
            raise WrongState(f"The upload {self._key[1]!r} is finished; choose another upload_id to add more rows.")
        if number > self._known.next_chunk:
            raise OutOfOrder(f"expected chunk {self._known.next_chunk} next, received chunk {number}")

    def _find_committed(self, number: int) -> ChunkRecord | None:
        return self._store.find_chunk(*self._key, number) if number < self._known.next_chunk else None


def _acknowledge_again(record: ChunkRecord, digest: str) -> Acknowledgement:
    if record.digest != digest:
        raise WrongState(
            f"Chunk {record.number} was committed with other content; ask for the upload's state and go on from there."
        )
    return Acknowledgement(record, repeated=True)
