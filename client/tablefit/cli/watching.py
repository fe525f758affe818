"""Shows a job's events as they come: an epoch table above a live display in a terminal, lines elsewhere, or JSON lines.

Leaves asking for the events, and asking again after a break, to `tablefit.training`, and the display to `live`.
"""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import typer

from tablefit.cli import ending, output
from tablefit.cli.invocation import command_line
from tablefit.training import (
    CheckpointEvent,
    DataEvent,
    EpochEvent,
    Event,
    JobState,
    ResumedEvent,
    StateEvent,
    StepEvent,
)

if TYPE_CHECKING:
    from tablefit.training import JobData, ModelFile, Progress, TrainingClient, TrainingJob

# Elsewhere than in a terminal: a line for a step at most every so many seconds, and about so many lines for epochs.
STEP_LINE_EVERY_S = 10.0
LIMIT_EPOCH_LINES = 100

EVENT_KINDS: dict[type[Event], str] = {
    StateEvent: "state",
    DataEvent: "data",
    StepEvent: "step",
    EpochEvent: "epoch",
    ResumedEvent: "resumed",
    CheckpointEvent: "checkpoint",
}

Show = Callable[[Event], None]


def follow(
    training: "TrainingClient",
    job_id: str,
    *,
    after_sequence: int = 0,
    json_output: bool = False,
    options: tuple[str, ...] = (),
) -> None:
    """Shows a job until it ends. Raises Exit with status 1 when it did not succeed, Interrupted on Ctrl-C.

    `options` are those with which to come back, such as ("--training-service", "host:7502").
    """
    last: Event | None = None
    try:
        about = training.get_job(job_id)
        with open_view(job_id, json_output=json_output, options=options, about=about) as show:
            for event in training.watch_job(job_id, after_sequence):
                show(event)
                last = event
    except KeyboardInterrupt as error:
        back = command_line("job", "watch", job_id, *options)
        raise ending.Interrupted(f"Job {job_id} goes on. See it again with\n  {back}") from error
    # Nothing comes after an event that ended the job before `after_sequence`.
    ended = last if isinstance(last, StateEvent) else training.get_job(job_id)
    if ended.state is not JobState.SUCCEEDED:
        output.warn(f"Error: {end_sentence(job_id, ended.state, ended.failure)}")
        raise typer.Exit(ending.FAILURE)


def end_sentence(job_id: str, state: JobState, failure: str) -> str:
    """How a job that did not succeed ended."""
    if state is JobState.FAILED:
        return f"Job {job_id} failed: {output.printable(failure)}"
    return f"Job {job_id} was cancelled." if state is JobState.CANCELLED else f"Job {job_id} has not ended."


def event_record(event: Event) -> dict[str, object]:
    """An event as it stands in a JSON line: its kind and its fields."""
    return {"kind": EVENT_KINDS[type(event)], **asdict(event)}


@contextmanager
def open_view(
    job_id: str,
    *,
    json_output: bool,
    options: tuple[str, ...] = (),
    hints: bool = True,
    about: "TrainingJob | None" = None,
) -> Iterator[Show]:
    """Gives a function that shows one event after the other in the form that suits the output.

    `hints`: say at the end how to fetch the model. `about` is what is known of the job.
    """
    if json_output:
        yield lambda event: output.print_json_line(event_record(event))
    elif output.is_terminal():
        with _open_live_view(job_id, about, options, hints) as show:
            yield show
    else:
        view = View(job_id, output.say, step_lines(output.say), options=options, hints=hints)
        view.epoch_lines = LIMIT_EPOCH_LINES
        yield view.show


@contextmanager
def _open_live_view(job_id: str, about: "TrainingJob | None", options: tuple[str, ...], hints: bool) -> Iterator[Show]:
    """A function that moves a display with each event, and prints lines above it."""
    from tablefit.cli.live import JobDisplay, open_display

    display = JobDisplay(job_id, about)
    with open_display(display) as show_line:
        view = View(job_id, show_line, display.show_step, display.show_status, options, hints)
        view.epoch_lines = LIMIT_EPOCH_LINES

        def show(event: Event) -> None:
            if isinstance(event, EpochEvent):
                display.show_epoch(event.progress)
            elif isinstance(event, ResumedEvent):
                display.void_after(event.step)
            view.show(event)

        yield show


def step_lines(say: Callable[[str], None]) -> Callable[["Progress"], None]:
    """A function that says where a job is, but not again within `STEP_LINE_EVERY_S`."""
    said_s = time.monotonic()

    def show(progress: "Progress") -> None:
        nonlocal said_s
        if time.monotonic() - said_s >= STEP_LINE_EVERY_S:
            said_s = time.monotonic()
            say(f"epoch {progress.epoch}/{progress.epoch_count}  {step_figures(progress)}")

    return show


@dataclass
class View:
    """Turns events into lines for people; steps and what is going on meanwhile go their own ways."""

    job_id: str
    line: Callable[[str], None]
    step: Callable[["Progress"], None]
    status: Callable[[str], None] = lambda text: None
    options: tuple[str, ...] = ()
    hints: bool = True
    epoch_lines: int = sys.maxsize
    _headed: bool = field(default=False, init=False)

    def show(self, event: Event) -> None:
        """Shows one event."""
        if isinstance(event, StepEvent):
            self.step(event.progress)
        elif isinstance(event, EpochEvent):
            self._show_epoch(event.progress)
        elif isinstance(event, DataEvent):
            self.line(data_sentence(event.data))
        elif isinstance(event, StateEvent):
            self._show_state(event)
        elif isinstance(event, ResumedEvent):
            self.line(resumed_sentence(event))
        elif isinstance(event, CheckpointEvent):
            self.status(f"checkpoint at step {event.checkpoint.step:,}")

    def _show_epoch(self, progress: "Progress") -> None:
        every = max(1, progress.epoch_count // self.epoch_lines)
        if progress.epoch % every and progress.epoch != progress.epoch_count:
            return
        columns = epoch_columns(progress)
        if not self._headed:
            self._headed = True
            self.line("  ".join(name.rjust(width) for name, _, width in columns))
        self.line("  ".join(text.rjust(width) for _, text, width in columns))

    def _show_state(self, event: StateEvent) -> None:
        if event.state is JobState.QUEUED:
            self.line(f"Job {self.job_id} is queued.")
        elif event.state is JobState.RUNNING:
            self.line(f"Job {self.job_id} runs.")
            self.status("starting")
        elif event.state is JobState.SUCCEEDED:
            self.line(f"Job {self.job_id} succeeded.")
            self._show_model(event.model)

    def _show_model(self, model: "ModelFile | None") -> None:
        if model is None:
            return
        self.line(model_sentence(model))
        if self.hints:
            fetch = command_line("model", "download", self.job_id, model.file_name, *self.options)
            self.line(f"Fetch it with\n  {fetch}")


def step_figures(progress: "Progress") -> str:
    """Where a job is within its epochs: "step 45/450  loss 0.8123  1,234 rows/s  0:12 left"."""
    parts = [
        f"step {progress.step:,}/{progress.step_count:,}",
        f"loss {output.format_figure(progress.loss)}",
        f"{output.format_rate(progress.rows_per_second)} rows/s",
    ]
    if progress.gradient_norm is not None:
        parts.append(f"gradient {output.format_figure(progress.gradient_norm)}")
    if progress.time_left_s is not None:
        parts.append(f"{output.format_duration(progress.time_left_s)} left")
    return "  ".join(parts)


def epoch_columns(progress: "Progress") -> list[tuple[str, str, int]]:
    """Heading, text and width of each column of the epoch table."""
    figures = {"loss": progress.loss, **dict(sorted(progress.metrics.items()))}
    held_out = progress.validation_metrics
    figures |= {f"val {name}": held_out[name] for name in sorted(held_out, key=lambda name: (name != "loss", name))}
    columns = [("epoch", f"{progress.epoch}/{progress.epoch_count}", 7)]
    columns += [(name, output.format_figure(value), max(len(name), 6)) for name, value in figures.items()]
    share = progress.input_wait_share
    waiting = f"{share:.0%}" if math.isfinite(share) else "-"
    columns += [
        ("rows/s", output.format_rate(progress.rows_per_second), 8),
        ("waiting", waiting, 7),
        ("time", output.format_duration(progress.elapsed_s), 6),
    ]
    return columns


def resumed_sentence(event: ResumedEvent) -> str:
    """Where a job goes on, and why."""
    place = f"goes on after step {event.step:,}" if event.step else "begins anew, before its first checkpoint"
    return f"It {place}: {output.printable(event.reason)}."


def data_sentence(data: "JobData") -> str:
    """What a job reads."""
    rows = f"{data.training_row_count:,} training and {data.validation_row_count:,} held-out rows"
    return f"{rows}, {_inputs(data)}, {_outputs(data)}, {output.count(data.steps_per_epoch, 'step')} an epoch."


def _inputs(data: "JobData") -> str:
    if data.image_shape is None:
        return output.count(len(data.columns), "input")
    height, width, channels = data.image_shape
    others = f" and {output.count(len(data.columns) - 1, 'other input')}" if len(data.columns) > 1 else ""
    return f"{height}x{width} {'L' if channels == 1 else 'RGB'}{others}"


def _outputs(data: "JobData") -> str:
    if data.class_names:
        return output.count(len(data.class_names), "class", "classes")
    return f"{data.task.replace('_', '-')} of {', '.join(map(output.printable, data.targets))}"


def model_sentence(model: "ModelFile") -> str:
    """What a job leaves."""
    return f"Its model has {model.parameter_count:,} weights in {output.format_size(model.size_bytes)}."
