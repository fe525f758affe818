"""Moving progress of a command: a bar in a terminal, a line every few seconds elsewhere, nothing beside JSON.

What is measured, rate and time left, is worked out here alone, so that bar and lines say the same. Leaves training,
which reports its own rate, to `tablefit.cli.watching`.
"""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from tablefit.cli import output

if TYPE_CHECKING:
    from rich.progress import Progress

LINE_EVERY_S = 5.0
# The rate is that of the last seconds, so that a pause shows and an old one is forgotten.
RATE_OVER_S = 8.0

Update = Callable[[int, int], None]


@dataclass
class Pace:
    """How fast something counts up, from the counts seen lately. What was done before the first is no speed."""

    samples: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, now_s: float, done: int) -> None:
        """Notes that `done` was reached at `now_s` seconds of any clock."""
        self.samples.append((now_s, done))
        while len(self.samples) > 2 and now_s - self.samples[0][0] > RATE_OVER_S:
            self.samples.popleft()

    def per_second(self) -> float:
        """The rate; NaN while it cannot be told."""
        (first_s, first), (last_s, last) = self.samples[0], self.samples[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else float("nan")


def figures(done: int, total: int, unit: str, per_second: float) -> str:
    """Count, rate and time left in words: "1,024/1,797 rows  2,113 rows/s  0.4 s left"."""
    is_size = unit == "bytes"
    reached = f"{output.format_size(done)} of {output.format_size(total)}" if is_size else f"{done:,}/{total:,} {unit}"
    rate = output.format_size(int(per_second)) if is_size and per_second >= 0 else output.format_rate(per_second)
    parts = [reached]
    if rate != "-":
        parts.append(f"{rate}/s" if is_size else f"{rate} {unit}/s")
    if per_second > 0 and done < total:
        parts.append(f"{output.format_duration((total - done) / per_second)} left")
    return "  ".join(parts)


@contextmanager
def open_meter(title: str, unit: str, *, json_output: bool) -> Iterator[Update]:
    """Gives a function to call with (done, total); it shows how far that is.

    Beside JSON the bar goes to standard error, if that is a terminal; else there is silence.
    """
    with open_meters(json_output=json_output) as meter:
        update = meter(title, unit)
        update(0, 0)
        yield update


@contextmanager
def open_meters(*, json_output: bool) -> Iterator[Callable[[str, str], Update]]:
    """Gives a function that makes such meters from title and unit, for work in several parts. In a terminal each is
    seen from its first call until it is full."""
    stream = sys.stderr if json_output else sys.stdout
    if stream.isatty():
        with open_bar(stream) as bar:
            yield lambda title, unit: _bar_update(bar, title, unit)
    elif json_output:
        yield lambda title, unit: lambda done, total: None
    else:
        yield _line_update


@contextmanager
def open_bar(stream: TextIO) -> Iterator["Progress"]:
    """A live display for tasks whose field `figures` holds what stands beside the bar. It is gone when it closes."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(file=stream, highlight=False)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[figures]}", markup=False),
    )
    bar = Progress(*columns, console=console, transient=True, expand=True, refresh_per_second=8)
    with bar:
        yield bar


def _bar_update(bar: "Progress", title: str, unit: str) -> Update:
    pace = Pace()
    task = bar.add_task(title, total=None, figures="", visible=False)

    def update(done: int, total: int) -> None:
        if not done and not total:
            bar.update(task, visible=True)
            return
        pace.add(time.monotonic(), done)
        text = figures(done, total, unit, pace.per_second())
        bar.update(task, completed=done, total=total, figures=text, visible=not total or done < total)

    return update


def _line_update(title: str, unit: str) -> Update:
    pace = Pace()
    said_s = time.monotonic()

    def update(done: int, total: int) -> None:
        nonlocal said_s
        if not done and not total:
            return
        now_s = time.monotonic()
        pace.add(now_s, done)
        if now_s - said_s >= LINE_EVERY_S:
            said_s = now_s
            output.say(f"{title}: {figures(done, total, unit, pace.per_second())}")

    return update
