"""The display of a running job, drawn to text."""

import dataclasses
import io
from datetime import UTC, datetime

import pytest
from rich.console import Console
from tablefit.cli.live import JobDisplay
from tablefit.training import JobState, Progress, TrainingJob, TrainingSpec

JOB = TrainingJob(
    job_id="6b1f02c4",
    state=JobState.RUNNING,
    spec=TrainingSpec("digits", "simple_cnn"),
    failure="",
    create_time=datetime(2026, 3, 1, tzinfo=UTC),
    start_time=None,
    end_time=None,
    progress=None,
    data=None,
    model=None,
    script="",
    last_sequence=1,
    cancel_requested=False,
)
PROGRESS = Progress(
    step=90,
    step_count=450,
    epoch=2,
    epoch_count=10,
    loss=0.8123,
    metrics={"accuracy": 0.75},
    validation_metrics={"accuracy": 0.7, "loss": 0.9},
    rows_per_second=1234.4,
    input_wait_share=0.021,
    time_left_s=12.4,
    elapsed_s=3.21,
    learning_rate=0.00093,
    memory_bytes=512 << 20,
)


class Clock:
    """Seconds that pass when a test says so."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def drawn(display: JobDisplay, width: int) -> list[str]:
    """The lines of a display in a terminal of this width."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(display)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def running(clock: Clock) -> JobDisplay:
    """A job after two epochs and two steps."""
    display = JobDisplay("6b1f02c4", JOB, now_s=clock)
    display.show_epoch(dataclasses.replace(PROGRESS, step=45, epoch=1, loss=1.9, validation_metrics={"loss": 2.0}))
    display.show_epoch(PROGRESS)
    display.show_step(dataclasses.replace(PROGRESS, step=92, epoch=3, validation_metrics={}, loss=0.7))
    return display


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_running_job_is_drawn_in_any_width(width: int):
    lines = drawn(running(Clock()), width)
    assert max(map(len, lines)) == width
    assert lines[0] == "Job 6b1f02c4  digits, simple_cnn".ljust(width - 7) + "running"
    assert lines[1].startswith("epoch  3/10  ━")
    assert lines[1].endswith("step 2/45")
    assert lines[2].startswith("job    20 %  ━")
    assert lines[2].endswith("12 s left")
    assert lines[4:] == [
        "loss          0.7000  █▁▁",
        "accuracy      0.7500  ▅▅▅",
        "val loss      0.9000  █▁",
        "val accuracy  0.7000  ▅",
        "learning rate 0.00093   1,234 rows/s   waiting 2%   512 MiB   elapsed 3.2 s",
    ]


def test_a_narrow_terminal_breaks_nothing():
    assert max(map(len, drawn(running(Clock()), 30))) <= 30


def test_a_job_that_waits_says_so():
    display = JobDisplay("6b1f02c4", None)
    assert drawn(display, 80) == ["Job 6b1f02c4".ljust(73) + "waiting"]
    display.show_status("starting")
    assert drawn(display, 80)[0].endswith("starting")


def test_steps_that_are_done_again_are_drawn_once():
    display = running(Clock())
    display.void_after(45)
    display.show_step(dataclasses.replace(PROGRESS, step=50, validation_metrics={}, loss=1.2))
    lines = drawn(display, 80)
    assert lines[4] == "loss          1.2000  █▁"
    assert lines[6] == "val loss      0.9000  █▁"


def test_silence_is_told():
    clock = Clock()
    display = running(clock)
    clock.now_s = 65.0
    assert drawn(display, 80)[0].endswith("nothing new for 1:05")
