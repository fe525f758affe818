"""Groups of batches: which rows stand at which places, with which weights, and how many are gathered at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_service import batch_parts
from data_service.batch_parts import BatchGroup, BatchSource
from data_service.columns import ColumnArray, RowBatch
from data_service.gathering import Gatherer
from data_service.order import Ascending, Order, Positions
from data_service.pinned_rows import PinnedRows
from data_service.schema import Column, ColumnType
from data_service.snapshots import Snapshots
from data_service.splits import Part
from data_service.steps import Epoch, Share, Tail
from data_service.stream_columns import StreamColumns, choose
from data_service.stream_options import StreamOptions
from tests.pinned_rows import pin

COLUMN = Column("n", ColumnType.INTEGER, True)
IDS = np.arange(40) * 3 + 7
PART = Part(np.arange(1, 40, 2), 20)


class CountedGatherer(Gatherer):
    """A gatherer whose calls are noted: how many rows, and whether at once."""

    def __init__(self, rows: PinnedRows) -> None:
        super().__init__(rows, ["n"], {}, None)
        self.calls: list[tuple[int, bool]] = []

    def read(self, positions: Positions, *, at_once: bool = False) -> dict[str, ColumnArray]:
        self.calls.append((len(positions), at_once))
        return super().read(positions, at_once=at_once)


@pytest.fixture
def rows(pins: Snapshots, tmp_path: Path) -> PinnedRows:
    numbers = ColumnArray(np.where(np.arange(40) == 3, 0, np.arange(40) * 10), np.arange(40) == 3)
    return PinnedRows(pin(pins, [COLUMN], RowBatch(IDS, {"n": numbers})), tmp_path)


def source(rows: PinnedRows, share: Share, part: Part = PART, order: Order | Ascending | None = None) -> BatchSource:
    columns = StreamColumns(rows, choose(StreamOptions("t", "", 1), [COLUMN]), {}, None)
    return BatchSource(rows, part, order or Ascending(), share, columns, CountedGatherer(rows))


def ids(groups: Sequence[BatchGroup]) -> list[int]:
    return np.concatenate([group.row_ids for group in groups]).tolist()


def test_rows_of_the_part_come_in_order_with_their_values(rows: PinnedRows) -> None:
    groups = list(source(rows, Share(Epoch(20, 6, "keep"))).groups(range(4)))
    assert [(group.first_step, group.row_counts, group.part, group.part_count) for group in groups] == [
        (0, (6,), 0, 1),
        (1, (6, 6, 2), 0, 1),
    ]
    assert ids(groups) == IDS[1::2].tolist()
    columns: Mapping[str, ColumnArray] = groups[0].columns
    assert columns["n"].values.tolist() == [10, 0, 50, 70, 90, 110]
    assert columns["n"].is_null.tolist() == [False, True, False, False, False, False]
    assert [group.weights for group in groups] == [None, None]


def test_padding_begins_the_epoch_again_at_weight_zero(rows: PinnedRows) -> None:
    order = Order(20, 5, 1)
    groups = list(source(rows, Share(Epoch(20, 16, "pad")), order=order).groups(range(2)))
    positions = order.positions(0, 20)
    assert ids(groups) == IDS[1::2][np.concatenate([positions, positions[:12]])].tolist()
    assert np.concatenate([group.weights for group in groups]).tolist() == [1.0] * 20 + [0.0] * 12


def test_the_first_group_is_gathered_alone_and_ever_more_with_the_next_ones(
    rows: PinnedRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A row takes 8 bytes for its value and 12 for id and weight.
    monkeypatch.setattr(batch_parts, "TARGET_MESSAGE_BYTES", 2 * 20)
    monkeypatch.setattr(batch_parts, "_GATHERED_BYTES", 8 * 20)
    opened = source(rows, Share(Epoch(40, 2, "keep")), Part(None, 40))
    groups = list(opened.groups(range(20)))
    assert [group.row_counts for group in groups] == [(2,)] * 20
    assert opened.gatherer.calls == [(2, True), (2, False), (4, False), (8, False), (8, False), (8, False), (8, False)]
    assert ids(groups) == IDS.tolist()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    row_count=st.integers(1, 40),
    share_size=st.integers(1, 15),
    world_size=st.integers(1, 4),
    tail=st.sampled_from(["keep", "drop", "pad"]),
    seed=st.none() | st.integers(0, 2**64 - 1),
    message_rows=st.integers(1, 50),
    data=st.data(),
)
def test_any_steps_of_any_share_are_strides_of_the_whole_epoch(
    rows: PinnedRows,
    row_count: int,
    share_size: int,
    world_size: int,
    tail: Tail,
    seed: int | None,
    message_rows: int,
    data: st.DataObject,
) -> None:
    world_size = 1 if tail == "keep" else world_size
    epoch = Epoch(row_count, share_size * world_size, tail)
    order = Ascending() if seed is None else Order(row_count, seed, 2)
    places = np.arange(epoch.place_count)
    whole = IDS[order.positions(0, row_count)][places % row_count]
    first = data.draw(st.integers(0, epoch.step_count))
    steps = range(first, data.draw(st.integers(first, epoch.step_count)))
    rank = data.draw(st.integers(0, world_size - 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch_parts, "TARGET_MESSAGE_BYTES", message_rows * 20)
        opened = source(rows, Share(epoch, rank, world_size), Part(None, row_count), order)
        groups = list(opened.groups(steps))
    found = ids(groups) if groups else []
    batches = [whole[step * epoch.batch_size : (step + 1) * epoch.batch_size] for step in steps]
    assert found == [row_id for batch in batches for row_id in batch[rank::world_size].tolist()]
    weights = [weight for group in groups if group.weights is not None for weight in group.weights.tolist()]
    expected = (places < row_count).astype(float)[steps.start * epoch.batch_size : steps.stop * epoch.batch_size]
    assert weights == (expected[rank::world_size].tolist() if tail == "pad" else [])
