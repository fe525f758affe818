"""The objects that a filter consists of. Values are compared in the type of their column (see `fitting`)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

Literal: TypeAlias = str | int | float | bool | bytes | datetime

COMPARATORS = ("=", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class And:
    """All of these hold; at least one."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True)
class Or:
    """Any of these holds; at least one."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True)
class Not:
    """This does not hold."""

    part: "Filter"


@dataclass(frozen=True)
class _Condition:
    """What all conditions on one column have: its name, and where it stood in the text, if there was one."""

    column: str
    position: int | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Comparison(_Condition):
    """A column compares with a value by one of `COMPARATORS`."""

    comparator: str
    value: Literal


@dataclass(frozen=True)
class Membership(_Condition):
    """A column has one of some values."""

    values: tuple[Literal, ...]


@dataclass(frozen=True)
class IsNull(_Condition):
    """A column is NULL."""


@dataclass(frozen=True)
class Like(_Condition):
    """A text matches a pattern: % stands for any text, _ for one character, a backslash takes the next as it is."""

    pattern: str


Filter: TypeAlias = And | Or | Not | Comparison | Membership | IsNull | Like


@dataclass(frozen=True)
class Order:
    """A column that orders rows."""

    column: str
    descending: bool = False
