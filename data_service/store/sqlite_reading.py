"""Reads all rows of a table, view or query of SQLite by column, strict about types.

SQLite keeps any value in any column: one that does not fit the column's type ends the reading with WrongState, which
names it. Leaves transactions to `engine`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sql
from numpy.typing import NDArray

from data_service.columns import ColumnArray, RowBatch
from data_service.schema import Column, ColumnType
from data_service.store.packed_text import blobs
from data_service.store.source import (
    LIMIT_BATCH_BYTES,
    LIMIT_BATCH_ROWS,
    BadValue,
    Source,
    quoted,
    refuse_value,
)
from data_service.store.times import check_times, parse_times

# So many rows come at once; their bytes are counted after that.
_FETCHED_ROWS = 64
# So many instructions of SQLite's machine go between two looks at the clock.
_CLOCK_STEPS = 100_000


def read_sqlite(connection: sql.Connection, source: Source, columns: Sequence[Column]) -> Iterator[RowBatch]:
    """All rows of `source` with these columns, in order of the key, or as they come."""
    driver: Any = connection.connection.dbapi_connection
    if source.limit_s is not None:
        limit_time(driver, source.limit_s)
    key = [quoted(source.key, '"')] if source.key else []
    names = ", ".join(key + [quoted(column.name, '"') for column in columns])
    order = f" ORDER BY {key[0]}" if key else ""
    cursor = driver.execute(f"SELECT {names} FROM {source.from_sql}{order}")  # noqa: S608 - checked or quoted names
    next_id = 1
    for rows in _pieces(cursor):
        cells = list(zip(*rows, strict=True))
        ids = np.arange(next_id, next_id + len(rows), dtype=np.int64)
        if source.key:
            ids = _ids(source, cells.pop(0))
        next_id += len(rows)
        yield RowBatch(ids, {c.name: _array(source, c, cells[place], ids) for place, c in enumerate(columns)})


def limit_time(driver: Any, limit_s: float) -> None:
    """Ends whatever runs on a connection so many seconds from now."""
    deadline = time.monotonic() + limit_s
    driver.set_progress_handler(lambda: time.monotonic() > deadline, _CLOCK_STEPS)


def _pieces(cursor: Any) -> Iterator[list[tuple[Any, ...]]]:
    found: list[tuple[Any, ...]] = []
    size_bytes = 0
    while fetched := cursor.fetchmany(_FETCHED_ROWS):
        found += fetched
        size_bytes += sum(len(cell) for row in fetched for cell in row if isinstance(cell, str | bytes))
        if size_bytes >= LIMIT_BATCH_BYTES or len(found) >= LIMIT_BATCH_ROWS:
            yield found
            found, size_bytes = [], 0
    if found:
        yield found


def _ids(source: Source, cells: Sequence[Any]) -> NDArray[np.int64]:
    wrong = next((cell for cell in cells if type(cell) is not int), 0)
    if type(wrong) is not int:
        raise refuse_value(source, wrong, source.key, _kind(wrong))
    return np.array(cells, np.int64)


def _array(source: Source, column: Column, cells: Sequence[Any], ids: NDArray[np.int64]) -> ColumnArray:
    is_null = None
    if None in cells:
        is_null = np.fromiter((cell is None for cell in cells), np.bool_, len(cells))
        blank = _BLANKS.get(column.type, b"")
        cells = [blank if cell is None else cell for cell in cells]
    try:
        _check_types(column.type, cells)
        if column.type in _CONVERTERS:
            return ColumnArray(_CONVERTERS[column.type](cells), is_null)
        return blobs(column, list(cells), is_null)
    except BadValue as bad:
        raise refuse_value(source, int(ids[bad.place]), column.name, bad.what) from bad


def _check_types(column_type: ColumnType, cells: Sequence[Any]) -> None:
    if set(map(type, cells)) <= set(_TYPES[column_type]):
        return
    for place, cell in enumerate(cells):
        if type(cell) not in _TYPES[column_type]:
            raise BadValue(place, _kind(cell))


def _kind(cell: Any) -> str:
    return "NULL" if cell is None else f"a value of type {type(cell).__name__}"


def _floats(cells: Sequence[Any]) -> NDArray[np.float64]:
    found = np.array(cells, np.float64) + 0.0
    for place in np.flatnonzero(~np.isfinite(found)).tolist():
        raise BadValue(place, f"{cells[place]}, which other databases do not hold")
    return found


def _booleans(cells: Sequence[Any]) -> NDArray[np.bool_]:
    for place, cell in enumerate(cells):
        if cell not in (0, 1):
            raise BadValue(place, f"{cell}, which is neither 0 nor 1")
    return np.array(cells, np.bool_)


def _times(cells: Sequence[Any]) -> NDArray[np.int64]:
    texts = [cell.encode() for cell in cells]
    check_times(texts)
    return parse_times(texts)


_BLANKS: dict[ColumnType, Any] = {
    ColumnType.INTEGER: 0,
    ColumnType.FLOAT: 0.0,
    ColumnType.BOOLEAN: 0,
    ColumnType.TEXT: "",
    ColumnType.CATEGORY: "",
    ColumnType.TIMESTAMP: "1970-01-01",
}
_TYPES: dict[ColumnType, tuple[type, ...]] = {
    ColumnType.INTEGER: (int,),
    # SQLite keeps whole numbers as integers where it may.
    ColumnType.FLOAT: (float, int),
    ColumnType.BOOLEAN: (int,),
    ColumnType.TEXT: (str,),
    ColumnType.CATEGORY: (str,),
    ColumnType.TIMESTAMP: (str,),
    ColumnType.BYTES: (bytes,),
    ColumnType.IMAGE: (bytes,),
    ColumnType.TENSOR: (bytes,),
}
_CONVERTERS: dict[ColumnType, Callable[[Sequence[Any]], Any]] = {
    ColumnType.INTEGER: lambda cells: np.array(cells, np.int64),
    ColumnType.FLOAT: _floats,
    ColumnType.BOOLEAN: _booleans,
    ColumnType.TEXT: list,
    ColumnType.CATEGORY: list,
    ColumnType.TIMESTAMP: _times,
}
