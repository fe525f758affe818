"""Pixels of whole blocks of one image column in one format: those in the cache, and how others are made.

    key = SHA-256 over decoder, pixel format, column and the block's digest

So all that reads the same block shares its pixels, whichever snapshots it is in. Leaves decoding to `decoders`, and
single rows to `decoded_blocks`.
"""

import hashlib
from functools import partial
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import features
from tablefit.imaging.decoding import BadImageAt
from tablefit.imaging.pixel_format import PixelFormat

from data_service.block_cache import MakeFile
from data_service.decode_process import Job
from data_service.decoders import Decoders
from data_service.snapshots import Block, BlockRecord, Strings

Pixels = NDArray[np.uint8]

BLOCK_FORMAT = "tablefit pixels 2"


class BlockPixels:
    """For use by many threads."""

    def __init__(self, decoders: Decoders, column: str, pixel_format: PixelFormat) -> None:
        self._decoders = decoders
        self._column = column
        self._format = pixel_format
        self._head = f"{BLOCK_FORMAT}\n{_libraries()}\n{pixel_format.name}\n{column}\n".encode()

    def kept(self, record: BlockRecord) -> Pixels | None:
        """The pixels of a block in the cache, one row behind the other."""
        return self._decoders.cache.get(self._key(record), self.byte_count(record))

    def decode(self, record: BlockRecord, block: Block, path: Path) -> Pixels | None:
        """The pixels of a block that keeps its images, decoded by workers unless they are kept; None without room.

        Raises BadImageAt.
        """
        return self.make(record, partial(self._decode, block, path))

    def make(self, record: BlockRecord, make_file: MakeFile) -> Pixels | None:
        """The same, of pixels that `make_file` writes."""
        return self._decoders.cache.make(self._key(record), self.byte_count(record), make_file)

    def byte_count(self, record: BlockRecord) -> int:
        """How many bytes the pixels of a block are."""
        return record.row_count * self._format.row_bytes

    def _decode(self, block: Block, block_path: Path, path: Path) -> int:
        view = block.column(self._column)
        if not isinstance(view, Strings):
            raise TypeError(f"expected byte strings, received {type(view).__name__}")
        lengths = view.lengths
        empty = np.flatnonzero(lengths == 0 if view.is_null is None else (lengths == 0) & ~view.is_null)
        if len(empty):
            raise BadImageAt(int(empty[0]), "the image is empty: 0 bytes")
        offset = block.data_offset(self._column)
        spans = list(zip((view.offsets[:-1] + offset).tolist(), lengths.tolist(), strict=True))
        return self._decoders.decode_file(Job(block_path, spans, self._format, path, self._decoders.limit_pixels))

    def _key(self, record: BlockRecord) -> str:
        return hashlib.sha256(self._head + record.digest.encode()).hexdigest()


def _libraries() -> str:
    """What decides about pixels besides the code here: another decoder does not believe this one's blocks."""
    libraries = [f"{name} {features.version(name)}" for name in ("libjpeg_turbo", "jpg", "webp", "libtiff", "zlib")]
    return ", ".join([f"Pillow {PIL.__version__}", *libraries])
