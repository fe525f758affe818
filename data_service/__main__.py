"""Starts a data service: reads the settings, builds the objects, serves until it is told to stop."""

import logging
import resource
import sys
import threading
from contextlib import closing

from tablefit.errors import TablefitError
from tablefit.imaging import pixels
from tablefit.rpc.process import announce, log_to_stderr, own_directory, run_until_signal
from tablefit.rpc.server import start_server
from tablefit.v1.data_service_pb2_grpc import add_DataServiceServicer_to_server

from data_service.allocation import keep_freed_memory
from data_service.batches import Batches
from data_service.datasets import Datasets
from data_service.ingest import Ingest
from data_service.operations import Operations
from data_service.pinning import Pinning
from data_service.readers import Readers
from data_service.rows import Rows
from data_service.running_uploads import RunningUploads
from data_service.servicer import DataServicer
from data_service.settings import Settings, read_settings
from data_service.snapshot_pages import SnapshotPages
from data_service.snapshots import Snapshots
from data_service.staging import Staging
from data_service.statistics import Statistics
from data_service.store import Store, open_store, show_url
from data_service.table_changes import TableChanges
from data_service.tables import Tables
from data_service.verification import RowVerifier

_log = logging.getLogger("data_service")

SERVICE = "tablefit.v1.DataService"
NAME = "data service"

_EXPIRY_EVERY_S = 600.0


def main(arguments: list[str]) -> int:
    """Runs the service; 0 after a stop that was asked for, 1 when it could not start."""
    settings = read_settings(arguments)
    keep_freed_memory()
    _open_many_files()
    log_to_stderr()
    pixels.silence_warnings()
    try:
        with own_directory(settings.directory, NAME):
            _log.info("opening %s", show_url(settings.database_url))
            store = open_store(
                settings.database_url,
                settings.database_password,
                settings.database_wait_s,
                datasets_folder=settings.shared_directory / "datasets",
                allow_changes=settings.allow_changes,
                query_limit_s=settings.query_limit_s,
            )
            with closing(store):
                _serve(settings, store)
    except (TablefitError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _open_many_files() -> None:
    """Takes as many file descriptors as may be had: each map of a block or of pixels holds one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _serve(settings: Settings, store: Store) -> None:
    readers = Readers()
    snapshots = Snapshots(settings.shared_directory, settings.snapshot_limit_bytes)
    pinning = Pinning(store, snapshots, readers, settings.snapshot_keep_s)
    batches = Batches(store, snapshots, pinning, settings.directory, cache_limit_bytes=settings.cache_limit_bytes)
    servicer = _servicer(settings, store, readers, snapshots, pinning, batches)
    stopping = threading.Event()
    expiry = threading.Thread(target=snapshots.run_expiry, args=(stopping, _EXPIRY_EVERY_S), name="expiry", daemon=True)
    expiry.start()
    running = start_server(
        settings.address,
        SERVICE,
        lambda server: add_DataServiceServicer_to_server(servicer, server),  # type: ignore[no-untyped-call]
    )
    run_until_signal(
        running,
        ready=[lambda: announce(running, NAME, settings.address_file)],
        before=[readers.close, stopping.set],
    )
    batches.close()
    snapshots.close()


def _servicer(
    settings: Settings, store: Store, readers: Readers, snapshots: Snapshots, pinning: Pinning, batches: Batches
) -> DataServicer:
    verifier = RowVerifier(store)
    tables, uploads, staging = Tables(store, readers), RunningUploads(), Staging(store, verifier)
    return DataServicer(
        tables,
        Datasets(store),
        Ingest(store, verifier, uploads),
        Rows(store, verifier),
        pinning,
        SnapshotPages(snapshots, readers),
        Operations(store, tables, staging, settings.directory),
        TableChanges(store, tables, uploads, verifier, staging),
        Statistics(store, tables),
        batches,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
