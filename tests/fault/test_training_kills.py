"""A training whose process, services and database are killed ends with the weights and history of one left alone.

Real services, a real database, a real process with TensorFlow. Dropout, augmentation, BatchNormalization, averaged
weights, early stopping and a learning rate schedule are in play, so all that has a state has to survive.
"""

import hashlib
import json
import random
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tablefit.data import DataClient, StreamOptions
from tablefit.training import (
    CheckpointEvent,
    EpochEvent,
    JobState,
    Progress,
    ResumedEvent,
    StateEvent,
    StepEvent,
    TrainingClient,
    TrainingSpec,
)

from tests.data_program import DataService
from tests.engines import Server
from tests.integration.keras.shades import store_shades
from tests.survival_program import EPOCHS, STEPS_PER_EPOCH
from tests.training_scripts import Gate
from tests.waiting import wait_until

pytestmark = pytest.mark.long

TIMEOUT_S = 120.0
STEPS = EPOCHS * STEPS_PER_EPOCH


@dataclass
class World:
    """A database, a data service and the place of training services."""

    database: Server
    data: DataService
    folder: Path
    gate: Gate

    def start_training(self) -> "Training":
        return Training(self)

    def moments(self, moments: list[list[tuple[str, int]]]) -> None:
        """When each of the next job's processes waits, and when it dies."""
        (self.folder / "moments.json").write_text(json.dumps(moments))


class Training:
    """A training service in a process of its own."""

    def __init__(self, world: World) -> None:
        command = [sys.executable, "-m", "tests.survival_program", world.folder, world.gate.path, world.data.address]
        root = Path(__file__).parents[2]
        self.process = subprocess.Popen(list(map(str, command)), cwd=root, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()

    def end(self, number: signal.Signals) -> None:
        """Sends a signal and waits for the end."""
        self.process.send_signal(number)
        self.process.wait(TIMEOUT_S)
        self.process.stdout.close()


@dataclass(frozen=True)
class Result:
    """What a job leaves: a digest of its weights, and its history."""

    weights: str
    history: list[Progress]


@pytest.fixture(scope="module")
def world(mysql_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("survival")
    (folder / "training").mkdir()
    url = mysql_server.create_database()
    data = DataService(folder / "data", "--database-url", url)
    store_shades(data.address, "shades", folder / "shades")
    gate = Gate(folder / "gate")
    yield World(mysql_server, data, folder / "training", gate)
    gate.close()
    data.kill()
    mysql_server.drop_database(url)


@pytest.fixture(scope="module")
def undisturbed(world: World) -> Result:
    world.moments([])
    training = world.start_training()
    with TrainingClient(training.address) as client:
        result = result_of(client, create_job(client), world.folder)
    training.end(signal.SIGTERM)
    assert all(progress.gradient_norm > 0 for progress in result.history)
    rates = [progress.learning_rate for progress in result.history]
    assert rates == sorted(rates, reverse=True)
    return result


def create_job(client: TrainingClient) -> str:
    return client.create_job(TrainingSpec("shades", "small")).job_id


def result_of(client: TrainingClient, job_id: str, folder: Path) -> Result:
    """Waits for the end of a job that succeeds."""
    events = list(client.watch_job(job_id))
    assert isinstance(events[-1], StateEvent)
    assert (events[-1].state, events[-1].failure) == (JobState.SUCCEEDED, "")
    client.download_model(job_id, folder / "model.keras")
    with zipfile.ZipFile(folder / "model.keras") as archive:
        weights = hashlib.sha256(archive.read("model.weights.h5")).hexdigest()
    told = [event.progress for event in events if isinstance(event, EpochEvent)]
    # All but times and memory, which are those of a process.
    left_out = {
        "rows_per_second": 0.0,
        "input_wait_share": 0.0,
        "time_left_s": None,
        "elapsed_s": 0.0,
        "memory_bytes": 0,
    }
    return Result(weights, [replace(progress, **left_out) for progress in told])


def wait_for_gate(world: World, job_id: str, attempt: int) -> None:
    """Waits until a process of a job is at the gate."""
    wait_until(lambda: (world.folder / "jobs" / job_id / f"at-gate-{attempt}").exists(), TIMEOUT_S)


def comes_to_gate(world: World, client: TrainingClient, job_id: str, attempt: int) -> bool:
    """Waits until a process of a job is at the gate; False when the job has ended without."""
    gate = world.folder / "jobs" / job_id / f"at-gate-{attempt}"
    wait_until(lambda: gate.exists() or client.get_job(job_id).state.is_final, TIMEOUT_S)
    return gate.exists()


def kill_data(world: World) -> None:
    """Kills the database and the data service, and starts them again."""
    world.database.kill()
    world.data.kill()
    world.database.execute("SELECT 1")
    world.data.start()


@contextmanager
def other_table_of_that_name(world: World) -> Iterator[None]:
    """The table has another name meanwhile, its snapshot too, and there is another table of its name."""
    with DataClient(world.data.address) as data:
        data.rename_table("shades", "moved")
        data.describe_stream(StreamOptions(table="moved"))
        data.create_table("shades")
        yield
        data.delete_table("shades")
        data.rename_table("moved", "shades")
        data.describe_stream(StreamOptions(table="shades"))


def test_a_training_survives_the_death_of_everything(world, undisturbed):
    chance = random.Random(7)
    world.moments(
        [
            [("gate", 5), ("step", chance.randint(STEPS_PER_EPOCH + 1, 2 * STEPS_PER_EPOCH - 1))],
            [("validation", 5)],
            [("writing", chance.randint(2 * STEPS_PER_EPOCH + 1, 40))],
            [("gate", chance.randint(44, 50))],
        ]
    )
    killed = world.start_training()
    with TrainingClient(killed.address) as client:
        job_id = create_job(client)
        wait_for_gate(world, job_id, 1)
        with other_table_of_that_name(world):
            kill_data(world)
            world.gate.open()
            wait_for_gate(world, job_id, 4)
        killed.end(signal.SIGKILL)
    training = world.start_training()
    with TrainingClient(training.address) as client:
        assert result_of(client, job_id, world.folder) == undisturbed
        events = list(client.watch_job(job_id))
        reasons = [event.reason for event in events if isinstance(event, ResumedEvent)]
        assert [reason.partition(" (")[0] for reason in reasons] == [
            "The training process was ended by SIGKILL",
            "The training process was ended by SIGKILL",
            "The training process was ended by SIGKILL",
            "the training service died",
        ]
        assert client.get_job(job_id).resume_count == 4
        check_told_steps(events)
    training.end(signal.SIGTERM)
    assert not (world.folder / "jobs" / job_id / "checkpoints").exists()


def check_told_steps(events: list) -> None:
    """Steps rise, but for where the job goes on after a checkpoint."""
    step, checkpoints = 0, {0}
    for event in events:
        if isinstance(event, CheckpointEvent):
            checkpoints.add(event.checkpoint.step)
        elif isinstance(event, ResumedEvent):
            # One that was safe, but whose process died before it said so, counts as well.
            assert event.step >= max(checkpoints)
            step = event.step
        elif isinstance(event, StepEvent):
            assert event.progress.step > step
            step = event.progress.step


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(20))
def test_a_training_survives_deaths_at_random_moments(world, undisturbed, seed):
    """Each process dies at a moment beyond the last one's, until one comes to the end."""
    chance = random.Random(seed)
    steps = sorted(chance.sample(range(1, 50), 4))
    kinds = [chance.choice(["step", "writing", "gate", "epoch", "validation"]) for _ in steps]
    numbers = {
        "epoch": lambda step: step // STEPS_PER_EPOCH + 1,
        "validation": lambda step: 3 * step // STEPS_PER_EPOCH + 1,
    }
    world.moments([[(kind, numbers.get(kind, int)(step))] for kind, step in zip(kinds, steps, strict=True)])
    training = world.start_training()
    job_id = ""
    for attempt, kind in enumerate([*kinds, "end"], 1):
        with TrainingClient(training.address) as client:
            job_id = job_id or create_job(client)
            if kind != "gate" or not comes_to_gate(world, client, job_id, attempt):
                continue
            kill_data(world)
            training.end(chance.choice([signal.SIGKILL, signal.SIGTERM]))
        training = world.start_training()
    with TrainingClient(training.address) as client:
        assert result_of(client, job_id, world.folder) == undisturbed
    training.end(signal.SIGTERM)
