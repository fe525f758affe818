"""A short way to the pixels of plain PNG files: 8 bits of grey or colour, not interlaced, nothing said besides.

    signature, IHDR, IDAT, IEND      and no other chunk, every check sum right, nothing behind

Pillow's own decoder does the work. It gets the content in one piece, as from Pillow itself up to LIMIT_CONTENT_BYTES:
pixels are the same by construction, and so is what counts as broken, which depends on the pieces. What is left out is
what Pillow does around it for each file, which takes longer than the pixels of a small one. Many images go onto one
sheet and come off it by one copy. Whatever is not plain, or fails, is left to `pixels`, which also knows why.
"""

import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

LIMIT_CONTENT_BYTES = ImageFile.MAXBLOCK
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_IEND = b"\0\0\0\0IEND\xaeB`\x82"
_MODES: dict[bytes, Literal["L", "RGB"]] = {b"\x08\x00\x00\x00\x00": "L", b"\x08\x02\x00\x00\x00": "RGB"}
# White and black, written without a filter.
_SAMPLE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000002000000010800000000d14920560000000b4944415478da63f8cf000002010100"
    "a11e5c750000000049454e44ae426082"
)


@dataclass(frozen=True)
class PlainPng:
    """A plain file: `data` is its compressed content."""

    mode: Literal["L", "RGB"]
    width: int
    height: int
    data: bytes


def parse(encoded: bytes) -> PlainPng | None:
    """The file, when it is plain."""
    mode = _MODES.get(encoded[24:29])
    if mode is None or encoded[:8] != _SIGNATURE or encoded[8:16] != b"\0\0\0\rIHDR" or not _proven():
        return None
    data = _compressed(encoded)
    width, height = int.from_bytes(encoded[16:20], "big"), int.from_bytes(encoded[20:24], "big")
    if data is None or not _is_sound(encoded, 8, 13) or width == 0 or height == 0:
        return None
    return PlainPng(mode, width, height, data)


class Sheet:
    """Room for `row_count` images of one mode and size, one below the other."""

    def __init__(self, mode: Literal["L", "RGB"], width: int, height: int, row_count: int = 1) -> None:
        self._format = (mode, width, height)
        self._row_count = row_count
        self._made: Image.Image | None = None

    @property
    def _image(self) -> Image.Image:
        """The pixels so far, not set where nothing was drawn yet. Made when it is first needed."""
        if self._made is None:
            mode, width, height = self._format
            self._made = Image.new(mode, (width, height * self._row_count), None)
        return self._made

    def draw(self, place: int, png: PlainPng) -> bool:
        """Decodes an image onto its place. False when it is of another mode or size, or broken."""
        mode, width, height = self._format
        if (png.mode, png.width, png.height) != self._format:
            return False
        decoder = _decoder(mode)
        decoder.setimage(self._image.im, (0, place * height, width, (place + 1) * height))
        consumed, failure = decoder.decode(png.data)
        decoder.cleanup()
        # Less than zero means that all rows are there.
        return bool(consumed < 0 and failure == 0)

    def pixels(self) -> NDArray[np.uint8]:
        """What was drawn, uint8 (place, height, width, channel), read-only."""
        mode, width, height = self._format
        shape = (self._row_count, height, width, len(mode))
        return np.frombuffer(self._image.tobytes(), dtype=np.uint8).reshape(shape)


def decodes(png: PlainPng) -> bool:
    """Whether the pixels decode in full."""
    return Sheet(png.mode, png.width, png.height).draw(0, png)


def _decoder(mode: str) -> Any:
    return Image.core.zip_decoder(mode, mode, 0)  # type: ignore[attr-defined]


def _compressed(encoded: bytes) -> bytes | None:
    """The content of the only IDAT chunk; None when there are other chunks, or a broken or large one."""
    end = len(encoded) - len(_IEND)
    size = int.from_bytes(encoded[33:37], "big")
    if encoded[end:] != _IEND or encoded[37:41] != b"IDAT" or 45 + size != end or size > LIMIT_CONTENT_BYTES:
        return None
    return encoded[41 : 41 + size] if _is_sound(encoded, 33, size) else None


def _is_sound(encoded: bytes, start: int, size: int) -> bool:
    """Whether a chunk of `size` bytes of content has the check sum that it should have."""
    check = int.from_bytes(encoded[start + 8 + size : start + 12 + size], "big")
    return zlib.crc32(encoded[start + 4 : start + 8 + size]) == check


@cache
def _proven() -> bool:
    """Whether the Pillow that is installed has its decoder where this module expects it, and it decodes."""
    sheet = Sheet("L", 2, 1)
    data = _compressed(_SAMPLE)
    try:
        drawn = data is not None and sheet.draw(0, PlainPng("L", 2, 1, data))
    except (AttributeError, TypeError, ValueError):
        return False
    return drawn and sheet.pixels().tolist() == [[[[255], [0]]]]
