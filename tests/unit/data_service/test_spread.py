"""Rows at any positions come out of a snapshot's blocks in the order of the positions."""

from pathlib import Path

import numpy as np
import pytest

from data_service.columns import ColumnArray, RowBatch
from data_service.pinned_rows import PinnedRows
from data_service.schema import Column, ColumnType, Table, TableKind
from data_service.snapshots import Guarantee, Snapshots
from data_service.spread import Spread

ROW_COUNT = 30_000
ALL = np.arange(ROW_COUNT, dtype=np.int64)
COLUMNS = (
    Column("number", ColumnType.FLOAT, False),
    Column("wide", ColumnType.TENSOR, False, data_type="float64", shape=(4, 3)),
)
NUMBERS = np.sin(ALL.astype(np.float64))
WIDE = NUMBERS[:, None, None] + np.arange(12.0).reshape(4, 3)


@pytest.fixture
def rows(tmp_path: Path) -> PinnedRows:
    table = Table("1", "numbers", TableKind.GENERAL, "", COLUMNS, ROW_COUNT, None, None)
    batch = RowBatch(ALL + 1, {"number": ColumnArray(NUMBERS), "wide": ColumnArray(WIDE)})
    snapshots = Snapshots(tmp_path / "shared", 2**30)
    record = snapshots.take(
        table,
        lambda: iter([batch]),
        columns=COLUMNS,
        numbered=False,
        guarantee=Guarantee.EXACT,
        keep_s=60.0,
        on_progress=lambda _: None,
        check=lambda: None,
    )
    return PinnedRows(snapshots.open(record.snapshot_id), tmp_path)


SHUFFLED = np.random.default_rng(1).permutation(ROW_COUNT)


@pytest.mark.parametrize(
    "positions",
    [
        ALL[5_000:20_000],
        SHUFFLED,
        SHUFFLED[:20],
        np.array([7, 29_999, 7, 0], dtype=np.int64),
    ],
    ids=["in order", "all shuffled", "far apart", "one twice"],
)
def test_rows_come_in_the_order_of_their_positions(rows: PinnedRows, positions: np.ndarray) -> None:
    spread = Spread(rows, positions)
    for name, values in (("number", NUMBERS), ("wide", WIDE)):
        taken = spread.take([block.column(name).values for block in spread.blocks])
        np.testing.assert_array_equal(values[positions], taken, strict=True)


def test_each_position_is_located_in_its_block(rows: PinnedRows) -> None:
    numbers, places = rows.locate(SHUFFLED)
    starts = rows.pinned.block_starts
    assert list(range(rows.pinned.block_count)) == numbers
    assert rows.pinned.block_count > 1
    for number, at in zip(numbers, places, strict=True):
        assert list(range(starts[number], starts[number + 1])) == sorted(SHUFFLED[at].tolist())
        assert sorted(at.tolist()) == at.tolist()
