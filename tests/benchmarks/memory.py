"""The most private memory that a process and its children hold at one time: RssAnon, summed, as the kernel counts it.

Pages of mapped files are not in it: the kernel takes them back when it needs them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PAUSE_S = 0.01


@dataclass
class Peak:
    """The highest sum seen so far."""

    size_bytes: int = 0


@contextmanager
def watch_memory(pid: int) -> Iterator[Peak]:
    """Looks at the process and its children every few milliseconds for the time of the block."""
    peak, over = Peak(), threading.Event()

    def look() -> None:
        while not over.wait(_PAUSE_S):
            peak.size_bytes = max(peak.size_bytes, memory_of(pid))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()
    peak.size_bytes = max(peak.size_bytes, memory_of(pid))


def memory_of(pid: int) -> int:
    """Bytes of private memory of a process and all below it; 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    own = sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))
    return own + sum(map(memory_of, children))
