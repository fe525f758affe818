"""A job's events as lines for people and as JSON."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest
from tablefit.cli import watching
from tablefit.data import SnapshotPin
from tablefit.training import (
    Checkpoint,
    CheckpointEvent,
    DataEvent,
    EpochEvent,
    JobData,
    JobState,
    ModelFile,
    Progress,
    ResumedEvent,
    StateEvent,
    StepEvent,
)

TIME = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
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
)
DATA = JobData(("0", "1"), 1438, 359, 45, SnapshotPin("s1", 1797, "00" * 32), (28, 28, 1))


def shown(events: list, **options: object) -> list[str]:
    """The lines that a view prints for `events`."""
    lines: list[str] = []
    view = watching.View("6b1f", lines.append, lambda progress: None, **options)
    for event in events:
        view.show(event)
    return lines


def test_an_epoch_is_a_row_under_headings_and_fits_eighty_columns():
    lines = shown([EpochEvent(5, TIME, PROGRESS), EpochEvent(6, TIME, PROGRESS)])
    assert lines == [
        "  epoch    loss  accuracy  val loss  val accuracy    rows/s  waiting    time",
        "   2/10  0.8123    0.7500    0.9000        0.7000     1,234       2%   3.2 s",
        "   2/10  0.8123    0.7500    0.9000        0.7000     1,234       2%   3.2 s",
    ]
    assert max(map(len, lines)) <= 80


def test_a_job_is_told_from_queue_to_model():
    model = ModelFile("digits-mini_xception.keras", 831_000, "ab" * 32, 58_423)
    lines = shown(
        [
            StateEvent(1, TIME, JobState.QUEUED, "", None),
            StateEvent(2, TIME, JobState.RUNNING, "", None),
            DataEvent(3, TIME, DATA),
            StateEvent(9, TIME, JobState.SUCCEEDED, "", model),
        ],
        options=("--training-service", "there:1"),
    )
    assert lines[:-1] == [
        "Job 6b1f is queued.",
        "Job 6b1f runs.",
        "1,438 training and 359 held-out rows, 28x28 L, 2 classes, 45 steps an epoch.",
        "Job 6b1f succeeded.",
        "Its model has 58,423 weights in 812 KiB.",
    ]
    assert lines[-1].endswith("model download 6b1f digits-mini_xception.keras --training-service there:1")


def test_a_job_that_goes_on_says_where_and_why():
    lines = shown(
        [
            ResumedEvent(7, TIME, 4120, "the training service died", 1),
            CheckpointEvent(8, TIME, Checkpoint(4500, 10, 100, 0.1)),
            ResumedEvent(9, TIME, 0, "The training process was ended by SIGKILL", 2),
        ]
    )
    assert lines == [
        "It goes on after step 4,120: the training service died.",
        "It begins anew, before its first checkpoint: The training process was ended by SIGKILL.",
    ]


def test_a_hundred_thousand_epochs_make_about_a_hundred_lines():
    events = [
        EpochEvent(number, TIME, dataclasses.replace(PROGRESS, epoch=number, epoch_count=100_000))
        for number in range(1, 100_001)
    ]
    lines = shown(events, epoch_lines=100)
    assert len(lines) == 101
    assert lines[-1].startswith("100000/100000")


def test_step_figures_say_how_long_it_takes():
    assert watching.step_figures(PROGRESS) == "step 90/450  loss 0.8123  1,234 rows/s  12 s left"


def test_step_figures_show_the_norm_of_the_gradient_where_it_was_asked_for():
    progress = dataclasses.replace(PROGRESS, gradient_norm=1.5)
    assert watching.step_figures(progress) == "step 90/450  loss 0.8123  1,234 rows/s  gradient 1.5000  12 s left"


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_json_line_is_valid_whatever_the_loss(loss: float, capsys: pytest.CaptureFixture[str]):
    with watching.open_view("6b1f", json_output=True) as show:
        show(StepEvent(7, TIME, dataclasses.replace(PROGRESS, loss=loss, time_left_s=None)))
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    event = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert (event["kind"], event["sequence"], event["time"]) == ("step", 7, "2026-03-01T12:00:00.000000Z")
    assert event["progress"]["loss"] is None
    assert event["progress"]["step"] == 90


@pytest.mark.parametrize(
    ("event", "record"),
    [
        (ResumedEvent(7, TIME, 41, "it died", 2), {"kind": "resumed", "step": 41, "reason": "it died", "attempt": 2}),
        (
            CheckpointEvent(7, TIME, Checkpoint(45, 1, 100, 0.5)),
            {"kind": "checkpoint", "checkpoint": {"step": 45, "epoch": 1, "size_bytes": 100, "duration_s": 0.5}},
        ),
    ],
)
def test_what_lets_a_job_go_on_is_a_json_line(event, record):
    assert watching.event_record(event) == {**record, "sequence": 7, "time": TIME}


def test_how_a_job_ended_otherwise_is_a_sentence():
    assert watching.end_sentence("6b1f", JobState.FAILED, "Out of memory.") == "Job 6b1f failed: Out of memory."
    assert watching.end_sentence("6b1f", JobState.CANCELLED, "") == "Job 6b1f was cancelled."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "1,438 training and 359 held-out rows, 28x28 L, 2 classes, 45 steps an epoch."),
        (
            {"image_shape": None, "class_names": (), "task": "regression", "targets": ("pay",), "columns": ("a", "b")},
            "1,438 training and 359 held-out rows, 2 inputs, regression of pay, 45 steps an epoch.",
        ),
        (
            {"class_names": (), "task": "multi_label", "targets": ("a", "b"), "columns": ("photo", "age")},
            "1,438 training and 359 held-out rows, 28x28 L and 1 other input, multi-label of a, b, 45 steps an epoch.",
        ),
    ],
    ids=["images", "a table", "both"],
)
def test_what_a_job_reads_is_said_in_a_sentence(changes, sentence):
    assert watching.data_sentence(dataclasses.replace(DATA, **changes)) == sentence
