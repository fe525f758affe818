"""Plain pixels as PNG files: lossless, and the same bytes for the same pixels under one release of Pillow."""

import io
from typing import TypeAlias

Shape: TypeAlias = tuple[int, int, int]

# Pillow's modes by the number of channels: grey, colour, colour with alpha.
MODES = {1: "L", 3: "RGB", 4: "RGBA"}

# zlib's own default; higher levels take twice the time and save a hundredth.
_COMPRESS_LEVEL = 6


def encode_png(pixels: bytes, shape: Shape) -> bytes:
    """The PNG file of uint8 pixels of shape (height, width, channel), channels 1, 3 or 4, rows from the top."""
    from PIL import Image

    height, width, channels = shape
    buffer = io.BytesIO()
    Image.frombytes(MODES[channels], (width, height), pixels).save(
        buffer, format="PNG", compress_level=_COMPRESS_LEVEL, optimize=False
    )
    return buffer.getvalue()
