"""A short way to the pixels of plain PNG files: 8 bits of grey or colour, not interlaced, nothing said besides.

    signature, IHDR, IDAT, IEND      and no other chunk, every check sum right, nothing behind

Many images of one size are decoded as one: the rows of each are inflated, and joined with a row of zeros before each.

    0 0 0 0 … | filter row | filter row | … | 0 0 0 0 … | filter row | …      (a row of zeros has filter 0, none)

A filter looks at the row above, which is zero for the first row of an image, so Pillow's decoder, given all of it as
one tall image, makes the same rows of it as of each alone. Whatever is not plain, or fails, is left to `pixels`, which
also knows why.
"""

import zlib
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tablefit.imaging.sheets import LIMIT_CONTENT_BYTES, NOT_THERE, Shape, Sheet

# Pixels that are looked at as one, as in `decoding`.
_SHEET_BYTES = 1024 * 1024
_HEAD_BYTES = 33
_FRAME_BYTES = 12
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_IEND = b"\0\0\0\0IEND\xaeB`\x82"
_IDAT_CHECK = zlib.crc32(b"IDAT")
# Bits, kind of colours, compression, filter method, interlace.
_SAID: dict[Literal["L", "RGB"], bytes] = {"L": b"\x08\x00\x00\x00\x00", "RGB": b"\x08\x02\x00\x00\x00"}
_MODES = {said: mode for mode, said in _SAID.items()}


class PlainPng(NamedTuple):
    """A plain file: `content` is compressed."""

    shape: Shape
    content: bytes


def parse(encoded: bytes) -> PlainPng | None:
    """The file, when it is plain."""
    mode = _MODES.get(encoded[24:29])
    shape = mode and Shape(mode, int.from_bytes(encoded[16:20], "big"), int.from_bytes(encoded[20:24], "big"))
    if not shape or not shape.width or not shape.height or not encoded.startswith(_head(shape)):
        return None
    content = _content(encoded)
    return PlainPng(shape, content) if content is not None and _proven() else None


def decodes(png: PlainPng) -> bool:
    """Whether the pixels decode in full."""
    return Sheet(png.shape).draw("png", png.content)


def inflate(images: Sequence[bytes], shape: Shape) -> dict[int, bytes]:
    """The filtered rows of those of the images, by place, that are plain, of this shape and whole.

    One image may take some 64 MiB for a moment, when it holds more than it says.
    """
    found: dict[int, bytes] = {}
    head, wanted = _head(shape), shape.height * _row_bytes(shape)
    if not _proven():
        return found
    for place, image in enumerate(images):
        content = _content(image) if image.startswith(head) else None
        if content is not None:
            try:
                rows = zlib.decompress(content, bufsize=wanted)
            except zlib.error:
                continue
            if len(rows) == wanted:
                found[place] = rows
    return found


def unfilter(images: Sequence[bytes], shape: Shape) -> NDArray[np.uint8] | None:
    """The pixels of images from `inflate`, uint8 (image, height, width, channel); None when any is broken."""
    sheet = _drawn(images, shape)
    if sheet is None:
        return None
    return sheet.pixels().reshape(len(images), shape.height + 1, shape.width, len(shape.mode))[:, 1:]


def find_sound(images: Sequence[bytes], limit_pixels: int) -> dict[int, Shape]:
    """The shapes of plain files whose pixels decode in full, by place: found many at once, and not of all of them.

    What says that it has more pixels is not looked at: room is made for as many as it says.
    """
    found: dict[int, Shape] = {}
    places_of: dict[bytes, list[int]] = {}
    for place, image in enumerate(images):
        places_of.setdefault(image[:_HEAD_BYTES], []).append(place)
    for places in places_of.values():
        png = parse(images[places[0]])
        if png is not None and len(places) > 1 and png.shape.width * png.shape.height <= limit_pixels:
            found |= dict.fromkeys(_sound(images, places, png.shape), png.shape)
    return found


def _sound(images: Sequence[bytes], places: Sequence[int], shape: Shape) -> Iterator[int]:
    """Those of these places, which may be of one shape, where they are and their pixels decode."""
    part_count = max(1, _SHEET_BYTES // (shape.height * _row_bytes(shape)))
    for start in range(0, len(places), part_count):
        part = places[start : start + part_count]
        inflated = inflate([images[place] for place in part], shape)
        if inflated and _drawn(list(inflated.values()), shape):
            yield from (part[at] for at in inflated)


def _drawn(images: Sequence[bytes], shape: Shape) -> Sheet | None:
    zeros = bytes(_row_bytes(shape))
    sheet = Sheet(shape._replace(height=(shape.height + 1) * len(images)))
    # Stored, not compressed.
    return sheet if sheet.draw("png", zlib.compress(zeros + zeros.join(images), 0)) else None


def _row_bytes(shape: Shape) -> int:
    """Bytes of a row of pixels with the one that names its filter."""
    return 1 + shape.width * len(shape.mode)


@lru_cache(maxsize=1024)
def _head(shape: Shape) -> bytes:
    """The signature and IHDR of plain files of this shape: the only ones, since check sums are part of them."""
    said = b"IHDR" + shape.width.to_bytes(4, "big") + shape.height.to_bytes(4, "big") + _SAID[shape.mode]
    return _SIGNATURE + b"\0\0\0\r" + said + zlib.crc32(said).to_bytes(4, "big")


def _content(encoded: bytes) -> bytes | None:
    """The content of the only IDAT chunk; None when there are other chunks, or a broken or large one."""
    size = len(encoded) - _HEAD_BYTES - _FRAME_BYTES - len(_IEND)
    if not 0 <= size <= LIMIT_CONTENT_BYTES or not encoded.endswith(_IEND):
        return None
    start, end = _HEAD_BYTES + 8, _HEAD_BYTES + 8 + size
    if encoded[_HEAD_BYTES:start] != size.to_bytes(4, "big") + b"IDAT":
        return None
    content = encoded[start:end]
    is_sound = zlib.crc32(content, _IDAT_CHECK) == int.from_bytes(encoded[end : end + 4], "big")
    return content if is_sound else None


@cache
def _proven() -> bool:
    """Whether the Pillow that is installed has its decoder where it is expected, and it decodes."""
    try:
        # The second is the difference to its left.
        found = unfilter([b"\x00\xff\x00", b"\x01\xff\x01"], Shape("L", 2, 1))
    except NOT_THERE:
        return False
    return found is not None and found.tolist() == [[[[255], [0]]]] * 2
