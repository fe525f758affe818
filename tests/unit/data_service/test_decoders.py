"""Blocks are divided among the worker processes, and decoded while their snapshot is being taken."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tablefit.imaging import pixels
from tablefit.imaging.decoding import BadImageAt
from tablefit.imaging.pixels import PixelFormat

from data_service.block_cache import BlockCache
from data_service.block_pixels import BlockPixels
from data_service.columns import ColumnArray, RowBatch
from data_service.decode_process import Job
from data_service.decoders import Decoders, divided
from data_service.early_decoding import EarlyDecoding
from data_service.schema import Column, ColumnType
from data_service.snapshots import BlockRecord, Guarantee, Snapshots
from tests.image_files import png
from tests.pinned_rows import DAY_S, GIB, table

WANTED = PixelFormat("L", 5, 6)
FACE = Column("face", ColumnType.IMAGE, False)


@pytest.fixture(scope="module")
def decoders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decoders]:
    # A part has about two of the test's images.
    cache = BlockCache(tmp_path_factory.mktemp("pixels"), GIB)
    opened = Decoders(cache, pixels.LIMIT_PIXELS, part_bytes=2 * len(png(1)))
    yield opened
    opened.close()


def job(folder: Path, files: list[bytes]) -> Job:
    ends = np.cumsum([0, *map(len, files)]).tolist()
    (folder / "encoded").write_bytes(b"".join(files))
    return Job(folder / "encoded", list(zip(ends, map(len, files), strict=False)), WANTED, folder / "pixels")


def expected(files: list[bytes]) -> bytes:
    return b"".join(pixels.decode(file, WANTED).tobytes() for file in files)


def take(pins: Snapshots, files: list[bytes], early: EarlyDecoding) -> tuple[BlockRecord, ...]:
    batch = RowBatch(np.arange(1, len(files) + 1), {"face": ColumnArray(files)})
    record = pins.take(
        table(),
        lambda: iter([batch]),
        columns=[FACE],
        numbered=False,
        guarantee=Guarantee.EXACT,
        keep_s=DAY_S,
        on_progress=lambda _: None,
        check=lambda: None,
        on_block=early.offer,
    )
    return record.blocks


def test_a_divided_job_is_one_file(tmp_path: Path, decoders: Decoders) -> None:
    files = [png(seed) for seed in range(9)]
    assert len(divided(job(tmp_path, files), 2 * len(files[0]))) > 2
    check_sum = decoders.decode_file(job(tmp_path, files))
    assert (tmp_path / "pixels").read_bytes() == expected(files)
    assert check_sum == zlib.crc32(expected(files))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encoded", "pixels"]


def test_parts_hold_all_images_in_order_whatever_their_sizes(tmp_path: Path) -> None:
    for lengths in ([0, 0, 9, 0], [1, 50, 1, 1], [7], [], [0, 0], list(range(30))):
        whole = job(tmp_path, [bytes(length) for length in lengths])
        parts = divided(whole, 10)
        assert [span for part in parts for span in part.spans] == whole.spans
        assert all(part.spans for part in parts) or not lengths
        assert len({part.output_path for part in parts}) == len(parts) <= max(1, sum(lengths) // 10)


def test_the_first_bad_image_of_all_parts_is_told_by_its_place(tmp_path: Path, decoders: Decoders) -> None:
    files = [png(seed) for seed in range(9)]
    files[5] = files[8] = b"no image".ljust(len(files[0]))
    with pytest.raises(BadImageAt, match="the file is not an image") as caught:
        decoders.decode_file(job(tmp_path, files))
    assert caught.value.place == 5
    assert [path.name for path in tmp_path.iterdir()] == ["encoded"]


def test_blocks_are_decoded_while_their_snapshot_is_taken(pins: Snapshots, tmp_path: Path) -> None:
    files = [png(seed) for seed in range(9)]
    decoders = Decoders(BlockCache(tmp_path / "pixels", GIB), pixels.LIMIT_PIXELS)
    wanted = BlockPixels(decoders, "face", WANTED)
    try:
        # Also when the block is there before.
        for _ in range(2):
            early = EarlyDecoding(decoders, pins, [wanted])
            [block] = take(pins, files, early)
            early.close()
        decoders.threads.shutdown(wait=True)
        kept = wanted.kept(block)
        assert kept is not None
        assert kept.tobytes() == expected(files)
    finally:
        decoders.close()


def test_what_would_fill_the_cache_is_not_decoded_early(pins: Snapshots, tmp_path: Path) -> None:
    files = [png(seed) for seed in range(9)]
    decoders = Decoders(BlockCache(tmp_path / "pixels", 2 * len(expected(files))), pixels.LIMIT_PIXELS)
    wanted = BlockPixels(decoders, "face", WANTED)
    try:
        early = EarlyDecoding(decoders, pins, [wanted])
        [block] = take(pins, files, early)
        decoders.threads.shutdown(wait=True)
        assert wanted.kept(block) is None
    finally:
        decoders.close()
