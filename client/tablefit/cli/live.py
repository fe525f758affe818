"""A job in a terminal while it runs: two bars, the course of each figure, and how fast it goes.

    Job 6b1f02c4  digits, simple_cnn                                         running
    epoch  8/10  ━━━━━━━━━━━━━━━━━━━━━━                                   step 18/45
    job    74 %  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╸                 11 s left

    loss          0.1190  ███▇▇▇▆▆▆▅▅▅▅▄▄▄▄▄▃▃▃▃▃▃▃▃▂▂▂▂▂▂▂▂▂▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    val accuracy  0.9453  ▁▃▅▇███
    learning rate 0.001   1,234 rows/s   waiting 2%   512 MiB   elapsed 13 s

The display is gone when it closes; lines for epochs stay above it. Leaves which lines to `watching`, and the drawing of
courses to `sparkline`.
"""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.measure import Measurement
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tablefit.cli import output
from tablefit.cli.sparkline import ASCII_BLOCKS, BLOCKS, Series, sparkline

if TYPE_CHECKING:
    from tablefit.training import Progress, TrainingJob

REFRESH_PER_SECOND = 5
# Silence that is worth mentioning.
SILENT_S = 5.0
LIMIT_FIGURES = 12
# What figures of the held-out rows begin with.
_HELD_OUT = "val "


@dataclass(frozen=True)
class Course:
    """A figure's course as wide as there is room for."""

    values: list[float]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        blocks = ASCII_BLOCKS if options.ascii_only else BLOCKS
        yield Text(sparkline(self.values, options.max_width, blocks), style="cyan", no_wrap=True)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(8, options.max_width), options.max_width)


@dataclass
class JobDisplay:
    """What is known of a job, and how it is drawn. `now_s` is any clock of seconds."""

    job_id: str
    job: "TrainingJob | None" = None
    status: str = "waiting"
    now_s: Callable[[], float] = time.monotonic
    _progress: "Progress | None" = field(default=None, init=False)
    _courses: dict[str, Series] = field(default_factory=dict, init=False)
    _heard_s: float = field(default=math.nan, init=False)

    def show_status(self, text: str) -> None:
        """Notes what the job does while there is no progress."""
        self.status = text

    def show_step(self, progress: "Progress") -> None:
        """Takes progress within an epoch."""
        self._take(progress, {"loss": progress.loss, **dict(sorted(progress.metrics.items()))})

    def show_epoch(self, progress: "Progress") -> None:
        """Takes the end of an epoch, with what was found on the held-out rows."""
        held_out = sorted(progress.validation_metrics.items(), key=lambda item: (item[0] != "loss", item[0]))
        figures = {"loss": progress.loss, **dict(sorted(progress.metrics.items()))}
        self._take(progress, figures | {f"{_HELD_OUT}{name}": value for name, value in held_out})

    def void_after(self, step: int) -> None:
        """The steps after this one are done again. What was found on the held-out rows stays: it is told once."""
        for name, course in self._courses.items():
            if not name.startswith(_HELD_OUT):
                course.void_after(step)

    def __rich__(self) -> RenderableType:
        parts: list[RenderableType] = [self._heading()]
        if self._progress is not None:
            parts += [self._bars(self._progress), Text(), self._figures(), self._speed(self._progress)]
        return Group(*parts)

    def _take(self, progress: "Progress", figures: dict[str, float]) -> None:
        self._progress, self.status, self._heard_s = progress, "running", self.now_s()
        for name, value in figures.items():
            self._courses.setdefault(name, Series()).add(progress.step, value)

    def _heading(self) -> Table:
        grid = Table.grid(padding=(0, 2), expand=True)
        grid.add_column(no_wrap=True)
        grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        grid.add_column(justify="right", no_wrap=True)
        about = f"{self.job.spec.table}, {self.job.spec.architecture}" if self.job else ""
        grid.add_row(Text(f"Job {self.job_id}", style="bold"), Text(output.printable(about)), Text(self._state()))
        return grid

    def _state(self) -> str:
        silent_s = self.now_s() - self._heard_s
        return f"nothing new for {output.format_duration(silent_s)}" if silent_s >= SILENT_S else self.status

    def _bars(self, progress: "Progress") -> Table:
        grid = Table.grid(padding=(0, 2), expand=True)
        for _ in range(2):
            grid.add_column(no_wrap=True)
        grid.add_column(ratio=1)
        grid.add_column(justify="right", no_wrap=True)
        steps = max(1, progress.step_count // max(1, progress.epoch_count))
        # The last step of an epoch belongs to it, not to the next one.
        done = progress.step - steps * (progress.epoch - 1)
        left = "" if progress.time_left_s is None else f"{output.format_duration(progress.time_left_s)} left"
        share = progress.step / max(1, progress.step_count)
        grid.add_row(
            "epoch", f"{progress.epoch:,}/{progress.epoch_count:,}", _bar(done, steps), f"step {done:,}/{steps:,}"
        )
        grid.add_row("job", f"{math.floor(share * 100)} %", _bar(progress.step, progress.step_count), left)
        return grid

    def _figures(self) -> Table:
        grid = Table.grid(padding=(0, 2), expand=True)
        grid.add_column(no_wrap=True, overflow="ellipsis", max_width=24)
        grid.add_column(justify="right", no_wrap=True)
        grid.add_column(ratio=1)
        for name, course in list(self._courses.items())[:LIMIT_FIGURES]:
            grid.add_row(output.printable(name), output.format_figure(course.last), Course(course.values))
        return grid

    def _speed(self, progress: "Progress") -> Text:
        share = progress.input_wait_share
        parts = [
            f"{output.format_rate(progress.rows_per_second)} rows/s",
            f"waiting {share:.0%}" if math.isfinite(share) else "",
            output.format_size(progress.memory_bytes) if progress.memory_bytes else "",
            f"elapsed {output.format_duration(progress.elapsed_s)}",
        ]
        if progress.learning_rate is not None:
            parts.insert(0, f"learning rate {progress.learning_rate:.3g}")
        if progress.gradient_norm is not None:
            parts.insert(1, f"gradient {output.format_figure(progress.gradient_norm)}")
        return Text("   ".join(filter(None, parts)), style="dim")


def _bar(done: int, total: int) -> ProgressBar:
    return ProgressBar(total=max(1, total), completed=max(0, done))


@contextmanager
def open_display(display: JobDisplay) -> Iterator[Callable[[str], None]]:
    """Keeps `display` at the bottom of the terminal; gives a function that prints a line above it."""
    console = Console(file=sys.stdout, highlight=False)

    def show_line(text: str) -> None:
        for line in text.split("\n"):
            # Rows of figures and commands, which are indented, stay whole; sentences break between words.
            console.print(line, markup=False, soft_wrap=line.startswith("  "))

    with Live(display, console=console, transient=True, refresh_per_second=REFRESH_PER_SECOND):
        yield show_line
