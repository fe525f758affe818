"""Pixels by position: the same bytes from cache and store, and rows that are not as pinned end the reading."""

import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from data_service.blocks import PixelReader
from data_service.index import Indexes
from PIL import Image
from tablefit.errors import Cancelled, WrongState

from data_service import blocks, pixels
from data_service.block_cache import BlockCache
from data_service.decoding import Decoder
from data_service.order import Positions
from data_service.pixels import PixelFormat
from data_service.schema import Table
from data_service.store import Store
from tests.image_files import encode, png
from tests.stored_rows import append, create_table, execute, open_sqlite

ROW_COUNT = 40
BLOCK_ROWS = 8
FORMAT = PixelFormat("L", 5, 6)
MIB = 1024 * 1024


class CountedReads:
    """A real store whose reads of images are counted, by the ids asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[list[int]] = []

    def read_images(self, table: Table, ids: Sequence[int], limit_bytes: int) -> list[tuple[int, bytes]]:
        self.asked.append(list(ids))
        return self._store.read_images(table, ids, limit_bytes)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_ROWS", BLOCK_ROWS)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_sqlite(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def table(store: Store) -> Table:
    made = create_table(store)
    append(store, made, [("a", png(seed)) for seed in range(ROW_COUNT)])
    return made


def forever() -> None:
    """A caller that stays."""


def open_reader(
    store: Store,
    table: Table,
    folder: Path,
    *,
    reads: CountedReads | None = None,
    pixel_format: PixelFormat = FORMAT,
    keeps_blocks: bool = True,
    limit_bytes: int = MIB,
    check: object = forever,
) -> PixelReader:
    return PixelReader(
        reads or store,
        BlockCache(folder / "blocks", limit_bytes),
        table,
        Indexes(store, folder).open(table, None, forever),
        pixel_format,
        keeps_blocks=keeps_blocks,
        decoder=Decoder(),
        check=check,
    )


def expected_pixels(positions: Positions | list[int]) -> list[object]:
    return [np.asarray(Image.open(io.BytesIO(png(int(seed)))))[:, :, None].tolist() for seed in positions]


SHUFFLED = np.random.default_rng(2).permutation(ROW_COUNT)


@pytest.mark.parametrize("keeps_blocks", [True, False])
@pytest.mark.parametrize("at_once", [True, False])
def test_rows_come_in_the_order_asked_for(
    store: Store, table: Table, tmp_path: Path, keeps_blocks: bool, at_once: bool
) -> None:
    reader = open_reader(store, table, tmp_path, keeps_blocks=keeps_blocks)
    for positions in (SHUFFLED, SHUFFLED[:5], np.array([3, 39, 3, 0, 3]), np.arange(ROW_COUNT), SHUFFLED):
        assert reader.read(positions, at_once=at_once).tolist() == expected_pixels(positions)


def test_a_block_is_decoded_whole_and_not_again(store: Store, table: Table, tmp_path: Path) -> None:
    reads = CountedReads(store)
    reader = open_reader(store, table, tmp_path, reads=reads)
    reader.read(np.arange(8, 12))
    assert reads.asked == [list(range(9, 17))]
    assert reader.read(np.arange(12, 16)).tolist() == expected_pixels(range(12, 16))
    assert len(reads.asked) == 1


def test_a_call_makes_few_blocks_and_reads_its_other_rows_alone(store: Store, table: Table, tmp_path: Path) -> None:
    reads = CountedReads(store)
    reader = open_reader(store, table, tmp_path, reads=reads)
    positions = np.array([0, 8, 17, 16, 24])
    assert reader.read(positions).tolist() == expected_pixels(positions)
    # The two blocks that most rows are in, the first of them where they are equal, and then the rest.
    assert reads.asked == [list(range(17, 25)), list(range(1, 9)), [9, 25]]
    assert reader.read(positions).tolist() == expected_pixels(positions)
    assert reads.asked[3:] == [list(range(9, 17)), list(range(25, 33))]
    assert reader.read(positions).tolist() == expected_pixels(positions)
    assert len(reads.asked) == 5


def test_at_once_reads_nothing_but_the_rows(store: Store, table: Table, tmp_path: Path) -> None:
    reads = CountedReads(store)
    open_reader(store, table, tmp_path, reads=reads).read(np.array([30, 2, 9]), at_once=True)
    assert reads.asked == [[3, 10, 31]]


def test_without_room_for_blocks_rows_are_read_alone(store: Store, table: Table, tmp_path: Path) -> None:
    reads = CountedReads(store)
    reader = open_reader(store, table, tmp_path, reads=reads, limit_bytes=100)
    assert reader.read(np.array([3, 1])).tolist() == expected_pixels([3, 1])
    assert reads.asked == [[2, 4]]


def test_readers_and_restarts_share_blocks(store: Store, table: Table, tmp_path: Path) -> None:
    open_reader(store, table, tmp_path).read(np.arange(BLOCK_ROWS))
    reads = CountedReads(store)
    reader = open_reader(store, table, tmp_path, reads=reads)
    assert reader.read(np.arange(BLOCK_ROWS)).tolist() == expected_pixels(range(BLOCK_ROWS))
    assert reads.asked == []


def test_a_row_added_later_concerns_one_block(store: Store, table: Table, tmp_path: Path) -> None:
    append(store, table, [("a", png(ROW_COUNT))])
    reader = open_reader(store, table, tmp_path)
    for start in range(0, ROW_COUNT, BLOCK_ROWS):
        reader.read(np.arange(start, start + BLOCK_ROWS))
    append(store, table, [("a", png(ROW_COUNT + 1))])
    reads = CountedReads(store)
    reader = open_reader(store, table, tmp_path, reads=reads)
    everything = np.arange(ROW_COUNT + 2)
    assert reader.read(everything).tolist() == expected_pixels(everything)
    assert reads.asked == [[41, 42]]


def test_each_format_has_blocks_of_its_own(store: Store, table: Table, tmp_path: Path) -> None:
    for pixel_format in (FORMAT, PixelFormat("RGB", 5, 6), PixelFormat("L", 6, 5)):
        reader = open_reader(store, table, tmp_path, pixel_format=pixel_format)
        expected = [pixels.decode(png(seed), pixel_format).tolist() for seed in range(4)]
        assert reader.read(np.arange(4)).tolist() == expected
    assert len(list((tmp_path / "blocks").iterdir())) == 3


def test_images_are_read_as_far_as_their_bytes_allow(
    store: Store, table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "LIMIT_READ_BYTES", 2 * len(png(0)) + 20)
    reads = CountedReads(store)
    reader = open_reader(store, table, tmp_path, reads=reads)
    assert reader.read(np.arange(BLOCK_ROWS)).tolist() == expected_pixels(range(BLOCK_ROWS))
    assert [ids[0] for ids in reads.asked] == [1, 3, 5, 7]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("row_id", [33, 36, 40])
def test_a_row_deleted_since_it_was_pinned_ends_the_reading(
    store: Store, table: Table, tmp_path: Path, at_once: bool, row_id: int
) -> None:
    reader = open_reader(store, table, tmp_path)
    execute(tmp_path, "DELETE FROM digits WHERE id = ?", row_id)
    with pytest.raises(WrongState, match=f"Row {row_id} of table 'digits' was deleted after") as refused:
        reader.read(np.arange(32, 40), at_once=at_once)
    assert refused.value.details == {"table": "digits", "row_id": str(row_id)}


@pytest.mark.parametrize("at_once", [True, False])
def test_an_image_that_is_not_the_pinned_one_ends_the_reading(
    store: Store, table: Table, tmp_path: Path, at_once: bool
) -> None:
    reader = open_reader(store, table, tmp_path)
    execute(tmp_path, "UPDATE digits SET image = ? WHERE id = 6", png(77))
    with pytest.raises(WrongState) as refused:
        reader.read(np.arange(8), at_once=at_once)
    assert refused.value.message == (
        "Row 6 of table 'digits' holds another image than its column sha256 said when the stream's state of the table "
        "was pinned. Set both columns as they belong together, then open a new stream without a pin."
    )
    assert refused.value.details == {"table": "digits", "row_id": "6"}


@pytest.mark.parametrize("text", ["", "no digest", "abcd", "0" * 64])
def test_a_column_that_names_no_digest_ends_the_reading(store: Store, table: Table, tmp_path: Path, text: str) -> None:
    execute(tmp_path, "UPDATE digits SET sha256 = ? WHERE id = 6", text)
    with pytest.raises(WrongState, match="Row 6 of table 'digits' holds another image than its column sha256 said"):
        open_reader(store, table, tmp_path).read(np.arange(8))


def test_bytes_that_are_no_image_end_the_reading(store: Store, table: Table, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"no image").hexdigest()
    execute(tmp_path, "UPDATE digits SET image = ?, sha256 = ? WHERE id = 6", b"no image", digest)
    with pytest.raises(WrongState, match="Row 6 of table 'digits' gives no pixels: the file is not an image"):
        open_reader(store, table, tmp_path).read(np.arange(8))


def test_large_pixels_are_written_row_by_row(store: Store, tmp_path: Path) -> None:
    table = create_table(store, "large")
    append(store, table, [("a", encode(Image.new("L", (40, 30), seed))) for seed in range(20)])
    large = PixelFormat("RGB", 600, 800)
    reader = open_reader(store, table, tmp_path, pixel_format=large, limit_bytes=64 * MIB)
    found = reader.read(np.array([5]))
    assert (found.shape, found.min(), found.max()) == ((1, 600, 800, 3), 5, 5)
    assert [path.stat().st_size for path in (tmp_path / "blocks").iterdir()] == [8 * 600 * 800 * 3 + 4]


def test_a_caller_that_has_gone_ends_the_reading(store: Store, table: Table, tmp_path: Path) -> None:
    def check() -> None:
        raise Cancelled("gone")

    with pytest.raises(Cancelled, match="gone"):
        open_reader(store, table, tmp_path, check=check).read(np.arange(3))
