"""Keeps the few rows that a model does worst on, of any number that come in batches.

Leaves how bad a row is to `evaluation`.
"""

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training_service.inference.outcomes import Floats


@dataclass(frozen=True)
class WorstRow:
    """A row by its id, what is true of it (classes by index, labels or values), and the checked outputs (output,)."""

    row_id: int
    truth: tuple[float, ...]
    outputs: Floats


class Worst:
    """The rows with the largest badness, the first in order of id of equal ones."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._kept: list[tuple[float, int, int, WorstRow]] = []
        self._added = 0

    def add(self, badness: Floats, row_ids: NDArray[np.int64], truth: NDArray[np.generic], outputs: Floats) -> None:
        """Looks at some rows; `truth` is (row, value). A badness that is no number is the worst."""
        if not self._count:
            return
        known = np.nan_to_num(badness, nan=np.inf, posinf=np.inf)
        for place in np.argsort(-known, kind="stable")[: self._count].tolist():
            self._added += 1
            row = WorstRow(int(row_ids[place]), tuple(truth[place].tolist()), outputs[place].copy())
            # The smallest is the first to go: the least bad, then the largest id.
            item = (float(known[place]), -row.row_id, self._added, row)
            if len(self._kept) < self._count:
                heapq.heappush(self._kept, item)
            elif item > self._kept[0]:
                heapq.heapreplace(self._kept, item)

    def rows(self) -> list[tuple[float, WorstRow]]:
        """Those found with their badness, the worst first."""
        return [(item[0], item[3]) for item in sorted(self._kept, reverse=True)]
