"""Columns of values as SQL literals of MySQL and MariaDB, and as what SQLite's driver takes.

    integer, boolean   12             float   '0.1'   (quoted: read digit by digit, never as a decimal)
    text, category     'it\\'s'        blobs   _binary'…'
    timestamp          '1969-12-31T23:59:59.999999'

Made for many rows at once: whole columns are converted by numpy or by one pass over all bytes, several times faster
than value by value. The sessions of this service never run under NO_BACKSLASH_ESCAPES. Leaves statements to
`inserting`.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from data_service.columns import ColumnArray
from data_service.schema import ColumnType

_BLOBS = (ColumnType.BYTES, ColumnType.IMAGE, ColumnType.TENSOR)
_TEXTS = (ColumnType.TEXT, ColumnType.CATEGORY)
# "0001-01-01T00:00:00.000000"
_DATE_CHARACTERS = 10


def mysql_literals(column_type: ColumnType, array: ColumnArray) -> list[bytes]:
    """The literals of a column's values, in order. Texts hold no NUL; numbers are finite."""
    literals = _mysql_literals(column_type, array.values) if len(array) else []
    for place in _null_places(array):
        literals[place] = b"NULL"
    return literals


def sqlite_values(column_type: ColumnType, array: ColumnArray) -> list[Any]:
    """What SQLite's driver takes for a column's values, in order."""
    values = _sqlite_values(column_type, array.values)
    for place in _null_places(array):
        values[place] = None
    return values


def _mysql_literals(column_type: ColumnType, values: Any) -> list[bytes]:
    if column_type in _BLOBS:
        return [
            b"_binary'" + blob.replace(b"\\", b"\\\\").replace(b"'", b"\\'") + b"'" if blob else b"''"
            for blob in _blobs(values)
        ]
    if column_type in _TEXTS:
        joined = "\0".join(values).replace("\\", "\\\\").replace("'", "\\'")
        return _quoted(joined, "\0")
    if column_type is ColumnType.TIMESTAMP:
        return _quoted("\0".join(_times(values)), "\0")
    if column_type is ColumnType.BOOLEAN:
        return [b"1" if value else b"0" for value in values.tolist()]
    # The text of a list is made in C.
    text = repr(values.tolist())[1:-1]
    return _quoted(text, ", ") if column_type is ColumnType.FLOAT else text.encode().split(b", ")


def _quoted(joined: str, separator: str) -> list[bytes]:
    split = separator.encode()
    return (b"'" + joined.encode().replace(split, b"'" + split + b"'") + b"'").split(split)


def _sqlite_values(column_type: ColumnType, values: Any) -> list[Any]:
    if column_type in _BLOBS:
        return list(_blobs(values))
    if column_type in _TEXTS:
        return list(values)
    if column_type is ColumnType.TIMESTAMP:
        # As SQLAlchemy writes and reads times.
        return [f"{time[:_DATE_CHARACTERS]} {time[_DATE_CHARACTERS + 1 :]}" for time in _times(values)]
    if column_type is ColumnType.BOOLEAN:
        return cast(list[Any], values.astype(np.int64).tolist())
    return cast(list[Any], values.tolist())


def _times(values: NDArray[np.int64]) -> list[str]:
    return cast(list[str], np.datetime_as_string(values.astype("datetime64[us]"), unit="us").tolist())


def _blobs(values: Sequence[bytes] | NDArray[Any]) -> Sequence[bytes]:
    if not isinstance(values, np.ndarray):
        return values
    data = np.ascontiguousarray(values).tobytes()
    size = len(data) // len(values)
    return [data[start : start + size] for start in range(0, len(data), size)]


def _null_places(array: ColumnArray) -> list[int]:
    return [] if array.is_null is None else np.flatnonzero(array.is_null).tolist()
