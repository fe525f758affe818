"""Jobs side by side."""

import dataclasses
import math
from datetime import UTC, datetime, timedelta

from tablefit.cli.job_comparison import rows_of
from tablefit.training import JobState, Progress, TrainingJob, TrainingSpec
from tablefit.training.comparison import compare

CREATED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SPEC = TrainingSpec("digits", "simple_cnn", {"momentum": 0.9, "l2": 0.01}, "adam", 0.001, 0.2, 3, 32, (28, 28), "L", 0)


def job(job_id: str, spec: TrainingSpec, **values) -> TrainingJob:
    known = {
        "state": JobState.SUCCEEDED,
        "start_time": CREATED + timedelta(seconds=5),
        "end_time": CREATED + timedelta(seconds=65),
    }
    empty = dict.fromkeys(("progress", "data", "model"))
    return TrainingJob(
        job_id, spec=spec, failure="", create_time=CREATED, script="", last_sequence=9, cancel_requested=False,
        **{**empty, **known, **values},
    )  # fmt: skip


def epoch(number: int, loss: float, /, **validation: float) -> Progress:
    return Progress(number * 45, 135, number, 3, loss, {"accuracy": 0.5}, validation, 1000.0, 0.0, 0.0, 1.0)


def test_only_what_differs_is_named_and_parameters_one_by_one():
    other = dataclasses.replace(SPEC, epochs=5, architecture_parameters={"momentum": 0.99, "l2": 0.01})
    compared = compare([job("a", SPEC), job("b", other), job("c", SPEC)], [[], [], []])
    assert compared.differences == {"architecture_parameters.momentum": (0.9, 0.99, 0.9), "epochs": (3, 5, 3)}


def test_the_best_epoch_has_the_lowest_validation_loss():
    epochs = [epoch(1, 0.9, loss=0.8), epoch(2, 0.5, loss=0.6), epoch(3, 0.1, loss=math.nan)]
    (result, without) = compare([job("a", SPEC), job("b", SPEC)], [epochs, [epoch(1, 0.5), epoch(2, 0.7)]]).jobs
    assert (result.best_epoch, result.best) == (2, {"loss": 0.5, "accuracy": 0.5, "val_loss": 0.6})
    assert (result.epoch, result.last["loss"]) == (3, 0.1)
    assert (result.queued_s, result.training_s) == (5.0, 60.0)
    assert without.best_epoch == 1


def test_a_job_that_has_not_begun_is_compared_too():
    waiting = job("a", SPEC, state=JobState.QUEUED, start_time=None, end_time=None)
    (result, _) = compare([waiting, job("b", SPEC)], [[], []]).jobs
    assert (result.best_epoch, result.best, result.last) == (None, {}, {})
    assert (result.queued_s, result.training_s) == (None, None)


def test_a_comparison_reads_as_rows():
    other = dataclasses.replace(SPEC, learning_rate=0.01, time_limit_s=60.0)
    rows = rows_of(compare([job("a", SPEC), job("b", other)], [[epoch(1, 0.9, loss=0.8)], []]))
    assert rows == [
        ("job", "a", "b"),
        ("state", "succeeded", "succeeded"),
        ("learning rate", "0.001", "0.01"),
        ("time limit", None, "1:00"),
        ("epoch", "1/3", "0/3"),
        ("best epoch", 1, None),
        ("best loss", "0.9000", None),
        ("last loss", "0.9000", None),
        ("best accuracy", "0.5000", None),
        ("last accuracy", "0.5000", None),
        ("best val loss", "0.8000", None),
        ("last val loss", "0.8000", None),
        ("queued", "5.0 s", "5.0 s"),
        ("trained", "1:00", "1:00"),
        ("rows/s", "1,000", None),
        ("weights", None, None),
    ]
