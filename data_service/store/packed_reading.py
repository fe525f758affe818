"""Reads all rows of a table, view or query of MySQL or MariaDB, packed so that the driver has little to do.

    with a key       many rows in one value, by ranges of the key, as long as they fit; else row by row
    without a key    row by row from one cursor, in the order that the server gives
    not InnoDB       row by row from one cursor: of such a table each statement sees another state

While rows are parsed the next ones are on their way. What a value may hold is bounded by the session's
group_concat_max_len: the server cuts what is longer, which shows. Leaves the form of a row to `packed_text` and
`packed_doubles`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import sqlalchemy as sql
from pymysql.cursors import SSCursor
from tablefit.errors import WrongState

from data_service.columns import ColumnArray, RowBatch, take
from data_service.lookahead import ahead
from data_service.schema import BLOB_TYPES, Column, ColumnType
from data_service.store.packed_doubles import is_double, parse_points, points
from data_service.store.packed_text import blobs, fields_of, lengths_of, packed, parse
from data_service.store.source import (
    LIMIT_BATCH_BYTES,
    LIMIT_BATCH_ROWS,
    BadValue,
    Source,
    quoted,
    refuse_value,
)

# Rows of the first range, and how many bytes a later one aims at.
_FIRST_ROWS = 500
_TARGET_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class _Part:
    """Packed rows: their text, how many they are, and the bytes of each column of blobs, joined or one by one.

    `points` are the doubles.
    """

    text: bytes
    row_count: int
    points: bytes
    blobs: Sequence[bytes | list[bytes]]
    first_id: int


def read_packed(connection: sql.Connection, source: Source, columns: Sequence[Column]) -> Iterator[RowBatch]:
    """All rows of `source`, with these columns; the connection sees one state of the database throughout."""
    reader = _PackedReader(connection, source, columns)
    parts = reader.ranges() if source.key and reader.sees_one_state() else reader.rows("", 1)
    for part in ahead(parts):
        yield reader.parse(part)


class _PackedReader:
    """Reads one source with one list of columns."""

    def __init__(self, connection: sql.Connection, source: Source, columns: Sequence[Column]) -> None:
        driver: Any = connection.connection.dbapi_connection
        self._driver = driver
        self._source = source
        self._columns = columns
        # The ids come first, whether they are wanted as a column or not.
        key = [Column(source.key, ColumnType.INTEGER, False)] if source.key else []
        texts = [column for column in columns if not is_double(column)]
        # A row has a text, if only to be counted.
        self._packed = [*key, *texts] or list(columns[:1])
        self._doubles = [column for column in columns if is_double(column) and column not in self._packed]
        self._blobs = [column for column in columns if column.type in BLOB_TYPES]
        if source.limit_s is not None:
            limit_time(driver, source.limit_s)
        with driver.cursor() as cursor:
            # All values of a row share a packet.
            share = f"@@max_allowed_packet DIV {2 + len(self._others())}"
            cursor.execute(f"SET SESSION group_concat_max_len = CAST(LEAST({_TARGET_BYTES * 2}, {share}) AS UNSIGNED)")
            cursor.execute("SELECT @@group_concat_max_len")
            self._limit_bytes = int(cursor.fetchone()[0])

    def sees_one_state(self) -> bool:
        """Whether all statements of a transaction see the table as the first one does: of InnoDB tables alone."""
        with self._driver.cursor() as cursor:
            cursor.execute(
                "SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s",
                (self._source.name,),
            )
            found = cursor.fetchone()
        return found is not None and found[0] == "InnoDB"

    def ranges(self) -> Iterator[_Part]:
        """The rows in order of the key."""
        after: int | None = None
        wanted = _FIRST_ROWS
        while True:
            last, part, size_bytes = self._read_range(after, wanted)
            if last is None:
                return
            if part is not None:
                yield part
                wanted = min(wanted * 4, max(1, int(part.row_count * _TARGET_BYTES / size_bytes)), LIMIT_BATCH_ROWS)
                wanted = min(wanted, int(wanted * self._limit_bytes / _TARGET_BYTES / 2) or 1)
            elif wanted > 1:
                wanted = max(1, wanted // 8)
                continue
            else:
                # Too large for one value.
                yield from self.rows(_where(self._source.key, after, last), after or 0)
            after = last

    def rows(self, where: str, first_id: int) -> Iterator[_Part]:
        """The rows as they come, or in order of the key; where there is none they are numbered from `first_id`."""
        values = [packed(self._packed), *self._others()]
        statement = f"SELECT {', '.join(values)} FROM {self._source.from_sql}{where}"  # noqa: S608 - checked or quoted names
        cursor = self._driver.cursor(SSCursor)
        try:
            cursor.execute(statement + (f" ORDER BY {quoted(self._source.key, '`')}" if self._source.key else ""))
            found: list[tuple[bytes | None, ...]] = []
            size_bytes = 0
            while (row := cursor.fetchone()) is not None:
                found.append(row)
                size_bytes += sum(map(len, filter(None, row)))
                if size_bytes >= LIMIT_BATCH_BYTES or len(found) == LIMIT_BATCH_ROWS:
                    yield self._part(found, first_id)
                    first_id += len(found)
                    found, size_bytes = [], 0
            if found:
                yield self._part(found, first_id)
        finally:
            _leave(cursor)

    def parse(self, part: _Part) -> RowBatch:
        """The rows of a part, in order of their ids."""
        fields = fields_of(part.text, len(self._packed)) if part.row_count else None
        doubles = parse_points(self._doubles, part.points, part.row_count)
        if fields is None or len(fields[0]) != part.row_count or doubles is None:
            raise WrongState(f"The database gave other rows of {self._source.name!r} than it was asked for.")
        ids = np.arange(part.first_id, part.first_id + part.row_count, dtype=np.int64)
        if self._source.key:
            ids = self._value(self._packed[0], fields.pop(0), ids).values  # type: ignore[assignment]
        arrays = {column.name: array for column, array in zip(self._doubles, doubles, strict=True)}
        values = iter(part.blobs)
        for column, column_fields in zip(self._packed[len(self._packed) - len(fields) :], fields, strict=True):
            if column.type in BLOB_TYPES:
                arrays[column.name] = self._blob(column, column_fields, next(values), ids)
            else:
                arrays[column.name] = self._value(column, column_fields, ids)
        return _in_order(ids, {column.name: arrays[column.name] for column in self._columns})

    def _read_range(self, after: int | None, row_count: int) -> tuple[int | None, _Part | None, int]:
        """The last key of the next `row_count` rows, None behind the last row; the rows, None where they do not fit."""
        key, table = quoted(self._source.key, "`"), self._source.from_sql
        bounds = (
            f"SELECT MIN({key}) AS first, MAX({key}) AS last FROM (SELECT {key} FROM {table}"  # noqa: S608
            f"{_where(self._source.key, after, None)} ORDER BY {key} LIMIT {row_count}) AS tablefit_ids"
        )
        values = [packed(self._packed), *self._others()]
        joined = ", ".join(f"GROUP_CONCAT({value} SEPARATOR '')" for value in values)
        with self._driver.cursor() as cursor:
            cursor.execute(
                f"SELECT COUNT(*), MAX({key}), {joined} FROM {table}, ({bounds}) AS tablefit_bounds "  # noqa: S608
                f"WHERE {key} BETWEEN tablefit_bounds.first AND tablefit_bounds.last"
            )
            count, last, *found = cursor.fetchone()
        size_bytes = max(len(value or b"") for value in found)
        if not count:
            return None, None, 0
        text, *rest = (value or b"" for value in found)
        part = _Part(text, count, rest.pop(0) if self._doubles else b"", rest, 0)
        return int(last), part if self._is_whole(part) else None, size_bytes

    def _is_whole(self, part: _Part) -> bool:
        """Whether the server has cut nothing."""
        # A text is cut to whole letters.
        return all(len(value) <= self._limit_bytes - 4 for value in (part.text, part.points, *part.blobs))

    def _part(self, rows: Sequence[tuple[bytes | None, ...]], first_id: int) -> _Part:
        texts, *values = zip(*rows, strict=True)
        if None in texts:
            place = texts.index(None)
            raise refuse_value(self._source, first_id + place, "of texts", "more bytes than max_allowed_packet")
        blobs = [[value or b"" for value in column] for column in values]
        doubles = b"".join(blobs.pop(0)) if self._doubles else b""
        return _Part(b"".join(texts), len(rows), doubles, blobs, first_id)

    def _others(self) -> list[str]:
        """The SQL of what a row has besides its text."""
        doubles = [points(self._doubles)] if self._doubles else []
        return doubles + [quoted(column.name, "`") for column in self._blobs]

    def _value(self, column: Column, fields: list[bytes], ids: np.ndarray[Any, Any]) -> ColumnArray:
        try:
            return parse(column, fields)
        except BadValue as bad:
            raise refuse_value(self._source, int(ids[bad.place]), column.name, bad.what) from bad

    def _blob(
        self, column: Column, fields: list[bytes], joined: bytes | list[bytes], ids: np.ndarray[Any, Any]
    ) -> ColumnArray:
        lengths, is_null = lengths_of(fields)
        if isinstance(joined, bytes):
            ends = np.cumsum([0, *lengths]).tolist()
            joined = [joined[start:end] for start, end in pairwise(ends)]
        try:
            return blobs(column, joined, is_null)
        except BadValue as bad:
            raise refuse_value(self._source, int(ids[bad.place]), column.name, bad.what) from bad


def limit_time(driver: Any, limit_s: float) -> None:
    """Lets the server end statements of a connection that take longer."""
    is_mariadb = "mariadb" in str(driver.get_server_info()).lower()
    name, value = ("max_statement_time", limit_s) if is_mariadb else ("max_execution_time", int(limit_s * 1000))
    with driver.cursor() as cursor:
        cursor.execute(f"SET SESSION {name} = {value}")


def _leave(cursor: Any) -> None:
    """Lets go of a cursor whose connection is to be closed: the driver would read all rows that are still to come."""
    if cursor._result is not None:
        cursor._result.unbuffered_active = False
        cursor._result.connection = None
    cursor._result = cursor.connection = None


def _where(key: str, after: int | None, last: int | None) -> str:
    bounds = [f"{quoted(key, '`')} {sign} {bound}" for sign, bound in ((">", after), ("<=", last)) if bound is not None]
    return f" WHERE {' AND '.join(bounds)}" if bounds else ""


def _in_order(ids: np.ndarray[Any, Any], arrays: dict[str, ColumnArray]) -> RowBatch:
    """A value of many rows has them in no order that the server promises."""
    if (ids[1:] > ids[:-1]).all():
        return RowBatch(ids, arrays)
    order = np.argsort(ids, kind="stable")
    return RowBatch(ids[order], {name: take(array, order) for name, array in arrays.items()})
