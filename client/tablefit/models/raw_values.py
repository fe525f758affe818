"""Values as they stand in a table, made into the arrays that a saved model takes.

Leaves images and tensors as they are given: arrays of the shape and element type that the model's inputs name.
"""

import calendar
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tablefit.errors import InvalidInput
from tablefit.models.facts import NULL_TEXT, RawInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_arrays(inputs: Sequence[RawInput], columns: Mapping[str, Sequence[Any]]) -> dict[str, NDArray[Any]]:
    """The model's inputs by name, from the values of each column; None is NULL. A time without a zone is UTC.

    Raises InvalidInput for a column that is missing, and for a value that is none of its column's.
    """
    arrays = {}
    for raw in inputs:
        if raw.column not in columns:
            known = ", ".join(dict.fromkeys(one.column for one in inputs))
            raise InvalidInput(f"expected values of the columns {known}; {raw.column!r} is missing", field=raw.column)
        try:
            arrays[raw.name] = _MAKERS[raw.form](raw, columns[raw.column])
        except (TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(
                f"expected values of the column {raw.column!r} as {raw.form}, received others: {error}",
                field=raw.column,
            ) from error
    return arrays


def time_parts(time: datetime | None, parts: Sequence[str]) -> list[float]:
    """Parts of a time in UTC, in this order; NaN for None."""
    if time is None:
        return [np.nan] * len(parts)
    moment = _to_utc(time)
    return [float(_PARTS[part](moment)) for part in parts]


def _numbers(raw: RawInput, values: Sequence[Any]) -> NDArray[Any]:
    return np.array([np.nan if value is None else value for value in values], dtype=raw.data_type)


def _texts(_raw: RawInput, values: Sequence[Any]) -> NDArray[Any]:
    """An array of objects: NumPy's own texts would lose zeros at their end."""
    array = np.empty(len(values), dtype=object)
    array[:] = [NULL_TEXT if value is None else value for value in values]
    return array


def _codes(raw: RawInput, values: Sequence[Any]) -> NDArray[Any]:
    codes: dict[str | None, int] = {word: code for code, word in enumerate(raw.words, start=1)}
    codes[None] = len(raw.words) + 1
    return np.array([codes.get(value if value is None else _word(value), 0) for value in values], dtype=np.int32)


def _word(value: Any) -> str:
    """As vocabularies have it: true and false, integers in decimal."""
    return str(bool(value)).lower() if isinstance(value, bool | np.bool_) else str(value)


def _times(_raw: RawInput, values: Sequence[Any]) -> NDArray[Any]:
    return np.array([0 if value is None else _microseconds(_to_utc(value)) for value in values], dtype=np.int64)


def _time_parts(raw: RawInput, values: Sequence[Any]) -> NDArray[Any]:
    return np.array([time_parts(value, raw.parts) for value in values], dtype=np.float32).reshape(-1, len(raw.parts))


def _arrays(raw: RawInput, values: Sequence[Any]) -> NDArray[Any]:
    array = np.asarray(values, dtype=raw.data_type)
    if array.shape[1:] != raw.row_shape:
        raise ValueError(f"expected rows of shape {raw.row_shape}, received {array.shape[1:]}")
    return array


def _to_utc(time: Any) -> datetime:
    moment: datetime = datetime.fromisoformat(time) if isinstance(time, str) else time
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


_PARTS: Mapping[str, Callable[[datetime], float]] = {
    "year": lambda moment: moment.year,
    "month": lambda moment: moment.month,
    "day": lambda moment: moment.day,
    "weekday": lambda moment: calendar.weekday(moment.year, moment.month, moment.day),
    "day_of_year": lambda moment: moment.timetuple().tm_yday,
    "hour": lambda moment: moment.hour,
    "minute": lambda moment: moment.minute,
    "second": lambda moment: (moment.second * 1_000_000 + moment.microsecond) / 1_000_000,
    "epoch_second": lambda moment: _microseconds(moment) / 1_000_000,
}
_MAKERS: Mapping[str, Callable[[RawInput, Sequence[Any]], NDArray[Any]]] = {
    "number": _numbers,
    "text": _texts,
    "bytes": _texts,
    "code": _codes,
    "time": _times,
    "time_parts": _time_parts,
    "image": _arrays,
    "tensor": _arrays,
}
