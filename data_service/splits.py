"""The division of a table into training and validation rows, and of either by rules that are written down here.

    fraction    by largest remainder: the validation part has `fraction * rows` rows, halves rounded up. Each class
                gives the floor of its own share; what is then missing is given one by one by the classes with the
                largest remainders, the first class first where they are equal. A class always keeps a row for
                training, so a class of one row gives none, and the part stays smaller. Which: the rows of a class with
                the smallest keys, where the key is a bijection of the row's id that the seed chooses.
    fold        rows in order of class and key, dealt out to the folds one after the other
    hash        the rows whose keys lie below the fraction of 2^64
    value, time by what stands in a column; NULL goes to training

Without classes all rows are of one class. NULL is a class of its own. So the division follows from ids, columns and
the rule, never from the shuffle. The positions of a part lie in `mapped` arrays, and so do the keys of a fraction; what
else is as long as the table, such as the order of folds, is on the heap while a part is made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import WrongState

from data_service.mapped import Appended, allocate, chunks
from data_service.order import Positions, mix, mix_array
from data_service.split_rules import PartName

_MASK = (1 << 64) - 1
# How many times the rows of a part oversampling may make.
LIMIT_REPEATS = 64
_GAMMA = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Part:
    """One part of a table: ascending positions among its rows (None: all of them), and how many there are."""

    positions: Positions | None
    row_count: int

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
        nothing: Positions = np.empty(0, dtype=np.int64)
        return Part(None, len(ids)) if part == "training" else Part(nothing, 0)
    thresholds = _thresholds(ids, codes, class_row_counts, held_out, seed, directory)
    gives = np.asarray(held_out) > 0
    positions = allocate(directory, np.int64, sum(wanted))
    filled = 0
    for chunk in chunks(len(ids)):
        code = codes[chunk]
        is_held_out = gives[code] & (row_keys(ids[chunk], seed) <= thresholds[code])
        found = np.flatnonzero(is_held_out == (part == "validation")) + chunk.start
        positions[filled : filled + len(found)] = found
        filled += len(found)
    return Part(positions, len(positions))


def fold_part(
    ids: NDArray[np.int64],
    codes: NDArray[np.int32] | None,
    *,
    count: int,
    fold: int,
    seed: int,
    part: PartName,
    directory: Path,
) -> Part:
    """The rows of one fold, or all others; `codes` are their classes."""
    keys = row_keys(ids, seed)
    order = np.argsort(keys, kind="stable") if codes is None else np.lexsort((keys, codes))
    is_held_out = np.zeros(len(ids), dtype=bool)
    is_held_out[order[fold::count]] = True
    return masked_part(len(ids), lambda rows: is_held_out[rows], part, directory)


def hash_part(ids: NDArray[np.int64], *, fraction: float, seed: int, part: PartName, directory: Path) -> Part:
    """The rows whose keys lie below the fraction, or all others."""
    limit = np.uint64(int(Fraction(repr(float(fraction))) * 2**64))
    return masked_part(len(ids), lambda rows: row_keys(ids[rows], seed) < limit, part, directory)


def masked_part(
    row_count: int, is_held_out: Callable[[slice], NDArray[np.bool_]], part: PartName, directory: Path
) -> Part:
    """The rows for which `is_held_out` says so, or all others."""
    found = Appended(directory, np.int64)
    try:
        for rows in chunks(row_count):
            found.append(np.flatnonzero(is_held_out(rows) == (part == "validation")) + rows.start)
        positions: Positions = found.finish()
    finally:
        found.close()
    return Part(None, row_count) if len(positions) == row_count else Part(positions, len(positions))


def oversampled(part: Part, codes: NDArray[np.int32], class_count: int, seed: int, directory: Path) -> Part:
    """The part with rows of smaller classes repeated until each has as many as the largest; `codes` of all rows.

    All rows of a class are repeated equally often, but for a remainder with the smallest keys. Positions stay rising.
    """
    positions = np.arange(part.row_count, dtype=np.int64) if part.positions is None else part.positions
    of_part = codes[positions]
    counts = np.bincount(of_part[of_part >= 0], minlength=class_count)
    most = int(counts.max(initial=0))
    total = most * int(np.count_nonzero(counts)) + int(np.count_nonzero(of_part < 0))
    if total > LIMIT_REPEATS * part.row_count:
        raise WrongState(
            f"Oversampling would make {total:,} rows of {part.row_count:,}, more than {LIMIT_REPEATS} times as many. "
            "Balance by the class weights of the header, or leave the rarest classes out."
        )
    repeats = _repeats(positions, of_part, counts, seed)
    found = allocate(directory, np.int64, total)
    filled = 0
    for chunk in chunks(len(positions)):
        again = np.repeat(positions[chunk], repeats[chunk])
        found[filled : filled + len(again)] = again
        filled += len(again)
    return Part(found, total)


def _repeats(positions: Positions, codes: NDArray[np.int32], counts: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """How often each row of a part is taken, so that each class has as many as the largest; once without a class."""
    order = np.lexsort((row_keys(positions, seed), codes))
    order = order[np.count_nonzero(codes < 0) :]
    of_row = codes[order]
    rank = np.arange(len(order)) - (np.cumsum(counts) - counts)[of_row]
    each, rest = np.divmod(int(counts.max(initial=0)), np.maximum(counts, 1))
    repeats = np.ones(len(positions), dtype=np.int64)
    repeats[order] = each[of_row] + (rank < rest[of_row])
    return repeats


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
        keys[np.repeat(free[found], counts) + within] = row_keys(ids[chunk], seed)[by_class]
        free[found] += counts
    thresholds = np.zeros(len(held_out), dtype=np.uint64)
    for index, count in enumerate(held_out):
        if count:
            of_class = keys[starts[index] : starts[index + 1]]
            of_class.partition(count - 1)
            thresholds[index] = of_class[count - 1]
    return thresholds


def row_keys(ids: NDArray[np.int64], seed: int) -> NDArray[np.uint64]:
    """The keys by which rows are chosen: a bijection of the ids for each seed: no two rows share a key."""
    state = mix((seed + _GAMMA) & _MASK)
    return mix_array(ids.astype(np.uint64) * np.uint64(_GAMMA) + np.uint64(state))
