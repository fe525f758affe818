"""The division of a table into training and validation rows, stratified by class, by largest remainder.

How many: the validation part has `fraction * rows` rows, halves rounded up. Each class gives the floor of its own
share; what is then missing is given one by one by the classes with the largest remainders, the first class first where
they are equal. A class always keeps a row for training, so a class of one row gives none, and the part stays smaller.
Which: the rows of a class with the smallest keys, where the key is a bijection of the row's id that the seed chooses.

So the division follows from ids, classes, fraction and seed, never from the shuffle. All that is as long as the table
is kept in `mapped` arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data_service.mapped import allocate, chunks
from data_service.order import Positions, mix, mix_array

PartName = Literal["training", "validation"]

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Part:
    """One part of a table: ascending positions among its rows (None: all of them), and the rows of each class."""

    positions: Positions | None
    class_row_counts: tuple[int, ...]

    @property
    def row_count(self) -> int:
        """Rows in the part."""
        return sum(self.class_row_counts)

    def table_positions(self, part_positions: Positions) -> Positions:
        """Where in the table the rows of the part stand."""
        return part_positions if self.positions is None else self.positions[part_positions]


def validation_counts(class_row_counts: Sequence[int], fraction: float) -> tuple[int, ...]:
    """How many rows each class gives to the validation part.

    The fraction is taken as the decimal that prints it (0.35 as 35/100), so that halves are where people expect them.
    """
    share = Fraction(repr(float(fraction)))
    total = (2 * share.numerator * sum(class_row_counts) + share.denominator) // (2 * share.denominator)
    counts, remainders = [], []
    for class_rows in class_row_counts:
        floor, remainder = divmod(share.numerator * class_rows, share.denominator)
        counts.append(floor)
        remainders.append(remainder)
    missing = total - sum(counts)
    # A class without a remainder has given its share; it does not stand in for one that can give nothing.
    able = [
        index
        for index, class_rows in enumerate(class_row_counts)
        if remainders[index] and counts[index] < class_rows - 1
    ]
    for index in sorted(able, key=lambda index: (-remainders[index], index))[:missing]:
        counts[index] += 1
    return tuple(counts)


def split_part(
    ids: NDArray[np.int64],
    codes: NDArray[np.int32],
    class_row_counts: Sequence[int],
    *,
    fraction: float,
    seed: int,
    part: PartName,
    directory: Path,
) -> Part:
    """One part of the rows with these ids and class codes, of which each class has `class_row_counts`."""
    held_out = validation_counts(class_row_counts, fraction)
    wanted = held_out
    if part == "training":
        wanted = tuple(rows - out for rows, out in zip(class_row_counts, held_out, strict=True))
    if not any(held_out):
        return Part(None if part == "training" else np.empty(0, dtype=np.int64), wanted)
    thresholds = _thresholds(ids, codes, class_row_counts, held_out, seed, directory)
    gives = np.asarray(held_out) > 0
    positions = allocate(directory, np.int64, sum(wanted))
    filled = 0
    for chunk in chunks(len(ids)):
        code = codes[chunk]
        is_held_out = gives[code] & (_keys(ids[chunk], seed) <= thresholds[code])
        found = np.flatnonzero(is_held_out == (part == "validation")) + chunk.start
        positions[filled : filled + len(found)] = found
        filled += len(found)
    return Part(positions, wanted)


def _thresholds(
    ids: NDArray[np.int64],
    codes: NDArray[np.int32],
    class_row_counts: Sequence[int],
    held_out: Sequence[int],
    seed: int,
    directory: Path,
) -> NDArray[np.uint64]:
    """The largest key that each class gives to the validation part; of no meaning where it gives none."""
    keys = allocate(directory, np.uint64, len(ids))
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(class_row_counts, dtype=np.int64)])
    free = starts[:-1].copy()
    for chunk in chunks(len(ids)):
        by_class = np.argsort(codes[chunk], kind="stable")
        found, first, counts = np.unique(codes[chunk][by_class], return_index=True, return_counts=True)
        within = np.arange(len(by_class)) - np.repeat(first, counts)
        keys[np.repeat(free[found], counts) + within] = _keys(ids[chunk], seed)[by_class]
        free[found] += counts
    thresholds = np.zeros(len(held_out), dtype=np.uint64)
    for index, count in enumerate(held_out):
        if count:
            of_class = keys[starts[index] : starts[index + 1]]
            of_class.partition(count - 1)
            thresholds[index] = of_class[count - 1]
    return thresholds


def _keys(ids: NDArray[np.int64], seed: int) -> NDArray[np.uint64]:
    """A bijection of the ids for each seed: no two rows share a key."""
    state = mix((seed + _GAMMA) & _MASK)
    return mix_array(ids.astype(np.uint64) * np.uint64(_GAMMA) + np.uint64(state))
