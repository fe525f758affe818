"""Takes the numbered chunks of an upload: what may come next, which rows are stored, what is answered.

Rows that cannot be stored are refused one by one while the rest of their chunk goes on. Between two messages no
transaction is open: a caller may vanish at any time. Leaves the transaction of a chunk to the store and the checks of
one row to `verification`.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tablefit.errors import InvalidInput, OutOfOrder, WrongState

from data_service.lookahead import ahead
from data_service.schema import Chunk, ChunkRecord, Rejection, UploadRecord
from data_service.store import Store
from data_service.tables import LIMIT_ID_CHARACTERS, check_text
from data_service.verification import LIMIT_CHARACTERS, BadRow, RowVerifier

LIMIT_ROWS = 1000
LIMIT_BYTES = 4 * 1024 * 1024
WINDOW_CHUNKS = 4

_COLUMNS = ("image", "label")


@dataclass(frozen=True)
class Start:
    """Opens an upload or takes it up again."""

    table: str
    upload_id: str


@dataclass(frozen=True)
class IncomingChunk:
    """Rows as sent: values by column, all of `row_count` values."""

    number: int
    row_count: int
    source_names: Sequence[str]
    columns: Mapping[str, Sequence[str | bytes]]


@dataclass(frozen=True)
class Finish:
    """Ends an upload of so many chunks."""

    chunk_count: int


@dataclass(frozen=True)
class UploadState:
    """Where an upload stands, and how many rows the table holds from all uploads."""

    upload: UploadRecord
    table_rows: int


@dataclass(frozen=True)
class Acknowledgement:
    """A chunk is committed, now or before."""

    record: ChunkRecord
    repeated: bool


Message = Start | IncomingChunk | Finish
Answer = UploadState | Acknowledgement


class Ingest:
    """Uploads into the tables of a store."""

    def __init__(self, store: Store, verifier: RowVerifier) -> None:
        self._store = store
        self._verifier = verifier

    def run(self, messages: Iterator[Message]) -> Iterator[Answer]:
        """Answers the messages of one caller: a start, chunks, and perhaps a finish.

        Raises what IngestRows documents; every answer given before holds.
        """
        start = next(messages, None)
        if not isinstance(start, Start):
            raise InvalidInput("expected start as the first message, received another or none", field="start")
        upload = self._open(start)
        yield upload.read_state()
        # A chunk is verified while the one before it is written.
        for message in ahead(map(self._prepare, messages)):
            if isinstance(message, Start):
                raise InvalidInput("expected start once, as the first message; received another", field="start")
            if isinstance(message, Finish):
                yield upload.finish(message.chunk_count)
                return
            yield upload.append(message)

    def _prepare(self, message: Message) -> "Start | Chunk | Finish":
        return _verified(message, self._verifier) if isinstance(message, IncomingChunk) else message

    def _open(self, start: Start) -> "_Upload":
        if not start.upload_id:
            raise InvalidInput("expected an upload_id of 1 to 128 characters, received none", field="start.upload_id")
        check_text(start.upload_id, LIMIT_ID_CHARACTERS, "start.upload_id")
        table_id = self._store.find_table(start.table).table_id
        return _Upload(self._store, table_id, start.upload_id)


class _Upload:
    """One caller's view of an upload, which others may be moving on at the same time."""

    def __init__(self, store: Store, table_id: str, upload_id: str) -> None:
        self._store = store
        self._key = (table_id, upload_id)
        self._known = UploadRecord()

    def read_state(self) -> UploadState:
        # Counted first, lest rows of this very upload that arrive in between pass for somebody else's.
        table_rows = self._store.get_table_by_id(self._key[0]).row_count
        self._known = self._store.get_upload(*self._key)
        return UploadState(self._known, table_rows)

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


@dataclass(frozen=True)
class _SentRow:
    source_name: str
    label: str
    image: bytes


def _verified(incoming: IncomingChunk, verifier: RowVerifier) -> Chunk:
    """The chunk as it is to be stored; InvalidInput when its form is not as the contract says."""
    rows = _check_chunk(incoming)
    image_digests = [hashlib.sha256(row.image).hexdigest() for row in rows]
    stored, rejections = [], []
    for index, (row, digest) in enumerate(zip(rows, image_digests, strict=True)):
        try:
            stored.append(verifier.verify(row.label, row.image, digest, row.source_name))
        except BadRow as refusal:
            # A name may be refused for its length, and the record of the chunk has to fit a statement.
            rejections.append(Rejection(index, row.source_name[:LIMIT_CHARACTERS], str(refusal)))
    return Chunk(incoming.number, _digest(rows, image_digests), tuple(stored), tuple(rejections))


def _check_chunk(chunk: IncomingChunk) -> list[_SentRow]:
    """The rows of a chunk whose form is as the contract says; else InvalidInput."""
    if chunk.number < 0:
        raise InvalidInput(f"expected a chunk number from 0, received {chunk.number}", field="chunk.number")
    if not 1 <= chunk.row_count <= LIMIT_ROWS:
        raise InvalidInput(f"expected 1 to {LIMIT_ROWS} rows, received {chunk.row_count}", field="chunk.row_count")
    if tuple(sorted(chunk.columns)) != _COLUMNS:
        received = ", ".join(sorted(chunk.columns))[:200] or "none"
        raise InvalidInput(f"expected the columns image and label, received {received}", field="chunk.columns")
    labels, images = chunk.columns["label"], chunk.columns["image"]
    lengths = {len(labels), len(images), len(chunk.source_names)}
    if lengths != {chunk.row_count}:
        raise InvalidInput(
            f"expected {chunk.row_count} labels, images and source names; received {len(labels)}, {len(images)} and "
            f"{len(chunk.source_names)}",
            field="chunk.columns",
        )
    rows = [
        _sent_row(name, label, image) for name, label, image in zip(chunk.source_names, labels, images, strict=True)
    ]
    _check_size(rows)
    return rows


def _sent_row(source_name: str, label: str | bytes, image: str | bytes) -> _SentRow:
    if not isinstance(label, str) or not isinstance(image, bytes):
        raise InvalidInput("expected texts in the column label and blobs in image", field="chunk.columns")
    return _SentRow(source_name, label, image)


def _check_size(rows: Sequence[_SentRow]) -> None:
    size_bytes = sum(len(row.image) + len(_bytes(row.label)) + len(_bytes(row.source_name)) for row in rows)
    if size_bytes > LIMIT_BYTES and len(rows) > 1:
        raise InvalidInput(
            f"expected at most {LIMIT_BYTES:,} bytes in a chunk of more than one row, received {size_bytes:,}",
            field="chunk",
        )


def _digest(rows: Sequence[_SentRow], image_digests: Sequence[str]) -> str:
    """SHA-256 of a chunk's content: for each row the digests of its texts and its image."""
    total = hashlib.sha256()
    for row, image_digest in zip(rows, image_digests, strict=True):
        for text in (row.source_name, row.label):
            total.update(hashlib.sha256(_bytes(text)).digest())
        total.update(bytes.fromhex(image_digest))
    return total.hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _acknowledge_again(record: ChunkRecord, digest: str) -> Acknowledgement:
    if record.digest != digest:
        raise WrongState(
            f"Chunk {record.number} was committed with other content; ask for the upload's state and go on from there."
        )
    return Acknowledgement(record, repeated=True)
