"""Metrics of jobs in TensorBoard's files and MLflow's runs: each epoch once, whatever fails or starts anew."""

import logging
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient
from tensorboard.compat.proto.event_pb2 import Event

from tests.training_scripts import complete
from tests.waiting import wait_until
from training_service.events import EventLog
from training_service.job import EventKind, Job, JobState, Progress, StateChange
from training_service.mirrors import Mirroring, MlflowRuns, TensorBoardFiles
from training_service.mirrors.mlflow_runs import JOB_TAG
from training_service.mirrors.tensorboard_files import FILE_NAME
from training_service.options import Options
from training_service.records import Records

JOB = "0a1b2c3d"


@pytest.fixture
def records(tmp_path) -> Iterator[Records]:
    records = Records(tmp_path / "records.sqlite")
    yield records
    records.close()


@pytest.fixture
def log(records) -> EventLog:
    """An event log with a running job."""
    log = EventLog(records)
    options = Options("quick", "mini_xception")
    log.add_job(Job(0, JOB, JobState.QUEUED, complete(options), "", datetime.now(UTC), "", options.to_json()))
    log.add(JOB, EventKind.STATE, StateChange(JobState.RUNNING))
    return log


def add_epoch(log: EventLog, epoch: int) -> None:
    log.add(JOB, EventKind.STEP, Progress(epoch * 4 - 1, 8, epoch, 2, 9.0))
    metrics, validation = {"accuracy": epoch / 4}, {"loss": 0.5 / epoch}
    log.add(JOB, EventKind.EPOCH, Progress(epoch * 4, 8, epoch, 2, 1.0 / epoch, metrics, validation))


def mirror(records: Records, log: EventLog, *mirrors, retry_s: float = 60.0) -> Mirroring:
    mirroring = Mirroring(records, mirrors, retry_s)
    log.subscribe(mirroring.wake)
    mirroring.start()
    return mirroring


def read_points(path: Path) -> list[tuple[str, int, float]]:
    """Tag, step and value of all points of an event file: records of length, its CRC, bytes and theirs."""
    content, points, position = path.read_bytes(), [], 0
    while position < len(content):
        (length,) = struct.unpack_from("<Q", content, position)
        event = Event.FromString(content[position + 12 : position + 12 + length])
        points += [(value.tag, event.step, value.simple_value) for value in event.summary.value]
        position += length + 16
    return points


def test_tensorboard_has_each_epoch_once_also_after_a_restart(records, log, tmp_path):
    add_epoch(log, 1)
    mirror(records, log, TensorBoardFiles(tmp_path / "board")).close()
    before = (tmp_path / "board" / JOB / "train" / FILE_NAME).read_bytes()
    mirroring = mirror(records, log, TensorBoardFiles(tmp_path / "board"))
    add_epoch(log, 2)
    log.add(JOB, EventKind.STATE, StateChange(JobState.SUCCEEDED))
    mirroring.close()
    folder = tmp_path / "board" / JOB
    assert (folder / "train" / FILE_NAME).read_bytes().startswith(before)
    assert read_points(folder / "train" / FILE_NAME) == [
        ("loss", 1, 1.0),
        ("accuracy", 1, 0.25),
        ("loss", 2, 0.5),
        ("accuracy", 2, 0.5),
    ]
    assert read_points(folder / "validation" / FILE_NAME) == [("loss", 1, 0.5), ("loss", 2, 0.25)]


def test_mlflow_has_each_epoch_once_also_after_a_restart(records, log, tmp_path):
    uri = f"file://{tmp_path}/runs"
    add_epoch(log, 1)
    mirror(records, log, MlflowRuns(uri)).close()
    mirroring = mirror(records, log, MlflowRuns(uri))
    add_epoch(log, 2)
    log.add(JOB, EventKind.STATE, StateChange(JobState.CANCELLED))
    mirroring.close()
    client = MlflowClient(uri)
    (run,) = client.search_runs([client.get_experiment_by_name("tablefit").experiment_id])
    points = {name: [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, name)]
              for name in ("loss", "val_loss", "accuracy")}  # fmt: skip
    assert points == {
        "loss": [(1, 1.0), (2, 0.5)],
        "val_loss": [(1, 0.5), (2, 0.25)],
        "accuracy": [(1, 0.25), (2, 0.5)],
    }
    assert (run.info.status, run.data.params["table"]) == ("KILLED", "quick")
    assert run.data.params["optimizer"] == "adam"


def test_mlflow_gets_the_settings_that_a_try_which_broke_off_left_out(records, log, tmp_path):
    uri = f"file://{tmp_path}/runs"
    runs, client = MlflowRuns(uri), MlflowClient(uri)
    left = client.create_run(client.create_experiment("tablefit"), tags={JOB_TAG: JOB}).info.run_id
    client.log_param(left, "table", "quick")
    mirror(records, log, runs).close()
    (run,) = client.search_runs([client.get_experiment_by_name("tablefit").experiment_id])
    assert run.info.run_id == left
    assert [run.data.params[name] for name in ("table", "optimizer", "epochs")] == ["quick", "adam", "2"]


class Failing:
    """A mirror that fails at the second epoch, as often as it is told."""

    name = "failing"

    def __init__(self, failures: int) -> None:
        self.failures, self.epochs, self.ended = failures, [], False

    def begin(self, job: Job) -> None:
        self.epochs = []

    def write(self, job: Job, progress: Progress, time: datetime) -> None:
        if progress.epoch == 2 and self.failures:
            self.failures -= 1
            raise OSError("no room")
        self.epochs.append(progress.epoch)

    def end(self, job: Job, state: JobState, time: datetime) -> None:
        self.ended = state is JobState.SUCCEEDED


def test_a_mirror_that_fails_is_logged_and_tried_again_and_stops_nobody(records, log, caplog):
    failing, other = Failing(2), Failing(0)
    other.name = "other"
    with caplog.at_level(logging.ERROR):
        mirroring = mirror(records, log, failing, other, retry_s=0.01)
        for epoch in (1, 2, 3):
            add_epoch(log, epoch)
        log.add(JOB, EventKind.STATE, StateChange(JobState.SUCCEEDED))
        wait_until(lambda: failing.ended and other.ended)
        mirroring.close()
    assert (failing.epochs, other.epochs) == ([1, 2, 3], [1, 2, 3])
    assert f"the failing mirror of job {JOB} failed; it is tried again" in caplog.text


def test_a_mirror_that_fails_is_not_tried_again_at_each_event(records, log):
    failing, other = Failing(1000), Failing(0)
    other.name = "other"
    add_epoch(log, 1)
    add_epoch(log, 2)
    mirroring = mirror(records, log, failing, other, retry_s=3600.0)
    wait_until(lambda: other.epochs == [1, 2])
    for epoch in range(3, 9):
        add_epoch(log, epoch)
    made = Job(0, "other", JobState.QUEUED, complete(Options("quick", "mini_xception")), "", datetime.now(UTC))
    log.add_job(made)
    log.add("other", EventKind.STATE, StateChange(JobState.SUCCEEDED))
    wait_until(lambda: other.ended)
    assert failing.failures == 999
    mirroring.close()
    assert failing.failures == 998
