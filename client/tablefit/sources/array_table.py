"""Arrays of NumPy files as a table: each array of an .npz file is a column, and so is an .npy file of its own.

    (row,) integers, floats, booleans, dates     integer, float, boolean, timestamp
    (row,) texts                                 category
    (row, n, ...) numbers or booleans            tensor of shape (n, ...)

All arrays have as many rows. NaN is a missing value in a column of floats and refused in a tensor, infinities are
refused. Read block by block, without pickles. Labelled images in such files are the business of `arrays`.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tablefit.errors import InvalidInput
from tablefit.sources.arrays import StoredArray
from tablefit.sources.chunking import update_digest
from tablefit.sources.column_names import check_known, unique_names
from tablefit.sources.columns import ColumnArray, ColumnChunk, ColumnTypeName, SourceColumn, first_unfit
from tablefit.sources.compression import reading
from tablefit.sources.npy import ArrayHeader, read_header
from tablefit.sources.options import TableReadOptions
from tablefit.sources.table_source import Scan

_LIMIT_BLOCK_BYTES = 4 * 1024 * 1024
_LIMIT_BLOCK_ROWS = 16_384

_KINDS: dict[str, ColumnTypeName] = {
    "b": "boolean", "i": "integer", "u": "integer", "f": "float", "M": "timestamp", "U": "category", "S": "category"
}  # fmt: skip
# Types that may be given instead of the one found.
_GIVEN: dict[ColumnTypeName, tuple[ColumnTypeName, ...]] = {
    "boolean": ("integer", "float", "text", "category"),
    "integer": ("float", "text", "category"),
    "category": ("text",),
}


@dataclass(frozen=True)
class _Column:
    array: StoredArray
    header: ArrayHeader
    type: ColumnTypeName


class ArrayTable:
    """The content of named arrays. `on_scan` gets the bytes of values that the first reading has done, and all."""

    def __init__(
        self,
        path: Path,
        find: Callable[[], dict[str, StoredArray]],
        options: TableReadOptions,
        on_scan: Callable[[int, int], None] | None,
    ) -> None:
        self._path = path
        self._find = find
        self._types = options.types
        self._on_scan = on_scan

    @property
    def origin(self) -> str:
        """The file's name."""
        return self._path.name

    def scan(self) -> Scan:
        """The columns by the headers of the arrays; whether values are missing by all of them."""
        found = self._columns()
        digest = hashlib.sha256(repr(sorted(self._types.items())).encode())
        nullable = dict.fromkeys(found, False)
        row_count = done = 0
        for chunk in self._chunks(found):
            update_digest(digest, chunk)
            row_count += chunk.row_count
            for name, array in chunk.columns.items():
                nullable[name] |= array.is_null is not None
            if self._on_scan is not None:
                row_bytes = sum(column.header.row_bytes for column in found.values())
                done = row_count * row_bytes
                self._on_scan(done, row_bytes * next(iter(found.values())).header.row_count)
        columns = tuple(_source_column(name, column, nullable[name]) for name, column in found.items())
        digest.update(repr(columns).encode())
        return Scan(columns, row_count, digest.hexdigest())

    def read(self, columns: tuple[SourceColumn, ...]) -> Iterator[ColumnChunk]:
        """The rows. Raises InvalidInput for a file that is broken, or was changed since `scan`."""
        found = self._columns()
        if list(found) != [column.name for column in columns]:
            raise InvalidInput(f"{self._path} was changed while it was read; begin again.")
        yield from self._chunks(found)

    def _columns(self) -> dict[str, _Column]:
        arrays = self._find()
        names = unique_names(tuple(arrays))
        check_known(self._types, names, str(self._path))
        found: dict[str, _Column] = {}
        for name, array in zip(names, arrays.values(), strict=True):
            with reading(self._path), array.open() as file:
                header = read_header(file, array.origin)
            found[name] = _Column(array, header, _type_of(header, self._types.get(name)))
        counts = {name: column.header.row_count for name, column in found.items()}
        if len(set(counts.values())) > 1:
            listed = ", ".join(f"{name} {count:,}" for name, count in counts.items())
            raise InvalidInput(
                f"The arrays of {self._path} differ in their first sizes ({listed}); expected as many rows in each. "
                "Save those that belong together in a file of their own."
            )
        return found

    def _chunks(self, found: dict[str, _Column]) -> Iterator[ColumnChunk]:
        if not found:
            return
        row_count = next(iter(found.values())).header.row_count
        row_bytes = sum(column.header.row_bytes for column in found.values())
        size = max(1, min(_LIMIT_BLOCK_ROWS, _LIMIT_BLOCK_BYTES // max(row_bytes, 1)))
        with ExitStack() as stack:
            files = {name: self._open(stack, column) for name, column in found.items()}
            for start in range(0, row_count, size):
                count = min(size, row_count - start)
                arrays = {
                    name: _to_array(self._read(files[name], column.header, start, count), column, start)
                    for name, column in found.items()
                }
                yield ColumnChunk(count, arrays)

    def _open(self, stack: ExitStack, column: _Column) -> IO[bytes]:
        with reading(self._path):
            file = stack.enter_context(column.array.open())
            read_header(file, column.array.origin)
        return file

    def _read(self, file: IO[bytes], header: ArrayHeader, start: int, count: int) -> NDArray[Any]:
        with reading(self._path):
            block = file.read(count * header.row_bytes)
        if len(block) < count * header.row_bytes:
            raise InvalidInput(
                f"{header.origin} is cut off: it ends within the rows from {start:,} on, of {header.row_count:,}. "
                "Get it anew."
            )
        if not header.row_bytes:
            return np.zeros((count, *header.shape[1:]), header.dtype)
        return np.frombuffer(block, header.dtype).reshape(count, *header.shape[1:])


def _type_of(header: ArrayHeader, given: ColumnTypeName | None) -> ColumnTypeName:
    found = _KINDS.get(header.dtype.kind)
    if found is not None and len(header.shape) > 1:
        found = "tensor" if header.dtype.kind in "biuf" else None
    if found is None:
        raise InvalidInput(
            f"{header.origin} has the type {header.dtype} and the shape {header.shape}; expected numbers, booleans or "
            "dates of any shape (row, ...), or texts of shape (row,)."
        )
    if given not in (None, found, *_GIVEN.get(found, ())):
        raise InvalidInput(f"{header.origin} has the type {header.dtype}, which becomes no {given}.", field="types")
    return given or found


def _source_column(name: str, column: _Column, is_nullable: bool) -> SourceColumn:
    if column.type != "tensor":
        return SourceColumn(name, column.type, is_nullable)
    return SourceColumn(name, "tensor", False, column.header.dtype.name, column.header.shape[1:])


def _to_array(values: NDArray[Any], column: _Column, start: int) -> ColumnArray:
    header, kind = column.header, values.dtype.kind
    if column.type in ("category", "text"):
        return ColumnArray(_texts(values, header, start))
    is_null = None
    if column.type == "tensor":
        values = values.astype(values.dtype.newbyteorder("="), copy=False)
    elif kind == "M":
        values, is_null = _times(values, header, start)
    elif column.type == "float":
        values = values.astype(np.float64)
        is_null = np.isnan(values) if np.isnan(values).any() else None
    elif column.type == "integer":
        if kind == "u" and (values > np.iinfo(np.int64).max).any():
            raise InvalidInput(f"{header.origin} has integers of more than 63 bits, which no database column holds.")
        values = values.astype(np.int64)
    if is_null is not None:
        values = np.where(is_null, 0, values)
    unfit = first_unfit(values, column.type)
    if unfit is not None:
        raise InvalidInput(
            f"{header.origin} has {values[unfit] if values.ndim == 1 else 'NaN or infinity'} in row {start + unfit}; "
            "expected finite numbers, since databases hold no others."
        )
    return ColumnArray(values, is_null)


def _times(values: NDArray[Any], header: ArrayHeader, start: int) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Microseconds since 1970, and what is missing (NaT)."""
    is_null = np.isnat(values)
    exact = values.astype("datetime64[us]")
    is_cut = (exact != values) & ~is_null
    if is_cut.any():
        row = start + int(np.argmax(is_cut))
        raise InvalidInput(f"{header.origin} has a time finer than microseconds in row {row}; round the times first.")
    return exact.astype(np.int64), is_null if is_null.any() else None


def _texts(values: NDArray[Any], header: ArrayHeader, start: int) -> list[str]:
    if values.dtype.kind not in "US":
        return [str(value) for value in values.tolist()]
    try:
        texts = [value.decode() if isinstance(value, bytes) else value for value in values.tolist()]
        "".join(texts).encode()
    except ValueError as error:
        raise InvalidInput(f"{header.origin} holds a text that is not valid Unicode, from row {start:,} on.") from error
    return texts
