"""Parquet, data frames and pyarrow tables: which columns the types of Arrow become, and what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tablefit.errors import InvalidInput
from tablefit.sources import TableReadOptions, from_dataframe, open_source
from tablefit.sources.columns import SourceColumn

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def save(path: Path, table: pa.Table, **options: Any) -> Path:
    pq.write_table(table, path, **options)
    return path


def column_of(array: pa.Array, **types) -> tuple[SourceColumn, list]:
    source = from_dataframe(pa.table({"c": array}), types=types)
    return source.columns[0], [row.values["c"] for row in source.rows()]


@pytest.mark.parametrize(
    ("array", "type_name", "values"),
    [
        (pa.array([1, -2], pa.int8()), "integer", [1, -2]),
        (pa.array([1, 2**63 - 1], pa.uint64()), "integer", [1, 2**63 - 1]),
        (pa.array([0.5, 1.5], pa.float32()), "float", [0.5, 1.5]),
        (pa.array([Decimal("1.10"), Decimal("2.25")]), "float", [1.1, 2.25]),
        (pa.array([Decimal("1.5")], pa.decimal128(30, 2)), "text", ["1.50"]),
        (pa.array([True, False]), "boolean", [True, False]),
        (pa.array(["a", "b"], pa.large_string()), "text", ["a", "b"]),
        (pa.array(["a", "b"] * 2), "category", ["a", "b"] * 2),
        (pa.array(["a", "b"]).dictionary_encode(), "category", ["a", "b"]),
        (pa.array([7, 8]).dictionary_encode(), "integer", [7, 8]),
        (pa.array([NEW_YEAR.replace(tzinfo=None)], pa.timestamp("ns")), "timestamp", [NEW_YEAR]),
        (pa.array([NEW_YEAR], pa.timestamp("s", "America/New_York")), "timestamp", [NEW_YEAR]),
        (pa.array([date(2026, 1, 1)], pa.date32()), "timestamp", [NEW_YEAR]),
        (pa.array([date(2026, 1, 1)], pa.date64()), "timestamp", [NEW_YEAR]),
        (pa.array([b"\0\xff", b""]), "bytes", [b"\0\xff", b""]),
        (pa.array([{"bytes": b"png", "path": "a.png"}]), "image", [b"png"]),
    ],
    ids=str,
)
def test_types_of_arrow_become_columns(array, type_name, values):
    assert column_of(array) == (SourceColumn("c", type_name), values)


@pytest.mark.parametrize(
    ("array", "type_name", "values"),
    [
        (pa.array([1, None]), "integer", [1, None]),
        (pa.array([1.5, float("nan"), None]), "float", [1.5, None, None]),
        (pa.array([True, None]), "boolean", [True, None]),
        (pa.array(["a", "a", None]), "category", ["a", "a", None]),
        (pa.array([None, NEW_YEAR]), "timestamp", [None, NEW_YEAR]),
        (pa.array([None, b"x"]), "bytes", [None, b"x"]),
        (pa.nulls(2), "text", [None, None]),
    ],
    ids=str,
)
def test_nulls_and_nan_are_missing_values(array, type_name, values):
    assert column_of(array) == (SourceColumn("c", type_name, nullable=True), values)


@pytest.mark.parametrize(
    "array",
    [
        pa.array([[1, 2, 3], [4, 5, 6]], pa.list_(pa.float32())),
        pa.array([[1, 2, 3], [4, 5, 6]], pa.large_list(pa.float32())),
        pa.array([[1, 2, 3], [4, 5, 6]], pa.list_(pa.float32(), 3)),
        pa.FixedShapeTensorArray.from_numpy_ndarray(np.array([[1, 2, 3], [4, 5, 6]], np.float32)),
    ],
    ids=lambda array: str(array.type),
)
def test_equal_lists_of_numbers_are_tensors(array):
    column, values = column_of(array)
    assert column == SourceColumn("c", "tensor", False, "float32", (3,))
    assert [value.tolist() for value in values] == [[1, 2, 3], [4, 5, 6]]


def test_lists_of_lists_and_tensors_with_two_axes_keep_their_shape():
    x = np.arange(12, dtype=np.int16).reshape(2, 3, 2)
    for array in (pa.array(x.tolist(), pa.list_(pa.list_(pa.int16()))), pa.FixedShapeTensorArray.from_numpy_ndarray(x)):
        column, values = column_of(array)
        assert column == SourceColumn("c", "tensor", False, "int16", (3, 2))
        assert np.array(values).tolist() == x.tolist()


def test_a_missing_tensor_is_missing():
    column, values = column_of(pa.array([None, [1, 2]], pa.list_(pa.int64())))
    assert column == SourceColumn("c", "tensor", True, "int64", (2,))
    assert values[0] is None
    assert values[1].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (pa.array([2**63], pa.uint64()), "The column c of dataframe has .*9223372036854775808.*no integer value"),
        (pa.array([1.0, float("inf")]), "The column c of dataframe has inf, which is no float value"),
        (pa.array([1], pa.timestamp("ns")), "The column c of dataframe has .* no timestamp value"),
        (pa.array([1], pa.duration("s")), "has the type duration.*expected numbers, .*a duration to seconds"),
        (pa.array([{"a": 1}]), r"The column c of dataframe has the type struct<a: int64>"),
        (pa.array([[1], [1, 2]]), "The column c of dataframe has lists of 2 lengths"),
        (pa.array([[1, None]]), "has nulls within its lists"),
        (pa.array([["a"]]), "has the type list"),
    ],
    ids=str,
)
def test_what_a_database_cannot_hold_is_refused_by_the_columns_name(array, message):
    with pytest.raises(InvalidInput, match=message):
        column_of(array)


@pytest.mark.parametrize(
    ("array", "given", "values"),
    [
        (pa.array([1, 0]), "boolean", [True, False]),
        (pa.array([1, 2]), "category", ["1", "2"]),
        (pa.array([1, 2]), "float", [1.0, 2.0]),
        (pa.array([1.0, 2.0]), "integer", [1, 2]),
        (pa.array(["1", None]), "integer", [1, None]),
        (pa.array(["2026-01-01"]), "timestamp", [NEW_YEAR]),
        (pa.array(["a", "b"]), "category", ["a", "b"]),
        (pa.array([b"png"]), "image", [b"png"]),
    ],
    ids=str,
)
def test_given_types_are_cast_to(array, given, values):
    column, received = column_of(array, c=given)
    assert (column.type, received) == (given, values)


def test_a_given_type_that_does_not_fit_is_refused():
    for array, given in ((pa.array([1.5]), "integer"), (pa.array(["x"]), "float"), (pa.array([[1]]), "text")):
        with pytest.raises(InvalidInput, match="The column c of dataframe has"):
            column_of(array, c=given)
    with pytest.raises(InvalidInput, match="dataframe has no column 'd'; it has c"):
        column_of(pa.array([1]), d="text")


def test_parquet_is_read_over_row_groups(tmp_path):
    table = pa.table({"n": range(5_000), "t": [str(n % 3) for n in range(5_000)]})
    path = save(tmp_path / "a.parquet", table, row_group_size=700)
    told = []
    source = open_source(path, on_scan=lambda done, total: told.append((done, total)))
    assert source.columns == (SourceColumn("n", "integer"), SourceColumn("t", "category"))
    assert source.row_count == 5_000
    assert told[-1] == (path.stat().st_size, path.stat().st_size)
    chunks = list(source.chunks(1, 2_000, 2**20))
    assert [chunk.row_count for chunk in chunks] == [2_000, 2_000, 999]
    assert [n for chunk in chunks for n in chunk.columns["n"].values.tolist()] == list(range(1, 5_000))
    assert next(source.rows(4_999)).source_name == "a.parquet#4999"
    before = source.fingerprint
    assert open_source(save(path, table.set_column(0, "n", [range(1, 5_001)]))).fingerprint != before


def test_types_of_parquet_can_be_given_and_broken_files_are_refused(tmp_path):
    path = save(tmp_path / "a.parquet", pa.table({"zip": [501], "pic": [b"png"]}))
    source = open_source(path, options=TableReadOptions(types={"pic": "image", "zip": "text"}))
    assert next(source.rows()).values == {"zip": "501", "pic": b"png"}
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InvalidInput, match=r"a\.parquet is no Parquet file, or one that is broken"):
        assert open_source(path).row_count


def test_pandas_frames_give_their_columns_and_a_named_index():
    frame = pd.DataFrame(
        {
            "f": [1.0, None, 2.5],
            "i": pd.array([1, None, 3], "Int64"),
            "c": pd.Categorical(["x", None, "x"]),
            "t": pd.to_datetime(["2026-01-01", None, "2026-01-01"]),
            "v": [np.array([1.0, 2.0])] * 3,
        }
    )
    source = from_dataframe(frame, name="df")
    assert [(column.name, column.type, column.nullable) for column in source.columns] == [
        ("f", "float", True),
        ("i", "integer", True),
        ("c", "category", True),
        ("t", "timestamp", True),
        ("v", "tensor", False),
    ]
    rows = list(source.rows())
    assert rows[0].source_name == "df#0"
    assert [rows[1].values[name] for name in "fict"] == [None] * 4
    assert [rows[2].values[name] for name in "fict"] == [2.5, 3, "x", NEW_YEAR]
    named = from_dataframe(pd.DataFrame({"a": range(40_000)}, index=pd.RangeIndex(40_000, name="key")))
    assert [column.name for column in named.columns] == ["a", "key"]
    assert [row.values["key"] for row in named.rows(39_998)] == [39_998, 39_999]


def test_a_frame_of_mixed_values_is_refused():
    with pytest.raises(InvalidInput, match=r"df has values that do not fit one type of column: .* in the column a"):
        assert from_dataframe(pd.DataFrame({"a": [1, "x"]}), name="df").columns
    with pytest.raises(InvalidInput, match="expected a pandas DataFrame or a pyarrow Table, received list"):
        from_dataframe([1])


def test_columns_of_any_name_are_taken():
    frame = pd.DataFrame(np.arange(4).reshape(2, 2))
    assert [row.values for row in from_dataframe(frame).rows()] == [{"0": 0, "1": 1}, {"0": 2, "1": 3}]
    twice = pa.table([pa.array([1]), pa.array([2])], names=["a", "A"])
    assert next(from_dataframe(twice).rows()).values == {"a": 1, "A_2": 2}
    with pytest.raises(InvalidInput, match=r"df has .*Duplicate column names"):
        assert from_dataframe(pd.DataFrame([[1, 2]], columns=["a", "a"]), name="df").columns


def test_a_column_of_missing_tensors_only_is_refused():
    with pytest.raises(InvalidInput, match="The column c of dataframe has nothing but nulls"):
        column_of(pa.array([None], pa.list_(pa.int64())))
