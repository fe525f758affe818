"""Jobs on a disk that is full, and has room again later."""

from dataclasses import replace
from functools import partial

import pytest
from tablefit.errors import TooBusy
from tablefit.training import EpochEvent, TrainingClient
from tablefit.training.records import JobState

from tests import training_scripts
from tests.integration.training_service.conftest import end_of, spec, watch_until
from tests.training_program import Service
from tests.waiting import wait_until
from training_service import job, runner, supervision
from training_service.options import Options
from training_service.own_models import OwnModels
from training_service.specification import Specification


def fill_disk(service: Service, job_id: str) -> None:
    """Lets the file of records grow no more, and fills it with events of a running job."""
    limit_pages(service, 1)
    add = partial(service.log.add, job_id, job.EventKind.STATE, job.StateChange(job.JobState.RUNNING))
    with pytest.raises(TooBusy, match="The disk of the training service is full; free some space"):
        list(iter(add, None))


def limit_pages(service: Service, count: int) -> None:
    """SQLite then fails as on a full disk; it takes no fewer pages than the file has."""
    service.records._connection.execute(f"PRAGMA max_page_count = {count}")


@pytest.fixture
def quick_retry(monkeypatch):
    monkeypatch.setattr(supervision, "_RETRY_S", 0.05)


def test_a_job_that_ends_on_a_full_disk_is_told_to_have_ended_later(quick_retry, service, training, gate, caplog):
    running, queued = (training.create_job(spec(name)).job_id for name in ("gated", "modelless"))
    watch_until(training, running, EpochEvent, 3)
    fill_disk(service, running)
    gate.open()
    wait_until(lambda: "is succeeded, which cannot be kept yet" in caplog.text)
    assert training.get_job(running).state is JobState.RUNNING
    limit_pages(service, 10**6)
    assert end_of(training, running).state is JobState.SUCCEEDED
    assert end_of(training, queued).state is JobState.SUCCEEDED


def test_a_job_is_cancelled_on_a_full_disk(quick_retry, service, training, monkeypatch):
    monkeypatch.setattr(runner, "CANCEL_GRACE_S", 0.1)
    job_id = training.create_job(spec("gated")).job_id
    watch_until(training, job_id, EpochEvent, 3)
    fill_disk(service, job_id)
    training.cancel_job(job_id)
    limit_pages(service, 10**6)
    assert end_of(training, job_id).state is JobState.CANCELLED


def test_a_job_that_cannot_be_kept_is_refused_with_the_reason(service, training):
    running = training.create_job(spec("gated")).job_id
    watch_until(training, running, EpochEvent, 3)
    fill_disk(service, running)
    with pytest.raises(TooBusy, match="The disk of the training service is full; free some space"):
        training.create_job(spec("modelless"))
    limit_pages(service, 10**6)
    assert [made.job_id for made in training.list_jobs()] == [running]


def test_nothing_stays_of_a_job_that_is_refused(start, gate, tmp_path):
    own_models = OwnModels(tmp_path / "training")

    def complete(options: Options) -> Specification:
        made = training_scripts.complete(options)
        own = own_models.keep("json", b"{}") if options.table == "modelless" else None
        return replace(made, native=replace(made.native, own_model=own))

    service = start(complete=complete)
    with TrainingClient(service.address) as training:
        running = training.create_job(spec("gated")).job_id
        watch_until(training, running, EpochEvent, 3)
        fill_disk(service, running)
        with pytest.raises(TooBusy, match="The disk of the training service is full; free some space"):
            training.create_job(spec("modelless"))
        limit_pages(service, 10**6)
    assert [path.name for path in (tmp_path / "training" / "jobs").iterdir()] == [running]


def test_a_service_stops_although_its_disk_is_full(quick_retry, service, training):
    job_id = training.create_job(spec("gated")).job_id
    watch_until(training, job_id, EpochEvent, 3)
    fill_disk(service, job_id)
    service.stop()
