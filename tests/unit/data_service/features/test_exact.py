"""Mean and deviation are the exact ones, rounded once, whatever the order, the chunks and the size of the numbers."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_service.features.exact import ExactMoments, square_root

finite = st.floats(allow_nan=False, allow_infinity=False)


def moments(*chunks: list[float]) -> ExactMoments:
    found = ExactMoments()
    for chunk in chunks:
        found.add(np.array(chunk, dtype=np.float64))
    return found


@given(st.lists(finite, min_size=1, max_size=40))
def test_the_mean_is_the_exact_one_rounded_once(numbers):
    assert float(sum(map(Fraction, numbers)) / len(numbers)) == moments(numbers).mean()


@given(st.lists(finite, min_size=1, max_size=40))
def test_the_deviation_is_the_exact_one_rounded_once(numbers):
    exact = [Fraction(number) for number in numbers]
    mean = sum(exact) / len(exact)
    variance = sum((number - mean) ** 2 for number in exact) / len(exact)
    assert is_rounded_root(moments(numbers).standard_deviation(), variance)


@given(st.lists(finite, min_size=1, max_size=40), st.integers(0, 40))
def test_neither_order_nor_chunks_matter(numbers, cut):
    whole, parts = moments(numbers), moments(numbers[cut:][::-1], numbers[:cut][::-1])
    assert (whole.count, whole.mean(), whole.standard_deviation()) == (
        parts.count,
        parts.mean(),
        parts.standard_deviation(),
    )


def test_a_constant_column_has_no_deviation():
    tenths = moments([0.1] * 1000)
    assert (tenths.mean(), tenths.standard_deviation()) == (0.1, 0.0)


def test_more_rows_than_a_block_are_summed_exactly():
    # The largest terms that there are: limbs of all ones.
    largest = math.nextafter(1.0, 0.0)
    many = moments([largest] * 70_000 + [-largest] * 70_000)
    assert (many.mean(), many.standard_deviation()) == (0.0, largest)


@pytest.mark.parametrize(("value", "root"), [(Fraction(0), 0.0), (Fraction(9, 4), 1.5), (Fraction(10**400), 1e200)])
def test_roots_of_squares_are_exact(value, root):
    assert root == square_root(value)


@given(st.fractions(min_value=0), st.integers(-600, 600))
def test_roots_are_rounded_once(value, exponent):
    scaled = value * Fraction(2) ** exponent
    assert is_rounded_root(square_root(scaled), scaled)


def is_rounded_root(root: float, value: Fraction) -> bool:
    """Whether no other double lies nearer to the root of `value`."""
    below, above = math.nextafter(root, -math.inf), math.nextafter(root, math.inf)
    lower = max(Fraction(0), (Fraction(below) + Fraction(root)) / 2)
    if math.isinf(above):
        return lower**2 <= value
    return lower**2 <= value <= ((Fraction(root) + Fraction(above)) / 2) ** 2
