"""The values of a row that came with a call, fitted to the columns that the model was trained from.

Texts are taken for numbers, truth values and times, too, as they stand in a CSV file. Leaves what the model makes of
values to `tablefit.models`.
"""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from tablefit.errors import InvalidInput
from tablefit.models import ModelColumn

_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LIMIT_INTEGER = 2**63


def fit_row(values: Mapping[str, Any], columns: Sequence[ModelColumn]) -> dict[str, Any]:
    """A value for each of the columns, None for NULL. Raises InvalidInput that names the column."""
    known = {column.name: column for column in columns}
    for name in values:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
            meant = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
            raise InvalidInput(f"expected columns out of {', '.join(known)[:300]}, received {name[:80]!r}{meant}")
    return {name: _fit(values.get(name), column) for name, column in known.items()}


def _fit(value: Any, column: ModelColumn) -> Any:
    if value is None:
        if not column.nullable or column.type == "tensor":
            raise InvalidInput(f"expected a value of the column {column.name!r}, received none")
        return None
    fit, expected = _FITS[column.type]
    try:
        return fit(value, column)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise InvalidInput(f"expected {expected} in the column {column.name!r}, received {value!r:.80}") from error


def _integer(value: Any, column: ModelColumn) -> int:
    if isinstance(value, bool | bytes | datetime) or (isinstance(value, float) and not value.is_integer()):
        raise TypeError
    number = int(value)
    if abs(number) >= _LIMIT_INTEGER:
        raise OverflowError
    return number


def _float(value: Any, column: ModelColumn) -> float:
    if isinstance(value, bool | bytes | datetime):
        raise TypeError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _boolean(value: Any, column: ModelColumn) -> bool:
    return value if isinstance(value, bool) else _TRUTH[str(value).lower()]


def _text(value: Any, column: ModelColumn) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _time(value: Any, column: ModelColumn) -> datetime:
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(time, datetime):
        raise TypeError
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _bytes(value: Any, column: ModelColumn) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError
    return value


def _tensor(value: Any, column: ModelColumn) -> np.ndarray[Any, Any]:
    dtype = np.dtype(column.data_type).newbyteorder("<")
    return np.frombuffer(_bytes(value, column), dtype).reshape(column.row_shape).astype(column.data_type)


_FITS: Mapping[str, tuple[Callable[[Any, ModelColumn], Any], str]] = {
    "integer": (_integer, "an integer"),
    "float": (_float, "a number"),
    "boolean": (_boolean, "true or false"),
    "text": (_text, "a text"),
    "category": (_text, "a text"),
    "timestamp": (_time, "a time such as 2024-05-01T12:00:00"),
    "image": (_bytes, "the bytes of an image file"),
    "bytes": (_bytes, "bytes"),
    "tensor": (_tensor, "the bytes of a tensor of its shape"),
}
