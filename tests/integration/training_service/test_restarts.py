"""A training service that dies or stops, and starts again in the same directory."""

import signal

from tablefit.training import EpochEvent, StepEvent, TrainingClient
from tablefit.training.records import JobState

from tests.integration.training_service.conftest import end_of, spec, watch_until
from tests.integration.training_service.test_ends import wait_for_process


def test_a_service_killed_while_training_ends_its_child_and_knows_afterwards(run, tmp_path):
    killed = run()
    with TrainingClient(killed.address) as training:
        job_id = training.create_job(spec("endless")).job_id
        watch_until(training, job_id, StepEvent, 3)
        pid = int((tmp_path / "training" / "jobs" / job_id / "pid").read_text())
        killed.end(signal.SIGKILL)
    wait_for_process(pid)
    with TrainingClient(run().address) as training:
        job = training.get_job(job_id)
        assert job.state is JobState.FAILED
        assert job.failure == f"interrupted at step {job.progress.step}: the training service died"
        assert job.progress.step >= 3
        assert end_of(training, job_id).failure == job.failure
        assert job.script.startswith(f"# job {job_id}\n")


def test_nothing_stays_of_a_model_that_a_killed_service_was_left(run, tmp_path):
    killed = run()
    with TrainingClient(killed.address) as training:
        job_id = training.create_job(spec("saving")).job_id
        watch_until(training, job_id, EpochEvent)
        killed.end(signal.SIGKILL)
    run()
    folder = tmp_path / "training" / "jobs" / job_id
    assert sorted(path.name for path in folder.iterdir()) == ["output.log", "pid", "script.py"]


def test_queued_jobs_start_after_a_restart_in_their_order(run, gate):
    killed = run()
    with TrainingClient(killed.address) as training:
        first, second, third = (training.create_job(spec(name)).job_id for name in ("endless", "gated", "quick"))
        watch_until(training, first, StepEvent)
        killed.end(signal.SIGKILL)
    with TrainingClient(run().address) as training:
        watch_until(training, second, EpochEvent, 3)
        assert training.get_job(first).state is JobState.FAILED
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


def test_a_stop_ends_running_jobs_as_interrupted(run, tmp_path):
    stopped = run()
    with TrainingClient(stopped.address) as training:
        job_id = training.create_job(spec("gated")).job_id
        watch_until(training, job_id, EpochEvent, 3)
        pid = int((tmp_path / "training" / "jobs" / job_id / "pid").read_text())
        assert stopped.end(signal.SIGTERM) == 0
    wait_for_process(pid)
    with TrainingClient(run().address) as training:
        assert training.get_job(job_id).failure == "interrupted at step 12: the service was stopped"


def test_a_queued_job_reads_from_where_the_data_service_is_now(start, tmp_path):
    service = start()
    with TrainingClient(service.address) as training:
        running, queued = (training.create_job(spec(name)).job_id for name in ("endless", "telling"))
        watch_until(training, running, StepEvent)
        service.stop()
    with TrainingClient(start(data_service="127.0.0.1:2").address) as training:
        assert end_of(training, queued).state is JobState.SUCCEEDED
        assert (
            '"TABLEFIT_DATA_SERVICE": "127.0.0.1:2"'
            in (tmp_path / "training" / "jobs" / queued / "output.log").read_text()
        )


def test_a_watcher_that_comes_back_after_a_restart_loses_nothing(run):
    killed = run()
    with TrainingClient(killed.address) as training:
        job_id = training.create_job(spec("endless")).job_id
        events = training.watch_job(job_id, patience_s=0)
        seen = [next(events).sequence for _ in range(6)]
        killed.end(signal.SIGKILL)
    with TrainingClient(run().address) as training:
        seen += [event.sequence for event in training.watch_job(job_id, after_sequence=seen[-1])]
        assert seen == [event.sequence for event in training.watch_job(job_id)]
