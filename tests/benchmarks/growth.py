"""Time, and memory of the service, at ten times the rows: everything once, from an empty service."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from tests.benchmarks.arena import Arena
from tests.benchmarks.contests import Line, Target
from tests.benchmarks.memory import watch_memory
from tests.benchmarks.ours import LaterEpochs, OurService, image_options, tabular_options
from tests.benchmarks.tabular import TabularWork, make_table
from tests.benchmarks.works import Work, write

GROWTH = 10

# Has a new service do everything.
_Life = Callable[[OurService], None]


def measure_image_growth(arena: Arena, work: Work, rounds: int) -> list[Line]:
    """Ingest and two epochs."""
    small = replace(work, row_count=max(1, work.row_count // GROWTH))

    def life(size: Work, folder: Path) -> _Life:
        images = write(size, folder)

        def live(service: OurService) -> None:
            service.ingest("growing", images)
            _read_twice(LaterEpochs(service, image_options("growing", size), size.row_count))
            service.delete("growing")

        return live

    lives = life(small, arena.folder / "growth"), life(work, arena.folder)
    return _compare(arena, work.name, *lives, rounds)


def measure_tabular_growth(arena: Arena, work: TabularWork, rounds: int) -> list[Line]:
    """Two epochs of a table of somebody else."""
    small = TabularWork(max(1, work.row_count // GROWTH))
    make_table(arena.bare, work)
    make_table(arena.bare, small)

    def life(size: TabularWork) -> _Life:
        return lambda service: _read_twice(LaterEpochs(service, tabular_options(size), size.row_count))

    return _compare(arena, work.name, life(small), life(work), rounds)


def _read_twice(epochs: LaterEpochs) -> None:
    epochs.read()
    epochs.read()


def _compare(arena: Arena, name: str, small: _Life, large: _Life, rounds: int) -> list[Line]:
    times: dict[_Life, list[float]] = {small: [], large: []}
    peaks: dict[_Life, list[float]] = {small: [], large: []}
    for _ in range(rounds):
        for life in (small, large):
            took, peak_bytes = _live_through(arena, life)
            times[life].append(took)
            peaks[life].append(peak_bytes / 2**20)
    work, peer = f"{name}, {GROWTH} x rows", "a tenth of the rows"
    return [
        Line(work, "time", peer, times[large], times[small], "s", Target(11, at_least=False)),
        Line(work, "peak RssAnon", peer, peaks[large], peaks[small], "MiB", Target(1.1, at_least=False)),
    ]


def _live_through(arena: Arena, life: _Life) -> tuple[float, int]:
    """Seconds, and the bytes of memory at the peak."""
    service = arena.start_service()
    try:
        with watch_memory(service.pid) as peak:
            start = perf_counter()
            life(service)
            seconds = perf_counter() - start
        return seconds, peak.size_bytes
    finally:
        service.close()
