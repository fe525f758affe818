"""Who reads which table now, so that nobody deletes a table under its readers.

One lock decides between a new reader and a deletion. Knows the readers of this process only: services that share a
MySQL database do not see each other's. Leaves tables to the store.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tablefit.errors import NotFound, Unavailable, WrongState

_LIMIT_NAMED = 10


class Readers:
    """The readers of each table."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: dict[str, list[str]] = {}
        self._deleting: set[str] = set()
        self._waiting: set[threading.Event] = set()
        self._closed = False

    @contextmanager
    def hold(self, table_id: str, reader: str) -> Iterator[None]:
        """Names `reader` as a reader for the time of the block. NotFound while the table is being deleted.

        The caller looks the table up again inside the block: it may have been deleted just before.
        """
        with self._lock:
            if table_id in self._deleting:
                raise NotFound("The table is being deleted.")
            self._readers.setdefault(table_id, []).append(reader)
        try:
            yield
        finally:
            with self._lock:
                readers = self._readers[table_id]
                readers.remove(reader)
                if not readers:
                    del self._readers[table_id]

    def of(self, table_id: str) -> list[str]:
        """Who reads the table now, in order of arrival."""
        with self._lock:
            return list(self._readers.get(table_id, ()))

    @contextmanager
    def deleting(self, table_id: str, name: str) -> Iterator[None]:
        """Keeps new readers away for the time of the block. WrongState when there are readers, naming them."""
        with self._lock:
            readers = self._readers.get(table_id, ())
            if readers:
                raise _is_read(name, list(dict.fromkeys(readers)))
            if table_id in self._deleting:
                raise WrongState(f"The table {name!r} is being deleted already.")
            self._deleting.add(table_id)
        try:
            yield
        finally:
            with self._lock:
                self._deleting.remove(table_id)

    def wait(self, gone: threading.Event) -> None:
        """Returns when `gone` is set; raises Unavailable when the service stops first."""
        with self._lock:
            self._waiting.add(gone)
            if self._closed:
                gone.set()
        gone.wait()
        with self._lock:
            self._waiting.discard(gone)
            if self._closed:
                raise Unavailable("The service is stopping.")

    def close(self) -> None:
        """Ends all waiting, for good."""
        with self._lock:
            self._closed = True
            for gone in self._waiting:
                gone.set()


def _is_read(name: str, readers: list[str]) -> WrongState:
    named = ", ".join(readers[:_LIMIT_NAMED]) + (", …" if len(readers) > _LIMIT_NAMED else "")
    return WrongState(
        f"The table {name!r} is being read by {named}; wait until that ends, or cancel it.",
        details={"readers": named},
    )
