"""Measures how long training waited for its input.

Waiting is the time in which the generator was blocked on the data service while every batch that it had given out was
already trained on. Reading ahead is not waiting, and neither is validation.

    given out     1   2   3   .   .   4         the generator is blocked from b to 4
    trained on      1   2     3   .   .   4
                        b     |<----->|         this much is waiting
"""

import threading
import time

# Up to this share of an execution, blocking does not slow it down.
_UNDISTURBED = 0.02


class WaitClock:
    """Fed by the generator (`give`) and by the training loop (`resume`, `finish_step`, `pause`), on two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given = 0
        self._trained = 0
        # Since when training has nothing left to train on; None while it has, or while it does not ask for any.
        self._idle_since: float | None = None
        self._running = False
        self._waited_s = 0.0

    @property
    def waited_s(self) -> float:
        """Seconds of waiting so far."""
        with self._lock:
            return self._waited_s

    def resume(self, now: float) -> None:
        """Training asks for batches from now on."""
        with self._lock:
            self._running = True
            if self._trained == self._given and self._idle_since is None:
                self._idle_since = now

    def pause(self) -> None:
        """Training does something else now, such as validation."""
        with self._lock:
            self._running = False
            self._idle_since = None

    def give(self, blocked_since: float, now: float) -> None:
        """The generator hands out a batch, after being blocked since `blocked_since`."""
        with self._lock:
            if self._idle_since is not None:
                self._waited_s += max(0.0, now - max(self._idle_since, blocked_since))
                self._idle_since = None
            self._given += 1

    def finish_step(self, now: float, count: int = 1) -> None:
        """Batches have been trained on, `count` of them at once."""
        with self._lock:
            self._trained += count
            if self._running and self._trained == self._given:
                self._idle_since = now


class ExecutionClock(WaitClock):
    """The same where several steps run in one execution, in which nothing tells how far training is.

    Waiting is then what an execution takes beyond the steps' own time, as far as the generator was blocked meanwhile.
    The steps' own time is that of the fastest execution without blocking, which reading ahead makes likely after each
    start; until there was one, all blocking within executions counts.
    """

    def __init__(self) -> None:
        super().__init__()
        self._start: float | None = None
        self._blocked_s = 0.0
        self._fastest_step_s: float | None = None
        self._is_first = True

    def resume(self, now: float) -> None:
        """Training asks for batches from now on."""
        with self._lock:
            self._start, self._blocked_s = now, 0.0

    def pause(self) -> None:
        """Training does something else now, such as validation."""
        with self._lock:
            self._start = None

    def give(self, blocked_since: float, now: float) -> None:
        """The generator hands out a batch, after being blocked since `blocked_since`."""
        with self._lock:
            if self._start is not None:
                # What the execution before did not need was not waited for.
                self._blocked_s += max(0.0, now - max(self._start, blocked_since))

    def finish_step(self, now: float, count: int = 1) -> None:
        """An execution of `count` steps has ended."""
        with self._lock:
            if self._start is None:
                return
            taken_s = now - self._start
            # The first execution builds the network's functions.
            if self._blocked_s <= _UNDISTURBED * taken_s and not self._is_first:
                self._fastest_step_s = min(self._fastest_step_s or taken_s, taken_s / count)
            self._waited_s += min(self._blocked_s, max(0.0, taken_s - count * (self._fastest_step_s or 0.0)))
            self._start, self._blocked_s, self._is_first = now, 0.0, False


def make_clock(steps_per_execution: int) -> WaitClock:
    """The clock for a network that runs so many steps at once."""
    return WaitClock() if steps_per_execution == 1 else ExecutionClock()


def now_s() -> float:
    """The clock's time."""
    return time.perf_counter()
