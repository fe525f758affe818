"""A training service that dies or stops, and starts again in the same directory."""

import os
import signal

import pytest
from tablefit.training import EpochEvent, ResumedEvent, StateEvent, StepEvent, TrainingClient
from tablefit.training.records import JobState

from tests.integration.training_service.conftest import end_of, spec, watch_until
from tests.integration.training_service.test_ends import wait_for_process
from training_service.specification import Specification


@pytest.mark.parametrize(
    ("number", "reason"),
    [(signal.SIGKILL, "the training service died"), (signal.SIGTERM, "the training service was stopped")],
)
def test_a_job_goes_on_after_a_restart_of_the_service(run, tmp_path, number, reason):
    killed = run()
    with TrainingClient(killed.address) as training:
        job_id = training.create_job(spec("surviving")).job_id
        watch_until(training, job_id, StepEvent, 3)
        pid = int((tmp_path / "training" / "jobs" / job_id / "pid").read_text())
        killed.end(number)
    wait_for_process(pid)
    with TrainingClient(run().address) as training:
        events = list(training.watch_job(job_id))
        states = [event.state for event in events if isinstance(event, StateEvent)]
        waits, runs = JobState.QUEUED, JobState.RUNNING
        assert states == [waits, runs, waits, runs, JobState.SUCCEEDED]
        (resumed,) = [event for event in events if isinstance(event, ResumedEvent)]
        assert (resumed.step, resumed.reason, resumed.attempt) == (1, reason, 1)
        job = training.get_job(job_id)
        assert job.progress.step >= 3
        assert job.start_time == next(event.time for event in events if getattr(event, "state", None) is runs)
        assert job.script.startswith(f"# job {job_id}\n")


def test_a_job_that_its_service_dies_with_again_and_again_has_failed(run):
    for attempt in range(4):
        killed = run()
        with TrainingClient(killed.address) as training:
            if attempt == 0:
                job_id = training.create_job(spec("endless")).job_id
            watch_until(training, job_id, StepEvent if attempt == 0 else ResumedEvent, attempt or 1)
            killed.end(signal.SIGKILL)
    with TrainingClient(run().address) as training:
        failure = end_of(training, job_id).failure
    assert failure.startswith("The training service died with it at step ")
    assert failure.endswith(". It had gone on 3 times without coming to a new checkpoint.")


def test_nothing_stays_of_a_model_that_a_killed_service_was_left(run, gate, tmp_path):
    killed = run()
    with TrainingClient(killed.address) as training:
        job_id = training.create_job(spec("saving")).job_id
        watch_until(training, job_id, EpochEvent)
        killed.end(signal.SIGKILL)
    for _ in range(3):
        gate.open()
    with TrainingClient(run().address) as training:
        assert "ended by itself with exit status 0" in end_of(training, job_id).failure
    folder = tmp_path / "training" / "jobs" / job_id
    assert sorted(path.name for path in folder.iterdir()) == ["output.log", "pid", "script.py"]


def test_queued_jobs_start_after_a_restart_in_their_order(run, gate):
    killed = run()
    with TrainingClient(killed.address) as training:
        first, second, third = (training.create_job(spec(name)).job_id for name in ("endless", "gated", "quick"))
        watch_until(training, first, StepEvent)
        killed.end(signal.SIGKILL)
    with TrainingClient(run().address) as training:
        watch_until(training, first, ResumedEvent)
        training.cancel_job(first)
        watch_until(training, second, EpochEvent, 3)
        assert training.get_job(third).state is JobState.QUEUED
        gate.open()
        assert end_of(training, second).state is JobState.SUCCEEDED
        assert end_of(training, third).state is JobState.SUCCEEDED
        assert [job.job_id for job in training.list_jobs()] == [third, second, first]


def test_events_and_models_outlive_the_service(run, tmp_path):
    stopped = run()
    with TrainingClient(stopped.address) as training:
        job_id = training.create_job(spec("quick")).job_id
        before = list(training.watch_job(job_id))
        assert stopped.end(signal.SIGTERM) == 0
    with TrainingClient(run().address) as training:
        assert list(training.watch_job(job_id)) == before
        assert training.download_model(job_id, tmp_path / "model").size_bytes == 2_100_000
        assert training.create_job(spec("quick")).job_id != job_id


def test_a_request_is_remembered_over_a_restart(run):
    stopped = run()
    with TrainingClient(stopped.address) as training:
        job_id = training.create_job(spec("modelless"), request_id="mine").job_id
        end_of(training, job_id)
        stopped.end(signal.SIGTERM)
    with TrainingClient(run().address) as training:
        assert training.create_job(spec("modelless"), request_id="mine").job_id == job_id


def test_a_queued_job_reads_from_where_the_data_service_is_now(start, tmp_path):
    service = start()
    with TrainingClient(service.address) as training:
        running, queued = (training.create_job(spec(name)).job_id for name in ("endless", "telling"))
        watch_until(training, running, StepEvent)
        service.stop()
    with TrainingClient(start(data_service="127.0.0.1:2").address) as training:
        training.cancel_job(running)
        assert end_of(training, queued).state is JobState.SUCCEEDED
        assert (
            '"TABLEFIT_DATA_SERVICE": "127.0.0.1:2"'
            in (tmp_path / "training" / "jobs" / queued / "output.log").read_text()
        )


def test_the_script_of_a_job_that_goes_on_is_not_written_again(start, tmp_path):
    service = start()
    with TrainingClient(service.address) as training:
        job_id = training.create_job(spec("endless")).job_id
        watch_until(training, job_id, StepEvent)
        service.stop()
    script = tmp_path / "training" / "jobs" / job_id / "script.py"
    os.utime(script, ns=(1, 1))
    with TrainingClient(start().address) as training:
        watch_until(training, job_id, ResumedEvent)
    assert script.stat().st_mtime_ns == 1


def test_a_job_whose_script_cannot_be_written_anew_does_not_keep_the_service_from_starting(start):
    def forget(job_id: str, specification: Specification) -> str:
        raise KeyError(specification.architecture)

    service = start()
    with TrainingClient(service.address) as training:
        running, queued = (training.create_job(spec("endless")).job_id for _ in range(2))
        watch_until(training, running, StepEvent)
        service.stop()
    with TrainingClient(start(data_service="127.0.0.1:2", render=forget).address) as training:
        for job_id in (running, queued):
            job = training.get_job(job_id)
            assert job.state is JobState.FAILED
            assert "The data service has moved" in job.failure


def test_a_watcher_that_comes_back_after_a_restart_loses_nothing(run):
    killed = run()
    with TrainingClient(killed.address) as training:
        job_id = training.create_job(spec("surviving")).job_id
        events = training.watch_job(job_id, patience_s=0)
        seen = [next(events).sequence for _ in range(6)]
        killed.end(signal.SIGKILL)
    with TrainingClient(run().address) as training:
        seen += [event.sequence for event in training.watch_job(job_id, after_sequence=seen[-1])]
        assert seen == [event.sequence for event in training.watch_job(job_id)]
