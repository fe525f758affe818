"""A training service killed while jobs are made, cancelled and deleted: what it had answered holds afterwards."""

import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tablefit.errors import NotFound, Unavailable, WrongState
from tablefit.training import JobState, StateEvent, TrainingClient

from tests.integration.training_service.conftest import Program, spec
from tests.training_scripts import Gate
from tests.waiting import wait_until

SCRIPTS = ("modelless", "quick", "failing")


class Caller(threading.Thread):
    """Makes, cancels, moves and deletes jobs until the service has gone, and notes what it was told."""

    def __init__(self, address: str, seed: int) -> None:
        super().__init__()
        self.address, self.chance, self.count = address, random.Random(seed), 0
        self.made: dict[str, tuple[str, str]] = {}
        self.asked: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.perhaps_deleted: set[str] = set()

    def run(self) -> None:
        with TrainingClient(self.address) as training:
            while True:
                try:
                    self.call(training)
                except (WrongState, NotFound):
                    continue
                except Unavailable:
                    return

    def call(self, training: TrainingClient) -> None:
        self.count += 1
        kind = self.chance.random()
        if kind < 0.5 or not self.made:
            request_id = f"{self.name}-{self.count}"
            script = self.asked[request_id] = self.chance.choice(SCRIPTS)
            self.made[request_id] = (training.create_job(spec(script), request_id=request_id).job_id, script)
            return
        job_id, _ = self.chance.choice(list(self.made.values()))
        if kind < 0.7:
            training.cancel_job(job_id)
        elif kind < 0.8:
            training.prioritize_job(job_id, self.chance.randint(-5, 5))
        else:
            self.perhaps_deleted.add(job_id)
            training.delete_job(job_id, delete_model=True)
            self.deleted.add(job_id)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path / "gate")
    yield gate
    gate.close()


def test_what_was_answered_holds_after_kills(tmp_path: Path, gate: Gate):
    callers: list[Caller] = []
    for seed in range(3):
        killed = Program(tmp_path / "training", gate.path)
        caller = Caller(killed.address, seed)
        callers.append(caller)
        caller.start()
        wait_until(lambda caller=caller: caller.count > 12 or not caller.is_alive())
        killed.end(signal.SIGKILL)
        caller.join(30)
    last = Program(tmp_path / "training", gate.path)
    with TrainingClient(last.address) as training:
        check_promises(training, callers)
        wait_until(lambda: not list(training.list_jobs([JobState.QUEUED, JobState.RUNNING])))
        known = {job.job_id for job in training.list_jobs()}
        for job_id in known:
            check_life(training, job_id)
    assert {folder.name for folder in (tmp_path / "training" / "jobs").iterdir()} <= known
    assert last.end(signal.SIGTERM) == 0


def check_promises(training: TrainingClient, callers: list[Caller]) -> None:
    """What was made is there, once, also when it is asked for again; what was deleted is gone."""
    for caller in callers:
        for request_id, script in caller.asked.items():
            job_id, _ = caller.made.get(request_id, ("", script))
            if job_id in caller.perhaps_deleted:
                continue
            again = training.create_job(spec(script), request_id=request_id).job_id
            assert job_id in ("", again)
            assert [job.job_id for job in training.list_jobs()].count(again) == 1
        for job_id in caller.deleted:
            with pytest.raises(NotFound):
                training.get_job(job_id)


def check_life(training: TrainingClient, job_id: str) -> None:
    """A job has ended once, and nothing came after that."""
    events = list(training.watch_job(job_id))
    states = [event.state for event in events if isinstance(event, StateEvent)]
    assert [event.sequence for event in events] == sorted({event.sequence for event in events})
    assert states[0] is JobState.QUEUED
    assert [state for state in states if state.is_final] == states[-1:]
