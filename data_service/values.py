"""Which values a column may hold: checked a whole column at a time, and told row by row.

The form of a column (element type, shape, texts or byte strings) is right for all of its rows or for none. Leaves what
pixels are to `verification`, and what becomes of refused rows to `ingest`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import InvalidInput

from data_service.columns import ColumnArray
from data_service.schema import Column, ColumnType
from data_service.verification import LIMIT_CHARACTERS, RowVerifier, text_fault

LIMIT_TEXT_CHARACTERS = 1_000_000
# The years 1 to 9999, in microseconds since 1970.
FIRST_TIME_US = -62_135_596_800_000_000
LAST_TIME_US = 253_402_300_799_999_999

_ARRAYS = {
    ColumnType.INTEGER: np.dtype(np.int64),
    ColumnType.TIMESTAMP: np.dtype(np.int64),
    ColumnType.FLOAT: np.dtype(np.float64),
    ColumnType.BOOLEAN: np.dtype(np.bool_),
}
_LISTS: dict[ColumnType, type] = {
    ColumnType.TEXT: str,
    ColumnType.CATEGORY: str,
    ColumnType.BYTES: bytes,
    ColumnType.IMAGE: bytes,
}
_LIMIT_CHARACTERS = {ColumnType.TEXT: LIMIT_TEXT_CHARACTERS, ColumnType.CATEGORY: LIMIT_CHARACTERS}

# (row, what is wrong with its value)
Faults = Iterator[tuple[int, str]]


def check_form(column: Column, array: ColumnArray, field: str) -> ColumnArray:
    """The column's values when their form is that of the column's type; else InvalidInput."""
    kind = _LISTS.get(column.type)
    if kind is not None:
        if not isinstance(array.values, list) or not all(isinstance(value, kind) for value in array.values):
            raise _wrong_form(column, "texts" if kind is str else "blobs", field)
        return array
    dtype, shape = (_ARRAYS[column.type], ()) if column.type in _ARRAYS else (np.dtype(column.data_type), column.shape)
    values = array.values
    if isinstance(values, list) or values.dtype != dtype or values.shape[1:] != shape:
        raise _wrong_form(column, f"a {dtype.name} tensor of the shape {('rows', *shape)}".replace("'", ""), field)
    # Zero has one form in databases.
    return ColumnArray(values + 0.0, array.is_null) if column.type is ColumnType.FLOAT else array


def nulls(column: Column, row_count: int) -> ColumnArray:
    """A column of which every value is NULL."""
    is_null = np.ones(row_count, np.bool_)
    if column.type in _LISTS:
        return ColumnArray([_LISTS[column.type]()] * row_count, is_null)
    dtype, shape = (_ARRAYS[column.type], ()) if column.type in _ARRAYS else (np.dtype(column.data_type), column.shape)
    return ColumnArray(np.zeros((row_count, *shape), dtype), is_null)


def size_bytes(array: ColumnArray) -> NDArray[np.int64]:
    """Bytes of each value of a column, texts in UTF-8."""
    values: Any = array.values
    if not isinstance(values, list):
        return np.full(len(values), values[:1].nbytes, np.int64)
    sizes = (len(value) if isinstance(value, bytes) else len(encoded(value)) for value in values)
    return np.fromiter(sizes, np.int64, len(values))


def encoded(text: str) -> bytes:
    """The text in UTF-8, also one that is not valid."""
    return text.encode("utf-8", "surrogatepass")


def find_faults(column: Column, array: ColumnArray, verifier: RowVerifier) -> Faults:
    """The rows whose value cannot be stored in the column, each with a reason that begins with "the column"."""
    named = f"the column {column.name!r}"
    if array.is_null is not None and not column.nullable:
        for row in np.flatnonzero(array.is_null).tolist():
            yield row, f"{named} holds NULL, which it is declared not to"
    for row, reason in _FINDERS[column.type](column, array.values, verifier):
        if array.is_null is None or not array.is_null[row]:
            yield row, f"{named}: {reason}"


def _wrong_form(column: Column, expected: str, field: str) -> InvalidInput:
    return InvalidInput(
        f"expected {expected} in the {column.type.value} column {column.name!r}, received another form", field=field
    )


def _no_faults(_column: Column, _values: Any, _verifier: RowVerifier) -> Faults:
    return iter(())


def _infinities(_column: Column, values: Any, _verifier: RowVerifier) -> Faults:
    for row in np.flatnonzero(~np.isfinite(values)).tolist():
        yield row, f"expected a finite number, received {values[row]}, which databases do not hold"


def _far_times(_column: Column, values: Any, _verifier: RowVerifier) -> Faults:
    for row in np.flatnonzero((values < FIRST_TIME_US) | (values > LAST_TIME_US)).tolist():
        yield row, f"expected a time in the years 1 to 9999, received {values[row]} microseconds since 1970"


def _bad_texts(column: Column, values: Sequence[str], _verifier: RowVerifier) -> Faults:
    limit = _LIMIT_CHARACTERS[column.type]
    joined = "".join(values)
    # Nearly always all are right, which one look at all of them tells.
    if max(map(len, values)) <= limit and not text_fault(joined, "text", len(joined)):
        return
    for row, value in enumerate(values):
        if reason := text_fault(value, "text", limit):
            yield row, reason


def _large_blobs(_column: Column, values: Sequence[bytes], verifier: RowVerifier) -> Faults:
    for row, value in enumerate(values):
        if len(value) > verifier.limit_image_bytes:
            yield row, f"the value has more than the {verifier.limit_image_bytes:,} bytes that one may have"


def _bad_images(_column: Column, values: Sequence[bytes], verifier: RowVerifier) -> Faults:
    for row, value in enumerate(values):
        if reason := verifier.image_fault(value):
            yield row, reason


_FINDERS: dict[ColumnType, Callable[[Column, Any, RowVerifier], Faults]] = {
    ColumnType.INTEGER: _no_faults,
    ColumnType.BOOLEAN: _no_faults,
    ColumnType.TENSOR: _no_faults,
    ColumnType.FLOAT: _infinities,
    ColumnType.TIMESTAMP: _far_times,
    ColumnType.TEXT: _bad_texts,
    ColumnType.CATEGORY: _bad_texts,
    ColumnType.BYTES: _large_blobs,
    ColumnType.IMAGE: _bad_images,
}
