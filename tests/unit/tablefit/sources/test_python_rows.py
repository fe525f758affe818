"""Rows made by a program as a source: types, missing values, and what is said about rows that do not fit."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from tablefit.errors import InvalidInput
from tablefit.sources import SourceRow, from_rows
from tablefit.sources.columns import SourceColumn

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_dicts_become_columns_of_their_types():
    rows = [
        {
            "i": 1,
            "f": 1,
            "b": True,
            "c": "x",
            "t": NOON.astimezone(timezone(timedelta(hours=2))),
            "d": date(2026, 1, 1),
            "y": b"\0",
            "v": np.zeros((2, 2), np.uint8),
        },
        {"i": np.int32(2), "f": np.float32(0.5), "b": np.False_, "c": "x", "t": NOON.replace(tzinfo=None), "y": b""}
        | {"d": np.datetime64("2026-01-01T12"), "v": np.ones((2, 2), np.uint8)},
    ]
    source = from_rows(rows, name="made")
    assert source.columns == (
        SourceColumn("i", "integer"),
        SourceColumn("f", "float"),
        SourceColumn("b", "boolean"),
        SourceColumn("c", "category"),
        SourceColumn("t", "timestamp"),
        SourceColumn("d", "timestamp"),
        SourceColumn("y", "bytes"),
        SourceColumn("v", "tensor", False, "uint8", (2, 2)),
    )
    received = [row.values for row in source.rows()]
    tensors = [values.pop("v").tolist() for values in received]
    assert tensors == [[[0, 0], [0, 0]], [[1, 1], [1, 1]]]
    assert received == [
        {"i": 1, "f": 1.0, "b": True, "c": "x", "t": NOON, "d": datetime(2026, 1, 1, tzinfo=UTC), "y": b"\0"},
        {"i": 2, "f": 0.5, "b": False, "c": "x", "t": NOON, "d": NOON, "y": b""},
    ]


def test_what_is_absent_none_or_nan_is_missing():
    source = from_rows([{"a": 1.5, "b": "x"}, {"a": float("nan"), "b": pd.NA}, {"b": None, "a": None}])
    assert source.columns == (SourceColumn("a", "float", True), SourceColumn("b", "text", True))
    assert [row.values for row in source.rows()] == [
        {"a": 1.5, "b": "x"},
        {"a": None, "b": None},
        {"a": None, "b": None},
    ]


def test_tuples_take_names_and_types():
    source = from_rows([(1, "a"), (0, "b")], names=("ok", "c"), types={"c": "category", "ok": "float"})
    assert source.columns == (SourceColumn("ok", "float"), SourceColumn("c", "category"))
    assert list(source.rows(1)) == [SourceRow("rows#1", {"ok": 0.0, "c": "b"})]
    assert [column.name for column in from_rows([(1, 2)]).columns] == ["column_1", "column_2"]


def test_a_function_is_called_for_each_reading():
    calls = []

    def begin():
        calls.append(1)
        return ((n, n * 0.5) for n in range(2_500))

    source = from_rows(begin)
    assert source.row_count == 2_500
    assert calls == [1, 1]
    chunks = list(source.chunks(10, 1_000, 2**20))
    assert [chunk.row_count for chunk in chunks] == [1_000, 1_000, 490]
    assert chunks[0].columns["column_1"].values.tolist() == list(range(10, 1_010))
    assert from_rows(begin).fingerprint == source.fingerprint
    assert from_rows(lambda: ((n, n * 0.25) for n in range(2_500))).fingerprint != source.fingerprint


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"a": 1}] * 1_000 + [{"a": "x"}], "Row 1000 of rows has 'x' in the column a; expected a finite integer, or"),
        ([{"a": 1}] * 1_000 + [{"b": 1}], "Row 1000 of rows has the key 'b'; expected a, which the first 1,000 rows"),
        ([{"a": 2**63}], "Row 0 of rows has 9223372036854775808 in the column a"),
        ([{"a": 1.0}, {"a": float("inf")}], "Row 1 of rows has inf in the column a; expected a finite float"),
        ([{"a": 1}, {"a": "x"}], "The column a of rows has values of type int, str; .* types={'a': 'float'}"),
        ([{"a": [1, 2]}, {"a": [1]}], r"Row 1 of rows has \[1\] in the column a; .* tensor of shape \(2,\)"),
        ([{"a": [1.0, float("nan")]}], r"Row 0 of rows has \[1.0, nan\] in the column a"),
        ([{"a": np.datetime64(1, "ns")}], "Row 0 of rows has .* in the column a; expected a finite timestamp"),
        ([{"a": object()}], "has values of type object; expected one of bool, int"),
        ([(1, 2), (1,)], "Row 1 of rows has 1 values; expected 2"),
        (["ab"], "Row 0 of rows is a str; expected a dict or a tuple"),
        ([], "rows holds no rows"),
        (iter([{"a": 1}]), "received a list_iterator, which can be read once only"),
    ],
)
def test_rows_that_do_not_fit_are_refused(rows, message):
    with pytest.raises(InvalidInput, match=message):
        assert from_rows(rows).columns


def test_a_given_tensor_without_a_value_is_refused():
    with pytest.raises(InvalidInput, match="The column a of rows has no tensor in the first 1,000 rows"):
        assert from_rows([{"a": None}], types={"a": "tensor"}).columns
