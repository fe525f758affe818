"""Divisions into shares: how many rows each class gives, and which."""

from fractions import Fraction

import numpy as np
import pytest

from data_service.shares import RowIndex, sample_count, share_counts

TENTHS = [Fraction(7, 10), Fraction(2, 10), Fraction(1, 10)]


@pytest.fixture
def division(tmp_path):
    """The division of rows with ids from 1 and these classes."""

    def make(values):
        index = RowIndex(tmp_path)
        half = len(values) // 2
        ids = np.arange(1, len(values) + 1)
        index.append(ids[:half], values[:half])
        index.append(ids[half:], values[half:])
        return index.finish()

    return make


def test_parts_without_remainder_are_exact():
    assert share_counts([100, 10], TENTHS) == [[70, 20, 10], [7, 2, 1]]


def test_rows_that_are_left_go_where_the_remainder_is_largest():
    # 7 rows: 4.9, 1.4, 0.7.
    assert share_counts([7], TENTHS) == [[5, 1, 1]]


def test_many_small_classes_do_not_all_give_to_the_same_share():
    counts = share_counts([5] * 100, [Fraction(9, 10), Fraction(1, 10)])
    assert [sum(column) for column in zip(*counts, strict=True)] == [450, 50]


def test_a_class_differs_from_its_part_by_less_than_one_row():
    classes = [1, 2, 3, 5, 8, 13, 21, 34, 55]
    for rows, counts in zip(classes, share_counts(classes, TENTHS), strict=True):
        assert sum(counts) == rows
        assert all(abs(count - rows * part) < 1 for count, part in zip(counts, TENTHS, strict=True))


def test_samples_are_rounded_to_the_nearest_row_halves_up():
    assert [sample_count(rows, 0.35) for rows in (10, 9, 1, 0)] == [4, 3, 0, 0]
    assert sample_count(7, 1.0) == 7


def test_a_division_has_the_counts_of_each_class(division):
    values = [b"a", b"b", None, b"a"] * 25
    shares = division(values).divide(TENTHS, 9)
    by_class = {value: np.bincount([s for s, v in zip(shares, values, strict=True) if v == value]) for value in values}
    assert {value: counts.tolist() for value, counts in by_class.items()} == {
        None: [18, 5, 2],
        b"a": [35, 10, 5],
        b"b": [17, 5, 3],
    }


def test_a_division_follows_from_ids_and_classes_whatever_came_first(division):
    values = np.array([3, 1, 2] * 40)
    first = division(values.tolist()).divide(TENTHS, 1)
    renamed = division((values + 10).tolist()).divide(TENTHS, 1)
    assert first.tolist() == renamed.tolist()
    assert first.tolist() != division(values.tolist()).divide(TENTHS, 2).tolist()


def test_a_sample_is_part_of_a_larger_one(division):
    rows = division([None] * 1000)
    small, large = (np.flatnonzero(rows.sample(count, 4) == 0) for count in (50, 300))
    assert (len(small), len(large)) == (50, 300)
    assert set(small) < set(large)
    assert np.flatnonzero(rows.sample(1000, 4) == 0).tolist() == list(range(1000))


def test_no_rows_are_divided_into_none(division):
    assert division([]).divide(TENTHS, 0).tolist() == []
