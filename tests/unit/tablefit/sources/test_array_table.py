"""Arrays of NumPy files as tables: which columns they become, and which files are images still."""

from datetime import UTC, datetime

import numpy as np
import pytest
from tablefit.errors import InvalidInput
from tablefit.sources import TableReadOptions, open_source
from tablefit.sources.arrays import ArraySource
from tablefit.sources.columns import IMAGE_COLUMNS, SourceColumn
from tablefit.sources.table_source import TableSource

TIMES = np.array(["2026-01-01T12", "NaT", "1960-01-01"], "M8[ms]")


def test_each_array_is_a_column(tmp_path):
    x = np.arange(6, dtype=">f4").reshape(3, 2)
    np.savez_compressed(
        tmp_path / "a.npz",
        n=np.array([1, 2, 3], np.uint8),
        f=np.array([0.5, np.nan, 1.5], np.float32),
        b=np.array([True, False, True]),
        c=np.array(["x", "", "größe"]),
        t=TIMES,
        x=x,
    )
    source = open_source(tmp_path / "a.npz")
    assert source.columns == (
        SourceColumn("n", "integer"),
        SourceColumn("f", "float", nullable=True),
        SourceColumn("b", "boolean"),
        SourceColumn("c", "category"),
        SourceColumn("t", "timestamp", nullable=True),
        SourceColumn("x", "tensor", False, "float32", (2,)),
    )
    rows = [row.values for row in source.rows()]
    assert [row.pop("x").tolist() for row in rows] == x.tolist()
    assert rows == [
        {"n": 1, "f": 0.5, "b": True, "c": "x", "t": datetime(2026, 1, 1, 12, tzinfo=UTC)},
        {"n": 2, "f": None, "b": False, "c": "", "t": None},
        {"n": 3, "f": 1.5, "b": True, "c": "größe", "t": datetime(1960, 1, 1, tzinfo=UTC)},
    ]
    assert next(source.rows(2)).source_name == "a.npz#2"
    chunk = next(source.chunks(1, 10, 2**20))
    assert chunk.columns["x"].values.dtype == np.dtype("=f4")


def test_pixels_with_labels_are_images_and_all_else_is_a_table(tmp_path):
    pixels, labels = np.zeros((2, 3, 3), np.uint8), np.array([0, 1])
    np.savez(tmp_path / "images.npz", x=pixels, y=labels)
    np.savez(tmp_path / "table.npz", x=np.zeros((2, 5)), y=labels)
    np.savez(tmp_path / "parts.npz", x_train=np.zeros((2, 5)), y_train=labels)
    np.save(tmp_path / "alone.npy", np.zeros((2, 5)))
    np.save(tmp_path / "x.npy", np.zeros((2, 5)))
    np.save(tmp_path / "y.npy", labels)
    images = open_source(tmp_path / "images.npz")
    assert isinstance(images, ArraySource)
    assert images.columns == IMAGE_COLUMNS
    found = {
        (name, inside): [(column.name, column.type) for column in open_source(tmp_path / name, inside).columns]
        for name, inside in (("table.npz", None), ("parts.npz", "train"), ("alone.npy", None), ("x.npy", None))
    }
    assert found == {
        ("table.npz", None): [("x", "tensor"), ("y", "integer")],
        ("parts.npz", "train"): [("x", "tensor"), ("y", "integer")],
        ("alone.npy", None): [("alone", "tensor")],
        ("x.npy", None): [("x", "tensor"), ("y", "integer")],
    }
    forced = open_source(tmp_path / "images.npz", kind="table")
    assert isinstance(forced, TableSource)
    assert [column.type for column in forced.columns] == ["tensor", "integer"]


def test_types_can_be_given(tmp_path):
    np.savez(tmp_path / "a.npz", label=np.array([3, 1]), big=np.array([1, 2**63 - 1], np.uint64))
    source = open_source(tmp_path / "a.npz", options=TableReadOptions(types={"label": "category"}))
    assert [row.values for row in source.rows()] == [{"label": "3", "big": 1}, {"label": "1", "big": 2**63 - 1}]
    with pytest.raises(InvalidInput, match=r"label in .* has the type int64, which becomes no timestamp"):
        assert open_source(tmp_path / "a.npz", options=TableReadOptions(types={"label": "timestamp"})).columns


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": np.zeros(2), "b": np.zeros(3)}, r"differ in their first sizes \(a 2, b 3\); expected as many rows"),
        ({"a": np.array([1.0, np.inf])}, "a in .* has inf in row 1; expected finite numbers"),
        ({"a": np.array([[1.0, np.nan]])}, "a in .* has NaN or infinity in row 0"),
        ({"a": np.array([2**63], np.uint64)}, "a in .* has integers of more than 63 bits"),
        ({"a": np.array([1j])}, r"a in .* has the type complex128 and the shape \(1,\); expected numbers"),
        ({"a": np.array([["x"]])}, r"has the type <U1 and the shape \(1, 1\); expected numbers"),
        ({"a": np.array([1], "M8[ns]")}, "has a time finer than microseconds in row 0"),
        ({"a": np.array([{}])}, "holds Python objects, which are never loaded"),
        ({"a": np.zeros(0)}, r"a\.npz holds no rows"),
    ],
)
def test_arrays_that_are_no_table_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InvalidInput, match=message):
        assert open_source(tmp_path / "a.npz").columns
