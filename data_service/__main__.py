"""Starts a data service: reads the settings, builds the objects, serves until it is told to stop."""

import fcntl
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tablefit.errors import TablefitError, WrongState
from tablefit.rpc.server import RunningServer, log_to_stderr, run_until_signal, start_server
from tablefit.v1.data_service_pb2_grpc import add_DataServiceServicer_to_server

from data_service import pixels
from data_service.batches import Batches
from data_service.ingest import Ingest
from data_service.readers import Readers
from data_service.rows import Rows
from data_service.servicer import DataServicer
from data_service.settings import Settings, read_settings
from data_service.store import Store, open_store, show_url
from data_service.tables import Tables
from data_service.verification import RowVerifier

_log = logging.getLogger("data_service")

SERVICE = "tablefit.v1.DataService"
_LOOPBACK = ("127.", "localhost:", "[::1]:")


def main(arguments: list[str]) -> int:
    """Runs the service; 0 after a stop that was asked for, 1 when it could not start."""
    settings = read_settings(arguments)
    log_to_stderr()
    pixels.silence_warnings()
    try:
        with _owned(settings.directory):
            _log.info("opening %s", show_url(settings.database_url))
            store = open_store(settings.database_url, settings.database_password, settings.database_wait_s)
            with closing(store):
                _serve(settings, store)
    except (TablefitError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _serve(settings: Settings, store: Store) -> None:
    readers = Readers()
    batches = Batches(store, readers, settings.directory, cache_limit_bytes=settings.cache_limit_bytes)
    servicer = DataServicer(Tables(store, readers), Ingest(store, RowVerifier(store)), Rows(store), batches)
    running = start_server(
        settings.address,
        SERVICE,
        lambda server: add_DataServiceServicer_to_server(servicer, server),  # type: ignore[no-untyped-call]
    )
    run_until_signal(running, ready=lambda: _announce(running, settings), before=[readers.close])


@contextmanager
def _owned(directory: Path) -> Iterator[None]:
    """Makes the folder this service's own for the time of the block. Raises WrongState when it is another's."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WrongState(
                f"Another data service uses the directory {directory}; stop it, or name another by --directory."
            ) from error
        yield


def _announce(running: RunningServer, settings: Settings) -> None:
    if not running.address.startswith(_LOOPBACK):
        _log.warning("%s can be reached from other machines, and everybody there can use the service", running.address)
    if settings.address_file:
        temporary = settings.address_file.with_name(f".{settings.address_file.name}.{os.getpid()}")
        temporary.write_text(f"{running.address}\n", encoding="ascii")
        temporary.replace(settings.address_file)
    _log.info("data service ready at %s", running.address)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
