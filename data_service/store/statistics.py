"""Statistics of a column, computed by the database: aggregates, and order statistics by a window function.

No engine's own deviation or quantile is used: they lack them, or round otherwise. Numbers are centred before they are
squared, and scaled down before they are added where their squares would leave the range of doubles. Texts compare by
their UTF-8 bytes; MySQL and MariaDB sort by a limited number of these, so there texts are told apart by their SHA-256.
Leaves quantiles between two values and edges of bars to `data_service.statistics`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import sqlalchemy as sql

from data_service.schema import Column, ColumnType
from data_service.store.conditions import comparable
from data_service.store.row_table import RowTable

Result = TypeVar("Result")

_TEXTS = (ColumnType.TEXT, ColumnType.CATEGORY)
_LIMIT_SIZES = 1000
# Above this, squares of doubles and sums of many leave their range; below 2 to the power of 1022 nothing is lost.
_LARGE = 1e140
_SCALE = 2.0**-600


@dataclass(frozen=True)
class Extent:
    """Rows in all, values that are not NULL, and the smallest and largest of these, as the driver gives them."""

    row_count: int
    value_count: int
    minimum: Any
    maximum: Any


@dataclass(frozen=True)
class ImageSize:
    """How many images have one size and number of channels."""

    width: int
    height: int
    channels: int
    row_count: int


class Read(Protocol):
    """Runs work on a column in a transaction of its own."""

    def __call__(self, work: Callable[[sql.Connection, RowTable, Column], Result]) -> Result:
        """What the work results in."""


class ColumnReader:
    """Computes the statistics of one column, each in a transaction of its own."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def extent(self, *, ordered: bool) -> Extent:
        """How many rows and values there are, and between what they lie where they are `ordered`."""
        return self._read(lambda c, table, column: extent(c, table, column, ordered=ordered))

    def moments(self, largest: float) -> tuple[float, float]:
        """Mean and standard deviation; `largest` is the largest absolute value. There is a value."""
        return self._read(lambda c, table, column: moments(c, table, column, largest))

    def order_statistics(self, places: Sequence[int]) -> dict[int, Any]:
        """The values at these places, from 0, among all that are not NULL in rising order."""
        return self._read(lambda c, table, column: order_statistics(c, table, column, places))

    def distinct_count(self) -> int:
        """How many different values there are that are not NULL."""
        return self._read(distinct_count)

    def value_counts(self, limit: int) -> list[tuple[Any, int]]:
        """The most frequent values with their counts, those that are equally frequent in order of value."""
        return self._read(lambda c, table, column: value_counts(c, table, column, limit))

    def counts_below(self, edges: Sequence[float]) -> list[int]:
        """How many values lie below each edge."""
        return self._read(lambda c, table, column: counts_below(c, table, column, edges))

    def byte_sizes(self) -> tuple[int, int, int]:
        """Bytes of the shortest and the longest value and of all together. There is a value."""
        return self._read(byte_sizes)

    def image_sizes(self) -> list[ImageSize]:
        """How many images of an image table have which size and mode, the most frequent first."""
        return self._read(lambda connection, table, _: image_sizes(connection, table))


def extent(connection: sql.Connection, table: RowTable, column: Column, *, ordered: bool) -> Extent:
    """How many rows and values there are, and between what they lie where they are `ordered`."""
    plain = table.sql.c[column.name]
    value = comparable(table, column, _is_sqlite(connection))
    bounds = [sql.func.min(value), sql.func.max(value)] if ordered else [sql.null(), sql.null()]
    row = connection.execute(sql.select(sql.func.count(), sql.func.count(plain), *bounds).select_from(table.sql)).one()
    return Extent(int(row[0]), int(row[1]), row[2], row[3])


def moments(connection: sql.Connection, table: RowTable, column: Column, largest: float) -> tuple[float, float]:
    """Mean and standard deviation of the population; `largest` is the largest absolute value. There is a value."""
    scale = _SCALE if largest > _LARGE else 1.0
    value = _double(table, column) * _number(scale)
    about = float(connection.scalar(sql.select(sql.func.avg(value)).select_from(table.sql)) or 0.0)
    distance = value - _number(about)
    query = sql.select(sql.func.avg(distance), sql.func.avg(distance * distance)).select_from(table.sql)
    shift, square = (float(number or 0.0) for number in connection.execute(query).one())
    # The first mean is rounded: what it misses is little beside the deviation, so nothing cancels here.
    return (about + shift) / scale, math.sqrt(max(square - shift * shift, 0.0)) / scale


def order_statistics(
    connection: sql.Connection, table: RowTable, column: Column, places: Sequence[int]
) -> dict[int, Any]:
    """The values at these places, from 0, among all that are not NULL in rising order."""
    value = comparable(table, column, _is_sqlite(connection))
    plain = table.sql.c[column.name]
    place = sql.func.row_number().over(order_by=value).label("place")
    ranked = sql.select(sql.type_coerce(value, plain.type).label("value"), place).where(plain.is_not(None)).subquery()
    query = sql.select(ranked.c.place, ranked.c.value).where(ranked.c.place.in_([number + 1 for number in places]))
    return {int(number) - 1: found for number, found in connection.execute(query)}


def distinct_count(connection: sql.Connection, table: RowTable, column: Column) -> int:
    """How many different values there are that are not NULL."""
    value = _identity(connection, table, column)
    return int(connection.scalar(sql.select(sql.func.count(value.distinct())).select_from(table.sql)) or 0)


def value_counts(connection: sql.Connection, table: RowTable, column: Column, limit: int) -> list[tuple[Any, int]]:
    """The most frequent values with their counts, those that are equally frequent in order of value."""
    value = sql.func.min(comparable(table, column, _is_sqlite(connection))).label("value")
    count = sql.func.count().label("row_count")
    query = sql.select(value, count).where(table.sql.c[column.name].is_not(None))
    query = query.group_by(_identity(connection, table, column)).order_by(count.desc(), value).limit(limit)
    return [(row[0], int(row[1])) for row in connection.execute(query)]


def counts_below(connection: sql.Connection, table: RowTable, column: Column, edges: Sequence[float]) -> list[int]:
    """How many values lie below each edge."""
    if not edges:
        return []
    value = _double(table, column)
    counts = [sql.func.count(sql.case((value < _number(edge), 1))) for edge in edges]
    return [int(count) for count in connection.execute(sql.select(*counts).select_from(table.sql)).one()]


def byte_sizes(connection: sql.Connection, table: RowTable, column: Column) -> tuple[int, int, int]:
    """Bytes of the shortest and the longest value and of all together. There is a value."""
    found = table.sql.c[column.name]
    # SQLite counts the characters of a text.
    is_text = column.type in _TEXTS and _is_sqlite(connection)
    size = sql.func.length(sql.cast(found, sql.LargeBinary) if is_text else found)
    row = connection.execute(sql.select(sql.func.min(size), sql.func.max(size), sql.func.sum(size))).one()
    return int(row[0]), int(row[1]), int(row[2])


def image_sizes(connection: sql.Connection, table: RowTable) -> list[ImageSize]:
    """How many images of an image table have which size and mode, the most frequent first."""
    columns = [table.sql.c[name] for name in ("width", "height", "channels")]
    count = sql.func.count().label("row_count")
    query = sql.select(*columns, count).group_by(*columns).order_by(count.desc(), *columns).limit(_LIMIT_SIZES)
    return [ImageSize(*map(int, row)) for row in connection.execute(query)]


def _double(table: RowTable, column: Column) -> sql.ColumnElement[float]:
    return sql.type_coerce(table.sql.c[column.name], sql.Double()) * _number(1.0)


def _number(value: float) -> sql.ColumnElement[float]:
    """A double as a literal with all its digits; of a parameter some drivers make a decimal."""
    text = repr(float(value))
    return sql.literal_column(text if "e" in text else f"{text}e0", sql.Double())


def _identity(connection: sql.Connection, table: RowTable, column: Column) -> sql.ColumnElement[Any]:
    """What is equal for equal values, and short."""
    value = comparable(table, column, _is_sqlite(connection))
    if _is_sqlite(connection):
        return value
    if column.type in _TEXTS:
        return sql.func.sha2(value, 256)
    return value + sql.literal_column("0e0", sql.Double()) if column.type is ColumnType.FLOAT else value


def _is_sqlite(connection: sql.Connection) -> bool:
    return connection.dialect.name == "sqlite"
