"""A row as one value, for MySQL and MariaDB: their driver takes far longer for each row and column than for bytes.

    field FF field FF … FF FE   for each row; FD alone is NULL (none of the three bytes occurs in UTF-8)

Numbers and times are the server's own text of them, whose digits tell a double exactly; texts are UTF-8. Of a blob the
row holds the length: its bytes come in a value of their own. Leaves the statements to `packed_reading`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_service.columns import ColumnArray
from data_service.schema import BLOB_TYPES, Column, ColumnType
from data_service.store.source import BadValue, quoted
from data_service.store.times import parse_durations, parse_times

FIELD_END, ROW_END, NULL = b"\xff", b"\xfe", b"\xfd"
_TEXTS = (ColumnType.TEXT, ColumnType.CATEGORY)


def packed(columns: Sequence[Column]) -> str:
    """The SQL of a row with these columns as one value."""
    return f"CONCAT_WS(x'FF', {', '.join(map(_field, columns))}, x'FE')"


def fields_of(text: bytes, column_count: int) -> list[list[bytes]] | None:
    """The fields of packed rows by column; None when some are missing or cut."""
    flat = text.replace(FIELD_END + ROW_END, FIELD_END).split(FIELD_END)
    if flat.pop() or len(flat) % column_count:
        return None
    return [flat[place::column_count] for place in range(column_count)]


def parse(column: Column, fields: list[bytes]) -> ColumnArray:
    """The values of a column that is none of blobs. Raises BadValue."""
    is_null = None
    if NULL in fields:
        is_null = np.fromiter((field == NULL for field in fields), np.bool_, len(fields))
        filling = next((field for field in fields if field != NULL), None)
        if filling is None:
            filling = _FILLINGS.get(column.type, b"0")
        fields = [filling if field == NULL else field for field in fields]
    values = _PARSERS[column.type](column, fields)
    return ColumnArray(_blanked(values, is_null), is_null)


def lengths_of(fields: list[bytes]) -> tuple[list[int], NDArray[np.bool_] | None]:
    """The lengths of the blobs of a column, 0 where there is none, and where that is."""
    if NULL not in fields:
        return list(map(int, fields)), None
    is_null = np.fromiter((field == NULL for field in fields), np.bool_, len(fields))
    return [0 if field == NULL else int(field) for field in fields], is_null


def blobs(column: Column, values: list[bytes], is_null: NDArray[np.bool_] | None) -> ColumnArray:
    """Byte strings as a column's values: themselves, or the tensors that they are. Raises BadValue."""
    if column.type is not ColumnType.TENSOR:
        return ColumnArray(values, is_null)
    dtype = np.dtype(column.data_type)
    size_bytes = int(np.prod(column.shape, dtype=np.int64)) * dtype.itemsize
    blank = bytes(size_bytes)
    for place, value in enumerate(values):
        if len(value) != size_bytes:
            if is_null is None or not is_null[place]:
                raise BadValue(place, f"{len(value):,} bytes where its tensor has {size_bytes:,}")
            values[place] = blank
    joined = np.frombuffer(b"".join(values), dtype)
    return ColumnArray(joined.reshape((len(values), *column.shape)), is_null)


def _field(column: Column) -> str:
    name = quoted(column.name, "`")
    text = _expression(column, name)
    # What is declared NOT NULL of a view or a query may still be NULL where an outer join has no row.
    return f"IFNULL({text}, x'FD')" if column.nullable else text


def _expression(column: Column, name: str) -> str:
    """What the server writes as text without losing anything."""
    if column.type in BLOB_TYPES:
        return f"LENGTH({name})"
    if column.type in _TEXTS:
        return f"CAST(CONVERT({name} USING utf8mb4) AS BINARY)"
    sql_type = column.sql_type.lower()
    if sql_type.startswith("float"):
        # Single precision would be written with six digits.
        return f"({name} + 0e0)"
    return f"({name} + 0)" if sql_type.startswith("bit") else name


def _blanked(values: Any, is_null: NDArray[np.bool_] | None) -> Any:
    """The values with what stands for none where they are NULL."""
    if is_null is None:
        return values
    if isinstance(values, list):
        return ["" if null else value for value, null in zip(values, is_null.tolist(), strict=True)]
    values[is_null] = 0
    return values


def _integers(column: Column, fields: list[bytes]) -> NDArray[np.int64]:
    if column.sql_type.lower().startswith("time"):
        return parse_durations(fields)
    try:
        return np.fromiter(map(int, fields), np.int64, len(fields))
    except OverflowError:
        place = next(place for place, field in enumerate(fields) if not -(2**63) <= int(field) < 2**63)
        raise BadValue(place, f"{fields[place].decode()}, an integer of more than 64 bits") from None


def _booleans(_column: Column, fields: list[bytes]) -> NDArray[np.bool_]:
    if not set(fields) <= {b"0", b"1"}:
        place = next(place for place, field in enumerate(fields) if field not in (b"0", b"1"))
        raise BadValue(place, f"{fields[place][:40].decode()}, which is neither 0 nor 1")
    return np.fromiter((field == b"1" for field in fields), np.bool_, len(fields))


def _floats(_column: Column, fields: list[bytes]) -> NDArray[np.float64]:
    # Zero has one form.
    return np.fromiter(map(float, fields), np.float64, len(fields)) + 0.0


def _texts(_column: Column, fields: list[bytes]) -> list[str]:
    distinct = {field: field.decode() for field in set(fields)}
    return [distinct[field] for field in fields]


def _times(_column: Column, fields: list[bytes]) -> NDArray[np.int64]:
    return parse_times(fields)


_FILLINGS = {ColumnType.TIMESTAMP: b"1970-01-01"}
_PARSERS: dict[ColumnType, Callable[[Column, list[bytes]], Any]] = {
    ColumnType.INTEGER: _integers,
    ColumnType.FLOAT: _floats,
    ColumnType.BOOLEAN: _booleans,
    ColumnType.TEXT: _texts,
    ColumnType.CATEGORY: _texts,
    ColumnType.TIMESTAMP: _times,
}
