"""Blocks: every value comes back, and the bytes follow from columns and rows alone."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_service.columns import ColumnArray, RowBatch
from data_service.schema import Column, ColumnType
from data_service.snapshots.block_file import Block, encode_block
from data_service.snapshots.column_buffers import Coded, Digested, Fixed, Strings

INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# What a value of each type may be; NULL comes on top.
CELLS = {
    ColumnType.INTEGER: INT64,
    ColumnType.TIMESTAMP: INT64,
    ColumnType.FLOAT: st.floats(allow_nan=False, width=64),
    ColumnType.BOOLEAN: st.booleans(),
    ColumnType.TENSOR: st.lists(st.floats(width=32, allow_nan=False), min_size=6, max_size=6),
    ColumnType.TEXT: TEXT | st.sampled_from(["", "a", "\U0001d518ni", "ﬀ", "x\0y"]),
    ColumnType.CATEGORY: st.sampled_from(["", "cat", "Cat", "café", "\U0001f408", "\uffff"]),
    ColumnType.IMAGE: st.binary(max_size=20),
    ColumnType.BYTES: st.binary(max_size=20),
}
BLANKS = {ColumnType.TEXT: "", ColumnType.CATEGORY: "", ColumnType.IMAGE: b"", ColumnType.BYTES: b""}


def column(name: str, kind: ColumnType) -> Column:
    if kind is ColumnType.TENSOR:
        return Column(name, kind, True, data_type="float32", shape=(2, 3))
    return Column(name, kind, True)


def array(kind: ColumnType, cells: list) -> ColumnArray:
    blank = [0.0] * 6 if kind is ColumnType.TENSOR else BLANKS.get(kind, 0)
    is_null = np.array([cell is None for cell in cells], dtype=np.bool_)
    filled = [blank if cell is None else cell for cell in cells]
    if kind in BLANKS:
        return ColumnArray(filled, is_null)
    types = {ColumnType.FLOAT: "f8", ColumnType.BOOLEAN: "?", ColumnType.TENSOR: "f4"}
    values = np.array(filled, dtype=types.get(kind, "i8"))
    return ColumnArray(values.reshape(-1, 2, 3) if kind is ColumnType.TENSOR else values, is_null)


def content(columns: list[Column], batch: RowBatch, digested: tuple[str, ...] = ()) -> bytes:
    return np.concatenate(encode_block(columns, batch, digested=digested)).tobytes()


def block_of(columns: list[Column], batch: RowBatch, digested: tuple[str, ...] = ()) -> Block:
    return Block(np.frombuffer(content(columns, batch, digested), dtype=np.uint8))


def one_column(kind: ColumnType, cells: list) -> tuple[list[Column], RowBatch]:
    return [column("c", kind)], RowBatch(np.arange(1, len(cells) + 1), {"c": array(kind, cells)})


def cells_of(view: Fixed | Coded | Strings, kind: ColumnType) -> list:
    """The values as Python's, None for NULL; floats as their bits."""
    if isinstance(view, Coded):
        return [None if code < 0 else view.names[code] for code in view.codes.tolist()]
    if isinstance(view, Strings):
        cells = [bytes(view.value(row)) for row in range(len(view.offsets) - 1)]
        cells = [cell.decode() for cell in cells] if kind is ColumnType.TEXT else cells
    else:
        assert view.values.shape[1:] == ((2, 3) if kind is ColumnType.TENSOR else ())
        cells = [value.tobytes() for value in view.values]
    is_null = [False] * len(cells) if view.is_null is None else view.is_null.tolist()
    return [None if null else cell for cell, null in zip(cells, is_null, strict=True)]


def expected_cells(kind: ColumnType, cells: list) -> list:
    if kind in BLANKS:
        return cells
    values = array(kind, cells).values
    return [None if cell is None else value.tobytes() for cell, value in zip(cells, values, strict=True)]


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, ColumnType], np.ndarray, dict[str, list]]:
    kinds = draw(st.lists(st.sampled_from(list(CELLS)), max_size=6))
    row_count = draw(st.integers(1, 12))
    ids = np.array(sorted(draw(st.sets(INT64, min_size=row_count, max_size=row_count))), dtype=np.int64)
    names = {f"column {number} é": kind for number, kind in enumerate(kinds)}
    cells = {
        name: draw(st.lists(st.none() | CELLS[kind], min_size=row_count, max_size=row_count))
        for name, kind in names.items()
    }
    return names, ids, cells


@given(tables())
def test_every_value_of_any_mix_of_columns_comes_back(made) -> None:
    kinds, ids, cells = made
    batch = RowBatch(ids, {name: array(kind, cells[name]) for name, kind in kinds.items()})
    block = block_of([column(name, kind) for name, kind in kinds.items()], batch)
    assert (block.row_count, block.ids.tolist(), block.column_names) == (len(ids), ids.tolist(), tuple(kinds))
    for name, kind in kinds.items():
        assert cells_of(block.column(name), kind) == expected_cells(kind, cells[name])


@given(st.sampled_from(list(CELLS)), st.data())
def test_what_stands_where_a_value_is_null_does_not_count(kind, data) -> None:
    cells = data.draw(st.lists(CELLS[kind], min_size=1, max_size=8))
    is_null = np.array(data.draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells))))
    blanked = array(kind, [None if null else cell for cell, null in zip(cells, is_null, strict=True)])
    ids = np.arange(len(cells))
    contents = [
        content([column("c", kind)], RowBatch(ids, {"c": values}))
        for values in (blanked, ColumnArray(array(kind, cells).values, is_null))
    ]
    assert contents[0] == contents[1]


def test_floats_keep_their_bits() -> None:
    values = np.array([-0.0, 0.0, 5e-324, 1.7976931348623157e308, np.nan])
    block = block_of([column("c", ColumnType.FLOAT)], RowBatch(np.arange(5), {"c": ColumnArray(values)}))
    assert block.column("c").values.tobytes() == values.tobytes()


def test_some_values_are_taken_in_the_order_asked_for() -> None:
    view = block_of(*one_column(ColumnType.BYTES, [b"a", b"", b"ccc"])).column("c")
    assert view.take(np.array([2, 0, 2, 1])) == [b"ccc", b"a", b"ccc", b""]
    assert view.lengths.tolist() == [1, 0, 3]


def test_flags_that_are_never_set_are_as_good_as_none() -> None:
    columns, batch = one_column(ColumnType.INTEGER, [1, 2])
    without = RowBatch(batch.ids, {"c": ColumnArray(batch.columns["c"].values)})
    assert content(columns, without) == content(columns, batch)
    assert block_of(columns, without).column("c").is_null is None


def test_names_are_in_order_of_their_bytes() -> None:
    view = block_of(*one_column(ColumnType.CATEGORY, ["\U0001f408", "b", "\uffff", "B", "b"])).column("c")
    assert view.names == ("B", "b", "\uffff", "\U0001f408")
    assert view.codes.tolist() == [3, 1, 2, 0, 1]


@pytest.mark.parametrize(
    ("cells", "form"),
    [(["a long text"] * 20, Coded), ([f"text {number}" for number in range(20)], Strings), (["a", None], Coded)],
)
def test_texts_are_coded_where_that_is_smaller(cells, form) -> None:
    view = block_of(*one_column(ColumnType.TEXT, cells)).column("c")
    assert isinstance(view, form)
    assert cells_of(view, ColumnType.TEXT) == cells


def test_of_digested_columns_only_digests_and_lengths_are_kept() -> None:
    columns, batch = one_column(ColumnType.IMAGE, [b"first" * 1000, None, b""])
    view = block_of(columns, batch, ("c",)).column("c")
    assert isinstance(view, Digested)
    assert view.lengths.tolist() == [5000, 0, 0]
    digests = [hashlib.sha256(b"first" * 1000).digest(), bytes(32), hashlib.sha256(b"").digest()]
    assert [digest.tobytes() for digest in view.digests] == digests
    assert view.is_null.tolist() == [False, True, False]
    assert len(content(columns, batch, ("c",))) < 1000


def test_a_digested_tensor_is_digested_as_its_bytes() -> None:
    columns, batch = one_column(ColumnType.TENSOR, [[1.0] * 6])
    view = block_of(columns, batch, ("c",)).column("c")
    assert view.digests.tobytes() == hashlib.sha256(np.ones(6, "<f4").tobytes()).digest()
    assert view.lengths.tolist() == [24]


def test_tensors_without_elements_come_back() -> None:
    empty = Column("c", ColumnType.TENSOR, False, data_type="float32", shape=(0, 3))
    batch = RowBatch(np.arange(2), {"c": ColumnArray(np.empty((2, 0, 3), np.float32))})
    assert block_of([empty], batch).column("c").values.shape == (2, 0, 3)
    assert block_of([empty], batch, ("c",)).column("c").lengths.tolist() == [0, 0]


def test_a_file_is_mapped_and_its_buffers_are_aligned(tmp_path: Path) -> None:
    columns, batch = one_column(ColumnType.FLOAT, [1.5, None, 2.5])
    path = tmp_path / "a.block"
    path.write_bytes(content(columns, batch))
    block = Block.open(path)
    view = block.column("c")
    assert view.values.tolist() == [1.5, 0.0, 2.5]
    assert not view.values.flags.writeable
    assert [part.ctypes.data % 64 for part in (block.ids, view.values, view.is_null)] == [0, 0, 0]


def test_other_files_are_refused() -> None:
    with pytest.raises(ValueError, match="tablefit block 1"):
        Block(np.zeros(100, np.uint8))


def test_the_format_does_not_change_by_accident() -> None:
    cells = {
        ColumnType.INTEGER: [1, None, -(2**63)],
        ColumnType.TIMESTAMP: [0, 1, 2],
        ColumnType.FLOAT: [-0.0, 1.5, None],
        ColumnType.BOOLEAN: [True, False, None],
        ColumnType.TENSOR: [[1.0] * 6, None, [-2.0] * 6],
        ColumnType.TEXT: ["naïve", "", None],
        ColumnType.CATEGORY: ["b", None, "a"],
        ColumnType.IMAGE: [b"\x89PNG", b"", b"x"],
        ColumnType.BYTES: [b"1", None, b"333"],
    }
    columns = [column(kind.value, kind) for kind in cells]
    batch = RowBatch(np.array([-5, 1, 7]), {kind.value: array(kind, values) for kind, values in cells.items()})
    digests = [hashlib.sha256(content(columns, batch, digested)).hexdigest() for digested in ((), ("image", "tensor"))]
    assert digests == [
        "0cd48509ed4faee0c2083fdaa11eb6ba115f19a8c1f190c5579c823f1906f5ab",
        "043833316e1198a633a44f8720babc05309a6e829e2afa9ccfb795025b590735",
    ]
