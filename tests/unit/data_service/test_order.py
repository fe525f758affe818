"""The order of an epoch is a permutation that never changes: not with slices, and not with versions of this code."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_service.order import (
    BLOCK_ROWS,
    WINDOW_BLOCKS,
    Ascending,
    Order,
    argsort_distinct,
    mix,
    mix_array,
    permutation,
)

# Computed once, by this code; they may never change: runs that were begun before would go on in another order.
PERMUTATION_0_0_0 = [1, 9, 0, 8, 4, 6, 7, 2, 3, 5]
ORDER_12_7_3 = [1, 4, 10, 6, 9, 5, 7, 3, 11, 8, 2, 0]
ORDER_200000_42_5 = "6433bed9b8a7adda02c57930c04f20ac8109ce2cb42f6e5e34b881c1bcf7873c"

SEEDS = st.integers(0, 2**64 - 1)
EPOCHS = st.integers(0, 2**31 - 1)


def whole(order: Order, row_count: int) -> list[int]:
    return order.positions(0, row_count).tolist()


def test_mix_gives_the_published_outputs_of_splitmix64() -> None:
    # The reference implementation (https://prng.di.unimi.it/splitmix64.c) started at 1234567.
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    states = [(1234567 + (step + 1) * 0x9E3779B97F4A7C15) % 2**64 for step in range(4)]
    assert [mix(state) for state in states] == expected
    assert mix_array(np.array(states, dtype=np.uint64)).tolist() == expected


def test_orders_are_those_that_they_always_were() -> None:
    assert permutation(10, 0, 0, 0).tolist() == PERMUTATION_0_0_0
    assert whole(Order(12, 7, 3), 12) == ORDER_12_7_3
    digest = hashlib.sha256(Order(200_000, 42, 5).positions(0, 200_000).astype("<i8").tobytes()).hexdigest()
    assert digest == ORDER_200000_42_5


@given(keys=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=70, unique=True), near=st.booleans())
def test_keys_that_differ_in_the_last_bits_only_keep_their_order(keys: list[int], near: bool) -> None:
    # Keys that are near one another differ in fewer bits than their places take.
    array = np.array(keys, dtype=np.uint64) >> np.uint64(57) if near else np.array(keys, dtype=np.uint64)
    array = np.unique(array)[::-1]
    assert argsort_distinct(array).tolist() == np.argsort(array, kind="stable").tolist()


@settings(deadline=None)
@given(row_count=st.integers(1, 600), seed=SEEDS, epoch=EPOCHS, block_rows=st.integers(1, 40), window=st.integers(1, 9))
def test_each_position_is_visited_exactly_once(
    row_count: int, seed: int, epoch: int, block_rows: int, window: int
) -> None:
    order = Order(row_count, seed, epoch, block_rows=block_rows, window_blocks=window)
    assert sorted(whole(order, row_count)) == list(range(row_count))


@settings(deadline=None)
@given(st.data())
def test_a_slice_equals_its_part_of_the_whole(data: st.DataObject) -> None:
    row_count = data.draw(st.integers(1, 600))
    start = data.draw(st.integers(0, row_count))
    stop = data.draw(st.integers(start, row_count))
    sizes = {"block_rows": data.draw(st.integers(1, 40)), "window_blocks": data.draw(st.integers(1, 9))}
    expected = whole(Order(row_count, 3, 1, **sizes), row_count)[start:stop]
    assert Order(row_count, 3, 1, **sizes).positions(start, stop).tolist() == expected


@settings(deadline=None)
@given(row_count=st.integers(100, 600), seed=SEEDS, epoch=EPOCHS)
def test_epochs_and_seeds_have_orders_of_their_own(row_count: int, seed: int, epoch: int) -> None:
    orders = {
        tuple(whole(Order(row_count, *named), row_count))
        for named in [(seed, epoch), (seed, epoch + 1), (seed ^ 1, epoch), (seed ^ 1, epoch + 1)]
    }
    assert len(orders) == 4


def test_seed_and_epoch_do_not_stand_in_for_each_other() -> None:
    assert whole(Order(500, 1, 0), 500) != whole(Order(500, 0, 1), 500)


def test_a_table_of_one_window_is_shuffled_globally() -> None:
    row_count = BLOCK_ROWS * WINDOW_BLOCKS
    first = Order(row_count, 1, 0).positions(0, 1000)
    # Of 1,000 rows drawn from all, each tenth of the table gets about a hundred.
    shares = np.bincount(first * 10 // row_count, minlength=10)
    assert (shares > 60).all()
    assert (shares < 150).all()


def test_a_window_takes_whole_blocks_of_the_table() -> None:
    order = Order(1000, 5, 2, block_rows=10, window_blocks=4)
    for start in range(0, 1000, 40):
        blocks, rows = np.unique(order.positions(start, start + 40) // 10, return_counts=True)
        assert len(blocks) == 4
        assert rows.tolist() == [10] * 4


def test_one_window_is_held_at_a_time() -> None:
    row_count = 100_000_000
    order = Order(row_count, 5, 2)
    held = sum(value.nbytes for value in vars(order).values() if isinstance(value, np.ndarray))
    assert held < row_count / 100
    assert len(set(order.positions(row_count - 64, row_count).tolist())) == 64


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (0, 5), (3, 7)])
def test_without_a_shuffle_places_are_positions(start: int, stop: int) -> None:
    assert Ascending().positions(start, stop).tolist() == list(range(start, stop))
