"""How much of the cache its readers need at a time: whether keeping blocks is worth their making.

A shuffled reader comes back to every block of its window until the window is through. When the windows of all readers
do not fit the cache together, each would evict what another, or it itself, is about to read, and make a whole
block anew for a few rows. Then the last to come does without the cache.
"""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class WorkingSets:
    """The working sets of all readers. For use by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Bytes needed by each reader of a name; readers of one name share their blocks.
        self._readers: dict[Hashable, list[int]] = {}

    @contextmanager
    def join(self, name: Hashable, byte_count: int, limit_bytes: int) -> Iterator[bool]:
        """Whether a reader of `byte_count` bytes fits within the limit beside the others, until the context ends."""
        fits = self._enter(name, byte_count, limit_bytes)
        try:
            yield fits
        finally:
            if fits:
                self._leave(name, byte_count)

    def _enter(self, name: Hashable, byte_count: int, limit_bytes: int) -> bool:
        with self._lock:
            shared = [*self._readers.get(name, ()), byte_count]
            others = sum(max(sizes) for other, sizes in self._readers.items() if other != name)
            if others + max(shared) > limit_bytes:
                return False
            self._readers[name] = shared
            return True

    def _leave(self, name: Hashable, byte_count: int) -> None:
        with self._lock:
            self._readers[name].remove(byte_count)
            if not self._readers[name]:
                del self._readers[name]
