"""Conditions on rows, as callers state them, checked against the columns of a table.

    All, Any, Not            of other conditions
    Comparison, Membership   a column with one value, or with some
    IsNull, Like             a column that is NULL, a text that matches a pattern

As in SQL, what compares with NULL is neither true nor false. Leaves messages to `convert.filters` and SQL to
`store.conditions`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from tablefit.errors import InvalidInput

from data_service.schema import Cell, Column, ColumnType

LIMIT_DEPTH = 32
LIMIT_LIST = 1000
LIMIT_VALUES = 10_000
LIMIT_PATTERN_CHARACTERS = 1000
# Of a whole filter: what engines take in one statement.
LIMIT_ALL_CONDITIONS = 2000
LIMIT_ALL_VALUES = 20_000
LIMIT_ALL_BYTES = 400_000

_TEXTS = (ColumnType.TEXT, ColumnType.CATEGORY)
# What a value may be, and how that is called.
_VALUE_TYPES: Mapping[ColumnType, tuple[tuple[type, ...], str]] = {
    ColumnType.INTEGER: ((int,), "an integer"),
    ColumnType.FLOAT: ((float, int), "a number"),
    ColumnType.BOOLEAN: ((bool,), "true or false"),
    ColumnType.TEXT: ((str,), "a text"),
    ColumnType.CATEGORY: ((str,), "a text"),
    ColumnType.TIMESTAMP: ((datetime,), "a time"),
    ColumnType.BYTES: ((bytes,), "a byte string"),
}


class Comparator(Enum):
    """How a value is compared."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


@dataclass(frozen=True)
class All:
    """All of these hold."""

    filters: tuple["Filter", ...]


@dataclass(frozen=True)
class Any:
    """Any of these holds."""

    filters: tuple["Filter", ...]


@dataclass(frozen=True)
class Not:
    """This does not hold."""

    filter: "Filter"


@dataclass(frozen=True)
class Comparison:
    """The column compares with the value; texts by their UTF-8 bytes."""

    column: str
    comparator: Comparator
    value: Cell


@dataclass(frozen=True)
class Membership:
    """The column has one of the values."""

    column: str
    values: tuple[Cell, ...]


@dataclass(frozen=True)
class IsNull:
    """The column is NULL."""

    column: str


@dataclass(frozen=True)
class Like:
    """The text matches the pattern, with regard to case: % any text, _ one character, a backslash before either."""

    column: str
    pattern: str


Leaf = Comparison | Membership | IsNull | Like
Filter = All | Any | Not | Leaf


def check_filter(wanted: Filter, columns: Sequence[Column]) -> Filter:
    """The filter with its values in the types of their columns; InvalidInput that names the part which does not fit."""
    return _Check({column.name: column for column in columns}).check(wanted, "filter", 1)


@dataclass
class _Check:
    """One check of one filter, which counts as it goes."""

    columns: Mapping[str, Column]
    condition_count: int = 0
    value_count: int = 0
    byte_count: int = 0

    def check(self, wanted: Filter, path: str, depth: int) -> Filter:
        self.condition_count += 1
        if depth > LIMIT_DEPTH:
            raise InvalidInput(f"expected conditions nested at most {LIMIT_DEPTH} deep, received more", field=path)
        if self.condition_count > LIMIT_ALL_CONDITIONS:
            raise InvalidInput(
                f"expected at most {LIMIT_ALL_CONDITIONS:,} conditions in all, received more", field=path
            )
        if isinstance(wanted, All | Any):
            path = f"{path}.{type(wanted).__name__.lower()}"
            if not 1 <= len(wanted.filters) <= LIMIT_LIST:
                raise InvalidInput(
                    f"expected 1 to {LIMIT_LIST:,} conditions, received {len(wanted.filters):,}", field=path
                )
            parts = (self.check(part, f"{path}[{n}]", depth + 1) for n, part in enumerate(wanted.filters))
            return type(wanted)(tuple(parts))
        if isinstance(wanted, Not):
            return Not(self.check(wanted.filter, f"{path}.not", depth + 1))
        return self._check_leaf(wanted, path)

    def _check_leaf(self, wanted: Leaf, path: str) -> Filter:
        match wanted:
            case Comparison(column, _, value):
                path = f"{path}.comparison"
                return replace(wanted, value=self._value(self._column(column, path), value, path))
            case Membership(column, values):
                path = f"{path}.membership"
                if not 1 <= len(values) <= LIMIT_VALUES:
                    raise InvalidInput(f"expected 1 to {LIMIT_VALUES:,} values, received {len(values):,}", field=path)
                found = self._column(column, path)
                return replace(wanted, values=tuple(self._value(found, value, path) for value in values))
            case IsNull(column):
                self._column(column, f"{path}.is_null")
            case Like(column, pattern):
                self._check_pattern(self._column(column, f"{path}.like"), pattern, f"{path}.like")
        return wanted

    def _column(self, name: str, path: str) -> Column:
        if name not in self.columns:
            known = ", ".join(self.columns)[:300]
            raise InvalidInput(f"expected a column out of {known}; received {name[:80]!r}", field=path)
        return self.columns[name]

    def _value(self, column: Column, value: Cell, path: str) -> Cell:
        if column.type not in _VALUE_TYPES:
            raise InvalidInput(
                f"expected a column that can be compared, received {column.name!r} of type {column.type.value}",
                field=path,
            )
        types, expected = _VALUE_TYPES[column.type]
        is_number = isinstance(value, bool) and bool not in types
        if is_number or not isinstance(value, types) or (isinstance(value, float) and not math.isfinite(value)):
            raise InvalidInput(
                f"expected {expected} for the column {column.name!r}, received {_shown(value)}", field=path
            )
        self._count(value, path)
        if isinstance(value, str) and "\0" in value:
            raise InvalidInput("expected a text without NUL characters, which no column holds", field=path)
        return _as_float(value, path) if column.type is ColumnType.FLOAT and isinstance(value, int) else value

    def _count(self, value: Cell, path: str) -> None:
        self.value_count += 1
        self.byte_count += len(value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else 8
        self.byte_count += len(value) if isinstance(value, bytes) else 0
        if self.value_count > LIMIT_ALL_VALUES or self.byte_count > LIMIT_ALL_BYTES:
            raise InvalidInput(
                f"expected at most {LIMIT_ALL_VALUES:,} values of {LIMIT_ALL_BYTES:,} bytes in all, received more",
                field=path,
            )

    def _check_pattern(self, column: Column, pattern: str, path: str) -> None:
        self._count(pattern, path)
        if column.type not in _TEXTS:
            raise InvalidInput(
                f"expected a text or category column, received {column.name!r} of type {column.type.value}", field=path
            )
        if len(pattern) > LIMIT_PATTERN_CHARACTERS or "\0" in pattern:
            raise InvalidInput(
                f"expected a pattern of at most {LIMIT_PATTERN_CHARACTERS:,} characters without NUL, received another",
                field=path,
            )
        if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
            raise InvalidInput(
                "expected a character behind the last backslash of the pattern; two backslashes stand for one",
                field=path,
            )


def _as_float(value: int, path: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise InvalidInput("expected a number of 64 bits, received a larger one", field=path) from None


def _shown(value: Cell) -> str:
    return "NULL" if value is None else f"{value!r:.80}"
