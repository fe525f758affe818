"""Mean and standard deviation of numbers, exact until they are rounded once.

Sums of floating-point numbers depend on their order; exact ones do not, so the results are equal for any order, chunks,
machine and version of a library, and a constant column has the deviation 0. The sums are integers, as in Kulisch's
accumulator ("Computer Arithmetic and Validity", 2008), one for each exponent e:

    x = m * 2^(e - 53),  m an integer below 2^53  =  a * 2^36 + b * 2^18 + c
    m * m  =  a a 2^72 + 2 a b 2^54 + (2 a c + b b) 2^36 + 2 b c 2^18 + c c

The limbs a, b, c have at most 18 bits, so that float64 adds a block of them, or of their products, without rounding.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Of each row the largest term is below 2^37: so many of them stay below 2^53.
_BLOCK_ROWS = 32_768
_MANTISSA_BITS = 53
_LIMB = 2.0**18
# The exponent of the smallest number, as `frexp` counts.
_LEAST_EXPONENT = -1073
_UNIT_BITS = _MANTISSA_BITS - _LEAST_EXPONENT


class ExactMoments:
    """Count, sum and sum of squares of finite float64 values."""

    def __init__(self) -> None:
        self.count = 0
        self._sums: defaultdict[int, int] = defaultdict(int)
        self._squares: defaultdict[int, int] = defaultdict(int)

    def add(self, values: NDArray[np.float64]) -> None:
        """Counts in these values."""
        self.count += len(values)
        for start in range(0, len(values), _BLOCK_ROWS):
            for exponent, total, square in _block_sums(values[start : start + _BLOCK_ROWS]):
                self._sums[exponent] += total
                self._squares[exponent] += square

    def mean(self) -> float:
        """The mean, correctly rounded."""
        return float(Fraction(self._sum(), self.count << _UNIT_BITS))

    def standard_deviation(self) -> float:
        """The standard deviation of the population, correctly rounded."""
        squares = sum(square << 2 * (exponent - _LEAST_EXPONENT) for exponent, square in self._squares.items())
        spread = self.count * squares - self._sum() ** 2
        return square_root(Fraction(spread, self.count**2 << 2 * _UNIT_BITS))

    def _sum(self) -> int:
        """The sum in units of the smallest number's last bit."""
        return sum(total << exponent - _LEAST_EXPONENT for exponent, total in self._sums.items())


def square_root(value: Fraction) -> float:
    """The square root, correctly rounded: 64 bits and one more that says whether there is a rest."""
    numerator, denominator = value.numerator, value.denominator
    shift = max(0, 2 * 66 - numerator.bit_length() + denominator.bit_length())
    shift += shift % 2
    scaled, rest = divmod(numerator << shift, denominator)
    root = math.isqrt(scaled)
    is_inexact = bool(rest) or root * root != scaled
    return float(Fraction(2 * root + is_inexact, 1 << shift // 2 + 1))


def _block_sums(values: NDArray[np.float64]) -> Iterator[tuple[int, int, int]]:
    """For each exponent that occurs: it, the sum of mantissas, and the sum of their squares."""
    fractions, exponents = np.frexp(values)
    mantissas = np.ldexp(fractions, _MANTISSA_BITS)
    a = np.floor(mantissas / (_LIMB * _LIMB))
    rest = mantissas - a * (_LIMB * _LIMB)
    b = np.floor(rest / _LIMB)
    c = rest - b * _LIMB
    least = int(exponents.min(initial=0))
    groups = exponents - least
    sums = [np.bincount(groups, weights=limb) for limb in (a, b, c)]
    products = (a * a, 2 * a * b, 2 * a * c + b * b, 2 * b * c, c * c)
    squares = [np.bincount(groups, weights=product) for product in products]
    for group in np.flatnonzero(squares[0] + squares[2] + squares[4]).tolist():
        yield group + least, _joined(sums, group), _joined(squares, group)


def _joined(limbs: Sequence[NDArray[Any]], group: int) -> int:
    """The integer whose limbs, the highest first, have these sums."""
    total = 0
    for limb in limbs:
        total = (total << 18) + int(limb[group])
    return total
