"""Parquet files, data frames and pyarrow tables as tables: batches of Arrow, read once to see and again to send."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tablefit.errors import InvalidInput
from tablefit.sources.arrow_values import ArrowArray, ArrowInference
from tablefit.sources.chunking import update_digest
from tablefit.sources.column_names import check_known, unique_names
from tablefit.sources.columns import ColumnChunk, ColumnTypeName, SourceColumn, check_types
from tablefit.sources.compression import reading
from tablefit.sources.options import TableReadOptions
from tablefit.sources.table_source import Scan, TableSource

# A batch has so many rows, or fewer where rows are large.
_LIMIT_BATCH_ROWS = 16_384
_LIMIT_BATCH_BYTES = 8 * 1024 * 1024
_READ_BYTES = 1024 * 1024

Batch = Any  # pyarrow.RecordBatch


@dataclass(frozen=True)
class Batches:
    """Batches that can be read as often as needed. `digest` covers their content where that is known without them;
    `row_count` and `size_bytes` are what progress is measured by."""

    origin: str
    schema: Any
    read: Callable[[], Iterator[Batch]]
    digest: Callable[[], str] | None = None
    row_count: int = 0
    size_bytes: int = 0


class ArrowTable:
    """The content of batches."""

    def __init__(
        self,
        open_batches: Callable[[], Batches],
        origin: str,
        types: Mapping[str, ColumnTypeName],
        on_scan: Callable[[int, int], None] | None = None,
    ) -> None:
        check_types(tuple(types.values()))
        self._on_scan = on_scan
        self._open = open_batches
        self._types = types
        self._origin = origin

    @property
    def origin(self) -> str:
        """What messages call it."""
        return self._origin

    def scan(self) -> Scan:
        """The columns by the types of Arrow, and by all values where these count."""
        batches = self._open()
        inferences = self._inferences(batches)
        digest = hashlib.sha256(repr(sorted(self._types.items())).encode())
        row_count = 0
        for batch in batches.read():
            arrays = {column.name: column.add(array) for column, array in _paired(inferences, batch)}
            if batches.digest is None:
                update_digest(digest, ColumnChunk(batch.num_rows, arrays))
            row_count += batch.num_rows
            if self._on_scan is not None:
                self._on_scan(batches.size_bytes * row_count // max(batches.row_count, 1), batches.size_bytes)
        if batches.digest is not None:
            digest.update(batches.digest().encode())
        columns = tuple(inference.column for inference in inferences)
        digest.update(repr(columns).encode())
        return Scan(columns, row_count, digest.hexdigest())

    def read(self, columns: tuple[SourceColumn, ...]) -> Iterator[ColumnChunk]:
        """The rows. Raises InvalidInput, also when the columns were changed since `scan`."""
        batches = self._open()
        inferences = self._inferences(batches)
        if [inference.name for inference in inferences] != [column.name for column in columns]:
            raise InvalidInput(f"{self.origin} was changed while it was read; begin again.")
        for inference, column in zip(inferences, columns, strict=True):
            inference.shape = column.shape
        for batch in batches.read():
            arrays = {column.name: column.convert(array) for column, array in _paired(inferences, batch)}
            yield ColumnChunk(batch.num_rows, arrays)

    def _inferences(self, batches: Batches) -> list[ArrowInference]:
        names = unique_names(batches.schema.names)
        check_known(self._types, names, self.origin)
        return [
            ArrowInference(name, field.type, self.origin, self._types.get(name))
            for name, field in zip(names, batches.schema, strict=True)
        ]


def open_parquet(path: Path, options: TableReadOptions, on_scan: Callable[[int, int], None] | None) -> TableSource:
    """The rows of a Parquet file, row group by row group."""
    return TableSource(ArrowTable(lambda: _parquet_batches(path), path.name, options.types, on_scan))


def from_arrow(table: Any, origin: str, types: Mapping[str, ColumnTypeName]) -> TableSource:
    """The rows of a pyarrow Table."""

    def read() -> Iterator[Batch]:
        size = _batch_rows(table.nbytes, table.num_rows)
        return iter(table.to_batches(max_chunksize=size))

    return TableSource(ArrowTable(lambda: Batches(origin, table.schema, read), origin, types))


def from_pandas(frame: Any, origin: str, types: Mapping[str, ColumnTypeName]) -> TableSource:
    """The rows of a pandas DataFrame, converted some at once. Its index is a column when it has a name."""
    if not all(isinstance(name, str) for name in frame.columns):
        frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    keeps_index = any(name is not None for name in frame.index.names)

    def open_batches() -> Batches:
        schema = _schema_of(frame, keeps_index, origin)

        def read() -> Iterator[Batch]:
            for start in range(0, len(frame), _LIMIT_BATCH_ROWS):
                part = frame.iloc[start : start + _LIMIT_BATCH_ROWS]
                try:
                    yield pa.RecordBatch.from_pandas(part, schema, keeps_index)
                except _UNFIT as error:
                    raise InvalidInput(_mixed(origin, "; ".join(map(str, error.args)))) from error

        return Batches(origin, schema, read)

    return TableSource(ArrowTable(open_batches, origin, types))


def _parquet_batches(path: Path) -> Batches:
    with reading(path):
        try:
            file = pq.ParquetFile(path, buffer_size=_READ_BYTES, pre_buffer=False)
        except pa.ArrowInvalid as error:
            raise InvalidInput(f"{path} is no Parquet file, or one that is broken ({error}).") from error
    size = _batch_rows(_unpacked_bytes(file.metadata), file.metadata.num_rows)

    def read() -> Iterator[Batch]:
        with reading(path):
            try:
                yield from file.iter_batches(batch_size=size)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise InvalidInput(f"{path} is broken, or written in a way that cannot be read ({error}).") from error

    row_count = file.metadata.num_rows
    return Batches(path.name, file.schema_arrow, read, lambda: _digest_of_file(path), row_count, path.stat().st_size)


def _unpacked_bytes(metadata: Any) -> int:
    return sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))


def _digest_of_file(path: Path) -> str:
    with reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _batch_rows(size_bytes: int, row_count: int) -> int:
    return max(1, min(_LIMIT_BATCH_ROWS, _LIMIT_BATCH_BYTES * row_count // max(size_bytes, 1)))


def _paired(inferences: list[ArrowInference], batch: Batch) -> Iterator[tuple[ArrowInference, ArrowArray]]:
    return zip(inferences, batch.columns, strict=True)


def _schema_of(frame: Any, keeps_index: bool, origin: str) -> Any:
    """The types of a frame's columns. Raises InvalidInput naming the first column of mixed values."""
    try:
        return pa.Schema.from_pandas(frame, preserve_index=keeps_index)
    except _UNFIT as error:
        for place, name in enumerate(frame.columns):
            try:
                pa.Schema.from_pandas(frame.iloc[:, [place]], preserve_index=False)
            except _UNFIT as fault:
                raise InvalidInput(_mixed(origin, f"{fault.args[0]} in the column {name}")) from error
        raise InvalidInput(_mixed(origin, str(error.args[0]))) from error


def _mixed(origin: str, what: str) -> str:
    return (
        f"{origin} has values that do not fit one type of column: {what}. "
        "Convert the column (df[name].astype(...)) or leave it out."
    )


# What pyarrow raises over values that do not fit a type.
_UNFIT = (ValueError, pa.ArrowTypeError, pa.ArrowNotImplementedError)
