"""Filters as SQL conditions with bound parameters, which mean the same on every engine.

Texts are compared by their UTF-8 bytes, so neither a column's collation nor trailing spaces matter; patterns with
regard to case. Leaves checking to `data_service.filters`.
"""

import heapq
import operator
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import sqlalchemy as sql
from sqlalchemy.sql.elements import Grouping

from data_service import filters
from data_service.filters import Comparator, Filter, Leaf
from data_service.schema import Cell, Column, ColumnType
from data_service.store.row_table import RowTable

Condition = sql.ColumnElement[bool]

_OPERATORS: dict[Comparator, Callable[[Any, Any], Condition]] = {
    Comparator.EQUAL: operator.eq,
    Comparator.NOT_EQUAL: operator.ne,
    Comparator.LESS: operator.lt,
    Comparator.LESS_OR_EQUAL: operator.le,
    Comparator.GREATER: operator.gt,
    Comparator.GREATER_OR_EQUAL: operator.ge,
}
_TEXTS = (ColumnType.TEXT, ColumnType.CATEGORY)


def condition(table: RowTable, wanted: Filter, is_sqlite: bool) -> Condition:
    """What is true of the rows that fulfil a checked filter."""
    return _tree(table, wanted, is_sqlite)[1]


def _tree(table: RowTable, wanted: Filter, is_sqlite: bool) -> tuple[int, Condition]:
    """How deep the expression of a filter is, and the expression."""
    match wanted:
        case filters.All(parts):
            return _joined("AND", [_tree(table, part, is_sqlite) for part in parts])
        case filters.Any(parts):
            return _joined("OR", [_tree(table, part, is_sqlite) for part in parts])
        case filters.Not(part):
            depth, inner = _tree(table, part, is_sqlite)
            return depth + 1, sql.not_(Grouping(inner))
    return 0, _leaf(table, wanted, is_sqlite)


def _joined(word: str, parts: Sequence[tuple[int, Condition]]) -> tuple[int, Condition]:
    """The conditions joined two by two, the least deep first, so that the tree of all is as low as can be.

    SQLite refuses expressions more than 1,000 deep, which a chain of so many conditions is.
    """
    heap = [(depth, place, part) for place, (depth, part) in enumerate(parts)]
    heapq.heapify(heap)
    places = count(len(parts))
    while len(heap) > 1:
        (_, _, left), (depth, _, right) = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (depth + 1, next(places), left.bool_op(word)(right)))
    return heap[0][0], heap[0][2]


def _leaf(table: RowTable, wanted: Leaf, is_sqlite: bool) -> Condition:
    match wanted:
        case filters.Comparison(name, comparator, value):
            column = table.column(name)
            return _OPERATORS[comparator](comparable(table, column, is_sqlite), bound(table, column, value))
        case filters.Membership(name, values):
            column = table.column(name)
            return comparable(table, column, is_sqlite).in_([bound(table, column, value) for value in values])
        case filters.IsNull(name):
            return table.sql.c[name].is_(None)
        case filters.Like(name, pattern):
            return _like(table.sql.c[name], pattern, is_sqlite)


def comparable(table: RowTable, column: Column, is_sqlite: bool) -> sql.ColumnElement[Any]:
    """The column as it compares and sorts: texts as their UTF-8 bytes, numbers of single precision as doubles."""
    found = table.sql.c[column.name]
    if column.type in _TEXTS:
        return utf8(found, is_sqlite)
    if column.type is ColumnType.FLOAT and not is_sqlite and not isinstance(found.type, sql.Double):
        return found + sql.literal_column("0e0", sql.Double())
    return found


def bound(table: RowTable, column: Column, value: Cell) -> sql.ColumnElement[Any]:
    """The value as a parameter that compares with `comparable`."""
    if isinstance(value, str):
        return sql.bindparam(None, value.encode(), sql.LargeBinary())
    if isinstance(value, datetime):
        # As the times are stored: in UTC, without saying so.
        value = value.astimezone(UTC).replace(tzinfo=None)
    return sql.bindparam(None, value, table.sql.c[column.name].type)


def utf8(column: sql.ColumnElement[Any], is_sqlite: bool) -> sql.ColumnElement[bytes]:
    """The bytes of a text in UTF-8."""
    if is_sqlite:
        return sql.cast(column, sql.LargeBinary)
    return sql.cast(sql.func.convert(column.op("USING")(sql.literal_column("utf8mb4"))), sql.LargeBinary)


def _like(column: sql.ColumnElement[Any], pattern: str, is_sqlite: bool) -> Condition:
    if is_sqlite:
        # SQLite's LIKE knows no case.
        return column.op("GLOB", is_comparison=True)(_glob(pattern))
    text = sql.func.convert(column.op("USING")(sql.literal_column("utf8mb4")), type_=sql.Text())
    return sql.collate(text, "utf8mb4_bin").like(pattern)


def _glob(pattern: str) -> str:
    """The pattern as SQLite's GLOB reads it."""
    parts: list[str] = []
    letters = iter(pattern)
    for letter in letters:
        if letter in "%_":
            parts.append("*" if letter == "%" else "?")
            continue
        plain = next(letters) if letter == "\\" else letter
        parts.append(f"[{plain}]" if plain in "*?[" else plain)
    return "".join(parts)
