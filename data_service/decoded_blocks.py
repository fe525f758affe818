"""Decoded pixels of an image column of a snapshot, by position: from the cache where they are, else decoded.

    position > block of the snapshot > pixels of the block

All epochs, parts, readers and snapshots that share a block share its pixels, and a row that is changed concerns one
block. A missing block is decoded whole, by worker processes straight from its file into a file of the cache, a few in
each call: a shuffled batch takes rows from nearly all blocks of its window, and shall not wait until all of that is
decoded. The rows of other missing blocks are decoded alone, and not kept; so are all rows where the cache is too small
to help. Bytes do not depend on any of this. NULL has zeros for pixels. Leaves whole blocks to `block_pixels`, and what
pixels are to `pixels`.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import WrongState
from tablefit.imaging.decoding import BadImageAt
from tablefit.imaging.pixel_format import PixelFormat

from data_service.block_pixels import BlockPixels, Pixels
from data_service.decode_workers import LIMIT_WORKERS
from data_service.decoders import Decoders
from data_service.gathering import Rereader
from data_service.order import Positions
from data_service.pinned_rows import PinnedRows
from data_service.snapshots import Digested, Strings

# Encoded bytes of the missing blocks that one call decodes, but for as many blocks as there are workers.
LIMIT_DECODED_BYTES = 32 * 1024 * 1024
# Bytes of one image from which on it is not copied before it is put into a message.
LARGE_BYTES = 4096
_ALONE_ROWS = 1024


class DecodedColumn:
    """The pixels of one image column in one format. Not for use by two threads at once.

    `keeps_blocks` says whether missing blocks are made. `check` is called between reads and may raise.
    """

    def __init__(
        self,
        rows: PinnedRows,
        column: str,
        pixel_format: PixelFormat,
        *,
        decoders: Decoders,
        rereader: Rereader,
        keeps_blocks: bool,
        check: Callable[[], None],
    ) -> None:
        self._rows = rows
        self._column = rows.columns[column]
        self.pixel_format = pixel_format
        self._decoders = decoders
        self._rereader = rereader
        self._keeps_blocks = keeps_blocks
        self._check = check
        # Blocks with a row that gives no pixels or is not as it was, whose other rows can still be read.
        self._broken: set[int] = set()
        self._blocks = BlockPixels(decoders, column, pixel_format)

    def read(self, positions: Positions, *, at_once: bool = False) -> Pixels | list[Pixels]:
        """The pixels of the rows at these positions, uint8 (row, height, width, channel), in their order.

        Large ones come as a list, as views into the cache. `at_once` decodes nothing but these rows. Raises WrongState
        when a row has no pixels.
        """
        found: Pixels | list[Pixels] = [np.empty(0, dtype=np.uint8)] * len(positions)
        if self.pixel_format.row_bytes < LARGE_BYTES:
            found = np.empty((len(positions), *self.pixel_format.row_shape), dtype=np.uint8)
        numbers, places = self._rows.locate(positions)
        missing = []
        for number, at in zip(numbers, places, strict=True):
            kept = self._blocks.kept(self._rows.record.blocks[number])
            if not self._copy(number, kept, positions, at, found):
                missing.append((number, at))
        if missing:
            self._read_missing(missing, positions, found, at_once)
        return found

    def _read_missing(
        self, missing: list[tuple[int, Positions]], positions: Positions, found: Pixels | list[Pixels], at_once: bool
    ) -> None:
        self._check()
        missing = sorted(missing, key=lambda block: (-len(block[1]), block[0]))
        makes = 0 if at_once or not self._keeps_blocks else self._count_makes([number for number, _ in missing])
        alone = [at for _, at in missing[makes:]]
        made = self._decoders.threads.map(self._make_block, [number for number, _ in missing[:makes]])
        for (number, at), block in zip(missing[:makes], made, strict=True):
            if not self._copy(number, block, positions, at, found):
                alone.append(at)
        if alone:
            self._read_alone(np.concatenate(alone), positions, found)

    def _count_makes(self, numbers: Sequence[int]) -> int:
        """How many of these blocks one call decodes."""
        sizes = np.cumsum([self._rows.record.blocks[number].size_bytes for number in numbers])
        return max(int(np.searchsorted(sizes, LIMIT_DECODED_BYTES, side="right")), min(LIMIT_WORKERS, len(numbers)))

    def _read_alone(self, places: Positions, positions: Positions, found: Pixels | list[Pixels]) -> None:
        """Decodes the rows at these places of `found` and nothing else; a row may have several places."""
        rising = places[np.argsort(positions[places], kind="stable")]
        wanted, starts = np.unique(positions[rising], return_index=True)
        targets = np.split(rising, starts[1:])
        for start in range(0, len(wanted), _ALONE_ROWS):
            self._check()
            part = wanted[start : start + _ALONE_ROWS]
            pixels = self._decode_alone(part)
            for at, row in zip(targets[start : start + _ALONE_ROWS], pixels, strict=True):
                for place in at.tolist():
                    found[place] = row

    def _decode_alone(self, positions: Positions) -> Pixels:
        encoded, is_null = self._encoded(positions)
        there = np.flatnonzero(~is_null)
        try:
            found = self._decoders.alone.decode([encoded[place] for place in there], self.pixel_format)
        except BadImageAt as error:
            raise self._refusal(int(positions[there[error.place]]), str(error)) from error
        if len(there) == len(positions):
            return found
        pixels = np.zeros((len(positions), *self.pixel_format.row_shape), dtype=np.uint8)
        pixels[there] = found
        return pixels

    def _encoded(self, positions: Positions) -> tuple[list[bytes], NDArray[np.bool_]]:
        """The encoded images at these positions, and where there is none."""
        numbers, places = self._rows.locate(positions)
        images, is_null = [b""] * len(positions), np.zeros(len(positions), dtype=bool)
        for number, at in zip(numbers, places, strict=True):
            view = self._rows.pinned.block(number).column(self._column.name)
            inner = positions[at] - self._rows.pinned.block_starts[number]
            if isinstance(view, Strings | Digested) and view.is_null is not None:
                is_null[at] = view.is_null[inner]
            there = at[~is_null[at]]
            if isinstance(view, Strings):
                values = [bytes(view.value(row)) for row in inner[~is_null[at]].tolist()]
            else:
                values = self._rereader.read(self._column, positions[there])
            for place, value in zip(there.tolist(), values, strict=True):
                images[place] = value
        return images, is_null

    def _make_block(self, number: int) -> Pixels | None:
        """The pixels of a block; None where the cache has no room, or not all of its images have any."""
        if number in self._broken:
            return None
        record, block = self._rows.record.blocks[number], self._rows.pinned.block(number)
        try:
            if isinstance(block.column(self._column.name), Strings):
                return self._blocks.decode(record, block, self._rows.pinned.block_path(number))
            return self._blocks.make(record, partial(self._decode_here, number))
        except (BadImageAt, WrongState):
            # The batch need not hold the row that is to blame; if it does, it is refused when it is read alone.
            self._broken.add(number)
            return None

    def _decode_here(self, number: int, path: Path) -> int:
        """For images that have to be read again from the database."""
        start, stop = self._rows.pinned.block_starts[number : number + 2].tolist()
        check = 0
        with path.open("wb") as file:
            for first in range(start, stop, _ALONE_ROWS):
                self._check()
                part = np.arange(first, min(first + _ALONE_ROWS, stop), dtype=np.int64)
                content = self._decode_alone(part).tobytes()
                check = crc32(content, check)
                file.write(content)
        return check

    def _copy(
        self,
        number: int,
        block: Pixels | None,
        positions: Positions,
        places: Positions,
        found: Pixels | list[Pixels],
    ) -> bool:
        if block is None:
            return False
        inner = positions[places] - self._rows.pinned.block_starts[number]
        if isinstance(found, list):
            rows = block.reshape(-1, *self.pixel_format.row_shape)
            for place, row in zip(places.tolist(), inner.tolist(), strict=True):
                found[place] = rows[row]
            return True
        # As rows of bytes: NumPy copies elements, however large, faster than arrays of more than one axis.
        size = self.pixel_format.row_bytes
        taken = block.reshape(-1, size).view(f"V{size}")[:, 0]
        found.reshape(-1, size).view(f"V{size}")[places, 0] = taken.take(inner)
        return True

    def _refusal(self, position: int, reason: str) -> WrongState:
        row_id, table = int(self._rows.ids[position]), self._rows.record.table
        return WrongState(
            f"Row {row_id} of table {table!r} holds an image without pixels in its column {self._column.name!r}: "
            f"{reason}. Correct or delete the row, then take a new snapshot.",
            details={"table": table, "row_id": str(row_id), "column": self._column.name},
        )
