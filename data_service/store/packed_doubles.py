"""Doubles as the bytes that they are, for MySQL and MariaDB: to write and to read their digits takes ten times as long.

    POINT(x, y)    4 bytes SRID, 1 byte order, 4 bytes type, then x and y, little-endian      25 bytes

That is how both servers store a geometry, which their manuals describe ("Internal Geometry Storage Format"), and the
only form in which they give away the bytes of a number. Of a row all values come first, with 0 for NULL, then words
of bits that tell which of them are NULL; two numbers make a point. Columns whose text the server rounds, such as
DOUBLE(10,2), and decimals stay texts. Leaves those to `packed_text`, and the statements to `packed_reading`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data_service.columns import ColumnArray
from data_service.schema import Column, ColumnType
from data_service.store.source import quoted

# Own tables say nothing of the type, which is DOUBLE.
_TYPES = ("", "double", "float")
_HEAD = np.frombuffer(b"\0\0\0\0\1\1\0\0\0", np.uint8)
_POINT = np.dtype([("head", np.uint8, len(_HEAD)), ("numbers", "<f8", 2)])
# A double holds integers of 53 bits.
_WORD_BITS = 48


def is_double(column: Column) -> bool:
    """Whether the bytes of a column's values can be had."""
    return column.type is ColumnType.FLOAT and column.sql_type.lower() in _TYPES


def points(columns: Sequence[Column]) -> str:
    """The SQL of a row of these columns, of which there is at least one, as one value."""
    numbers = [_number(column) for column in columns]
    numbers += [_word(word) for word in _words(_nullable(columns))]
    numbers += ["0e0"] * (len(numbers) % 2)
    return f"CONCAT({', '.join(f'POINT({x}, {y})' for x, y in zip(numbers[::2], numbers[1::2], strict=True))})"


def parse_points(columns: Sequence[Column], content: bytes, row_count: int) -> list[ColumnArray] | None:
    """The values of the columns in so many rows; None when they are not there."""
    if not columns:
        return []
    nullable = _nullable(columns)
    number_count = len(columns) + -(-len(nullable) // _WORD_BITS)
    point_count = -(-number_count // 2)
    if len(content) != row_count * point_count * _POINT.itemsize:
        return None
    found = np.frombuffer(content, _POINT)
    if not (found["head"] == _HEAD).all():
        return None
    # One column after the other in memory, in which zero has one form.
    numbers = found["numbers"].reshape(row_count, 2 * point_count).T[:number_count] + 0.0
    is_null = _nulls(nullable, numbers[len(columns) :])
    return [
        ColumnArray(values, is_null.get(column.name))
        for column, values in zip(columns, np.ascontiguousarray(numbers[: len(columns)]), strict=True)
    ]


def _number(column: Column) -> str:
    name = quoted(column.name, "`")
    return f"IFNULL({name}, 0e0)" if column.nullable else name


def _word(columns: Sequence[Column]) -> str:
    return " + ".join(f"({quoted(column.name, '`')} IS NULL) * {1 << bit}" for bit, column in enumerate(columns))


def _nullable(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.nullable]


def _words(nullable: Sequence[Column]) -> list[Sequence[Column]]:
    """The columns that share a word."""
    return [nullable[first : first + _WORD_BITS] for first in range(0, len(nullable), _WORD_BITS)]


def _nulls(nullable: Sequence[Column], words: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
    """Where columns are NULL, by name, of those that are NULL anywhere."""
    found = {}
    for columns, word in zip(_words(nullable), words.astype(np.int64), strict=True):
        anywhere = int(np.bitwise_or.reduce(word, initial=0))
        for bit, column in enumerate(columns):
            if anywhere >> bit & 1:
                found[column.name] = (word >> bit & 1).astype(np.bool_)
    return found
