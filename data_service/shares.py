"""The division of rows into shares, class by class, and samples of them: how many, and which.

How many: each class gives each share the floor of its part. The rows of the class that are then left go one by one to
the shares that are furthest behind their part of all classes up to this one, the first of several. So a class has in a
share less than one row more or fewer than its part, and many small classes do not all give to the same share.
Which: the rows of a class in order of the keys of `splits`: the first share has the smallest ones.

So a division follows from ids, classes, fractions and seed, on every engine. What is as long as the table is kept in
`mapped` arrays. Leaves reading to the store.
"""

from collections.abc import Hashable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_service.mapped import Appended, allocate, chunks
from data_service.splits import row_keys


def exact_fraction(value: float) -> Fraction:
    """A fraction as the decimal that prints it: 0.35 as 35/100, so that halves are where people expect them."""
    return Fraction(repr(float(value)))


def share_counts(class_row_counts: Sequence[int], fractions: Sequence[Fraction]) -> list[list[int]]:
    """How many rows each class gives to each share; `fractions` sum up to 1."""
    behind = [Fraction(0)] * len(fractions)
    found = []
    for class_rows in class_row_counts:
        parts = [fraction * class_rows for fraction in fractions]
        counts = [int(part) for part in parts]
        behind = [before + part - count for before, part, count in zip(behind, parts, counts, strict=True)]
        able = [share for share, part in enumerate(parts) if part > counts[share]]
        for share in sorted(able, key=lambda share: (-behind[share], share))[: class_rows - sum(counts)]:
            counts[share] += 1
            behind[share] -= 1
        found.append(counts)
    return found


def sample_count(row_count: int, fraction: float) -> int:
    """This share of the rows, rounded to the nearest row, halves up."""
    share = exact_fraction(fraction)
    return (2 * share.numerator * row_count + share.denominator) // (2 * share.denominator)


class RowIndex:
    """Rows in order of id, with their classes; gathered first, read afterwards."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ids = Appended(directory, np.int64)
        self._codes = Appended(directory, np.int32)
        self._classes: dict[Hashable, int] = {}
        self._counts: list[int] = []

    def append(self, ids: NDArray[np.int64], values: Sequence[Hashable]) -> None:
        """Adds rows with what they are divided by."""
        codes = np.fromiter((self._classes.setdefault(v, len(self._classes)) for v in values), np.int32, len(ids))
        counts = np.bincount(codes, minlength=len(self._classes))
        counts[: len(self._counts)] += np.array(self._counts, np.int64)
        self._counts = counts.tolist()
        self._ids.append(ids)
        self._codes.append(codes)

    def finish(self) -> "RowDivision":
        """All rows; nothing can be added afterwards."""
        return RowDivision(self._directory, self._ids.finish(), self._codes.finish(), list(self._classes), self._counts)

    def close(self) -> None:
        """Gives the space back when there was no `finish`."""
        self._ids.close()
        self._codes.close()


class RowDivision:
    """Rows that can be divided."""

    def __init__(
        self,
        directory: Path,
        ids: NDArray[np.int64],
        codes: NDArray[np.int32],
        classes: Sequence[Any],
        class_row_counts: Sequence[int],
    ) -> None:
        self._directory = directory
        self.ids = ids
        # Classes in order of value, whichever came first.
        order = sorted(range(len(classes)), key=lambda code: (classes[code] is not None, classes[code]))
        self._ranks = np.argsort(np.array(order, np.int64)) if order else np.empty(0, np.int64)
        self._codes = codes
        self._class_row_counts = [class_row_counts[code] for code in order]

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.ids)

    def divide(self, fractions: Sequence[Fraction], seed: int) -> NDArray[np.int8]:
        """The number of each row's share."""
        return self._assign(share_counts(self._class_row_counts, fractions), seed)

    def sample(self, row_count: int, seed: int) -> NDArray[np.int8]:
        """0 for so many rows, 1 for all others; whatever their classes."""
        division = RowDivision(self._directory, self.ids, np.zeros(self.row_count, np.int32), [None], [self.row_count])
        return division._assign([[row_count, self.row_count - row_count]], seed)

    def _assign(self, counts: Sequence[Sequence[int]], seed: int) -> NDArray[np.int8]:
        keys = self._keys_by_class(seed)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(self._class_row_counts, dtype=np.int64)])
        # Keys from which on a row belongs to a later share, by share and class; 1 where no row does.
        share_count = len(counts[0]) if counts else 0
        limits = np.zeros((share_count, len(counts)), np.uint64)
        beyond = np.ones((share_count, len(counts)), np.bool_)
        for number, class_counts in enumerate(counts):
            of_class = keys[starts[number] : starts[number + 1]]
            of_class.sort()
            for share, end in enumerate(np.cumsum(class_counts)):
                beyond[share, number] = end < len(of_class)
                limits[share, number] = of_class[end] if end < len(of_class) else 0
        found = allocate(self._directory, np.int8, self.row_count)
        for chunk in chunks(self.row_count):
            rank, key = self._ranks[self._codes[chunk]], row_keys(self.ids[chunk], seed)
            found[chunk] = (beyond[:, rank] & (key >= limits[:, rank])).sum(axis=0)
        return found

    def _keys_by_class(self, seed: int) -> NDArray[np.uint64]:
        keys = allocate(self._directory, np.uint64, self.row_count)
        free = np.concatenate([np.zeros(1, np.int64), np.cumsum(self._class_row_counts, dtype=np.int64)])
        for chunk in chunks(self.row_count):
            rank = self._ranks[self._codes[chunk]]
            by_class = np.argsort(rank, kind="stable")
            found, first, counts = np.unique(rank[by_class], return_index=True, return_counts=True)
            within = np.arange(len(by_class)) - np.repeat(first, counts)
            keys[np.repeat(free[found], counts) + within] = row_keys(self.ids[chunk], seed)[by_class]
            free[found] += counts
        return keys
