"""One running job: what it waits for, and what ends the waiting."""

import errno
import selectors
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from tests.training_scripts import complete, renderer
from tests.waiting import wait_until
from training_service import resumption
from training_service.events import EventLog
from training_service.job import Job, JobState
from training_service.options import Options
from training_service.records import Records
from training_service.supervision import Supervision
from training_service.time_limit import TIME_NAME

JOB = "0a1b2c3d"


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with closing(Records(tmp_path / "records.sqlite")) as records:
        yield records


@contextmanager
def supervised(
    records: Records, directory: Path, script: str, time_limit_s: float | None = None
) -> Iterator[Supervision]:
    """A job in its turn, which is interrupted at the end of the block if it still goes on."""
    options = Options(script, "mini_xception")
    specification = replace(complete(options), time_limit_s=time_limit_s)
    text = renderer(directory / "gate")(JOB, specification)
    job = Job(0, JOB, JobState.QUEUED, specification, text, datetime.now(UTC), asked=options.to_json())
    log = EventLog(records)
    supervision = Supervision(log.add_job(job), directory / "jobs" / JOB, log, lambda _: None)
    supervision.start()
    try:
        yield supervision
    finally:
        supervision.interrupt()
        supervision.join()
        log.close()


def test_the_wait_for_a_process_that_cannot_be_started_is_no_training_time(records, tmp_path, monkeypatch):
    monkeypatch.setattr(resumption, "PAUSES_S", (0.3, 0.3, 0.3))
    (tmp_path / "jobs" / JOB / "script.py").mkdir(parents=True)
    with supervised(records, tmp_path, "modelless", time_limit_s=60.0):
        wait_until(lambda: records.get_job(JOB).state.ended)
    failure = "The training process could not be started: Is a directory"
    assert records.get_job(JOB).failure.startswith(failure)
    assert float((tmp_path / "jobs" / JOB / TIME_NAME).read_text()) < 0.9


@pytest.mark.parametrize(("cancel", "state"), [(True, JobState.CANCELLED), (False, JobState.QUEUED)])
def test_a_job_does_not_wait_for_the_disk_to_take_its_model_once_it_is_to_end(records, tmp_path, caplog, cancel, state):
    (tmp_path / "models").touch()
    with supervised(records, tmp_path, "crashing_late") as supervision:
        wait_until(lambda: "its model cannot be taken in" in caplog.text)
        if cancel:
            supervision.cancel()
            supervision.join()
    job = records.get_job(JOB)
    assert (job.state, job.failure) == (state, "")
    assert not (tmp_path / "jobs" / JOB / "model.keras").exists()


def test_a_process_that_cannot_be_looked_after_is_not_said_to_have_not_started(records, tmp_path, monkeypatch):
    monkeypatch.setattr(resumption, "PAUSES_S", (0.01, 0.01, 0.01))

    def refuse() -> NoReturn:
        raise OSError(errno.EMFILE, "no descriptors")

    monkeypatch.setattr(selectors, "DefaultSelector", refuse)
    with supervised(records, tmp_path, "endless"):
        wait_until(lambda: records.get_job(JOB).state.ended)
    cause = "The training process was ended, since it could not be looked after: Too many open files, at step 0"
    assert records.get_job(JOB).failure == f"{cause}. It had gone on 3 times without coming to a new checkpoint."
