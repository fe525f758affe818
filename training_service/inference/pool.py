"""The models that are loaded: a few at a time, each once, the least recently used ends for the next.

A model that is in use is not ended for another; who needs room then waits for a while. A process that died is replaced
by the next call. Leaves one process to `process`.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tablefit.errors import TooBusy, Unavailable

from training_service.inference.process import ModelPlace, ModelProcess

LIMIT_USERS = 64
ROOM_PATIENCE_S = 30.0

Start = Callable[[ModelPlace], ModelProcess]


@dataclass
class _Entry:
    """A model in the pool. `starting` is held while its process starts; `dropped` when that failed."""

    place: ModelPlace
    users: int = 0
    process: ModelProcess | None = None
    dropped: bool = False
    starting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_dead(self) -> bool:
        return self.process is not None and self.process.ended


class ModelPool:
    """For use by many threads. At most `limit` models are loaded. Close it at the end."""

    def __init__(self, start: Start, limit: int, patience_s: float = ROOM_PATIENCE_S) -> None:
        self._start, self._limit, self._patience_s = start, limit, patience_s
        # Guards everything below; notified when a model is no longer in use.
        self._changed = threading.Condition()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._user_count = 0
        self._closed = False

    @contextmanager
    def open(self, place: ModelPlace) -> Iterator[ModelProcess]:
        """The loaded model for the time of the block.

        Raises TooBusy when there is no room for it, and as starting a process does.
        """
        entry = self._enter(place)
        try:
            yield self._started(entry)
        finally:
            with self._changed:
                entry.users -= 1
                self._user_count -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Ends all processes; calls under way fail."""
        with self._changed:
            self._closed = True
            entries = list(self._entries.values())
            self._entries.clear()
            self._changed.notify_all()
        for entry in entries:
            _end(entry)

    def _enter(self, place: ModelPlace) -> _Entry:
        with self._changed:
            self._check_open()
            if self._user_count >= LIMIT_USERS:
                raise TooBusy(f"{LIMIT_USERS} calls use models just now; try again later.")
            # Who waits for room counts, too: each holds a thread of the server.
            self._user_count += 1
            try:
                entry, ended = self._find(place)
            except BaseException:
                self._user_count -= 1
                raise
            entry.users += 1
            self._entries.move_to_end(place.sha256)
        for old in ended:
            _end(old)
        return entry

    def _find(self, place: ModelPlace) -> tuple[_Entry, list[_Entry]]:
        """The model's entry, perhaps a new one, and those that made room for it. Called under the lock."""
        deadline_s = time.monotonic() + self._patience_s
        ended: list[_Entry] = []
        while True:
            found = self._entries.get(place.sha256)
            if found is not None and not found.is_dead:
                return found, ended
            if found is not None:
                ended.append(self._entries.pop(place.sha256))
            if len(self._entries) >= self._limit:
                idle = next((sha256 for sha256, entry in self._entries.items() if not entry.users), None)
                if idle is not None:
                    ended.append(self._entries.pop(idle))
            if len(self._entries) < self._limit:
                self._entries[place.sha256] = entry = _Entry(place)
                return entry, ended
            self._wait(deadline_s)

    def _wait(self, deadline_s: float) -> None:
        if not self._changed.wait(max(0.0, deadline_s - time.monotonic())):
            raise TooBusy(
                f"As many models are in use as the training service may load at once, {self._limit}; try again later, "
                "or start it with a higher --loaded-models."
            )
        self._check_open()

    def _started(self, entry: _Entry) -> ModelProcess:
        with entry.starting:
            if entry.dropped:
                raise Unavailable(f"The model {entry.place.model} could not be loaded for another call; try again.")
            if entry.process is None:
                try:
                    entry.process = self._start(entry.place)
                except BaseException:
                    self._drop(entry)
                    raise
                if self._closed:
                    _end(entry)
                    self._check_open()
            return entry.process

    def _drop(self, entry: _Entry) -> None:
        entry.dropped = True
        with self._changed:
            if self._entries.get(entry.place.sha256) is entry:
                del self._entries[entry.place.sha256]
                self._changed.notify_all()

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("The training service is stopping; ask again when it is back.")


def _end(entry: _Entry) -> None:
    if entry.process is not None:
        entry.process.close()
