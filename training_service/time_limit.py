"""How long a job may train: the wall time of its processes, all of them together.

The time taken so far lies in a file of the job's folder, so that it goes on counting after a restart of the service. At
most TICK_S of it are lost when the service is killed. Leaves ending the process to `runner`, and what the end means for
the job to `supervision`.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_log = logging.getLogger(__name__)

TIME_NAME = "trained-seconds"
TICK_S = 5.0


class TimeLimit:
    """The limit of one job, in seconds; None means that there is none, and then nothing is measured."""

    def __init__(self, folder: Path, limit_s: float | None) -> None:
        self._path, self._limit_s = folder / TIME_NAME, limit_s
        self._passed = threading.Event()

    @property
    def passed(self) -> bool:
        """Whether the job was stopped for it."""
        return self._passed.is_set()

    @contextmanager
    def measured(self, stop: Callable[[], None]) -> Iterator[None]:
        """Counts the time of the block, in which one process trains; calls `stop` once, when the limit is passed."""
        if self._limit_s is None:
            yield
            return
        over = threading.Event()
        thread = threading.Thread(target=self._count, args=(self._limit_s, stop, over), name="time limit", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _count(self, limit_s: float, stop: Callable[[], None], over: threading.Event) -> None:
        began_s = time.monotonic() - self._read()
        ended = False
        while not ended:
            taken_s = time.monotonic() - began_s
            if taken_s >= limit_s and not self.passed:
                self._passed.set()
                stop()
            self._write(taken_s)
            ended = over.wait(TICK_S if self.passed else min(TICK_S, limit_s - taken_s))
        self._write(time.monotonic() - began_s)

    def _read(self) -> float:
        try:
            return float(self._path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0.0
        except (OSError, ValueError) as error:
            _log.warning("the time that %s counts begins at 0 again: %s", self._path, error)
            return 0.0

    def _write(self, taken_s: float) -> None:
        """Notes the time, whole or not at all."""
        temporary = self._path.with_suffix(".new")
        try:
            temporary.write_text(f"{taken_s:.3f}\n", encoding="ascii")
            temporary.replace(self._path)
        except OSError as error:
            _log.warning("the time in %s cannot be noted: %s", self._path, error)


def sentence(limit_s: float, step: int) -> str:
    """Why a job was ended that had passed its limit."""
    return f"stopped at step {step}: its time limit of {in_words(limit_s)} had passed"


def twice(limit_s: float) -> str:
    """Twice a limit, as the command line takes it: "4h". Rounded up to whole seconds; long ones to whole hours."""
    doubled_s = math.ceil(2 * limit_s)
    if doubled_s > 86_400:
        doubled_s = -(-doubled_s // 3_600) * 3_600
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if doubled_s % seconds == 0:
            return f"{doubled_s // seconds}{unit}"
    return f"{doubled_s}s"


def in_words(seconds: float) -> str:
    """A span of time: "45 s", "2 h 30 min"."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{number:g} {unit}" for number, unit in parts if number) or "0 s"
