"""Starts a training service: reads the settings, builds the objects, serves until it is told to stop."""

import fcntl
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tablefit.data import DataClient
from tablefit.errors import TablefitError, WrongState
from tablefit.rpc.server import RunningServer, log_to_stderr, run_until_signal, start_server
from tablefit.v1.training_service_pb2_grpc import add_TrainingServiceServicer_to_server

from training_service.architectures import ARCHITECTURES
from training_service.completion import Completion
from training_service.events import LIMIT_WATCHERS, EventLog
from training_service.jobs import Jobs
from training_service.records import Records
from training_service.script import render
from training_service.servicer import TrainingServicer
from training_service.settings import Settings, read_settings

_log = logging.getLogger("training_service")

SERVICE = "tablefit.v1.TrainingService"
# Watchers hold a thread each; these are for all other calls.
THREADS_BESIDE_WATCHERS = 32
_LOOPBACK = ("127.", "localhost:", "[::1]:")


def main(arguments: list[str]) -> int:
    """Runs the service; 0 after a stop that was asked for, 1 when it could not start."""
    settings = read_settings(arguments)
    log_to_stderr()
    try:
        with _owned(settings.directory), DataClient(settings.data_service) as data:
            _serve(settings, data)
    except (TablefitError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _serve(settings: Settings, data: DataClient) -> None:
    records = Records(settings.directory / "records.sqlite")
    log = EventLog(records)
    jobs = Jobs(
        records,
        log,
        Completion(ARCHITECTURES, data, settings.thread_count),
        render,
        directory=settings.directory,
        data_service=settings.data_service,
        concurrent_jobs=settings.concurrent_jobs,
    )
    jobs.recover()
    servicer = TrainingServicer(jobs, log, ARCHITECTURES)
    running = start_server(
        settings.address,
        SERVICE,
        lambda server: add_TrainingServiceServicer_to_server(servicer, server),  # type: ignore[no-untyped-call]
        thread_count=LIMIT_WATCHERS + THREADS_BESIDE_WATCHERS,
    )
    _announce(running, settings)
    jobs.start()
    run_until_signal(running, before=[jobs.stop, log.close], after=[records.close])


@contextmanager
def _owned(directory: Path) -> Iterator[None]:
    """Makes the folder this service's own for the time of the block. Raises WrongState when it is another's."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WrongState(
                f"Another training service uses the directory {directory}; stop it, or name another by --directory."
            ) from error
        yield


def _announce(running: RunningServer, settings: Settings) -> None:
    if not running.address.startswith(_LOOPBACK):
        _log.warning("%s can be reached from other machines, and everybody there can use the service", running.address)
    if settings.address_file:
        temporary = settings.address_file.with_name(f".{settings.address_file.name}.{os.getpid()}")
        temporary.write_text(f"{running.address}\n", encoding="ascii")
        temporary.replace(settings.address_file)
    _log.info("training service ready at %s", running.address)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
