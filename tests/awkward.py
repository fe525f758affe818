"""Columns of every type with the values that engines disagree about, for tests that expect them back from all."""

from datetime import UTC, datetime

import numpy as np

from data_service.columns import ColumnArray, to_microseconds
from data_service.schema import Column, ColumnType
from tests.image_files import png

COLUMNS = (
    Column("whole", ColumnType.INTEGER, True),
    Column("real 100%(x)s", ColumnType.FLOAT, True),
    Column("yes`no", ColumnType.BOOLEAN, True),
    Column('a "text": :t', ColumnType.TEXT, True),
    Column("select", ColumnType.CATEGORY, True),
    Column("Zeit", ColumnType.TIMESTAMP, True),
    Column("raw", ColumnType.BYTES, True),
    Column("picture", ColumnType.IMAGE, True),
    Column("floats", ColumnType.TENSOR, True, data_type="float32", shape=(2, 3)),
    Column("one", ColumnType.TENSOR, True, data_type="uint8"),
)
NAMES = [column.name for column in COLUMNS]

WHOLE = [-(2**63), 2**63 - 1, 0, -1, 1, 2**53 + 1, 10, 9, 100, 2, 3, 4]
REAL = [
    0.1 + 0.2,
    1.7976931348623157e308,
    5e-324,
    -2.2250738585072009e-308,
    1 / 3,
    -1.2345678901234567e-300,
    123456789012345680.0,
    1e16,
    -0.0,
    9007199254740993.0,
    1e-5,
    3.0,
]
YES = [True, False] * 6
TEXTS = ["", " ", "a ", "a", "Cat", "cat", "café", "cafe\u0301", "😀'\"\\%_", "x" * 69_999 + "é", "\n\t\r\x1a;--", "ß"]
CATEGORIES = ["b", "B", "b ", "", "Cat", "cat", "café", "cafe\u0301", "😀", "é" * 1000, "\\", "Z"]
TIMES = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    datetime(999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, 5, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(1582, 10, 10, tzinfo=UTC),
    datetime(2000, 1, 1, 0, 0, 0, 100000, tzinfo=UTC),
]
RAW = [bytes(range(256)), b"", b"\0", b"'", b"\\", b"\\'", b"_binary''", b"\xff" * 70_000, b"%s", b"\x1a", b"a", b"b"]
PICTURES = [png(n) for n in range(12)]
FLOATS = np.arange(72, dtype=np.float32).reshape(12, 2, 3) / 7
FLOATS[0, 0] = [np.nan, np.inf, -0.0]
ONE = np.arange(12, dtype=np.uint8) + 244

ROW_COUNT = 13


def cells() -> list[tuple[object, ...]]:
    """The rows as they are read: twelve with values, one with NULL in every column."""
    tensors = [[row.tobytes() for row in values] for values in (FLOATS, ONE)]
    columns = (WHOLE, REAL, YES, TEXTS, CATEGORIES, TIMES, RAW, PICTURES, *tensors)
    return [*zip(*columns, strict=True), (None,) * len(COLUMNS)]


def arrays() -> dict[str, ColumnArray]:
    """The same rows as they are sent."""
    is_null = np.arange(ROW_COUNT) == ROW_COUNT - 1

    def numbers(values, dtype):
        return ColumnArray(np.append(np.array(values, dtype), np.zeros((1, *np.shape(values[0])), dtype), 0), is_null)

    return dict(
        zip(
            NAMES,
            (
                numbers(WHOLE, np.int64),
                numbers(REAL, np.float64),
                numbers(YES, np.bool_),
                ColumnArray([*TEXTS, ""], is_null),
                ColumnArray([*CATEGORIES, ""], is_null),
                numbers(list(map(to_microseconds, TIMES)), np.int64),
                ColumnArray([*RAW, b""], is_null),
                ColumnArray([*PICTURES, b""], is_null),
                numbers(FLOATS, np.float32),
                numbers(ONE, np.uint8),
            ),
            strict=True,
        )
    )
