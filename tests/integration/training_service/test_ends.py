"""How a job's process may end, and what the service makes of it."""

import math
import os
import re
import select
import signal

import pytest
from tablefit.training import (
    Checkpoint,
    CheckpointEvent,
    DataEvent,
    EpochEvent,
    ResumedEvent,
    StateEvent,
    StepEvent,
)
from tablefit.training.records import JobState

from tests.integration.training_service.conftest import end_of, spec, watch_until
from tests.waiting import wait_until
from training_service import resumption, runner

PEAK = r"its peak memory was [\d,]+ MiB of [\d,]+ MiB"
GIVEN_UP = ". It had gone on 3 times without coming to a new checkpoint."


def test_a_reason_that_the_script_gives_is_the_failure(training):
    end = end_of(training, training.create_job(spec("failing")).job_id)
    assert (end.state, end.failure) == (JobState.FAILED, "The loss became NaN at step 3.")


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        ("raising", rf"ended by itself with exit status 1 at step 0; {PEAK}. It last .*: .*about to divide / Zero"),
        ("killed", rf"ended by SIGKILL \(killed, perhaps for lack of memory\) at step 4; {PEAK}. It printed nothing"),
        ("segfaulting", rf"ended by SIGSEGV \(it touched memory that is not its own: .*\) at step 8; {PEAK}"),
        ("aborting", rf"ended by SIGABRT \(.*\) at step 0; {PEAK}"),
    ],
)
def test_a_process_that_dies_is_reported_with_its_cause(training, script, failure):
    job_id = training.create_job(spec(script)).job_id
    end = end_of(training, job_id)
    assert end.state is JobState.FAILED
    assert re.search(failure, end.failure), end.failure
    assert end.failure.endswith(GIVEN_UP)
    assert training.get_job(job_id).failure == end.failure


def test_a_process_killed_from_outside_is_followed_by_another(training, tmp_path):
    job_id = training.create_job(spec("surviving")).job_id
    watch_until(training, job_id, StepEvent)
    os.kill(int((tmp_path / "training" / "jobs" / job_id / "pid").read_text()), signal.SIGKILL)
    events = list(training.watch_job(job_id))
    (resumed,) = [event for event in events if isinstance(event, ResumedEvent)]
    reason = "The training process was ended by SIGKILL (killed, perhaps for lack of memory)"
    assert (resumed.step, resumed.reason, resumed.attempt) == (1, reason, 1)
    assert events[-1].state is JobState.SUCCEEDED
    assert training.get_job(job_id).resume_count == 1


def test_a_process_that_leaves_without_a_word_is_followed_by_another(training):
    job_id = training.create_job(spec("leaving_early")).job_id
    events = list(training.watch_job(job_id))
    (resumed,) = [event for event in events if isinstance(event, ResumedEvent)]
    assert (resumed.step, resumed.reason) == (4, "The training process ended by itself with exit status 1")
    assert events[-1].state is JobState.SUCCEEDED


def test_a_model_that_the_disk_refuses_is_kept_when_it_takes_it(training, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(resumption, "PAUSES_S", (0.5, 5.0, 30.0))
    (tmp_path / "training" / "models").touch()
    job_id = training.create_job(spec("quick")).job_id
    wait_until(lambda: "its model cannot be taken in" in caplog.text)
    (tmp_path / "training" / "models").unlink()
    assert end_of(training, job_id).state is JobState.SUCCEEDED
    assert training.download_model(job_id, tmp_path / "model").size_bytes == 2_100_000


@pytest.fixture
def no_folder(service, tmp_path):
    """A file that keeps the folders of jobs from being made, as a full disk does."""
    path = tmp_path / "training" / "jobs"
    path.touch()
    return path


def test_a_job_whose_process_cannot_be_started_is_tried_again(no_folder, training, monkeypatch, caplog):
    monkeypatch.setattr(resumption, "PAUSES_S", (0.5, 5.0, 30.0))
    job_id = training.create_job(spec("modelless")).job_id
    wait_until(lambda: "its process could not be started" in caplog.text)
    no_folder.unlink()
    assert end_of(training, job_id).state is JobState.SUCCEEDED


def test_a_job_whose_process_cannot_be_started_for_long_has_failed(no_folder, training, monkeypatch):
    monkeypatch.setattr(resumption, "PAUSES_S", (0.01, 0.01, 0.01))
    failure = end_of(training, training.create_job(spec("modelless")).job_id).failure
    assert failure == "The training process could not be started: Not a directory" + GIVEN_UP


def test_a_job_that_waits_for_its_process_to_be_started_can_be_cancelled(no_folder, training, caplog):
    job_id = training.create_job(spec("modelless")).job_id
    wait_until(lambda: "its process could not be started" in caplog.text)
    training.cancel_job(job_id)
    assert end_of(training, job_id).state is JobState.CANCELLED


def test_what_is_told_twice_is_kept_once(training):
    job_id = training.create_job(spec("dying")).job_id
    told = [summary(event) for event in training.watch_job(job_id)]
    assert told == [
        JobState.QUEUED,
        JobState.RUNNING,
        "data",
        ("epoch", 4),
        ("checkpoint", 4),
        ("step", 6),
        ("resumed", 4, 1),
        ("step", 5),
        ("epoch", 8),
        ("resumed", 4, 2),
        ("step", 5),
        ("checkpoint", 8),
        JobState.SUCCEEDED,
    ]
    job = training.get_job(job_id)
    assert (job.resume_count, job.checkpoint) == (2, Checkpoint(8, 2, 100, 0.5))


def test_a_job_that_comes_further_each_time_goes_on(training):
    job_id = training.create_job(spec("stubborn")).job_id
    assert end_of(training, job_id).state is JobState.SUCCEEDED
    assert training.get_job(job_id).resume_count == 5


def test_a_job_whose_process_died_can_be_cancelled(training, tmp_path):
    job_id = training.create_job(spec("endless")).job_id
    watch_until(training, job_id, StepEvent)
    os.kill(int((tmp_path / "training" / "jobs" / job_id / "pid").read_text()), signal.SIGKILL)
    watch_until(training, job_id, ResumedEvent)
    training.cancel_job(job_id)
    assert end_of(training, job_id).state is JobState.CANCELLED


def summary(event):
    """An event in short."""
    match event:
        case StateEvent():
            return event.state
        case DataEvent():
            return "data"
        case ResumedEvent():
            return ("resumed", event.step, event.attempt)
        case CheckpointEvent():
            return ("checkpoint", event.checkpoint.step)
    return ("epoch" if isinstance(event, EpochEvent) else "step", event.progress.step)


def test_a_crash_after_the_end_does_not_undo_it(training, tmp_path):
    job_id = training.create_job(spec("crashing_late")).job_id
    assert end_of(training, job_id).state is JobState.SUCCEEDED
    training.download_model(job_id, tmp_path / "model.keras")
    assert (tmp_path / "model.keras").read_bytes() == b"weights"


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        ("lying", "The training process announced a model and left none."),
        ("damaged", "The model's file is damaged: expected 7 bytes of SHA-256 00000000…, found 7 of 41f0c27c…."),
    ],
)
def test_a_model_that_is_not_the_one_announced_fails_the_job(training, script, failure):
    end = end_of(training, training.create_job(spec(script)).job_id)
    assert (end.state, end.failure) == (JobState.FAILED, failure)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_nothing_stays_of_a_model_that_was_not_finished(training, gate, tmp_path, number):
    job_id = training.create_job(spec("saving")).job_id
    folder = tmp_path / "training" / "jobs" / job_id
    watch_until(training, job_id, EpochEvent)
    os.kill(int((folder / "pid").read_text()), number)
    watch_until(training, job_id, ResumedEvent)
    for _ in range(3):
        gate.open()
    assert "ended by itself with exit status 0" in end_of(training, job_id).failure
    assert sorted(path.name for path in folder.iterdir()) == ["output.log", "pid", "script.py"]


def test_a_script_run_again_in_its_folder_leaves_the_job_its_model(training, tmp_path):
    job_id = training.create_job(spec("crashing_late")).job_id
    assert end_of(training, job_id).state is JobState.SUCCEEDED
    (tmp_path / "training" / "jobs" / job_id / "model.keras").write_bytes(b"other weights")
    training.download_model(job_id, tmp_path / "model.keras")
    assert (tmp_path / "model.keras").read_bytes() == b"weights"


def test_a_loss_that_is_no_number_breaks_nothing(training):
    job_id = training.create_job(spec("nan")).job_id
    events = list(training.watch_job(job_id))
    (epoch,) = [event for event in events if isinstance(event, EpochEvent)]
    assert math.isnan(epoch.progress.loss)
    assert epoch.progress.validation_metrics["loss"] == math.inf
    assert math.isnan(epoch.progress.validation_metrics["accuracy"])
    assert epoch.progress.time_left_s is None
    assert math.isnan(training.get_job(job_id).progress.loss)
    assert events[-1].state is JobState.SUCCEEDED


def test_messages_that_cannot_be_read_are_left_out(training, caplog):
    events = list(training.watch_job(training.create_job(spec("babbling")).job_id))
    assert [event.progress.step for event in events if isinstance(event, EpochEvent)] == [4]
    assert events[-1].state is JobState.SUCCEEDED
    logged = [record.message for record in caplog.records if record.name.startswith("training_service")]
    assert sum("no message" in line for line in logged) == 2
    assert sum("more than 8388608 bytes" in line for line in logged) == 1
    assert sum("unknown kind 'unheard_of'" in line for line in logged) == 1
    assert sum("'step', which cannot be read" in line for line in logged) == 1


def test_what_a_script_leaves_behind_ends_with_it(training, tmp_path):
    job_id = training.create_job(spec("leaving")).job_id
    assert end_of(training, job_id).state is JobState.SUCCEEDED
    orphan = int((tmp_path / "training" / "jobs" / job_id / "orphan.pid").read_text())
    wait_for_process(orphan)


def test_a_script_that_does_not_end_after_its_last_message_is_killed(training, monkeypatch):
    monkeypatch.setattr(runner, "ENDING_GRACE_S", 0.1)
    assert end_of(training, training.create_job(spec("lingering")).job_id).state is JobState.SUCCEEDED


def wait_for_process(pid: int) -> None:
    """Waits until a process has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, _, _ = select.select([descriptor], [], [], 20)
    os.close(descriptor)
    assert ended
