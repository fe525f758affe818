"""Makes rows as they were sent into rows as they are stored: form of a chunk, its digest, the rows that are refused.

Rows that cannot be stored are refused one by one while the rest of their chunk goes on; a chunk whose form does not fit
the table is refused whole. Leaves single values to `values` and `verification`, and the order of chunks to `ingest`.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tablefit.errors import InvalidInput

from data_service.columns import ColumnArray, take
from data_service.schema import BLOB_TYPES, Chunk, Column, ColumnRows, ImageRow, Rejection, TableKind
from data_service.store import Entry
from data_service.values import check_form, encoded, find_faults, nulls, size_bytes
from data_service.verification import LIMIT_CHARACTERS, BadRow, RowVerifier, sentence, text_fault

LIMIT_ROWS = 8192
# Checking blobs takes long: with fewer of them in a chunk, checking, writing and sending go on side by side.
LIMIT_BLOB_ROWS = 1000
LIMIT_BYTES = 4 * 1024 * 1024

# What callers give of an image table; the rest follows from the image.
_IMAGE_COLUMNS = ("image", "label")


@dataclass(frozen=True)
class IncomingChunk:
    """Rows as sent: values by column, all of `row_count` values."""

    number: int
    row_count: int
    source_names: Sequence[str]
    columns: Mapping[str, ColumnArray]


def limit_rows(table: Entry) -> int:
    """How many rows of this table a chunk should hold at most; larger ones are taken up to `LIMIT_ROWS`."""
    return LIMIT_BLOB_ROWS if any(column.type in BLOB_TYPES for column in table.columns) else LIMIT_ROWS


def prepare(incoming: IncomingChunk, table: Entry, verifier: RowVerifier) -> Chunk:
    """The chunk as it is to be stored; InvalidInput when its form is not as the contract and the table want it."""
    if incoming.number < 0:
        raise InvalidInput(f"expected a chunk number from 0, received {incoming.number}", field="chunk.number")
    if not 1 <= incoming.row_count <= LIMIT_ROWS:
        raise InvalidInput(f"expected 1 to {LIMIT_ROWS} rows, received {incoming.row_count}", field="chunk.row_count")
    _check_lengths(incoming, is_named=table.kind is TableKind.IMAGE)
    make = _prepare_images if table.kind is TableKind.IMAGE else _prepare_columns
    return make(incoming, table, verifier)


def _check_lengths(incoming: IncomingChunk, is_named: bool) -> None:
    lengths = {name: len(array) for name, array in incoming.columns.items()}
    if is_named or incoming.source_names:
        lengths["source names"] = len(incoming.source_names)
    for array in incoming.columns.values():
        if array.is_null is not None and len(array.is_null) != incoming.row_count:
            lengths["is_null"] = len(array.is_null)
    wrong = next((name for name, length in lengths.items() if length != incoming.row_count), None)
    if wrong is not None:
        raise InvalidInput(
            f"expected {incoming.row_count} values in each column, received {lengths[wrong]} in {wrong[:80]!r}",
            field="chunk.columns",
        )


def _check_size(row_count: int, total_bytes: int) -> None:
    if total_bytes > LIMIT_BYTES and row_count > 1:
        raise InvalidInput(
            f"expected at most {LIMIT_BYTES:,} bytes in a chunk of more than one row, received {total_bytes:,}",
            field="chunk",
        )


def _prepare_images(incoming: IncomingChunk, table: Entry, verifier: RowVerifier) -> Chunk:
    if tuple(sorted(incoming.columns)) != _IMAGE_COLUMNS:
        received = ", ".join(sorted(incoming.columns))[:200] or "none"
        raise InvalidInput(f"expected the columns image and label, received {received}", field="chunk.columns")
    by_name = {column.name: column for column in table.columns}
    for name, array in incoming.columns.items():
        check_form(by_name[name], array, "chunk.columns")
        if array.is_null is not None and array.is_null.any():
            raise InvalidInput(f"expected a {name} in each row, received NULL", field="chunk.columns")
    names: Sequence[str] = incoming.source_names
    labels: Any = incoming.columns["label"].values
    images: Any = incoming.columns["image"].values
    texts = [(encoded(name), encoded(label)) for name, label in zip(names, labels, strict=True)]
    _check_size(len(names), sum(map(len, images)) + sum(len(name) + len(label) for name, label in texts))
    digests = [hashlib.sha256(image) for image in images]
    known = verifier.inspect_plain(images)
    stored: list[ImageRow] = []
    rejections: list[Rejection] = []
    for index, (name, label, image) in enumerate(zip(names, labels, images, strict=True)):
        try:
            stored.append(verifier.verify(label, image, digests[index].hexdigest(), name, known.get(index)))
        except BadRow as refusal:
            # A name may be refused for its length, and the record of the chunk has to fit a statement.
            rejections.append(Rejection(index, name[:LIMIT_CHARACTERS], str(refusal)))
    digest = _image_digest(texts, (digest.digest() for digest in digests))
    return Chunk(incoming.number, digest, tuple(stored), tuple(rejections))


def _image_digest(texts: Iterable[tuple[bytes, bytes]], image_digests: Iterable[bytes]) -> str:
    """SHA-256 of a chunk's content: for each row the digests of its texts and its image."""
    total = hashlib.sha256()
    for (name, label), image_digest in zip(texts, image_digests, strict=True):
        total.update(hashlib.sha256(name).digest() + hashlib.sha256(label).digest() + image_digest)
    return total.hexdigest()


def _prepare_columns(incoming: IncomingChunk, table: Entry, verifier: RowVerifier) -> Chunk:
    columns = {column.name: column for column in table.columns if column.name != table.key_column}
    arrays = _complete(incoming, columns)
    sizes = sum((size_bytes(array) for array in arrays.values()), np.zeros(incoming.row_count, np.int64))
    names = list(incoming.source_names) or [""] * incoming.row_count
    _check_size(incoming.row_count, int(sizes.sum()) + sum(len(encoded(name)) for name in names))
    reasons: dict[int, str] = {}
    # One look at the largest tells of nearly every chunk that all rows fit a statement.
    if verifier.store.refuse_bytes(int(sizes.max()), "row"):
        reasons = {row: verifier.store.refuse_bytes(size, "row") for row, size in enumerate(sizes.tolist())}
        reasons = {row: reason for row, reason in reasons.items() if reason}
    for name, array in arrays.items():
        for row, reason in find_faults(columns[name], array, verifier):
            reasons.setdefault(row, reason)
    for row, name in enumerate(names):
        if reason := text_fault(name, "source name"):
            reasons.setdefault(row, reason)
    return _without_refused(incoming, arrays, names, reasons)


def _complete(incoming: IncomingChunk, columns: Mapping[str, Column]) -> dict[str, ColumnArray]:
    """All columns of the table in their order: those sent, and NULL for nullable ones that were left out."""
    unknown = [name for name in incoming.columns if name not in columns]
    missing = [name for name, column in columns.items() if name not in incoming.columns and not column.nullable]
    if unknown or missing:
        what = f"received also {unknown[0][:80]!r}" if unknown else f"received none of {missing[0]!r}"
        raise InvalidInput(f"expected values of the table's columns, {what}", field="chunk.columns")
    return {
        name: check_form(column, incoming.columns[name], "chunk.columns")
        if name in incoming.columns
        else nulls(column, incoming.row_count)
        for name, column in columns.items()
    }


def _without_refused(
    incoming: IncomingChunk, arrays: Mapping[str, ColumnArray], names: Sequence[str], reasons: Mapping[int, str]
) -> Chunk:
    digest = _column_digest(arrays, names)
    if reasons:
        kept = np.setdiff1d(np.arange(incoming.row_count), np.array(list(reasons), np.int64))
        arrays = {name: take(array, kept) for name, array in arrays.items()}
    rejections = tuple(Rejection(row, names[row][:LIMIT_CHARACTERS], sentence(reasons[row])) for row in sorted(reasons))
    rows = ColumnRows(incoming.row_count - len(reasons), arrays)
    return Chunk(incoming.number, digest, rows, rejections)


def _column_digest(arrays: Mapping[str, ColumnArray], names: Sequence[str]) -> str:
    """SHA-256 of a chunk's content: source names, then of each column its name, its NULLs and its values."""
    total = hashlib.sha256()
    _update(total, [encoded(name) for name in names])
    for name, array in arrays.items():
        _update(total, [encoded(name), b"" if array.is_null is None else np.packbits(array.is_null).tobytes()])
        if isinstance(array.values, list):
            _update(total, [encoded(value) if isinstance(value, str) else value for value in array.values])
        else:
            total.update(np.ascontiguousarray(array.values).tobytes())
    return total.hexdigest()


def _update(total: "hashlib._Hash", values: Sequence[bytes]) -> None:
    total.update(np.fromiter(map(len, values), np.int64, len(values)).tobytes())
    total.update(b"".join(values))
