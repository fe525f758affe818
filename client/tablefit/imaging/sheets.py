"""Pixels drawn by Pillow's own decoders, without what Pillow does around them for each file.

A sheet is one image of Pillow's that has many images on it, one below the other; all come off it by one copy. A decoder
gets the content in one piece, as from Pillow itself up to LIMIT_CONTENT_BYTES: pixels are the same by construction, and
so is what counts as broken, which depends on the pieces. Where Pillow has its decoders is not promised by it, so
whoever uses a sheet proves it with a sample first. Leaves to `plain_png` and `plain_jpeg` what may be decoded so.
"""

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

LIMIT_CONTENT_BYTES = ImageFile.MAXBLOCK
# What a decoder raises that is not where, or not what, it is expected to be.
NOT_THERE = (AttributeError, TypeError, ValueError)

Codec = Literal["png", "jpeg"]


class Shape(NamedTuple):
    """The mode and size of an image."""

    mode: Literal["L", "RGB"]
    width: int
    height: int


class Sheet:
    """Room for `count` images of one shape, one below the other; not set where nothing was drawn yet."""

    def __init__(self, shape: Shape, count: int = 1) -> None:
        self._shape = shape
        self._count = count
        self._image = Image.new(shape.mode, (shape.width, shape.height * count), None)

    def draw(self, codec: Codec, content: bytes, place: int = 0) -> bool:
        """Decodes an image onto its place. False when it is broken."""
        mode, width, height = self._shape
        decoder = _decoder(codec, mode)
        decoder.setimage(self._image.im, (0, place * height, width, (place + 1) * height))
        consumed, failure = decoder.decode(content)
        decoder.cleanup()
        # Less than zero means that all rows are there.
        return bool(consumed < 0 and failure == 0)

    def pixels(self) -> NDArray[np.uint8]:
        """What was drawn, uint8 (image, height, width, channel), read-only."""
        mode, width, height = self._shape
        shape = (self._count, height, width, len(mode))
        return np.frombuffer(self._image.tobytes(), dtype=np.uint8).reshape(shape)


def _decoder(codec: Codec, mode: str) -> Any:
    core: Any = Image.core  # type: ignore[attr-defined]
    if codec == "png":
        return core.zip_decoder(mode, mode, 0)
    # No other colours than the file's, no draft at a smaller scale.
    return core.jpeg_decoder(mode, mode, "", 0, 0)
