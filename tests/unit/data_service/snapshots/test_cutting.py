"""Cuts: by the rule, whatever the sizes of the batches, and close to where they were when rows change."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_service.columns import ColumnArray, RowBatch
from data_service.order import mix
from data_service.schema import Column, ColumnType
from data_service.snapshots import cutting
from data_service.snapshots.block_file import encode_block
from data_service.snapshots.cutting import cut, join_rows, slice_rows
from tests.pinned_rows import COLUMNS, rows

NUMBER = Column("number", ColumnType.INTEGER, False)
BYTES = Column("data", ColumnType.BYTES, True)


def numbers(ids: np.ndarray) -> RowBatch:
    return RowBatch(ids, {"number": ColumnArray(ids)})


def in_batches(batch: RowBatch, sizes: list[int]) -> Iterator[RowBatch]:
    """The rows in batches of these sizes, again and again."""
    start, turn = 0, 0
    while start < batch.row_count:
        stop = min(batch.row_count, start + sizes[turn % len(sizes)])
        yield slice_rows(batch, start, stop)
        start, turn = stop, turn + 1


def row_counts(columns: list[Column], batches) -> list[int]:
    return [block.row_count for block in cut(columns, batches)]


def cut_one_by_one(ids: list[int], sizes: list[int]) -> list[int]:
    """The rule as it is written down, a row at a time: rows of each block."""
    counts: list[int] = []
    row_count = size_bytes = 0
    for row_id, size in zip(ids, sizes, strict=True):
        bits = [cutting.CUT_BITS]
        bits += [bits_then for rows, bits_then in cutting.ROW_BITS if row_count >= rows]
        bits += [bits_then for size_then, bits_then in cutting.BYTE_BITS if size_bytes >= size_then]
        zeros = mix(row_id % 2**64) % (1 << min(bits)) == 0
        full = row_count == cutting.LIMIT_ROWS or size_bytes + size > cutting.LIMIT_BYTES
        if row_count and (zeros or full):
            counts.append(row_count)
            row_count = size_bytes = 0
        row_count += 1
        size_bytes += size
    return [*counts, row_count] if row_count else counts


@contextmanager
def small_blocks() -> Iterator[None]:
    """A rule with limits that few rows reach."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "CUT_BITS", 5)
        patch.setattr(cutting, "LIMIT_ROWS", 24)
        patch.setattr(cutting, "LIMIT_BYTES", 640)
        patch.setattr(cutting, "ROW_BITS", ((16, 3),))
        patch.setattr(cutting, "BYTE_BITS", ((320, 3), (480, 1)))
        yield


@settings(max_examples=200)
@given(st.data())
def test_cuts_follow_the_rule_and_not_the_batches(data) -> None:
    with small_blocks():
        ids = sorted(data.draw(st.sets(st.integers(-(2**63), 2**63 - 1) | st.integers(-99, 99), max_size=150)))
        lengths = data.draw(st.lists(st.integers(0, 60) | st.just(700), min_size=len(ids), max_size=len(ids)))
        values = ColumnArray([bytes(length) for length in lengths], np.array([length == 7 for length in lengths], bool))
        batch = RowBatch(np.array(ids, dtype=np.int64), {"data": values})
        sizes = data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=5))
        counts = row_counts([BYTES], in_batches(batch, sizes))
        assert counts == cut_one_by_one(ids, [8 + (0 if length == 7 else length) for length in lengths])


def test_every_row_is_in_one_block_in_order() -> None:
    batch = rows(range(1, 10_001))
    joined = join_rows(list(cut(COLUMNS, in_batches(batch, [777, 1]))))
    assert joined.ids.tolist() == batch.ids.tolist()
    assert joined.columns["image"].values == batch.columns["image"].values
    assert joined.columns["width"].is_null.tolist() == batch.columns["width"].is_null.tolist()


def test_flags_of_null_stay_with_their_rows_where_only_some_batches_have_any() -> None:
    flagged = RowBatch(np.array([2]), {"number": ColumnArray(np.array([0]), np.array([True]))})
    joined = join_rows([numbers(np.array([1])), flagged])
    assert joined.columns["number"].is_null.tolist() == [False, True]


TEXT = Column("text", ColumnType.TEXT, True)
KIND = Column("kind", ColumnType.CATEGORY, True)


@given(st.data())
def test_blocks_have_the_same_bytes_whatever_the_batches(data) -> None:
    with small_blocks():
        row_count = data.draw(st.integers(1, 80))
        columns = {
            name: ColumnArray(
                data.draw(st.lists(values, min_size=row_count, max_size=row_count)),
                np.array(data.draw(st.lists(st.booleans(), min_size=row_count, max_size=row_count))),
            )
            for name, values in {"text": st.text("ab\U0001f408", max_size=3), "kind": st.sampled_from("xyz")}.items()
        }
        batch = RowBatch(np.arange(row_count), columns)
        sizes = data.draw(st.lists(st.integers(1, 30), min_size=1, max_size=5))
        start = 0
        for block in cut([TEXT, KIND], in_batches(batch, sizes)):
            plain = slice_rows(batch, start, start + block.row_count)
            contents = [np.concatenate(encode_block([TEXT, KIND], rows)).tobytes() for rows in (block, plain)]
            assert contents[0] == contents[1]
            start += block.row_count
        assert start == row_count


def test_no_rows_give_no_blocks() -> None:
    assert row_counts([NUMBER], []) == []
    assert row_counts([NUMBER], [numbers(np.empty(0, np.int64))]) == []


def test_blocks_have_some_four_thousand_rows_on_average() -> None:
    counts = row_counts([NUMBER], in_batches(numbers(np.arange(1, 1_000_001)), [8192]))
    assert sum(counts) == 1_000_000
    assert 3_000 < 1_000_000 / len(counts) < 4_500
    assert max(counts) <= cutting.LIMIT_ROWS


def test_a_row_above_the_limit_is_alone() -> None:
    batch = RowBatch(np.array([1, 2, 3]), {"data": ColumnArray([b"", bytes(1000), b""])})
    with small_blocks():
        assert row_counts([BYTES], [batch]) == [1, 1, 1]


def digests(batch: RowBatch) -> set[str]:
    return {hashlib.sha256(np.concatenate(encode_block(COLUMNS, block))).hexdigest() for block in cut(COLUMNS, [batch])}


@pytest.mark.parametrize("row_bytes", [20, 3_000])
@pytest.mark.parametrize("change", ["insert", "delete", "change"])
def test_one_changed_row_changes_one_block(row_bytes, change) -> None:
    """At 20 bytes a row blocks end by ids, at 3,000 mostly by bytes: cuts are soon back to where they were."""
    ids = list(range(2, 60_000, 2))
    whole = rows(ids, image_bytes=row_bytes)
    changed_ids = {"insert": sorted([*ids, 20_001]), "delete": [row for row in ids if row != 20_000], "change": ids}[
        change
    ]
    changed = rows(changed_ids, image_bytes=row_bytes)
    if change == "change":
        changed.columns["image"].values[10_000] = b"another"
    before, after = digests(whole), digests(changed)
    assert (len(before - after), len(after - before)) == (1, 1)
