"""The same work done by this project: a data service as a process of its own, used by its client.

Leaves starting and ending the process to `tests.data_program`.
"""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from tablefit.data import DataClient, StreamOptions
from tablefit.data.streams import TablePin, to_request
from tablefit.rpc.channel import open_channel
from tablefit.sources.folder import FolderSource

from tests.benchmarks.keras_process import BATCH_ROWS
from tests.benchmarks.works import Work
from tests.data_program import DataService, data_services

StartService = Callable[[], "OurService"]


class OurService:
    """A running data service, and a client of it."""

    def __init__(self, process: DataService, directory: Path) -> None:
        self._process = process
        self._directory = directory
        self._uploads = itertools.count()
        self._client = DataClient(process.address)

    @property
    def pid(self) -> int:
        """The process of the service."""
        return self._process.pid

    def ingest(self, table: str, folder: Path) -> float:
        """Stores the images of a folder in a new table; returns the seconds from listing files to the last commit."""
        self._client.create_table(table)
        start = perf_counter()
        self._client.ingest(table, FolderSource(folder), f"upload {next(self._uploads)}")
        return perf_counter() - start

    def read_epoch(self, table: str, work: Work, epoch: int = 0, pin: TablePin | None = None) -> tuple[float, TablePin]:
        """Receives one shuffled epoch in batches; returns the seconds from asking to the last batch, and the pin."""
        start = perf_counter()
        stream = self._client.stream_batches(_options(table, work, epoch, pin))
        rows = sum(len(batch.columns["image"]) for batch in stream)
        seconds = perf_counter() - start
        assert rows == work.row_count
        return seconds, stream.header.pin

    def message_sizes(self, table: str, work: Work) -> list[int]:
        """Bytes of each message of an epoch."""
        with open_channel(self._process.address) as channel:
            stream = channel.unary_stream("/tablefit.v1.DataService/StreamBatches")
            request = to_request(_options(table, work, 0, None)).SerializeToString()
            return [len(message) for message in stream(request)]

    def delete(self, table: str) -> None:
        """Removes a table."""
        self._client.delete_table(table)

    def close(self) -> None:
        """Ends the service and removes its files; the database stays."""
        self._client.close()
        self._process.end()
        shutil.rmtree(self._directory)


@contextmanager
def our_services(folder: Path, database_url: str) -> Iterator[StartService]:
    """A function that starts services without index or cache on one database; all end with the block."""
    with data_services(folder) as start:

        def start_one() -> OurService:
            directory = Path(tempfile.mkdtemp(dir=folder))
            return OurService(start("--database-url", database_url, directory=directory), directory)

        yield start_one


def _options(table: str, work: Work, epoch: int, pin: TablePin | None) -> StreamOptions:
    return StreamOptions(
        table=table,
        pin=pin,
        mode=work.mode,
        height=work.side,
        width=work.side,
        shuffle_seed=1,
        epoch=epoch,
        batch_size=BATCH_ROWS,
    )
