"""What a pass over the training rows adds up, in bounded memory and without regard to how the rows are cut into chunks.

NULL is left out everywhere; `count` is how many values there were. Leaves sorted values to `sample` and what is made of
all these to `learning`.
"""

from collections import Counter
from fractions import Fraction
from typing import Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import WrongState

from data_service.features.exact import ExactMoments, square_root
from data_service.features.values import Categories, Integers, Pixels, Value, as_categories, as_numbers
from data_service.features.vocabulary import used_codes

LIMIT_DISTINCT = 1_000_000
LIMIT_DISTINCT_CHARACTERS = 64 * 1024 * 1024
# Distinct numbers of several chunks are joined once there are so many.
_JOINED_AT = 262_144
# Pixels that are counted at a time: counting takes eight bytes for each.
_PIXELS_AT_ONCE = 4_194_304

Element = TypeVar("Element", np.float64, np.int64)


class Moments:
    """Mean and standard deviation."""

    def __init__(self, _column: str) -> None:
        self._exact = ExactMoments()

    @property
    def count(self) -> int:
        """How many values there were."""
        return self._exact.count

    def add(self, value: Value) -> None:
        """Adds a chunk."""
        self._exact.add(_known_numbers(value))

    def mean(self) -> float:
        """The mean."""
        return self._exact.mean()

    def standard_deviation(self) -> float:
        """The standard deviation of the population."""
        return self._exact.standard_deviation()


class Extremes:
    """Minimum and maximum."""

    def __init__(self, _column: str) -> None:
        self.count = 0
        self.minimum, self.maximum = float("inf"), float("-inf")

    def add(self, value: Value) -> None:
        """Adds a chunk."""
        known = _known_numbers(value)
        self.count += len(known)
        self.minimum = float(known.min(initial=self.minimum))
        self.maximum = float(known.max(initial=self.maximum))


class _DistinctNumbers(Generic[Element]):
    """How often each number occurs: rising numbers with their counts, and those of chunks not yet joined to them."""

    def __init__(self, column: str) -> None:
        self.count = 0
        self._column = column
        self._parts: list[tuple[NDArray[Element], NDArray[np.int64]]] = []
        self._part_length = self._joined_length = 0

    def _add_known(self, values: NDArray[Element]) -> None:
        self.count += len(values)
        part = np.unique(values, return_counts=True)
        self._parts.append((part[0], part[1]))
        self._part_length += len(part[0])
        if self._part_length > self._joined_length + max(_JOINED_AT, self._joined_length):
            self._join()

    def joined(self) -> tuple[NDArray[Element], NDArray[np.int64]]:
        """The distinct numbers, rising, and how often each occurs."""
        self._join()
        return self._parts[0]

    def _join(self) -> None:
        values, places = np.unique(np.concatenate([part[0] for part in self._parts]), return_inverse=True)
        counts = np.zeros(len(values), dtype=np.int64)
        np.add.at(counts, places, np.concatenate([part[1] for part in self._parts]))
        self._parts = [(values, counts)]
        self._part_length = self._joined_length = len(values)
        if len(values) > LIMIT_DISTINCT:
            raise _too_many(self._column)


class NumberCounts(_DistinctNumbers[np.float64]):
    """How often each number occurs, as float64."""

    def add(self, value: Value) -> None:
        """Adds a chunk."""
        self._add_known(_known_numbers(value))


class IntegerCounts(_DistinctNumbers[np.int64]):
    """How often each integer occurs."""

    def add(self, value: Value) -> None:
        """Adds a chunk."""
        whole = cast(Integers, value)
        self._add_known(whole.values if whole.is_null is None else whole.values[~whole.is_null])


class TextCounts:
    """How often each category occurs."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._counts: Counter[str] = Counter()
        self._characters = 0

    @property
    def count(self) -> int:
        """How many values there were."""
        return self._counts.total()

    def add(self, value: Value) -> None:
        """Adds a chunk."""
        categories = cast(Categories, as_categories(value))
        codes, counts = used_codes(categories)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
            name = categories.names[code]
            if name not in self._counts:
                self._characters += len(name)
            self._counts[name] += count
        if len(self._counts) > LIMIT_DISTINCT or self._characters > LIMIT_DISTINCT_CHARACTERS:
            raise _too_many(self._column)

    def joined(self) -> tuple[list[str], NDArray[np.int64]]:
        """The distinct categories in order of code point, and how often each occurs."""
        names = sorted(self._counts)
        return names, np.array([self._counts[name] for name in names], dtype=np.int64)


class PixelMoments:
    """Mean and standard deviation of each channel, from how often each of the 256 values occurs."""

    def __init__(self, _column: str) -> None:
        self._counts: NDArray[np.int64] = np.zeros((0, 256), dtype=np.int64)

    @property
    def count(self) -> int:
        """How many pixels there were."""
        return int(self._counts[:1].sum())

    def add(self, value: Value) -> None:
        """Adds a chunk."""
        images = cast(Pixels, value)
        pixels = images.values if images.is_null is None else images.values[~images.is_null]
        channel_count = pixels.shape[-1]
        if not len(self._counts):
            self._counts = np.zeros((channel_count, 256), dtype=np.int64)
        flat = pixels.reshape(-1, channel_count)
        for start in range(0, len(flat), _PIXELS_AT_ONCE):
            for channel in range(channel_count):
                some = flat[start : start + _PIXELS_AT_ONCE, channel]
                self._counts[channel] += np.bincount(some, minlength=256)

    def means(self) -> list[float]:
        """The mean of each channel, correctly rounded."""
        return [float(Fraction(self._sum(channel, 1), self.count)) for channel in range(len(self._counts))]

    def standard_deviations(self) -> list[float]:
        """The standard deviation of each channel, correctly rounded."""
        count = self.count
        return [
            square_root(Fraction(count * self._sum(channel, 2) - self._sum(channel, 1) ** 2, count**2))
            for channel in range(len(self._counts))
        ]

    def _sum(self, channel: int, power: int) -> int:
        return sum(count * value**power for value, count in enumerate(self._counts[channel].tolist()))


def _known_numbers(value: Value) -> NDArray[np.float64]:
    """Numbers without NULL, and without the sign of zero, which would depend on which zero comes first."""
    numbers = as_numbers(value)
    return numbers[~np.isnan(numbers)] + 0.0


def _too_many(column: str) -> WrongState:
    return WrongState(
        f"Column {column!r} has more than {LIMIT_DISTINCT:,} different values in the training rows, or more than "
        f"{LIMIT_DISTINCT_CHARACTERS:,} characters in them; expected fewer to tell apart. Leave the feature out, or "
        "take a coarser column: categories that are joined, or numbers that are bucketized.",
        details={"column": column},
    )
