"""Columns of values as SQL literals."""

import numpy as np
import pytest

from data_service.columns import ColumnArray
from data_service.schema import ColumnType
from data_service.store.literals import mysql_literals, sqlite_values

NULL_LAST = np.array([False, False, True])


@pytest.mark.parametrize(
    ("column_type", "values", "expected"),
    [
        (ColumnType.INTEGER, np.array([-(2**63), 7, 0]), [b"-9223372036854775808", b"7", b"NULL"]),
        (ColumnType.FLOAT, np.array([0.1, -1e300, 0]), [b"'0.1'", b"'-1e+300'", b"NULL"]),
        (ColumnType.BOOLEAN, np.array([True, False, False]), [b"1", b"0", b"NULL"]),
        (ColumnType.TEXT, ["it's \\", "é,', '", ""], [rb"'it\'s \\'", "'é,\\', \\''".encode(), b"NULL"]),
        (ColumnType.CATEGORY, ["", "a", ""], [b"''", b"'a'", b"NULL"]),
        (ColumnType.BYTES, [b"\0'\\\xff", b"", b""], [b"_binary'\0\\'\\\\\xff'", b"''", b"NULL"]),
        (ColumnType.TENSOR, np.array([[1], [39], [0]], "<i2"), [b"_binary'\1\0'", b"_binary'\\'\0'", b"NULL"]),
        (
            ColumnType.TIMESTAMP,
            np.array([-1, -62135596800000000, 0]),
            [b"'1969-12-31T23:59:59.999999'", b"'0001-01-01T00:00:00.000000'", b"NULL"],
        ),
    ],
)
def test_values_of_each_type_become_literals_of_mysql(column_type, values, expected):
    assert mysql_literals(column_type, ColumnArray(values, NULL_LAST)) == expected


@pytest.mark.parametrize(
    ("column_type", "values", "expected"),
    [
        (ColumnType.INTEGER, np.array([-(2**63), 7, 0]), [-(2**63), 7, None]),
        (ColumnType.FLOAT, np.array([0.1, -1e300, 0]), [0.1, -1e300, None]),
        (ColumnType.BOOLEAN, np.array([True, False, False]), [1, 0, None]),
        (ColumnType.TEXT, ["it's", "", ""], ["it's", "", None]),
        (ColumnType.BYTES, [b"\0'", b"", b""], [b"\0'", b"", None]),
        (ColumnType.TENSOR, np.array([[1], [39], [0]], "<i2"), [b"\1\0", b"'\0", None]),
        (
            ColumnType.TIMESTAMP,
            np.array([-1, 0, 0]),
            ["1969-12-31 23:59:59.999999", "1970-01-01 00:00:00.000000", None],
        ),
    ],
)
def test_values_of_each_type_become_what_sqlite_takes(column_type, values, expected):
    assert sqlite_values(column_type, ColumnArray(values, NULL_LAST)) == expected


def test_no_values_make_no_literals():
    assert mysql_literals(ColumnType.TEXT, ColumnArray([])) == []
