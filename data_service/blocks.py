"""Decoded pixels of the rows of a pinned table, by position: from the block cache where they are, else from the store.

    position > block of BLOCK_ROWS positions > key = SHA-256 over decoder, pixel format and the digests of its images

Blocks are cut by position in the table, whatever the order or the split, so all epochs, parts and readers share them,
and a row that is added or changed concerns one block. A missing block is decoded whole and kept, but only a few in each
call: a shuffled batch takes rows from nearly all blocks of its window, and shall not wait until all of that is decoded.
Its other missing rows are read and decoded alone, and not kept; so are all rows where the cache is too small to help.

Every image read is compared with the digest of the pin before it is decoded. Bytes do not depend on any of this.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Protocol

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import features
from tablefit.errors import WrongState
from tablefit.rpc.settings import TARGET_MESSAGE_BYTES

from data_service.block_cache import BlockCache
from data_service.decoding import BadImageAt, Decoder
from data_service.index import Index, changed
from data_service.order import BLOCK_ROWS, Positions
from data_service.pixels import PixelFormat
from data_service.schema import Table

Pixels = NDArray[np.uint8]

BLOCK_FORMAT = "tablefit block 1"
# Most encoded bytes that one reader has at hand at a time, but for a single larger image.
LIMIT_READ_BYTES = 16 * 1024 * 1024
# A call decodes whole blocks of this many times the rows that it returns, at least one block.
_BLOCK_ROWS_PER_ROW = 4

_OTHER_IMAGE = (
    "holds another image than its column sha256 said when the stream's state of the table was pinned. "
    "Set both columns as they belong together, then open a new stream without a pin."
)


class ImageReads(Protocol):
    """Where encoded images come from."""

    def read_images(self, table: Table, ids: Sequence[int], limit_bytes: int) -> list[tuple[int, bytes]]:
        """(id, image) of as many of the first of these rising ids as have `limit_bytes` together, at least one."""
        ...


class PixelReader:
    """Reads the pixels of one table at one pin in one format. Not for use by two threads at once.

    `keeps_blocks` says whether missing blocks are made. `check` is called between reads and may raise.
    """

    def __init__(
        self,
        store: ImageReads,
        cache: BlockCache,
        table: Table,
        index: Index,
        pixel_format: PixelFormat,
        *,
        keeps_blocks: bool,
        decoder: Decoder,
        check: Callable[[], None],
    ) -> None:
        self._store = store
        self._cache = cache
        self._table = table
        self._index = index
        self.pixel_format = pixel_format
        self._keeps_blocks = keeps_blocks
        self._decoder = decoder
        self._check = check
        self._keys: dict[int, str] = {}
        named = f"{BLOCK_FORMAT}\n{_libraries()}\n{pixel_format.mode} {pixel_format.height} {pixel_format.width}\n"
        self._key_head = named.encode()

    def read(self, positions: Positions, *, at_once: bool = False) -> Pixels:
        """The pixels of the rows at these positions, uint8 (row, height, width, channel), in their order.

        `at_once` decodes nothing but these rows. Raises WrongState when a row is not as it was pinned.
        """
        found = np.empty((len(positions), *self.pixel_format.row_shape), dtype=np.uint8)
        blocks = positions // BLOCK_ROWS
        by_block = np.argsort(blocks, kind="stable")
        numbers, starts = np.unique(blocks[by_block], return_index=True)
        places = np.split(by_block, starts[1:])
        missing = []
        for number, at in zip(numbers.tolist(), places, strict=True):
            if not self._copy(number, self._kept_block(number), positions, at, found):
                missing.append((number, at))
        if missing:
            self._read_missing(missing, positions, found, at_once)
        return found

    def _read_missing(
        self, missing: list[tuple[int, Positions]], positions: Positions, found: Pixels, at_once: bool
    ) -> None:
        makes = max(1, _BLOCK_ROWS_PER_ROW * len(positions) // BLOCK_ROWS) if self._keeps_blocks and not at_once else 0
        missing = sorted(missing, key=lambda block: (-len(block[1]), block[0]))
        alone = [at for _, at in missing[makes:]]
        for number, at in missing[:makes]:
            if not self._copy(number, self._make_block(number), positions, at, found):
                alone.append(at)
        if alone:
            self._read_alone(np.concatenate(alone), positions, found)

    def _read_alone(self, places: Positions, positions: Positions, found: Pixels) -> None:
        """Decodes the rows at these places of `found` and nothing else; a row may have several places."""
        rising = places[np.argsort(positions[places], kind="stable")]
        wanted, starts = np.unique(positions[rising], return_index=True)
        rows = (row for part in self._decode(wanted) for row in part)
        for at, row in zip(np.split(rising, starts[1:]), rows, strict=True):
            found[at] = row

    def _copy(self, number: int, block: Pixels | None, positions: Positions, places: Positions, found: Pixels) -> bool:
        if block is not None:
            found[places] = block[positions[places] - number * BLOCK_ROWS]
        return block is not None

    def _kept_block(self, number: int) -> Pixels | None:
        rows = self._rows(number)
        return self._shaped(self._cache.get(self._key(number), len(rows) * self.pixel_format.row_bytes))

    def _make_block(self, number: int) -> Pixels | None:
        rows = self._rows(number)
        byte_count = len(rows) * self.pixel_format.row_bytes
        return self._shaped(self._cache.make(self._key(number), byte_count, lambda: self._decode(rows)))

    def _shaped(self, block: Pixels | None) -> Pixels | None:
        return None if block is None else block.reshape(-1, *self.pixel_format.row_shape)

    def _rows(self, number: int) -> Positions:
        start = number * BLOCK_ROWS
        return np.arange(start, min(start + BLOCK_ROWS, self._index.pin.row_count), dtype=np.int64)

    def _key(self, number: int) -> str:
        key = self._keys.get(number)
        if key is None:
            rows = self._index.digests[number * BLOCK_ROWS : (number + 1) * BLOCK_ROWS]
            key = self._keys[number] = hashlib.sha256(self._key_head + rows.tobytes()).hexdigest()
        return key

    def _decode(self, positions: Positions) -> Iterator[Pixels]:
        """The pixels of the rows at these rising positions, about a message at a time."""
        limit_rows = max(1, TARGET_MESSAGE_BYTES // self.pixel_format.row_bytes)
        encoded = self._encoded(positions)
        while rows := list(islice(encoded, limit_rows)):
            try:
                yield self._decoder.decode([image for _, image in rows], self.pixel_format)
            except BadImageAt as error:
                row_id = rows[error.place][0]
                raise self._refusal(row_id, f"gives no pixels: {error}. Delete or replace the row.") from error

    def _encoded(self, positions: Positions) -> Iterator[tuple[int, bytes]]:
        """(id, encoded image) of the rows at these rising positions, each as it was pinned."""
        done = 0
        while done < len(positions):
            self._check()
            ids = self._index.ids[positions[done : done + BLOCK_ROWS]].tolist()
            images = self._store.read_images(self._table, ids, LIMIT_READ_BYTES)
            for expected, (row_id, encoded) in zip(ids, images, strict=False):
                if row_id != expected:
                    break
                if hashlib.sha256(encoded).digest() != self._index.digests[positions[done]].tobytes():
                    raise self._refusal(row_id, _OTHER_IMAGE)
                yield row_id, encoded
                done += 1
            else:
                if images:
                    continue
            raise changed(self._table, "was deleted", int(self._index.ids[positions[done]]))

    def _refusal(self, row_id: int, what: str) -> WrongState:
        return WrongState(
            f"Row {row_id} of table {self._table.name!r} {what}",
            details={"table": self._table.name, "row_id": str(row_id)},
        )


def _libraries() -> str:
    """What decides about pixels besides the code here: another decoder does not believe this one's blocks."""
    libraries = [f"{name} {features.version(name)}" for name in ("libjpeg_turbo", "jpg", "webp", "libtiff", "zlib")]
    return ", ".join([f"Pillow {PIL.__version__}", *libraries])
