"""Brings the values of a filter into the types of a table's columns, so that '2024-05-01' compares with times.

The service checks all of this again; here the error can point at the place in the text.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from tablefit.errors import InvalidInput
from tablefit.filters.conditions import (
    COMPARATORS,
    And,
    Comparison,
    Filter,
    IsNull,
    Like,
    Literal,
    Membership,
    Not,
    Or,
)
from tablefit.filters.tokens import fault

_TEXTS = ("text", "category")
_INTEGERS = range(-(2**63), 2**63)
_EXPECTED = {
    "integer": "an integer of 64 bits",
    "float": "a number",
    "boolean": "true or false",
    "text": "a text between single quotes",
    "category": "a text between single quotes",
    "timestamp": "a time such as '2024-05-01T12:00:00'",
    "bytes": "a byte string such as x'00ff'",
}
_FINE_SECONDS = re.compile(r"[.,][0-9]{7}")


def fit(wanted: Filter, types: Mapping[str, str], text: str = "") -> Filter:
    """The filter with its values in the types of their columns; `types` maps the names of columns to types.

    Raises InvalidInput for an unknown column or a value that does not fit; it points into `text`, where that is given.
    """
    match wanted:
        case And(parts):
            return And(tuple(fit(part, types, text) for part in parts))
        case Or(parts):
            return Or(tuple(fit(part, types, text) for part in parts))
        case Not(part):
            return Not(fit(part, types, text))
    try:
        return _fit_condition(wanted, types)
    except InvalidInput as error:
        if not text or wanted.position is None:
            raise
        raise fault(error.message, text, wanted.position) from None


def fit_value(value: Literal, type_name: str, column: str) -> Literal:
    """A value in the type of a column: texts become times, integers floats, 0 and 1 booleans where these are wanted.

    Raises InvalidInput when it does not fit.
    """
    if type_name not in _EXPECTED:
        raise InvalidInput(f"expected a column that can be compared, received {column!r} of type {type_name}")
    found = _converted(value, type_name)
    if found is None:
        raise InvalidInput(f"expected {_EXPECTED[type_name]} for the column {column!r}, received {value!r:.80}")
    return found


def _fit_condition(wanted: Comparison | Membership | IsNull | Like, types: Mapping[str, str]) -> Filter:
    column = wanted.column
    if column not in types:
        raise InvalidInput(f"There is no column {column[:80]!r}; expected one of {', '.join(types)[:300]}.")
    type_name = types[column]
    match wanted:
        case Comparison(_, comparator, value):
            if comparator not in COMPARATORS:
                raise InvalidInput(f"expected a comparator out of {' '.join(COMPARATORS)}, received {comparator!r}")
            return Comparison(column, comparator, fit_value(value, type_name, column), position=wanted.position)
        case Membership(_, values):
            fitted = tuple(fit_value(value, type_name, column) for value in values)
            return Membership(column, fitted, position=wanted.position)
        case Like():
            if type_name not in _TEXTS:
                raise InvalidInput(f"expected a text or category column, received {column!r} of type {type_name}")
    return wanted


def _converted(value: Literal, type_name: str) -> Literal | None:
    """The value in that type; None when it is none of it."""
    match type_name, value:
        case "boolean", bool():
            return value
        case _, bool():
            return None
        case "boolean", int() if value in (0, 1):
            return bool(value)
        case "integer", int() if value in _INTEGERS:
            return value
        case "float", int() | float():
            return float(value)
        case (("text" | "category"), str()):
            return value
        case "timestamp", datetime():
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        case "timestamp", str():
            return _to_time(value)
        case "bytes", bytes():
            return value
    return None


def _to_time(text: str) -> datetime | None:
    """The time that a text in the form of ISO 8601 says, in UTC unless it names another offset."""
    if _FINE_SECONDS.search(text):
        return None
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
