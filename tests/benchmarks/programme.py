"""What is measured, against whom and with which targets: the contests of one run.

cold      a new service without index or cache reads its first epoch
later     the same service's following epochs
ingest    from a folder into MySQL
growth    memory of the service, and time, at ten times the rows
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pymysql

from tests import engines
from tests.benchmarks import peers
from tests.benchmarks.byte_stream import ByteStream
from tests.benchmarks.contests import Contender, Contest, Line, Target
from tests.benchmarks.keras_process import KerasProcess
from tests.benchmarks.memory import watch_memory
from tests.benchmarks.ours import OurService, StartService, our_services
from tests.benchmarks.works import Work, works, write

# The original's way in is so slow that a part of the rows says enough.
LIMIT_EACH_ROWS = 6_000
GROWTH = 10


@dataclass(frozen=True)
class Arena:
    """What all contests of a run share. `database` holds our tables, `bare` is a connection for the peers' own."""

    folder: Path
    start_service: StartService
    bare: "pymysql.Connection[Any]"
    bytes_only: ByteStream
    keras: KerasProcess | None


@dataclass
class _Epochs:
    """The later epochs of one table in one service: every one has another order."""

    service: OurService
    table: str
    work: Work
    pin: Any = None
    epoch: int = field(default=0)

    def warm_up(self) -> None:
        """Two epochs, after which all blocks are kept."""
        for _ in range(2):
            self.read()

    def read(self) -> float:
        seconds, self.pin = self.service.read_epoch(self.table, self.work, self.epoch, self.pin)
        self.epoch += 1
        return self.work.row_count / seconds


def measure(row_count: int, rounds: int, folder: Path, *, with_keras: bool = True) -> Iterator[Line]:
    """Measures everything at the scale of `row_count` PNG files, on a private MySQL; yields lines as they are done."""
    with ExitStack() as stack:
        server = stack.enter_context(engines.serve("mysql"))
        if isinstance(server, engines.PrivateServer):
            # As MySQL is by itself; the tests' servers commit without waiting for the disk.
            server.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
        url = server.create_database()
        stack.callback(server.drop_database, url)
        bare = stack.enter_context(server.connect(url.rpartition("/")[2]))
        start_service = stack.enter_context(our_services(folder, url))
        bytes_only = ByteStream()
        stack.callback(bytes_only.close)
        keras = KerasProcess() if with_keras else None
        if keras is not None:
            stack.callback(keras.close)
        arena = Arena(folder, start_service, bare, bytes_only, keras)
        for work in works(row_count):
            yield from _measure_work(arena, work, rounds)
        yield from _measure_growth(arena, works(row_count)[0], rounds)


def _measure_work(arena: Arena, work: Work, rounds: int) -> Iterator[Line]:
    images = write(work, arena.folder)
    if arena.keras is not None:
        arena.keras.seconds("write_records", str(images), str(arena.folder / "records"), work.mode, work.side)
    service = arena.start_service()
    try:
        # Before reading, so that MySQL holds what the contests of reading read.
        yield from _play(_ingest(arena, work, images, service), rounds)
        service.ingest("images", images)
        peers.make_table(arena.bare)
        peers.insert_chunks(arena.bare, images)
        yield from _play(_cold(arena, work, images), rounds)
        epochs = _Epochs(service, "images", work)
        epochs.warm_up()
        yield from _play(_later(arena, epochs), rounds)
        service.delete("images")
    finally:
        service.close()


def _play(contest: Contest, rounds: int) -> list[Line]:
    for number in range(rounds):
        contest.play(number)
    return contest.lines()


def _ingest(arena: Arena, work: Work, images: Path, service: OurService) -> Contest:
    has_targets = work.mode == "L"

    def ours() -> float:
        rate = work.row_count / service.ingest("ingested", images)
        service.delete("ingested")
        return rate

    def each() -> float:
        peers.make_table(arena.bare)
        seconds, count = peers.insert_each(arena.bare, images, LIMIT_EACH_ROWS)
        return count / seconds

    def chunks() -> float:
        peers.make_table(arena.bare)
        return work.row_count / peers.insert_chunks(arena.bare, images)

    opponents: dict[str, tuple[Contender, Target | None]] = {
        "original: insert per row": (each, Target(10) if has_targets else None),
        "executemany by 1,000": (chunks, Target(0.7) if has_targets else None),
    }
    return Contest(work.name, "ingest", ours, opponents)


def _cold(arena: Arena, work: Work, images: Path) -> Contest:
    def ours() -> float:
        service = arena.start_service()
        try:
            return work.row_count / service.read_epoch("images", work)[0]
        finally:
            service.close()

    opponents: dict[str, tuple[Contender, Target | None]] = {
        "original: fetch, Pillow, append": (
            lambda: work.row_count / peers.read_all(arena.bare, work),
            Target(3),
        )
    }
    if (keras := arena.keras) is not None:
        opponents["image_dataset_from_directory"] = (
            lambda: work.row_count / keras.seconds("folder", str(images), work.mode, work.side),
            Target(2),
        )
    return Contest(work.name, "cold first epoch", ours, opponents)


def _later(arena: Arena, epochs: _Epochs) -> Contest:
    work = epochs.work
    sizes = epochs.service.message_sizes(epochs.table, work)
    opponents: dict[str, tuple[Contender, Target | None]] = {}
    if (keras := arena.keras) is not None:
        records = str(arena.folder / "records")
        for way, name in (("encoded", "TFRecord of files"), ("raw", "TFRecord of pixels")):
            opponents[name] = (
                lambda way=way: work.row_count / keras.seconds(way, records, work.mode, work.side),  # type: ignore[misc]
                Target(3),
            )
    opponents["bare gRPC byte stream"] = (
        lambda: work.row_count / arena.bytes_only.seconds(sizes),
        Target(0.8),
    )
    return Contest(work.name, "later epoch", epochs.read, opponents)


def _measure_growth(arena: Arena, work: Work, rounds: int) -> list[Line]:
    """Everything once, from an empty service, at a tenth of the rows and at all of them."""
    small = replace(work, row_count=max(1, work.row_count // GROWTH))
    folders = {small: write(small, arena.folder / "growth"), work: arena.folder / work.name.replace(" ", "-")}
    seconds: dict[Work, list[float]] = {small: [], work: []}
    peaks: dict[Work, list[float]] = {small: [], work: []}
    for _ in range(rounds):
        for size, images in folders.items():
            took, peak_bytes = _live_through(arena, size, images)
            seconds[size].append(took)
            peaks[size].append(peak_bytes / 2**20)
    name = f"{work.name}, {GROWTH} x rows"
    return [
        Line(name, "time", "a tenth of the rows", seconds[work], seconds[small], "s", Target(11, at_least=False)),
        Line(
            name, "peak RssAnon", "a tenth of the rows", peaks[work], peaks[small], "MiB", Target(1.1, at_least=False)
        ),
    ]


def _live_through(arena: Arena, work: Work, images: Path) -> tuple[float, int]:
    """A new service ingests and gives two epochs: seconds, and the bytes of memory at its peak."""
    service = arena.start_service()
    try:
        with watch_memory(service.pid) as peak:
            seconds = service.ingest("growing", images)
            first, pin = service.read_epoch("growing", work)
            second, _ = service.read_epoch("growing", work, 1, pin)
        service.delete("growing")
        return seconds + first + second, peak.size_bytes
    finally:
        service.close()
