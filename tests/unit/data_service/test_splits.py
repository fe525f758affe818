"""The division into training and validation rows: exact counts, the same rows for ever, every row in one part."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tablefit.errors import WrongState

from data_service.split_rules import PartName
from data_service.splits import Part, fold_part, hash_part, masked_part, oversampled, split_part, validation_counts

# Computed once, by this code; the rows held out may never change.
HELD_OUT = [5, 12, 17, 19, 27, 28, 32, 36]
FOLD_HELD_OUT = [5, 8, 10, 20, 26, 28, 33]
HASH_HELD_OUT = [104, 105, 106, 109, 112, 114, 116, 117, 119, 123, 124, 126, 127, 128, 132, 136]

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
    counts = tuple(np.bincount(codes[found["validation"]], minlength=len(class_rows)).tolist())
    assert counts == validation_counts(class_rows, fraction)
    assert {name: len(positions) for name, positions in found.items()} == {
        name: part.row_count for name, part in parts.items()
    }


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
    assert part == Part(None, 10)
    assert part.table_positions(np.array([3, 1])).tolist() == [3, 1]


IDS = np.arange(100, 140, dtype=np.int64)
CODES = (IDS % 2).astype(np.int32)


def fold_of(folder: Path, fold: int, part: PartName = "validation", codes: np.ndarray | None = None) -> list[int]:
    found = fold_part(IDS, codes, count=6, fold=fold, seed=7, part=part, directory=folder)
    return positions_of(found, len(IDS))


def test_the_rows_of_a_fold_are_those_that_they_always_were(tmp_path: Path) -> None:
    assert fold_of(tmp_path, 2) == FOLD_HELD_OUT


@pytest.mark.parametrize("codes", [None, CODES])
def test_folds_share_the_rows_and_each_class_equally(tmp_path: Path, codes: np.ndarray | None) -> None:
    folds = [fold_of(tmp_path, fold, codes=codes) for fold in range(6)]
    assert sorted(position for fold in folds for position in fold) == list(range(40))
    assert [len(fold) for fold in folds] == [7, 7, 7, 7, 6, 6]
    for fold, held_out in enumerate(folds):
        assert fold_of(tmp_path, fold, "training", codes) == sorted(set(range(40)) - set(held_out))
        if codes is not None:
            assert set(np.bincount(CODES[held_out]).tolist()) <= {3, 4}


def hashed(folder: Path, ids: np.ndarray, fraction: float = 0.3, part: PartName = "validation") -> list[int]:
    found = hash_part(ids, fraction=fraction, seed=7, part=part, directory=folder)
    return ids[positions_of(found, len(ids))].tolist()


def test_the_rows_held_out_by_hash_are_those_that_they_always_were(tmp_path: Path) -> None:
    assert hashed(tmp_path, IDS) == HASH_HELD_OUT


def test_a_hash_looks_at_one_row_alone(tmp_path: Path) -> None:
    many = np.arange(-500, 9500, dtype=np.int64)
    held_out = set(hashed(tmp_path, many))
    assert 2800 < len(held_out) < 3200
    for ids in (many[::7], many[4000:4001], many[::-1].copy()):
        assert hashed(tmp_path, ids) == [row_id for row_id in ids.tolist() if row_id in held_out]
    assert held_out < set(hashed(tmp_path, many, 0.4))
    assert sorted([*held_out, *hashed(tmp_path, many, part="training")]) == many.tolist()
    assert hashed(tmp_path, many, 0.0) == []


def test_a_mask_is_asked_chunk_by_chunk(tmp_path: Path) -> None:
    asked = []

    def is_held_out(rows: slice) -> np.ndarray:
        asked.append(rows)
        return np.arange(rows.start, rows.stop) % 50_000 == 49_999

    part = masked_part(150_000, is_held_out, "validation", tmp_path)
    assert positions_of(part, 150_000) == [49_999, 99_999, 149_999]
    assert [rows.start for rows in asked] == [0, 65_536, 131_072]
    assert masked_part(150_000, is_held_out, "training", tmp_path).row_count == 149_997
    assert masked_part(5, lambda rows: np.zeros(5, dtype=bool), "training", tmp_path) == Part(None, 5)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(class_rows=counts_of_classes, seed=st.integers(0, 2**64 - 1), nulls=st.integers(0, 5))
def test_oversampling_makes_classes_equal_and_leaves_null_alone(
    tmp_path: Path, class_rows: list[int], seed: int, nulls: int
) -> None:
    codes = np.concatenate([codes_of(class_rows), np.full(nulls, -1, dtype=np.int32)])
    positions = np.flatnonzero(np.arange(len(codes)) % 3 != 1)
    part = oversampled(Part(positions, len(positions)), codes, len(class_rows), seed, tmp_path)
    found = np.asarray(positions_of(part, len(codes)))
    assert part.row_count == len(found)
    assert found.tolist() == sorted(found)
    assert set(found.tolist()) == set(positions.tolist())
    present = np.bincount(codes[positions][codes[positions] >= 0], minlength=len(class_rows))
    for code, rows in enumerate(present.tolist()):
        repeats = np.unique(found[codes[found] == code], return_counts=True)[1].tolist()
        each, rest = divmod(int(present.max()), rows) if rows else (0, 0)
        assert sorted(repeats) == [each] * (rows - rest) + [each + 1] * rest
    assert (codes[found] == -1).sum() == (codes[positions] == -1).sum()


def test_oversampling_that_would_make_far_more_rows_is_refused(tmp_path: Path) -> None:
    codes = np.array([0] * 900 + list(range(1, 101)), dtype=np.int32)
    with pytest.raises(WrongState, match="would make 90,900 rows of 1,000"):
        oversampled(Part(None, len(codes)), codes, 101, 0, tmp_path)
