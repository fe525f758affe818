"""Mean and standard deviation of numbers, exact until they are rounded once.

Sums of floating-point numbers depend on their order; exact ones do not, so the results are equal for any order, chunks,
machine and version of a library, and a constant column has the deviation 0. The sums are integers in units far below
the smallest number, as in Kulisch's accumulator ("Computer Arithmetic and Validity", 2008). Numbers of a block that lie
within 2^37 of its largest, which is below 2^e, are cut into at most five limbs:

    x = 2^e (a 2^-18 + b 2^-36 + c 2^-54 + …),  a, b, c, … integers of at most 18 bits

so that float64 adds limbs of a block, and products of two, without rounding, in any order. Smaller numbers follow on
their own.
"""

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Products of two limbs are at most 2^36: so many of them add up to no more than 2^51.
_BLOCK_ROWS = 32_768
_LIMB_BITS = 18
_NEAR_BITS = 37
# Sums are in units of 2^-_UNIT_BITS: below the fifth limb of the smallest number, whose exponent is -1073.
_UNIT_BITS = 1_073 + 5 * _LIMB_BITS


class ExactMoments:
    """Count, sum and sum of squares of finite float64 values."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0
        self._squares = 0

    def add(self, values: Floats) -> None:
        """Counts in these values."""
        self.count += len(values)
        for start in range(0, len(values), _BLOCK_ROWS):
            for exponent, near in _near_numbers(values[start : start + _BLOCK_ROWS]):
                self._add_limbs(exponent, _limbs(near, exponent))

    def mean(self) -> float:
        """The mean, correctly rounded."""
        return float(Fraction(self._sum, self.count << _UNIT_BITS))

    def standard_deviation(self) -> float:
        """The standard deviation of the population, correctly rounded."""
        spread = self.count * self._squares - self._sum**2
        return square_root(Fraction(spread, self.count**2 << 2 * _UNIT_BITS))

    def _add_limbs(self, exponent: int, limbs: list[Floats]) -> None:
        """Adds numbers below 2^exponent, given by their limbs, the highest first."""
        shifts = [_UNIT_BITS + exponent - _LIMB_BITS * place for place in range(1, len(limbs) + 1)]
        for place, (limb, shift) in enumerate(zip(limbs, shifts, strict=True)):
            self._sum += int(limb.sum()) << shift
            self._squares += _product(limb, limb) << 2 * shift
            for other, other_shift in zip(limbs[:place], shifts, strict=False):
                self._squares += _product(limb, other) << shift + other_shift + 1


def square_root(value: Fraction) -> float:
    """The square root, correctly rounded: 64 bits and one more that says whether there is a rest."""
    numerator, denominator = value.numerator, value.denominator
    shift = max(0, 2 * 66 - numerator.bit_length() + denominator.bit_length())
    shift += shift % 2
    scaled, rest = divmod(numerator << shift, denominator)
    root = math.isqrt(scaled)
    is_inexact = bool(rest) or root * root != scaled
    return float(Fraction(2 * root + is_inexact, 1 << shift // 2 + 1))


def _product(first: Floats, second: Floats) -> int:
    """The sum of products; by einsum, since BLAS would take all processors for it, and wait for those that are busy."""
    return int(np.einsum("i,i->", first, second))


def _near_numbers(values: Floats) -> Iterator[tuple[int, Floats]]:
    """The numbers but zeros in groups of similar size, the largest first, each with the exponent that it lies below."""
    rest = values[values != 0]
    while len(rest):
        sizes = np.abs(rest)
        exponent = math.frexp(float(sizes.max()))[1]
        is_near = sizes >= math.ldexp(1.0, exponent - _NEAR_BITS)
        yield exponent, rest[is_near]
        rest = rest[~is_near]


def _limbs(near: Floats, exponent: int) -> list[Floats]:
    """The limbs of numbers below 2^exponent, the highest first."""
    limbs = []
    rest = np.ldexp(near, _LIMB_BITS - exponent)
    while rest.any():
        limb = np.rint(rest)
        limbs.append(limb)
        rest = (rest - limb) * 2.0**_LIMB_BITS
    return limbs
