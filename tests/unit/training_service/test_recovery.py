"""What becomes of queued jobs when the service starts again."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tablefit.data import DataClient

from tests.training_scripts import complete, renderer
from tests.waiting import wait_until
from training_service.events import EventLog
from training_service.holding import SnapshotHolds
from training_service.job import EventKind, Job, JobState, Resumed, StateChange
from training_service.jobs import Complete, Jobs
from training_service.native import Native, OwnModel, StartingWeights
from training_service.options import Options
from training_service.own_models import OwnModels
from training_service.records import Records
from training_service.specification import Specification

DATA_SERVICE = "127.0.0.1:1"
JOB = "0a1b2c3d"


def queued(table: str, rerun_of: str = "") -> Job:
    options = Options(table, "mini_xception")
    specification = complete(options)
    script = renderer(Path("gate"))(JOB, specification)
    asked = options.to_json()
    return Job(0, JOB, JobState.QUEUED, specification, script, datetime.now(UTC), asked=asked, rerun_of=rerun_of)


@contextmanager
def restarted(
    directory: Path,
    job: Job,
    *,
    completed: Complete = complete,
    allow_own_code: bool = False,
    interrupted: bool = False,
) -> Iterator[tuple[Jobs, Records]]:
    """The jobs of a service that had queued a job, or was running it, when it ended."""
    with closing(Records(directory / "records.sqlite")) as records, DataClient(DATA_SERVICE) as data:
        records.add_job(job, job.create_time)
        if interrupted:
            records.add_event(JOB, EventKind.STATE, StateChange(JobState.RUNNING), job.create_time)
        log = EventLog(records)
        jobs = Jobs(
            records,
            log,
            completed,
            renderer(Path("gate")),
            SnapshotHolds(data),
            directory=directory,
            data_service=DATA_SERVICE,
            allow_own_code=allow_own_code,
        )
        jobs.recover()
        jobs.start()
        try:
            yield jobs, records
        finally:
            jobs.stop()
            log.close()


def test_a_kill_while_files_are_brought_leaves_nothing_that_the_next_start_does_not_settle(tmp_path, monkeypatch):
    job = queued("modelless")
    folders: list[str] = []

    def link(source: Path, target: Path) -> None:
        folders.append(target.parent.name)
        shutil.copyfile(source, target)

    def complete_with_own(options: Options) -> Specification:
        made = complete(options)
        return replace(made, native=replace(made.native, own_model=OwnModels(tmp_path).keep("json", b"{}")))

    with restarted(tmp_path, job, completed=complete_with_own) as (jobs, _):
        monkeypatch.setattr(os, "link", link)
        job_id = jobs.create(Options("quick", "mini_xception"), "", validate_only=False).job_id
        assert folders == [f".deleted-{job_id}"]
        assert (tmp_path / "jobs" / job_id / "own.json").read_bytes() == b"{}"


def test_a_job_that_takes_up_another_tells_so_also_after_a_restart(tmp_path):
    folder = tmp_path / "jobs" / JOB
    (folder / "checkpoints").mkdir(parents=True)
    for name in ("checkpoints/checkpoint-000000000004.npz", "epochs.csv", "starts"):
        (folder / name).write_text(".")
    with restarted(tmp_path, queued("unhurried", rerun_of="cafe")) as (jobs, records):
        wait_until(lambda: jobs.get(JOB).state.ended)
        events = records.read_events(JOB, 0, 100)
        told = [event.content for event in events if event.kind is EventKind.RESUMED]
        assert told == [Resumed(4, "it takes up job cafe", 1)]
        assert jobs.get(JOB).state is JobState.SUCCEEDED


@pytest.mark.parametrize(
    "native",
    [
        Native(own_model=OwnModel("json", "ab" * 32, runs_code=True)),
        Native(starting_weights=StartingWeights("cafe", runs_code=True)),
    ],
)
@pytest.mark.parametrize("interrupted", [False, True])
def test_code_of_a_caller_runs_no_more_once_the_operator_forbids_it(tmp_path, native, interrupted):
    job = queued("quick")
    job = replace(job, specification=replace(job.specification, native=native))
    with restarted(tmp_path, job, interrupted=interrupted) as (jobs, _):
        failure = "The job's model runs code of its own, and the training service was started without --allow-own-code."
        assert (jobs.get(JOB).state, jobs.get(JOB).failure) == (JobState.FAILED, failure)
    assert not (tmp_path / "jobs" / JOB / "script.py").exists()


def test_code_of_a_caller_runs_after_a_restart_that_still_allows_it(tmp_path):
    job = queued("modelless")
    native = Native(own_model=OwnModel("json", "ab" * 32, runs_code=True))
    job = replace(job, specification=replace(job.specification, native=native))
    with restarted(tmp_path, job, allow_own_code=True) as (jobs, _):
        wait_until(lambda: jobs.get(JOB).state is JobState.SUCCEEDED)
