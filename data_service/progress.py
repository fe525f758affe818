"""How far work on many rows is, how many of them to take at a time, and whether anybody still waits for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from tablefit.errors import Cancelled

from data_service.schema import Table

# Tells whether the caller still waits for the outcome.
IsActive = Callable[[], bool]


@dataclass(frozen=True)
class Step:
    """How far an operation is; at its end also what came of it: tables, or how many rows were changed."""

    done_rows: int
    total_rows: int
    tables: tuple[Table, ...] = ()
    row_count: int | None = None


class Pace:
    """How many rows to take at a time, so that each time takes about as long.

    So statements are of bounded length and progress moves, whether rows are numbers or large images.
    """

    _FIRST_ROWS = 200
    _LIMIT_ROWS = 5000
    _TARGET_S = 0.4
    _LIMIT_GROWTH = 4.0

    def __init__(self) -> None:
        self.rows = self._FIRST_ROWS

    @contextmanager
    def measured(self) -> Iterator[int]:
        """The number of rows to take in the block, whose time decides about the next."""
        began = time.monotonic()
        yield self.rows
        factor = min(self._TARGET_S / max(time.monotonic() - began, 1e-6), self._LIMIT_GROWTH)
        self.rows = int(min(max(self.rows * factor, 1), self._LIMIT_ROWS))


def check_active(is_active: IsActive) -> None:
    """Ends work, by Cancelled, that nobody waits for any more."""
    if not is_active():
        raise Cancelled("The caller went away.")


def caller_check(is_active: IsActive) -> Callable[[], None]:
    """A function that ends work, by Cancelled, once nobody waits for it any more."""
    return partial(check_active, is_active)
