"""The file of jobs and events."""

import math
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tablefit.data import DataClient
from tablefit.errors import NotFound, WrongState

from tests.training_scripts import complete
from training_service.events import EventLog
from training_service.holding import SnapshotHolds
from training_service.job import EventKind, Job, JobData, JobState, ModelFile, Progress, StateChange
from training_service.job_filter import JobFilter
from training_service.jobs import Jobs
from training_service.options import Options
from training_service.records import Records
from training_service.rows import ADDED_COLUMNS
from training_service.specification import Pin

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
DATA = JobData(("cat", "dög"), 8, 2, 4, (28, 28, 1), Pin("s1", 10, "ab" * 32))
MODEL = ModelFile("digits-mini_xception.keras", 7, "cd" * 32, 1234)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "records.sqlite"


@pytest.fixture
def records(path):
    records = Records(path)
    yield records
    records.close()


def queued(job_id: str = "0a1b2c3d", request_id: str = "") -> Job:
    options = Options("quick", "mini_xception")
    return Job(0, job_id, JobState.QUEUED, complete(options), "print(1)", NOW, request_id, options.to_json())


def test_jobs_of_a_file_without_the_columns_of_later_releases_are_kept(records, path):
    before = records.add_job(queued(), NOW)
    records.close()
    with closing(sqlite3.connect(path)) as connection:
        for name in ADDED_COLUMNS:
            connection.execute(f"ALTER TABLE jobs DROP COLUMN {name}")
    again = Records(path)
    assert again.get_job("0a1b2c3d") == before
    assert again.count_break("0a1b2c3d") == 1
    again.close()


def test_a_job_and_its_events_survive_being_closed(records, path):
    records.add_job(queued(request_id="mine"), NOW)
    contents = [
        (EventKind.STATE, StateChange(JobState.RUNNING)),
        (EventKind.DATA, DATA),
        (EventKind.STEP, Progress(1, 8, 1, 2, 0.5, {"accuracy": 0.25}, {}, 10.0, 0.5, 1.5, 3.0)),
        (EventKind.EPOCH, Progress(4, 8, 1, 2, 0.25)),
        (EventKind.STATE, StateChange(JobState.SUCCEEDED, model=MODEL)),
    ]
    assert [records.add_event("0a1b2c3d", kind, content, NOW) for kind, content in contents] == [2, 3, 4, 5, 6]
    before = records.get_job("0a1b2c3d")
    records.close()
    again = Records(path)
    assert again.get_job("0a1b2c3d") == before == again.find_request("mine")
    assert (before.state, before.data, before.model) == (JobState.SUCCEEDED, DATA, MODEL)
    assert (before.create_time, before.start_time, before.end_time) == (NOW, NOW, NOW)
    events = again.read_events("0a1b2c3d", 1, 100)
    assert [(event.kind, event.content) for event in events] == contents
    assert [event.ends_job for event in events] == [False, False, False, False, True]
    again.close()


def test_a_loss_that_is_no_number_is_kept(records):
    records.add_job(queued(), NOW)
    records.add_event("0a1b2c3d", EventKind.EPOCH, Progress(4, 8, 1, 2, math.nan, {"loss": math.inf}), NOW)
    progress = records.get_job("0a1b2c3d").progress
    assert math.isnan(progress.loss)
    assert progress.metrics == {"loss": math.inf}


def test_an_unknown_job_is_not_found(records):
    with pytest.raises(NotFound, match="There is no job 'x'"):
        records.get_job("x")


def test_one_request_id_makes_one_job(records):
    records.add_job(queued("one", "mine"), NOW)
    with pytest.raises(sqlite3.IntegrityError):
        records.add_job(queued("two", "mine"), NOW)
    assert [job.job_id for job in records.list_jobs(JobFilter(), None, 10)] == ["one"]


def test_a_cancel_is_noted_until_the_job_ends_and_not_after(records):
    records.add_job(queued(), NOW)
    records.request_cancel("0a1b2c3d")
    assert records.get_job("0a1b2c3d").cancel_requested
    records.add_event("0a1b2c3d", EventKind.STATE, StateChange(JobState.CANCELLED), NOW)
    records.request_cancel("0a1b2c3d")
    assert not records.get_job("0a1b2c3d").cancel_requested


def test_records_of_a_newer_release_are_refused(path):
    Records(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(WrongState, match="were written by a newer release"):
        Records(path)


def recovered(records: Records, directory: Path) -> Job:
    """The job as it is after a start of the service."""
    with DataClient("127.0.0.1:1") as data:
        holds = SnapshotHolds(data)
        log = EventLog(records)
        jobs = Jobs(records, log, complete, lambda *_: "", holds, directory=directory, data_service="127.0.0.1:1")
        jobs.recover()
        holds.close()
        return jobs.get("0a1b2c3d")


@pytest.mark.parametrize(
    ("state", "stay"),
    [(JobState.RUNNING, True), (JobState.SUCCEEDED, False), (JobState.CANCELLED, False), (JobState.FAILED, True)],
)
def test_checkpoints_stay_until_nobody_has_use_for_them(records, tmp_path, state, stay):
    kept = tmp_path / "jobs/0a1b2c3d/checkpoints/checkpoint-000000000004.npz"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"weights")
    records.add_job(queued(), NOW)
    records.add_event("0a1b2c3d", EventKind.STATE, StateChange(state), NOW)
    recovered(records, tmp_path)
    assert kept.exists() == stay


def test_a_job_queued_by_a_release_without_snapshots_has_failed(records, tmp_path):
    job = queued()
    specification = replace(job.specification, pin=Pin("", 10, "ab" * 32))
    records.add_job(replace(job, specification=specification), NOW)
    failure = "The job was queued by an earlier release, whose jobs read no snapshots; start it again."
    job = recovered(records, tmp_path)
    assert (job.state, job.failure) == (JobState.FAILED, failure)


@pytest.mark.parametrize(
    ("cancel", "state", "failure"),
    [
        (False, JobState.QUEUED, ""),
        (True, JobState.CANCELLED, ""),
    ],
)
def test_a_job_that_lost_its_service_is_queued_again_or_cancelled(records, tmp_path, cancel, state, failure):
    records.add_job(queued(), NOW)
    records.add_event("0a1b2c3d", EventKind.STATE, StateChange(JobState.RUNNING), NOW)
    records.add_event("0a1b2c3d", EventKind.EPOCH, Progress(4, 8, 1, 2, 0.5), NOW)
    if cancel:
        records.request_cancel("0a1b2c3d")
    job = recovered(records, tmp_path)
    assert (job.state, job.failure) == (state, failure)
    assert records.read_events("0a1b2c3d", 0, 10)[-1].content == StateChange(state, failure)
