"""Pixels by position: the same bytes from cache, workers, threads and the database; bad rows end what reads them."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tablefit.errors import Cancelled, WrongState
from tablefit.imaging.pixel_format import PixelFormat
from tablefit.imaging.pixels import LIMIT_PIXELS

from data_service import decoded_blocks
from data_service.block_cache import BlockCache
from data_service.columns import ColumnArray, RowBatch
from data_service.decoded_blocks import DecodedColumn
from data_service.decoders import Decoders
from data_service.order import Positions
from data_service.pinned_rows import PinnedRows
from data_service.rereading import DatabaseRereader
from data_service.schema import Column, ColumnType, Row
from data_service.snapshots import Guarantee, Snapshots
from tests.image_files import png
from tests.pinned_rows import pin

pytestmark = pytest.mark.usefixtures("small_blocks")
ROW_COUNT = 14
FACE = Column("face", ColumnType.IMAGE, True)
FORMAT = PixelFormat("L", 5, 6)
MIB = 1024 * 1024
SHUFFLED = np.random.default_rng(2).permutation(ROW_COUNT)
# Rows with no image, and with bytes that are none.
NULL, BROKEN, EMPTY = 5, 9, 13


class KeptRows:
    """The images as a database has them now, by id."""

    def __init__(self, images: dict[int, bytes | None]) -> None:
        self.images = images

    def read_rows(self, table_id: str, columns: Sequence[str], ids: Sequence[int]) -> list[Row]:
        return [Row(row_id, (self.images[row_id],)) for row_id in ids if row_id in self.images]


def image(number: int) -> bytes | None:
    return {NULL: None, BROKEN: b"no image", EMPTY: b""}.get(number, png(number))


@pytest.fixture
def decoders(tmp_path: Path) -> Iterator[Decoders]:
    opened = Decoders(BlockCache(tmp_path / "pixels", MIB), LIMIT_PIXELS)
    yield opened
    opened.close()


@pytest.fixture(params=[Guarantee.EXACT, Guarantee.CHANGE_DETECTING])
def rows(pins: Snapshots, tmp_path: Path, request: pytest.FixtureRequest) -> PinnedRows:
    images = [image(number) for number in range(ROW_COUNT)]
    is_null = np.array([content is None for content in images])
    batch = RowBatch(
        np.arange(1, ROW_COUNT + 1), {"face": ColumnArray([content or b"" for content in images], is_null)}
    )
    return PinnedRows(pin(pins, [FACE], batch, request.param), tmp_path)


def open_column(
    rows: PinnedRows,
    decoders: Decoders,
    *,
    wanted: PixelFormat = FORMAT,
    keeps_blocks: bool = True,
    check: object = lambda: None,
    database: KeptRows | None = None,
) -> DecodedColumn:
    kept = database or KeptRows({number + 1: image(number) for number in range(ROW_COUNT)})
    return DecodedColumn(
        rows,
        "face",
        wanted,
        decoders=decoders,
        rereader=DatabaseRereader(kept, rows, check),
        keeps_blocks=keeps_blocks,
        check=check,
    )


def expected(positions: Positions | Sequence[int]) -> list[object]:
    def pixels(number: int) -> object:
        if number == NULL:
            return np.zeros((5, 6, 1)).tolist()
        return np.asarray(Image.open(io.BytesIO(png(number))))[:, :, None].tolist()

    return [pixels(int(number)) for number in positions]


def good(positions: Positions) -> Positions:
    return positions[(positions != BROKEN) & (positions != EMPTY)]


def files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "pixels").iterdir())


@pytest.mark.parametrize("keeps_blocks", [True, False])
@pytest.mark.parametrize("at_once", [True, False])
def test_rows_come_in_the_order_asked_for(
    rows: PinnedRows, decoders: Decoders, keeps_blocks: bool, at_once: bool
) -> None:
    column = open_column(rows, decoders, keeps_blocks=keeps_blocks)
    for positions in (good(SHUFFLED), np.array([3, 0, 3, 5, 12, 3]), good(np.arange(ROW_COUNT)), good(SHUFFLED)):
        assert column.read(positions, at_once=at_once).tolist() == expected(positions)


def test_large_images_come_as_a_list(rows: PinnedRows, decoders: Decoders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded_blocks, "LARGE_BYTES", FORMAT.row_bytes)
    column = open_column(rows, decoders)
    for positions, at_once in ((good(SHUFFLED), True), (np.array([3, 0, 3, 5, 12, 3]), False), (good(SHUFFLED), False)):
        found = column.read(positions, at_once=at_once)
        assert isinstance(found, list)
        assert [row.tolist() for row in found] == expected(positions)


def test_whole_blocks_are_kept_and_shared(rows: PinnedRows, decoders: Decoders, tmp_path: Path) -> None:
    open_column(rows, decoders).read(np.array([1, 4]))
    kept = files(tmp_path)
    assert len(kept) == 2
    gone = open_column(rows, decoders, database=KeptRows({}))
    assert gone.read(np.array([0, 2, 6, 7])).tolist() == expected([0, 2, 6, 7])
    assert files(tmp_path) == kept


def test_at_once_and_without_room_nothing_is_kept(rows: PinnedRows, decoders: Decoders, tmp_path: Path) -> None:
    open_column(rows, decoders).read(np.array([1, 4]), at_once=True)
    open_column(rows, decoders, keeps_blocks=False).read(np.array([1, 4]))
    assert files(tmp_path) == []


def test_a_call_makes_few_blocks_and_reads_its_other_rows_alone(
    rows: PinnedRows, decoders: Decoders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoded_blocks, "LIMIT_DECODED_BYTES", 1)
    monkeypatch.setattr(decoded_blocks, "LIMIT_WORKERS", 1)
    column = open_column(rows, decoders)
    positions = np.array([0, 4, 6])
    assert column.read(positions).tolist() == expected(positions)
    assert len(files(tmp_path)) == 1
    assert column.read(positions).tolist() == expected(positions)
    assert len(files(tmp_path)) == 2


def test_each_format_has_files_of_its_own(rows: PinnedRows, decoders: Decoders, tmp_path: Path) -> None:
    for wanted in (FORMAT, PixelFormat("RGB", 5, 6), PixelFormat("L", 6, 5), PixelFormat("L", 5, 6, "nearest")):
        assert open_column(rows, decoders, wanted=wanted).read(np.arange(4)).shape == (4, *wanted.row_shape)
    assert len(files(tmp_path)) == 4


@pytest.mark.parametrize(("number", "reason"), [(BROKEN, "the file is not an image"), (EMPTY, "the file is empty")])
def test_an_image_without_pixels_ends_what_reads_it_and_nothing_else(
    rows: PinnedRows, decoders: Decoders, number: int, reason: str
) -> None:
    column = open_column(rows, decoders)
    beside = np.arange(number - number % 4, number)
    for at_once in (False, True, False):
        assert column.read(beside, at_once=at_once).tolist() == expected(beside)
        with pytest.raises(WrongState) as refused:
            column.read(np.array([number, 1]), at_once=at_once)
        assert reason in refused.value.message
        assert refused.value.details == {"table": "digits", "row_id": str(number + 1), "column": "face"}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_row_that_is_not_as_it_was_ends_what_reads_it_and_nothing_else(
    pins: Snapshots, tmp_path: Path, decoders: Decoders, at_once: bool
) -> None:
    images = [png(number) for number in range(8)]
    batch = RowBatch(np.arange(1, 9), {"face": ColumnArray(images)})
    rows = PinnedRows(pin(pins, [FACE], batch, Guarantee.CHANGE_DETECTING), tmp_path)
    now = KeptRows({number + 1: png(number) for number in range(8)} | {3: png(77), 6: None})
    del now.images[8]
    column = open_column(rows, decoders, database=now)
    for row_id, what in ((3, "was changed"), (6, "was deleted"), (8, "was deleted")):
        with pytest.raises(WrongState, match=f"Row {row_id} {what}") as refused:
            column.read(np.array([0, row_id - 1]), at_once=at_once)
        assert refused.value.details["row_id"] == str(row_id)
    assert column.read(np.array([0, 1, 3, 4]), at_once=at_once).tolist() == expected([0, 1, 3, 4])


def test_a_caller_that_has_gone_ends_the_reading(rows: PinnedRows, decoders: Decoders) -> None:
    def check() -> None:
        raise Cancelled("gone")

    with pytest.raises(Cancelled, match="gone"):
        open_column(rows, decoders, check=check).read(np.arange(3))
