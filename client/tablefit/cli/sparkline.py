"""Lines of numbers drawn with characters, from what may be very many values. Pure; knows nothing of jobs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

BLOCKS = "▁▂▃▄▅▆▇█"
# For terminals without such characters.
ASCII_BLOCKS = "_.-~=+*#"
LIMIT_VALUES = 1024


@dataclass
class Series:
    """The values of one figure by place, thinned evenly so that they stay few; `last` and `count` are of all."""

    points: list[tuple[int, float]] = field(default_factory=list)
    stride: int = 1
    count: int = 0
    last: float = math.nan

    @property
    def values(self) -> list[float]:
        """The values that are left, in order."""
        return [value for _, value in self.points]

    def add(self, place: int, value: float) -> None:
        """Takes the value at a place, which lies behind the one before."""
        if self.count % self.stride == 0:
            self.points.append((place, value))
        self.count += 1
        self.last = value
        if len(self.points) > LIMIT_VALUES:
            self.points = self.points[::2]
            self.stride *= 2

    def void_after(self, place: int) -> None:
        """Forgets the values behind a place: they will come again."""
        self.points = [point for point in self.points if point[0] <= place]


def sparkline(values: Sequence[float], width: int, blocks: str = BLOCKS) -> str:
    """One character for each value, or for the mean of each of `width` equal parts where there are more.

    The lowest is the first of `blocks`, the highest the last. What is no finite number is a blank.
    """
    shown = _resampled(values, width)
    finite = [value for value in shown if math.isfinite(value)]
    if not finite:
        return " " * len(shown)
    low, high = min(finite), max(finite)
    return "".join(_block(value, low, high, blocks) for value in shown)


def _block(value: float, low: float, high: float, blocks: str) -> str:
    if not math.isfinite(value):
        return " "
    # Halved first, since the difference of two finite numbers may be none.
    share = (value / 2 - low / 2) / (high / 2 - low / 2) if high / 2 > low / 2 else 0.5
    return blocks[min(int(share * len(blocks)), len(blocks) - 1)]


def _resampled(values: Sequence[float], width: int) -> list[float]:
    if len(values) <= width:
        return list(values)
    bounds = [place * len(values) // width for place in range(width + 1)]
    return [_mean(values[start:end]) for start, end in pairwise(bounds)]


def _mean(values: Sequence[float]) -> float:
    """The mean of the finite ones among some values; NaN when there are none."""
    finite = [value for value in values if math.isfinite(value)]
    return sum(value / len(finite) for value in finite) if finite else math.nan
