"""Which uploads write to which table now, so that nobody empties a table under them.

Knows those of this process only, as `readers` does.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tablefit.errors import WrongState


class RunningUploads:
    """The uploads that are open now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, list[str]] = {}
        self._refusing: set[str] = set()

    @contextmanager
    def open(self, table_id: str, upload_id: str) -> Iterator[None]:
        """Notes an upload for the time of the block. WrongState while the table is being emptied."""
        with self._lock:
            if table_id in self._refusing:
                raise WrongState("The table is being emptied; try again when that is done.")
            self._running.setdefault(table_id, []).append(upload_id)
        try:
            yield
        finally:
            with self._lock:
                self._running[table_id].remove(upload_id)
                if not self._running[table_id]:
                    del self._running[table_id]

    @contextmanager
    def refused(self, table_id: str, name: str) -> Iterator[None]:
        """Keeps uploads away for the time of the block. WrongState when one is running, or they are kept away."""
        with self._lock:
            if running := self._running.get(table_id):
                raise WrongState(
                    f"The upload {running[0]!r} writes to the table {name!r}; wait until it ends, or cancel it."
                )
            if table_id in self._refusing:
                raise WrongState(f"The table {name!r} is being emptied already.")
            self._refusing.add(table_id)
        try:
            yield
        finally:
            with self._lock:
                self._refusing.remove(table_id)
