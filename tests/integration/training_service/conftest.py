"""A training service over scripts without Keras, its client, and the gate that scripts wait at."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tablefit.rpc.channel import open_channel
from tablefit.training import Event, StateEvent, TrainingClient, TrainingSpec
from tablefit.v1.training_service_pb2_grpc import TrainingServiceStub

from tests.training_program import Service, start_service
from tests.training_scripts import Gate
from training_service.adviser import Adviser


@pytest.fixture(scope="session")
def adviser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adviser]:
    """A helper process with Keras, which takes seconds to start: one for all tests."""
    adviser = Adviser(tmp_path_factory.mktemp("adviser"))
    yield adviser
    adviser.close()


class Program:
    """A training service in a process of its own."""

    def __init__(self, directory: Path, gate: Path) -> None:
        command = [sys.executable, "-m", "tests.training_program", str(directory), str(gate)]
        self.process = subprocess.Popen(command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()

    def end(self, number: signal.Signals) -> int:
        """Sends a signal and waits for the end."""
        self.process.send_signal(number)
        status = self.process.wait(20)
        self.process.stdout.close()
        return status


@pytest.fixture
def run(tmp_path, gate):
    """Runs services in one directory, one after the other."""
    programs: list[Program] = []

    def run_one() -> Program:
        programs.append(Program(tmp_path / "training", gate.path))
        return programs[-1]

    yield run_one
    for program in programs:
        if program.process.poll() is None:
            program.end(signal.SIGKILL)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path / "gate")
    yield gate
    gate.close()


@pytest.fixture
def start(tmp_path: Path, gate: Gate, adviser: Adviser) -> Iterator[Callable[..., Service]]:
    """Starts services in one directory; what still runs at the end is stopped."""
    services: list[Service] = []

    def start_one(**options) -> Service:
        services.append(start_service(tmp_path / "training", gate.path, adviser=adviser, **options))
        return services[-1]

    yield start_one
    for service in services:
        service.stop()


@pytest.fixture
def service(start) -> Service:
    return start()


@pytest.fixture
def training(service: Service) -> Iterator[TrainingClient]:
    with TrainingClient(service.address) as client:
        yield client


@pytest.fixture
def stub(service: Service) -> Iterator[TrainingServiceStub]:
    """The contract itself, for what the client does not show."""
    with open_channel(service.address) as channel:
        yield TrainingServiceStub(channel)


def spec(script: str, **options) -> TrainingSpec:
    """A specification whose table names a script."""
    return TrainingSpec(table=script, architecture="mini_xception", **options)


def end_of(client: TrainingClient, job_id: str) -> StateEvent:
    """Waits for the end of a job."""
    *_, last = client.watch_job(job_id)
    assert isinstance(last, StateEvent)
    assert last.state.is_final
    return last


def watch_until(client: TrainingClient, job_id: str, kind: type[Event], count: int = 1) -> Iterator[Event]:
    """Follows a job to the `count`th event of a kind; returns the rest of the events."""
    events = client.watch_job(job_id)
    for _ in range(count):
        while not isinstance(next(events), kind):
            pass
    return events
