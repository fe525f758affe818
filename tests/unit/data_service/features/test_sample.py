"""Quantiles come from all rows, or from those that their ids choose."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_service.features import sample
from data_service.features.sample import RowSample, SortedColumn
from data_service.order import mix

IDS = np.arange(-500, 500, dtype=np.int64)


def sampled(limit_rows: int, chunk_rows: int, order: np.ndarray) -> RowSample:
    """A sample of rows whose two columns hold the id, and NULL or the id."""
    found = RowSample(2, limit_rows)
    for start in range(0, len(order), chunk_rows):
        ids = IDS[order[start : start + chunk_rows]]
        found.add(ids, [ids.astype(float), np.where(ids % 2 == 0, ids.astype(float), np.nan)])
    return found


def test_all_rows_are_kept_up_to_the_limit():
    found = sampled(1000, 64, np.arange(1000))
    assert found.sorted_values(0).tolist() == IDS.tolist()
    assert found.sorted_values(1).tolist() == IDS[::2].tolist()
    assert not found.is_partial


@pytest.mark.parametrize("chunk_rows", [1, 7, 333, 1000])
def test_beyond_the_limit_ids_choose_the_rows(monkeypatch, chunk_rows):
    monkeypatch.setattr(sample, "_SURPLUS_ROWS", 20)
    order = np.random.default_rng(chunk_rows).permutation(1000)
    found = sampled(100, chunk_rows, order)
    chosen = sorted(sorted(IDS.tolist(), key=lambda row_id: mix(row_id % 2**64))[:100])
    assert found.sorted_values(0).tolist() == chosen
    assert found.sorted_values(1).tolist() == [row_id for row_id in chosen if row_id % 2 == 0]
    assert found.is_partial


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=50), st.integers(0, 1000))
def test_quantiles_are_those_of_numpy(numbers, thousandths):
    rows = RowSample(1)
    rows.add(np.arange(len(numbers)), [np.array(numbers)])
    expected = np.quantile(numbers, thousandths / 1000)
    assert SortedColumn(rows, 0).quantile(Fraction(thousandths, 1000)) == pytest.approx(expected, rel=1e-12, abs=1e-3)


def test_quantiles_of_huge_numbers_do_not_overflow():
    rows = RowSample(1)
    rows.add(np.arange(2), [np.array([-1.7e308, 1.7e308])])
    assert SortedColumn(rows, 0).quantile(Fraction(1, 2)) == 0.0
