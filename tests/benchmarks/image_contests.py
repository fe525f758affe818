"""The contests of images: ingest, the first epoch and later ones, each against its peers."""

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.arena import Arena, play
from tests.benchmarks.contests import Contender, Contest, Line, Target
from tests.benchmarks.ours import LaterEpochs, OurService, image_options
from tests.benchmarks.works import Work, write

# The original's way in is so slow that a part of the rows says enough.
LIMIT_EACH_ROWS = 6_000


def measure_images(arena: Arena, work: Work, rounds: int) -> Iterator[Line]:
    """All contests of one kind of images."""
    images = write(work, arena.folder)
    if arena.keras is not None:
        arena.keras.seconds("write_records", str(images), str(arena.folder / "records"), work.mode, work.side)
    service = arena.start_service()
    try:
        # Before reading, so that MySQL holds what the contests of reading read.
        yield from play(_ingest(arena, work, images, service), rounds)
        service.ingest("images", images)
        peers.make_table(arena.bare)
        peers.insert_chunks(arena.bare, images)
        yield from play(_cold(arena, work, images), rounds)
        epochs = LaterEpochs(service, image_options("images", work), work.row_count)
        epochs.warm_up()
        yield from play(_later(arena, epochs, work), rounds)
        service.delete("images")
    finally:
        service.close()


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
            return work.row_count / service.read_epoch(image_options("images", work))[0]
        finally:
            service.close()

    opponents: dict[str, tuple[Contender, Target | None]] = {
        "original: fetch, Pillow, append": (lambda: work.row_count / peers.read_all(arena.bare, work), Target(3))
    }
    if (keras := arena.keras) is not None:
        opponents["image_dataset_from_directory"] = (
            lambda: work.row_count / keras.seconds("folder", str(images), work.mode, work.side),
            Target(2),
        )
    return Contest(work.name, "cold first epoch", ours, opponents)


def _later(arena: Arena, epochs: LaterEpochs, work: Work) -> Contest:
    sizes = epochs.message_sizes()
    opponents: dict[str, tuple[Contender, Target | None]] = {}
    if (keras := arena.keras) is not None:
        records = str(arena.folder / "records")
        for way, name in (("encoded", "TFRecord of files"), ("raw", "TFRecord of pixels")):
            opponents[name] = (
                lambda way=way: work.row_count / keras.seconds(way, records, work.mode, work.side),  # type: ignore[misc]
                Target(3),
            )
    opponents["bare gRPC byte stream"] = (lambda: work.row_count / arena.bytes_only.seconds(sizes), Target(0.8))
    kinds = ("int64", "int32", work.row_bytes)
    opponents["Arrow Flight, decoded"] = (lambda: work.row_count / arena.flight.seconds(work.row_count, kinds), None)
    return Contest(work.name, "later epoch", epochs.read, opponents)
