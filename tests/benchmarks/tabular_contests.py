"""The contests of numbers: the first epoch of a table of somebody else and later ones, each against its peers."""

from collections.abc import Iterator

from tests.benchmarks.arena import Arena, play
from tests.benchmarks.contests import Contender, Contest, Line, Target
from tests.benchmarks.ours import LaterEpochs, tabular_options
from tests.benchmarks.tabular import CLASS_COUNTS, DOUBLES, TabularWork, fetch_bare, make_table, read_by_pandas

_UNIT = "rows/s"


def measure_table(arena: Arena, work: TabularWork, rounds: int) -> Iterator[Line]:
    """All contests of the table."""
    make_table(arena.bare, work)
    yield from play(_cold(arena, work), rounds)
    service = arena.start_service()
    try:
        epochs = LaterEpochs(service, tabular_options(work), work.row_count)
        epochs.warm_up()
        yield from play(_later(arena, epochs, work), rounds)
    finally:
        service.close()


def _cold(arena: Arena, work: TabularWork) -> Contest:
    def ours() -> float:
        service = arena.start_service()
        try:
            return work.row_count / service.read_epoch(tabular_options(work))[0]
        finally:
            service.close()

    opponents: dict[str, tuple[Contender, Target | None]] = {
        "pandas.read_sql": (lambda: work.row_count / read_by_pandas(arena.database_url, work), Target(1.5)),
        "bare fetch of the driver": (lambda: work.row_count / fetch_bare(arena.bare, work), Target(0.8)),
    }
    return Contest(work.name, "cold first epoch", ours, opponents, _UNIT)


def _later(arena: Arena, epochs: LaterEpochs, work: TabularWork) -> Contest:
    # The same bytes in both streams: the ratio of rows is that of bytes.
    sizes = epochs.message_sizes()
    kinds = ("int64", *["float64"] * len(DOUBLES), *["int32"] * len(CLASS_COUNTS))
    opponents: dict[str, tuple[Contender, Target | None]] = {
        "bare gRPC byte stream": (lambda: work.row_count / arena.bytes_only.seconds(sizes), Target(0.8)),
        "Arrow Flight": (lambda: work.row_count / arena.flight.seconds(work.row_count, kinds), None),
    }
    return Contest(work.name, "later epoch", epochs.read, opponents, _UNIT)
