"""Tables of any columns as .npz and Parquet files."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from tablefit.data import Batch, Column, Row
from tablefit.data.values import to_array
from tablefit.errors import InvalidInput
from tablefit.exports.blocks import blocks_of_batches, blocks_of_rows
from tablefit.exports.npz import write_columns
from tablefit.exports.parquet import write_parquet

COLUMNS = (
    Column("id", "integer"),
    Column("age", "integer", nullable=True),
    Column("wage", "float", nullable=True),
    Column("paid", "boolean", nullable=True),
    Column("name", "text", nullable=True),
    Column("sex", "category", nullable=True),
    Column("seen", "timestamp", nullable=True),
    Column("raw", "bytes", nullable=True),
    Column("vector", "tensor", nullable=True, data_type="float32", shape=(2, 1)),
)
NOON = datetime(2024, 5, 1, 12, 0, 0, 1, tzinfo=UTC)
VECTOR = np.array([[1.0], [2.5]], np.float32)
VALUES = (
    (1, 2**62, 1.5, True, "größe\n", "b", NOON, b"\0x\0", VECTOR),
    (2, None, None, None, None, None, None, None, None),
    (5, -3, -0.0, False, "", "a", datetime(1, 1, 1, tzinfo=UTC), b"", VECTOR * 2),
)
NAMES = [column.name for column in COLUMNS]
CLASSES = {"sex": ("a", "b")}


def rows(count=1):
    """The rows so many times over."""
    return [Row(values[0], dict(zip(NAMES, values, strict=True))) for values in VALUES * count]


def batch():
    """The rows as a stream sends them, the id apart."""
    cells = dict(zip(NAMES, zip(*VALUES, strict=True), strict=True))
    columns = {column.name: to_array(column, cells[column.name]) for column in COLUMNS[1:] if column.name != "sex"}
    columns["sex"] = np.array([1, -1, 0], np.int32)
    is_null = {name: np.array([False, True, False]) for name in columns}
    return Batch(0, np.array([1, 2, 5]), columns, None, is_null)


def blocks_of_stream(count=1):
    """The rows so many times over, from batches."""
    return blocks_of_batches([batch()] * count, COLUMNS, "id")


def test_an_npz_file_has_an_array_for_each_column(tmp_path):
    write_columns(tmp_path / "out.npz", COLUMNS, blocks_of_stream(), CLASSES)
    with np.load(tmp_path / "out.npz") as arrays:
        found = {name: (arrays[name].dtype.str, arrays[name].tolist()) for name in arrays}
    nulls = ("|b1", [False, True, False])
    times = [NOON.replace(tzinfo=None), datetime(1970, 1, 1), datetime(1, 1, 1)]
    assert found == {
        "id": ("<i8", [1, 2, 5]),
        "age": ("<i8", [2**62, 0, -3]),
        "wage": ("<f8", [1.5, 0.0, -0.0]),
        "paid": ("|b1", [True, False, False]),
        "name": ("<U6", ["größe\n", "", ""]),
        "sex": ("<i4", [1, -1, 0]),
        "sex_names": ("<U1", ["a", "b"]),
        "seen": ("<M8[us]", times),
        "raw": ("|u1", list(b"\0x\0")),
        "raw_offsets": ("<i8", [0, 3, 3, 3]),
        "vector": ("<f4", [VECTOR.tolist(), [[0], [0]], (VECTOR * 2).tolist()]),
        **{f"{name}_is_null": nulls for name in NAMES[1:]},
    }
    assert [path.name for path in tmp_path.iterdir()] == ["out.npz"]


def test_an_npz_file_of_no_rows_has_empty_arrays(tmp_path):
    write_columns(tmp_path / "out.npz", COLUMNS, iter([]), CLASSES)
    with np.load(tmp_path / "out.npz") as arrays:
        assert {name: arrays[name].shape for name in ("id", "name", "sex_names", "raw_offsets", "vector")} == {
            "id": (0,),
            "name": (0,),
            "sex_names": (2,),
            "raw_offsets": (1,),
            "vector": (0, 2, 1),
        }


def test_columns_whose_arrays_would_have_one_name_are_refused(tmp_path):
    columns = (Column("a", "integer", nullable=True), Column("a_is_null", "boolean"))
    with pytest.raises(InvalidInput, match="would both become the array 'a_is_null'"):
        write_columns(tmp_path / "out.npz", columns, iter([]), {})


def test_a_text_far_longer_than_the_others_is_refused_before_it_fills_the_disk(tmp_path):
    columns = (Column("a", "text"),)
    texts = [Row(0, {"a": "x" * 1_000_000})] + [Row(n, {"a": ""}) for n in range(2000)]
    with pytest.raises(InvalidInput, match=r"export to a \.parquet file instead"):
        write_columns(tmp_path / "out.npz", columns, blocks_of_rows(texts, columns), {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("blocks", "class_names"),
    [(lambda: blocks_of_rows(rows(), COLUMNS), {}), (blocks_of_stream, {"sex": ("a", "b")})],
    ids=["rows", "stream"],
)
def test_a_parquet_file_has_the_columns_in_their_types(tmp_path, blocks, class_names):
    write_parquet(tmp_path / "out.parquet", COLUMNS, blocks(), class_names)
    table = parquet.read_table(tmp_path / "out.parquet")
    assert [str(field.type) for field in table.schema][:8] == [
        "int64",
        "int64",
        "double",
        "bool",
        "string",
        "dictionary<values=string, indices=int32, ordered=0>",
        "timestamp[us, tz=UTC]",
        "binary",
    ]
    assert table.schema.field("vector").type == pa.fixed_shape_tensor(pa.float32(), (2, 1))
    assert [field.nullable for field in table.schema] == [column.nullable for column in COLUMNS]
    assert list(zip(*(table.column(name).to_pylist() for name in NAMES[:8]), strict=True)) == [v[:8] for v in VALUES]
    vectors = table.column("vector").combine_chunks()
    assert vectors.storage.to_pylist() == [[1.0, 2.5], None, [2.0, 5.0]]


def test_a_parquet_file_is_written_in_groups_of_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("tablefit.exports.parquet.GROUP_ROWS", 6)
    monkeypatch.setattr("tablefit.exports.blocks.LIMIT_ROWS", 3)
    write_parquet(tmp_path / "out.parquet", COLUMNS, blocks_of_rows(rows(5), COLUMNS), {})
    file = parquet.ParquetFile(tmp_path / "out.parquet")
    groups = [file.metadata.row_group(place).num_rows for place in range(file.metadata.num_row_groups)]
    assert groups == [6, 6, 3]
    assert file.read(["sex"]).column("sex").to_pylist() == ["b", None, "a"] * 5


def test_batches_are_put_together_to_blocks(monkeypatch):
    monkeypatch.setattr("tablefit.exports.blocks.LIMIT_ROWS", 7)
    blocks = list(blocks_of_stream(4))
    assert [block.row_count for block in blocks] == [9, 3]
    assert blocks[0].values["id"].tolist() == [1, 2, 5] * 3
    assert blocks[0].is_null["sex"].tolist() == [False, True, False] * 3
    assert blocks[0].is_null["id"].tolist() == [False] * 9


def test_a_block_ends_where_its_values_grow_large(monkeypatch):
    monkeypatch.setattr("tablefit.exports.blocks.LIMIT_BYTES", 100)
    columns = (Column("a", "bytes"),)
    blocks = blocks_of_rows([Row(n, {"a": bytes(60)}) for n in range(5)], columns)
    assert [block.row_count for block in blocks] == [2, 2, 1]


def test_a_writer_that_fails_leaves_the_former_file(tmp_path):
    (tmp_path / "out.parquet").write_text("mine")

    def failing():
        yield from rows()
        raise InvalidInput("the end")

    with pytest.raises(InvalidInput, match="the end"):
        write_parquet(tmp_path / "out.parquet", COLUMNS, blocks_of_rows(failing(), COLUMNS), {})
    assert (tmp_path / "out.parquet").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


def test_times_lose_no_microsecond(tmp_path):
    columns = (Column("t", "timestamp"),)
    times = [NOON + timedelta(microseconds=n) for n in range(3)]
    write_parquet(tmp_path / "t.parquet", columns, blocks_of_rows([Row(0, {"t": t}) for t in times], columns), {})
    assert parquet.read_table(tmp_path / "t.parquet").column("t").to_pylist() == times
