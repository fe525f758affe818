"""The logarithm is right to the last bits, and its bits never change."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data_service.features.logarithm import log1p

# Computed once, by this code.
BITS = [
    "0x0.0p+0",
    "0x1.19799812de065p-40",
    "0x1.0ca937be1b9dcp-2",
    "0x1.62e42fefa39efp-2",
    "0x1.62e42fefa39efp-1",
    "0x1.11edb023bf0fep+1",
    "0x1.4b927f3304b3bp+4",
    "0x1.25e4f7b2737fap+5",
    "0x1.62991d5d62a5ep+9",
    "nan",
]


@given(st.floats(0, allow_nan=False, allow_infinity=False))
def test_logarithms_are_those_of_the_library_but_for_the_last_bits(x):
    expected = math.log1p(x)
    assert abs(log1p(np.array([x]))[0] - expected) <= 2 * math.ulp(expected)


def test_the_bits_stay():
    found = log1p(np.array([0.0, 1e-12, 0.3, 0.41421356237309503, 1.0, 7.5, 1e9, 2.0**53, 1e308, np.nan]))
    assert [number.hex() for number in found.tolist()] == BITS
