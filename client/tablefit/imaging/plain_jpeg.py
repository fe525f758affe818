"""A short way to the pixels of plain JPEG files of grey or three colours that say nothing besides.

    SOI, then any of APP0 (JFIF, without a thumbnail), DQT (8 bits), DHT, DRI, one SOF0 or SOF2 (8 bits), then SOS

So there is no orientation, no other colours than JFIF's, no further picture. Files of one encoder mostly begin with
the same bytes up to SOS, which are looked through once. Whatever is not plain, or fails, is left to `pixels`, which
also knows why.
"""

import io
from functools import cache, lru_cache
from typing import Literal

import numpy as np
from PIL import Image

from tablefit.imaging.sheets import LIMIT_CONTENT_BYTES, NOT_THERE, Shape, Sheet

# Enough for the tables, some 700 bytes.
LIMIT_HEAD_BYTES = 4096
_SOI, _SOS = b"\xff\xd8", b"\xff\xda"
_APP0, _DQT, _DHT, _DRI = b"\xff\xe0", b"\xff\xdb", b"\xff\xc4", b"\xff\xdd"
_FRAMES = (b"\xff\xc0", b"\xff\xc2")
_TABLE_BYTES = 65
_MODES: dict[int, Literal["L", "RGB"]] = {1: "L", 3: "RGB"}


def parse(encoded: bytes) -> Shape | None:
    """The mode and size of the file, when it is plain."""
    if not encoded.startswith(_SOI):
        return None
    end = encoded.find(_SOS, 0, LIMIT_HEAD_BYTES)
    if end < 0 or len(encoded) > LIMIT_CONTENT_BYTES:
        return None
    size = int.from_bytes(encoded[end + 2 : end + 4], "big")
    if size < 2 or end + 2 + size > len(encoded):
        return None
    shape = _shape(encoded[:end])
    return shape if shape is not None and _proven() else None


def decodes(encoded: bytes, shape: Shape) -> bool:
    """Whether the pixels of a plain file decode in full."""
    return Sheet(shape).draw("jpeg", encoded)


@lru_cache(maxsize=256)
def _shape(head: bytes) -> Shape | None:
    """What the segments before SOS say, if these are they: SOS may have been found inside one of them."""
    shape, place = None, len(_SOI)
    while place < len(head):
        marker, size = head[place : place + 2], int.from_bytes(head[place + 2 : place + 4], "big")
        content = head[place + 4 : place + 2 + size]
        place += 2 + size
        if size < 2 or place > len(head):
            return None
        if marker in _FRAMES and shape is None:
            shape = _frame(content)
            if shape is None:
                return None
        elif not _is_plain(marker, content):
            return None
    return shape


def _frame(content: bytes) -> Shape | None:
    mode = _MODES.get(content[5]) if len(content) > 5 and content[0] == 8 else None
    if mode is None or len(content) != 6 + 3 * len(mode):
        return None
    height, width = int.from_bytes(content[1:3], "big"), int.from_bytes(content[3:5], "big")
    return Shape(mode, width, height) if width and height else None


def _is_plain(marker: bytes, content: bytes) -> bool:
    if marker == _APP0:
        return content.startswith(b"JFIF\0") and len(content) == 14
    if marker == _DQT:
        return len(content) % _TABLE_BYTES == 0 and all(kind < 16 for kind in content[::_TABLE_BYTES])
    return marker in (_DHT, _DRI)


@cache
def _proven() -> bool:
    """Whether the Pillow that is installed has its decoder where it is expected, and it decodes as Pillow does."""
    file = io.BytesIO()
    Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3)).save(file, "JPEG")
    try:
        sheet = Sheet(Shape("RGB", 8, 8), 2)
        drawn = [sheet.draw("jpeg", file.getvalue(), place) for place in (0, 1)]
    except NOT_THERE:
        return False
    expected = np.asarray(Image.open(file))
    return all(drawn) and np.array_equal(sheet.pixels(), np.stack([expected, expected]))
