"""Filters as SQL conditions with bound parameters, which mean the same on every engine.

Texts are compared by their UTF-8 bytes, so neither a column's collation nor trailing spaces matter; patterns with
regard to case. Leaves checking to `data_service.filters`.
"""

import operator
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.sql.elements import Grouping

from data_service import filters
from data_service.filters import Comparator, Filter
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
# SQLite refuses expressions more than 1,000 deep, and a chain of so many conditions is that deep.
_CHAIN = 8


def condition(table: RowTable, wanted: Filter, is_sqlite: bool) -> Condition:
    """What is true of the rows that fulfil a checked filter."""
    match wanted:
        case filters.All(parts):
            return _joined(sql.and_, [condition(table, part, is_sqlite) for part in parts])
        case filters.Any(parts):
            return _joined(sql.or_, [condition(table, part, is_sqlite) for part in parts])
        case filters.Not(part):
            return sql.not_(Grouping(condition(table, part, is_sqlite)))
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


def _joined(join: Callable[..., Condition], parts: Sequence[Condition]) -> Condition:
    """The conditions joined as a tree that is not deep."""
    while len(parts) > _CHAIN:
        parts = [_joined(join, parts[start : start + _CHAIN]) for start in range(0, len(parts), _CHAIN)]
    return Grouping(join(*parts))


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
