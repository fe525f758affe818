"""Streams epochs of one table for as long as a training lasts, also when the table is renamed meanwhile.

Leaves the way back after a lost connection to `tablefit.data`, and reading ahead to `feed`.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace

from tablefit.data import Batch, BatchStream, DataClient, StreamOptions
from tablefit.errors import NotFound, TablefitError, WrongState

# A training waits this long for a data service that went away: long enough to restart it, or the machine it runs on.
PATIENCE_S = 600.0


class TableStream:
    """The batches of one epoch from `options.start_step` on. Its table is found again by `table_id` after a rename."""

    def __init__(self, client: DataClient, options: StreamOptions, table_id: str) -> None:
        self._client, self._options, self._table_id = client, options, table_id
        self._next_step = options.start_step
        self._closed = threading.Event()
        self._stream: BatchStream | None = None

    def __iter__(self) -> Iterator[Batch]:
        while not self._closed.is_set():
            try:
                yield from self._read_on()
            except (NotFound, WrongState) as error:
                self._options = replace(self._options, table=self._find_new_name(error))
            else:
                return

    def close(self) -> None:
        """Ends the iteration, from any thread."""
        self._closed.set()
        if self._stream is not None:
            self._stream.close()

    def _read_on(self) -> Iterator[Batch]:
        options = replace(self._options, start_step=self._next_step)
        self._stream = self._client.stream_batches(options, patience_s=PATIENCE_S)
        if self._closed.is_set():
            self._stream.close()
        for batch in self._stream:
            self._next_step = batch.step + 1
            yield batch

    def _find_new_name(self, error: TablefitError) -> str:
        """The table's name now. Raises `error`, which is why it was looked for, when that is not news."""
        for table in self._client.list_tables():
            if table.table_id == self._table_id and table.name != self._options.table:
                return table.name
        raise error
