"""The contests of training: jobs through MySQL and both services against `model.fit` on arrays in memory.

All train the same network on scikit-learn's digits for the same epochs. Timed is from the first request for data, or
from before the network is built where the data is in memory already, to the end of `fit`; starting processes and
loading Keras are not.

    in memory                the batches of the job in its order, with its determinism, threads and settings
    Keras's own defaults     the rows in arrays, and nothing settled
    first step               from submitting a job to the end of its first step, less the seconds that it may take
                             longer, and from building the network to there in a process that has loaded Keras
"""

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tablefit
from tablefit.cli.digits import write_digits
from tablefit.data import DataClient, StreamOptions
from tablefit.training import EpochEvent, StepEvent

from tests.benchmarks.arena import Arena, play
from tests.benchmarks.contests import Contest, Line, Target
from tests.benchmarks.training_process import seconds_in_memory
from tests.data_program import data_services

TABLE = "digits"
SIDE, BATCH_ROWS, EPOCHS = 20, 64, 10
NETWORKS = ("simple_cnn", "mini_xception")
# How much longer the first step of a job may take than Keras does.
ALLOWED_START_S = 2.0
_FIRST_BATCH_ROWS = 1_500
_UNIT = "s"
_TRAINED = re.compile(rb"^Trained in ([0-9.]+) s", re.MULTILINE)


@dataclass(frozen=True)
class Ended:
    """What a job says of itself."""

    seconds: float
    waiting_share: float
    checkpoint_s: float


class TrainingServices:
    """Both services over one database, and a client of them."""

    def __init__(self, data_service: str, folder: Path) -> None:
        address = folder / "address"
        options = ["--address", "127.0.0.1:0", "--data-service", data_service, "--address-file", str(address)]
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "training_service", *options, "--directory", str(folder / "jobs")],
            stderr=subprocess.PIPE,
        )
        assert self._process.stderr is not None
        while b"ready at" not in (line := self._process.stderr.readline()):
            assert line, "the training service ended before it was ready"
        self.client = tablefit.Client(data_service, address.read_text().strip())

    def train(self, network: str, epochs: int) -> tuple[tablefit.Job, Ended]:
        """Trains to the end."""
        job = self.client.train(
            TABLE, network, epochs=epochs, batch_size=BATCH_ROWS, image_size=(SIDE, SIDE), save_model=False
        )
        shares, checkpoints = [], 0.0
        for event in job:
            if isinstance(event, EpochEvent):
                shares.append(event.progress.input_wait_share)
            checkpoints += getattr(getattr(event, "checkpoint", None), "duration_s", 0.0)
        printed = b"".join(part.data for part in self.client.watch_log(job.job_id))
        found = _TRAINED.search(printed)
        assert found, printed.decode(errors="replace")
        return job, Ended(float(found[1]), float(np.mean(shares)), checkpoints)

    def seconds_to_first_step(self, network: str) -> tuple[tablefit.Job, float]:
        """From submitting a job of one step to the end of that step, as its events tell."""
        job = self.client.train(
            TABLE,
            network,
            epochs=1,
            batch_size=_FIRST_BATCH_ROWS,
            image_size=(SIDE, SIDE),
            save_model=False,
        )
        events = list(job)
        first = next(event for event in events if isinstance(event, StepEvent | EpochEvent))
        return job, (first.time - events[0].time).total_seconds()

    def close(self) -> None:
        """Ends the training service."""
        self.client.close()
        self._process.terminate()
        self._process.communicate()
        self._log.close()


def measure_training(arena: Arena, rounds: int, epochs: int = EPOCHS) -> Iterator[Line]:
    """All contests of training."""
    with _services(arena) as services:
        for network in NETWORKS:
            yield from _measure(arena, services, network, rounds, epochs)


@contextmanager
def _services(arena: Arena) -> Iterator[TrainingServices]:
    folder = arena.folder / "training"
    folder.mkdir()
    with data_services(folder, fresh=True) as start:
        data = start("--database-url", arena.database_url)
        write_digits(folder / "digits")
        services = TrainingServices(data.address, folder)
        try:
            services.client.ingest(TABLE, folder / "digits")
            yield services
        finally:
            services.close()


def _measure(arena: Arena, services: TrainingServices, network: str, rounds: int, epochs: int) -> Iterator[Line]:
    job, _ = services.train(network, 1)
    script, arrays = _write_peer(arena, services, job, network, epochs, BATCH_ROWS)
    ended: list[Ended] = []

    def ours() -> float:
        ended.append(services.train(network, epochs)[1])
        return ended[-1].seconds

    peers = {
        "model.fit in memory": (lambda: seconds_in_memory(script, arrays), Target(1.05, at_least=False)),
        "model.fit, Keras's defaults": (
            lambda: seconds_in_memory(script, arrays, "plain"),
            Target(1.0, at_least=False),
        ),
    }
    yield from play(Contest(network, "training", ours, peers, _UNIT), rounds)
    seconds = [one.seconds for one in ended]
    shares = [one.waiting_share * one.seconds for one in ended]
    yield Line(network, "waiting for input", "training", shares, seconds, _UNIT, Target(0.02, at_least=False))
    taken = [one.checkpoint_s for one in ended]
    yield Line(network, "checkpoints, one an epoch", "training", taken, seconds, _UNIT, Target(0.02, at_least=False))
    yield from _measure_start(arena, services, network, rounds)


def _measure_start(arena: Arena, services: TrainingServices, network: str, rounds: int) -> Iterator[Line]:
    job, _ = services.seconds_to_first_step(network)
    script, arrays = _write_peer(arena, services, job, f"{network}-start", 1, _FIRST_BATCH_ROWS)
    contest = Contest(
        network,
        f"first step, less {ALLOWED_START_S:g} s",
        lambda: services.seconds_to_first_step(network)[1] - ALLOWED_START_S,
        {"Keras that is loaded": (lambda: seconds_in_memory(script, arrays, "start"), Target(1.0, at_least=False))},
        _UNIT,
    )
    yield from play(contest, rounds)


def _write_peer(
    arena: Arena, services: TrainingServices, job: tablefit.Job, name: str, epochs: int, batch_size: int
) -> tuple[Path, Path]:
    """A job's script and the batches of so many epochs, for Keras by itself."""
    folder = arena.folder / "training" / name
    folder.mkdir()
    script, arrays = folder / "script.py", folder / "arrays.npz"
    script.write_text(services.client.training.get_job(job.job_id).script)
    _write_arrays(services.client.data, job, arrays, epochs, batch_size)
    return script, arrays


def _write_arrays(data: DataClient, job: tablefit.Job, file: Path, epochs: int, batch_size: int) -> None:
    """The batches that the job trains on, epoch by epoch, and those that it validates on."""
    pin = job.record.data.pin
    options = StreamOptions(
        snapshot=pin.snapshot_id,
        validation_fraction=0.2,
        part="training",
        mode="L",
        height=SIDE,
        width=SIDE,
        batch_size=batch_size,
        tail="pad",
        shuffle_seed=0,
    )
    read = [list(data.stream_batches(replace(options, epoch=epoch))) for epoch in range(epochs)]
    held_out = list(data.stream_batches(replace(options, part="validation", shuffle_seed=None)))
    batches = [*itertools.chain.from_iterable(read)]
    np.savez(
        file,
        inputs=np.concatenate([batch.columns["image"] for batch in batches]),
        targets=np.concatenate([batch.columns["label"] for batch in batches]),
        weights=np.concatenate([batch.weights for batch in batches]),
        validation_inputs=np.concatenate([batch.columns["image"] for batch in held_out]),
        validation_targets=np.concatenate([batch.columns["label"] for batch in held_out]),
        validation_weights=np.concatenate([batch.weights for batch in held_out]),
        class_count=10,
        epochs=epochs,
        steps_per_epoch=len(read[0]),
    )
