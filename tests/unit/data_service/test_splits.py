"""The division into training and validation rows: exact counts, the same rows for ever, every row in one part."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_service.splits import Part, PartName, split_part, validation_counts

# Computed once, by this code; the rows held out may never change.
HELD_OUT = [5, 12, 17, 19, 27, 28, 32, 36]

fractions = st.sampled_from([0.05, 0.1, 0.2, 0.25, 0.35, 0.5, 0.9, 0.99]) | st.floats(0, 1, exclude_max=True)
counts_of_classes = st.lists(st.integers(1, 60), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("class_rows", "fraction", "expected"),
    [
        ([100, 100], 0.2, (20, 20)),
        # 2.5 of 10 rows are 3; the remainders are equal, so the first class gives the odd one.
        ([5, 5], 0.25, (2, 1)),
        # 3.5 of 10 rows are 4, though the double nearest to 0.35 is a little less.
        ([10], 0.35, (4,)),
        # Shares 0.6, 1.2, 1.8 of a total of 4 rows (3.6): floors 0, 1, 1, then the largest remainders 0.8 and 0.6.
        ([2, 4, 6], 0.3, (1, 1, 2)),
        # A class of one row gives none, and nobody else gives in its place.
        ([1, 1, 1, 1, 6], 0.5, (0, 0, 0, 0, 3)),
        ([1], 0.9, (0,)),
        ([2], 0.99, (1,)),
        ([3, 3], 0.99, (2, 2)),
        ([4], 0.0, (0,)),
        ([3], 0.1, (0,)),
        ([1, 4], 0.5, (0, 2)),
    ],
)
def test_classes_give_their_share_by_largest_remainder(
    class_rows: list[int], fraction: float, expected: tuple[int, ...]
) -> None:
    assert validation_counts(class_rows, fraction) == expected


@given(class_rows=counts_of_classes, fraction=fractions)
def test_counts_stay_within_one_of_each_share_and_leave_a_row_for_training(
    class_rows: list[int], fraction: float
) -> None:
    counts = validation_counts(class_rows, fraction)
    exact = Fraction(repr(fraction))
    for count, rows in zip(counts, class_rows, strict=True):
        assert abs(count - exact * rows) < 1
        assert 0 <= count <= rows - 1
    total = (exact * sum(class_rows) + Fraction(1, 2)).__floor__()
    assert sum(counts) <= total
    if min(class_rows) >= 2 and fraction <= 0.5:
        assert sum(counts) == total


def codes_of(class_rows: list[int]) -> np.ndarray:
    codes = np.repeat(np.arange(len(class_rows), dtype=np.int32), class_rows)
    return np.random.default_rng(3).permutation(codes)


def divide(folder: Path, ids: np.ndarray, codes: np.ndarray, fraction: float, seed: int, part: PartName) -> Part:
    class_rows = np.bincount(codes).tolist()
    return split_part(ids, codes, class_rows, fraction=fraction, seed=seed, part=part, directory=folder)


def positions_of(part: Part, row_count: int) -> list[int]:
    return part.table_positions(np.arange(part.row_count)).tolist() if row_count else []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(class_rows=counts_of_classes, fraction=fractions, seed=st.integers(0, 2**64 - 1))
def test_each_row_is_in_exactly_one_part_and_classes_have_their_counts(
    tmp_path: Path, class_rows: list[int], fraction: float, seed: int
) -> None:
    codes = codes_of(class_rows)
    ids = np.arange(len(codes), dtype=np.int64) * 3 - 5
    parts = {name: divide(tmp_path, ids, codes, fraction, seed, name) for name in ("training", "validation")}
    found = {name: positions_of(part, len(ids)) for name, part in parts.items()}
    assert sorted(found["training"] + found["validation"]) == list(range(len(ids)))
    assert all(positions == sorted(positions) for positions in found.values())
    assert parts["validation"].class_row_counts == validation_counts(class_rows, fraction)
    for name, part in parts.items():
        assert tuple(np.bincount(codes[found[name]], minlength=len(class_rows))) == part.class_row_counts


def test_the_rows_held_out_are_those_that_they_always_were(tmp_path: Path) -> None:
    ids = np.arange(100, 140, dtype=np.int64)
    codes = (ids % 2).astype(np.int32)
    assert positions_of(divide(tmp_path, ids, codes, 0.2, 7, "validation"), 40) == HELD_OUT


def test_another_seed_holds_out_other_rows(tmp_path: Path) -> None:
    codes, ids = codes_of([100, 100]), np.arange(200, dtype=np.int64)
    held_out = {tuple(positions_of(divide(tmp_path, ids, codes, 0.2, seed, "validation"), 200)) for seed in range(5)}
    assert len(held_out) == 5


def test_rows_keep_their_rank_when_others_join_another_class(tmp_path: Path) -> None:
    ids = np.arange(300, dtype=np.int64)
    few = np.zeros(200, dtype=np.int32)
    more = np.concatenate([few, np.ones(100, dtype=np.int32)])
    expected = positions_of(divide(tmp_path, ids[:200], few, 0.1, 1, "validation"), 200)
    found = positions_of(divide(tmp_path, ids, more, 0.1, 1, "validation"), 300)
    assert [position for position in found if position < 200] == expected


def test_more_rows_than_a_chunk_are_divided_alike(tmp_path: Path) -> None:
    row_count = 150_000
    ids = np.random.default_rng(1).permutation(row_count).astype(np.int64)
    codes = (ids % 7).astype(np.int32)
    expected = validation_counts(np.bincount(codes).tolist(), 0.3)
    held_out = divide(tmp_path, ids, codes, 0.3, 9, "validation")
    assert tuple(np.bincount(codes[held_out.positions])) == expected
    # The same rows in another order are divided alike.
    order = np.argsort(ids)
    again = divide(tmp_path, ids[order], codes[order], 0.3, 9, "validation")
    assert sorted(ids[held_out.positions].tolist()) == ids[order][again.positions].tolist()


def test_a_fraction_of_zero_leaves_all_rows_in_their_order(tmp_path: Path) -> None:
    codes, ids = codes_of([5, 5]), np.arange(10, dtype=np.int64)
    part = divide(tmp_path, ids, codes, 0.0, 1, "training")
    assert part == Part(None, (5, 5))
    assert part.table_positions(np.array([3, 1])).tolist() == [3, 1]
