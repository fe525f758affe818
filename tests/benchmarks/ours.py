"""The same work done by this project: a data service as a process of its own, used by its client.

Leaves starting and ending the process to `tests.data_program`.
"""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from tablefit.data import DataClient, StreamOptions
from tablefit.data.stream_requests import to_request
from tablefit.rpc.channel import open_channel
from tablefit.sources.folder import FolderSource

from tests.benchmarks.keras_process import BATCH_ROWS
from tests.benchmarks.tabular import BATCH_ROWS as TABULAR_BATCH_ROWS
from tests.benchmarks.tabular import TabularWork
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

    def read_epoch(self, options: StreamOptions) -> tuple[float, str]:
        """Receives one epoch; returns the seconds from asking to the last batch, and the snapshot that it read."""
        start = perf_counter()
        stream = self._client.stream_batches(options)
        rows = sum(len(batch.row_ids) for batch in stream)
        seconds = perf_counter() - start
        assert rows == stream.header.row_count
        return seconds, stream.header.pin.snapshot_id

    def message_sizes(self, options: StreamOptions) -> list[int]:
        """Bytes of each message of an epoch."""
        with open_channel(self._process.address) as channel:
            stream = channel.unary_stream("/tablefit.v1.DataService/StreamBatches")
            return [len(message) for message in stream(to_request(options).SerializeToString())]

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
    """A function that starts services without snapshot or cache on one database; all end with the block."""
    with data_services(folder, fresh=True) as start:

        def start_one() -> OurService:
            directory = Path(tempfile.mkdtemp(dir=folder))
            return OurService(start("--database-url", database_url, directory=directory), directory)

        yield start_one


def image_options(table: str, work: Work) -> StreamOptions:
    """A shuffled epoch of images in the form in which everybody reads them."""
    return StreamOptions(
        table=table, mode=work.mode, height=work.side, width=work.side, shuffle_seed=1, batch_size=BATCH_ROWS
    )


def tabular_options(work: TabularWork) -> StreamOptions:
    """A shuffled epoch of all columns."""
    return StreamOptions(table=work.table, shuffle_seed=1, batch_size=TABULAR_BATCH_ROWS)


@dataclass
class LaterEpochs:
    """The epochs of one table in one service after the first two, which fill the cache: each has another order."""

    service: OurService
    options: StreamOptions
    row_count: int
    snapshot: str = ""
    epoch: int = 0

    def warm_up(self) -> None:
        """Two epochs, after which all that a service keeps is kept."""
        for _ in range(2):
            self.read()

    def read(self) -> float:
        """Reads the next epoch; returns the rows per second."""
        options = replace(self.options, epoch=self.epoch, snapshot=self.snapshot)
        seconds, self.snapshot = self.service.read_epoch(options)
        self.epoch += 1
        return self.row_count / seconds

    def message_sizes(self) -> list[int]:
        """Bytes of each message of an epoch."""
        return self.service.message_sizes(replace(self.options, snapshot=self.snapshot))
