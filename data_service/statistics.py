"""Statistics of a table's columns, as callers ask for them: what is checked, and which statistics a type has.

Computed by the database, a column at a time. Numbers agree with numpy's where that is exact: quantiles are those of its
method "linear", bars of a histogram those of `numpy.histogram`. Texts are shown up to a length, and so many values as a
message should hold. Leaves SQL to the store.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from tablefit.errors import InvalidInput, WrongState

from data_service.columns import to_microseconds
from data_service.progress import IsActive, check_active
from data_service.row_pages import choose
from data_service.schema import Cell, Column, ColumnType, Table, TableKind
from data_service.store import ColumnReader, ImageSize, Store
from data_service.tables import Tables

DEFAULT_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
DEFAULT_BINS = 10
DEFAULT_VALUES = 20
LIMIT_QUANTILES = 100
LIMIT_BINS = 100
LIMIT_VALUES = 10_000
LIMIT_SHOWN_CHARACTERS = 1000
# Of all values that are shown with their counts.
LIMIT_SHOWN_BYTES = 1024 * 1024

_HALF = 0.5

_NUMBERS = (ColumnType.INTEGER, ColumnType.FLOAT)
_TEXTS = (ColumnType.TEXT, ColumnType.CATEGORY)
_ORDERED = (*_NUMBERS, *_TEXTS, ColumnType.TIMESTAMP)
_COMPARED = (*_ORDERED, ColumnType.BOOLEAN)
_COUNTED = (*_TEXTS, ColumnType.BOOLEAN, ColumnType.INTEGER)
_SIZED = (*_TEXTS, ColumnType.IMAGE, ColumnType.BYTES, ColumnType.TENSOR)


@dataclass(frozen=True)
class StatisticsRequest:
    """Statistics wanted: of which columns (all, where none is named), and how fine. 0 and () mean the defaults."""

    table: str
    columns: Sequence[str] = ()
    quantiles: Sequence[float] = ()
    bin_count: int = 0
    limit_values: int = 0


@dataclass(frozen=True)
class Bin:
    """A bar: values from `lower` to below `upper`, of the last bar with it."""

    lower: float
    upper: float
    row_count: int


@dataclass(frozen=True)
class ColumnStatistics:
    """What is known of a column; None or empty where its type has no such thing, or there is no value.

    `quantiles` are pairs (fraction, value), times in microseconds; `byte_sizes` are least, largest, all together.
    """

    column: Column
    row_count: int
    null_count: int
    distinct_count: int | None = None
    minimum: Cell = None
    maximum: Cell = None
    mean: float | None = None
    standard_deviation: float | None = None
    quantiles: tuple[tuple[float, float], ...] = ()
    value_counts: tuple[tuple[Cell, int], ...] = ()
    histogram: tuple[Bin, ...] = ()
    byte_sizes: tuple[int, int, int] | None = None
    image_sizes: tuple[ImageSize, ...] = ()


class Statistics:
    """The statistics of a store's tables."""

    def __init__(self, store: Store, tables: Tables) -> None:
        self._store = store
        self._tables = tables

    def compute(self, wanted: StatisticsRequest, is_active: IsActive) -> Iterator[tuple[ColumnStatistics, int]]:
        """The statistics of each column as soon as they are known, with the number of columns. NotFound."""
        quantiles = _check_quantiles(wanted.quantiles)
        bin_count = _check_count(wanted.bin_count, DEFAULT_BINS, LIMIT_BINS, "bin_count")
        limit_values = _check_count(wanted.limit_values, DEFAULT_VALUES, LIMIT_VALUES, "limit_values")
        with self._tables.opened(wanted.table, "the statistics of it") as table:
            columns = choose(table.columns, wanted.columns) if wanted.columns else list(table.columns)
            for column in columns:
                check_active(is_active)
                reader = self._store.operations.column_reader(table.table_id, column)
                yield _Computation(table, column, reader).run(quantiles, bin_count, limit_values), len(columns)


class _Computation:
    """The computation for one column."""

    def __init__(self, table: Table, column: Column, reader: ColumnReader) -> None:
        self._table = table
        self._column = column
        self._reader = reader

    def run(self, quantiles: Sequence[float], bin_count: int, limit_values: int) -> ColumnStatistics:
        """The column's statistics. WrongState for values that are not of its type."""
        try:
            return self._run(quantiles, bin_count, limit_values)
        # SQLite keeps any value in any column.
        except (TypeError, ValueError, AttributeError) as error:
            raise WrongState(
                f"Table {self._table.name!r} holds values in its column {self._column.name!r}, written by other means, "
                "that are not of the column's type. Correct them, or leave that column out.",
                details={"table": self._table.name},
            ) from error

    def _run(self, quantiles: Sequence[float], bin_count: int, limit_values: int) -> ColumnStatistics:
        column_type = self._column.type
        extent = self._reader.extent(ordered=column_type in _ORDERED)
        found: dict[str, Any] = {}
        if column_type in _COMPARED:
            found["distinct_count"] = self._reader.distinct_count()
        if extent.value_count:
            found |= self._of_values(extent.value_count, extent.minimum, extent.maximum, quantiles, bin_count)
            if column_type in _COUNTED:
                found["value_counts"] = self._value_counts(limit_values)
        return ColumnStatistics(self._column, extent.row_count, extent.row_count - extent.value_count, **found)

    def _of_values(
        self, count: int, minimum: Any, maximum: Any, quantiles: Sequence[float], bin_count: int
    ) -> dict[str, Any]:
        column_type = self._column.type
        found: dict[str, Any] = {}
        if column_type in _ORDERED:
            found |= {"minimum": self._cell(minimum), "maximum": self._cell(maximum)}
        if column_type in _NUMBERS or column_type is ColumnType.BOOLEAN:
            largest = max(abs(float(minimum)), abs(float(maximum))) if column_type in _NUMBERS else 1.0
            found["mean"], found["standard_deviation"] = self._reader.moments(largest)
        if column_type in _NUMBERS or column_type is ColumnType.TIMESTAMP:
            found["quantiles"] = self._quantiles(count, quantiles)
        if column_type in _NUMBERS:
            found["histogram"] = self._histogram(count, float(minimum), float(maximum), bin_count)
        if column_type in _SIZED:
            found["byte_sizes"] = self._reader.byte_sizes()
        if column_type is ColumnType.IMAGE and self._table.kind is TableKind.IMAGE:
            found["image_sizes"] = tuple(self._reader.image_sizes())
        return found

    def _quantiles(self, count: int, fractions: Sequence[float]) -> tuple[tuple[float, float], ...]:
        places = [fraction * (count - 1) for fraction in fractions]
        wanted = sorted({neighbour for place in places for neighbour in (math.floor(place), math.ceil(place))})
        values = {place: _as_number(value) for place, value in self._reader.order_statistics(wanted).items()}
        return tuple(
            (fraction, _between(values[math.floor(place)], values[math.ceil(place)], place % 1))
            for fraction, place in zip(fractions, places, strict=True)
        )

    def _histogram(self, count: int, minimum: float, maximum: float, bin_count: int) -> tuple[Bin, ...]:
        edges = _edges(minimum, maximum, bin_count)
        below = [0, *self._reader.counts_below(edges[1:-1]), count]
        return tuple(
            Bin(lower, upper, after - before)
            for lower, upper, before, after in zip(edges, edges[1:], below, below[1:], strict=False)
        )

    def _value_counts(self, limit: int) -> tuple[tuple[Cell, int], ...]:
        found: list[tuple[Cell, int]] = []
        shown_bytes = 0
        for value, count in self._reader.value_counts(limit):
            shown_bytes += len(value) if isinstance(value, bytes) else 0
            if shown_bytes > LIMIT_SHOWN_BYTES and found:
                break
            found.append((self._cell(value), count))
        return tuple(found)

    def _cell(self, value: Any) -> Cell:
        """What a caller is shown of a value as the driver gives it."""
        if self._column.type in _TEXTS:
            return bytes(value).decode("utf-8", "replace")[:LIMIT_SHOWN_CHARACTERS]
        if self._column.type is ColumnType.BOOLEAN:
            return bool(value)
        if self._column.type is ColumnType.TIMESTAMP:
            return _aware(value)
        return int(value) if self._column.type is ColumnType.INTEGER else float(value)


def _check_quantiles(quantiles: Sequence[float]) -> tuple[float, ...]:
    if len(quantiles) > LIMIT_QUANTILES or not all(0 <= quantile <= 1 for quantile in quantiles):
        raise InvalidInput(
            f"expected at most {LIMIT_QUANTILES} quantiles, each from 0 to 1; received others", field="quantiles"
        )
    return tuple(quantiles) or DEFAULT_QUANTILES


def _check_count(count: int, default: int, limit: int, field: str) -> int:
    if not 0 <= count <= limit:
        raise InvalidInput(f"expected 1 to {limit:,}, or 0 for {default}; received {count:,}", field=field)
    return count or default


def _edges(minimum: float, maximum: float, bin_count: int) -> list[float]:
    """Edges at equal distances; of equal values one bar without width."""
    if minimum == maximum:
        return [minimum, maximum]
    if math.isfinite(maximum - minimum):
        return [float(edge) for edge in np.linspace(minimum, maximum, bin_count + 1)]
    parts = [number / bin_count for number in range(bin_count + 1)]
    return [minimum * (1 - part) + maximum * part for part in parts]


def _between(lower: float, upper: float, part: float) -> float:
    """Linear interpolation as numpy does it, from the nearer end."""
    if not math.isfinite(upper - lower):
        return lower * (1 - part) + upper * part
    return lower + (upper - lower) * part if part < _HALF else upper - (upper - lower) * (1 - part)


def _as_number(value: Any) -> float:
    return float(to_microseconds(_aware(value)) if isinstance(value, datetime) else value)


def _aware(value: datetime) -> datetime:
    """The time with its zone: databases keep UTC without saying so."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)
