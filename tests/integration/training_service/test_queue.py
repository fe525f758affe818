"""Whose turn it is, and how long a turn may last."""

from functools import partial

import pytest
from tablefit.errors import InvalidInput, NotFound, WrongState
from tablefit.rpc.calls import translated
from tablefit.training import EpochEvent, ResumedEvent, StepEvent, TrainingClient
from tablefit.training.records import JobState
from tablefit.v1 import training_service_pb2 as pb

from tests.integration.training_service.conftest import end_of, spec, watch_until
from tests.waiting import wait_until
from training_service import jobs
from training_service.time_limit import TIME_NAME


def order_of_starts(training: TrainingClient, job_ids: list[str]) -> list[str]:
    """The jobs in the order in which they had their turn, once all have ended."""
    for job_id in job_ids:
        end_of(training, job_id)
    return sorted(job_ids, key=lambda job_id: training.get_job(job_id).start_time)


def test_the_higher_priority_has_its_turn_first_and_among_equals_the_older(training, gate):
    running = training.create_job(spec("gated", priority=-100)).job_id
    watch_until(training, running, EpochEvent, 3)
    low, first, second, high = (
        training.create_job(spec("modelless", priority=priority)).job_id for priority in (-5, None, 0, 7)
    )
    gate.open()
    assert order_of_starts(training, [low, first, second, high]) == [high, first, second, low]


def test_priorities_outlive_the_service(start, gate):
    service = start()
    with TrainingClient(service.address) as training:
        running = training.create_job(spec("endless")).job_id
        watch_until(training, running, StepEvent)
        low, high = (training.create_job(spec("modelless", priority=priority)).job_id for priority in (1, 2))
        service.stop()
    with TrainingClient(start().address) as training:
        training.cancel_job(running)
        assert order_of_starts(training, [low, high]) == [high, low]
        assert training.get_job(high).spec.priority == 2


def test_a_queued_job_is_moved_forward_and_a_running_one_is_not(training, gate):
    running = training.create_job(spec("gated")).job_id
    watch_until(training, running, EpochEvent, 3)
    first, second = (training.create_job(spec("modelless")).job_id for _ in range(2))
    assert training.prioritize_job(second, 3).spec.priority == 3
    with pytest.raises(WrongState, match=f"Job {running} waits no more"):
        training.prioritize_job(running, 3)
    with pytest.raises(InvalidInput, match="a priority from -100 to 100, received 101"):
        training.prioritize_job(first, 101)
    with pytest.raises(NotFound):
        training.prioritize_job("nowhere", 1)
    gate.open()
    assert order_of_starts(training, [first, second]) == [second, first]


def test_a_job_that_cannot_be_read_is_tried_again_and_lets_others_pass(service, training, gate, monkeypatch, caplog):
    monkeypatch.setattr(jobs, "_RETRY_S", 0.05)
    names = ("gated", "modelless", "quick")
    running, damaged, other = (training.create_job(spec(name)).job_id for name in names)
    watch_until(training, running, EpochEvent, 3)
    change = partial(service.records._connection.execute, "UPDATE jobs SET specification = ? WHERE job_id = ?")
    whole = service.records.get_job(damaged).specification.to_json()
    change(("{}", damaged))
    gate.open()
    assert end_of(training, other).state is JobState.SUCCEEDED
    wait_until(lambda: caplog.text.count(f"job {damaged} waits on, since it cannot be started now") >= 3)
    change((whole, damaged))
    assert end_of(training, damaged).state is JobState.SUCCEEDED


def test_nothing_but_the_priority_of_a_queued_job_can_be_changed(stub):
    request = pb.UpdateTrainingJobRequest(job_id="any")
    request.update_mask.paths.append("epochs")
    with pytest.raises(InvalidInput, match=r"expected priority, .*, received 'epochs'"), translated("service"):
        stub.UpdateTrainingJob(request)


def test_a_job_over_its_time_limit_is_stopped_and_has_failed(training, tmp_path):
    job = training.create_job(spec("endless", time_limit_s=1))
    assert job.spec.time_limit_s == 1
    end = end_of(training, job.job_id)
    step = training.get_job(job.job_id).progress.step
    assert end.state is JobState.FAILED
    reached = int(end.failure.removeprefix("stopped at step ").partition(":")[0])
    assert reached >= step > 10
    assert end.failure.endswith(": its time limit of 1 s had passed")


def test_a_job_over_its_time_limit_can_be_taken_up_where_it_was(training, tmp_path):
    earlier = training.create_job(spec("unhurried", time_limit_s=1)).job_id
    failure = "stopped at step 5: its time limit of 1 s had passed. To go on from its last checkpoint: "
    assert end_of(training, earlier).failure == f"{failure}tablefit job rerun {earlier} --resume --time-limit 2s"
    with pytest.raises(InvalidInput, match=r"the same but for time_limit, .*, received another epochs; run it"):
        training.rerun_job(earlier, {"epochs": 5}, resume=True)
    job_id = training.rerun_job(earlier, {"time_limit_s": 600}, resume=True).job_id
    (resumed,) = [event for event in training.watch_job(job_id) if isinstance(event, ResumedEvent)]
    assert (resumed.step, resumed.reason) == (4, f"it takes up job {earlier}")
    assert training.get_job(job_id).state is JobState.SUCCEEDED
    folders = tmp_path / "training" / "jobs"
    assert (folders / job_id / "output.log").read_text() == "kept kept\n"
    # Neither has touched what is the other's.
    assert (folders / earlier / "epochs.csv").read_text() == "kept"
    assert (folders / earlier / "checkpoints/checkpoint-000000000004.npz").exists()
    assert not (folders / job_id / "checkpoints").exists()
    with pytest.raises(WrongState, match=f"Job {job_id} has succeeded and left no checkpoint to go on from"):
        training.rerun_job(job_id, resume=True)


def test_a_time_limit_counts_all_processes_of_a_job(training, gate, tmp_path):
    waiting = training.create_job(spec("gated")).job_id
    watch_until(training, waiting, EpochEvent, 3)
    job_id = training.create_job(spec("importing", time_limit_s=3600)).job_id
    folder = tmp_path / "training" / "jobs" / job_id
    folder.mkdir(parents=True)
    (folder / TIME_NAME).write_text("3600.5\n")
    gate.open()
    end = end_of(training, job_id)
    assert (end.state, end.failure) == (JobState.FAILED, "stopped at step 0: its time limit of 1 h had passed")
    assert float((folder / TIME_NAME).read_text()) > 3600.5


def test_a_job_that_ends_within_its_limit_succeeds(training, tmp_path):
    job_id = training.create_job(spec("quick", time_limit_s=600)).job_id
    assert end_of(training, job_id).state is JobState.SUCCEEDED
    assert float((tmp_path / "training" / "jobs" / job_id / TIME_NAME).read_text()) < 60


def test_a_cancelled_job_with_a_limit_was_cancelled(training):
    job_id = training.create_job(spec("endless", time_limit_s=600)).job_id
    watch_until(training, job_id, StepEvent)
    training.cancel_job(job_id)
    assert end_of(training, job_id).state is JobState.CANCELLED
