"""In which mode and size pixels are wanted, and how an upright image of another size is fitted to it.

    stretch      the whole image, resized to the size wanted, whatever becomes of its proportions
    crop         the largest centred part that has the proportions wanted, resized to the size wanted
    letterbox    the whole image, resized to the largest size of its own proportions that fits, centred on black

Of an image of W x H pixels for w x h pixels, all in integers, `a / b` rounded to the nearest and halves up:

    crop         W * h > H * w (too wide)    the part is max(1, H * w / h) x H, from column (W - its width) // 2
                 W * h < H * w (too high)    the part is W x max(1, W * h / w), from row (H - its height) // 2
    letterbox    W * h > H * w (too wide)    the image becomes w x max(1, H * w / W), from row (h - its height) // 2
                 W * h < H * w (too high)    the image becomes max(1, W * h / H) x h, from column (w - its width) // 2

So where the rest is odd, the right side or the bottom loses, or has in black, one pixel more. Equal proportions need
neither. Smaller images are enlarged. What is cut off takes no part in the resampling, nor does black. An image, or a
part of one, that has the size already is not resampled. Resampling is Pillow's filter of the name, over all pixels.
Leaves to `pixels` what an upright image is.
"""

import math
from dataclasses import dataclass
from typing import Literal

from PIL import Image

Mode = Literal["L", "RGB"]
Resampling = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
Fit = Literal["stretch", "crop", "letterbox"]

CHANNELS: dict[Mode, int] = {"L": 1, "RGB": 3}
_FILTERS: dict[Resampling, Image.Resampling] = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True)
class PixelFormat:
    """The mode and size that pixels are wanted in, and how images of other sizes come to it."""

    mode: Mode
    height: int
    width: int
    resampling: Resampling = "bilinear"
    fit: Fit = "stretch"

    @property
    def name(self) -> str:
        """One text for each format, such as `L 28x28 bilinear stretch`: mode, height x width, resampling, fit.

        Part of the keys under which pixels are kept: never changes.
        """
        return f"{self.mode} {self.height}x{self.width} {self.resampling} {self.fit}"

    @property
    def row_shape(self) -> tuple[int, int, int]:
        """(height, width, channel)."""
        return self.height, self.width, CHANNELS[self.mode]

    @property
    def row_bytes(self) -> int:
        """Bytes of one image."""
        return math.prod(self.row_shape)


@dataclass(frozen=True)
class Box:
    """A part of an image: its first column and row, and its size."""

    left: int
    top: int
    width: int
    height: int


def fitted(image: Image.Image, wanted: PixelFormat) -> Image.Image:
    """The upright image in the mode and size wanted."""
    if image.mode != wanted.mode:
        image = image.convert(wanted.mode)
    size = (wanted.width, wanted.height)
    if image.size == size:
        return image
    if wanted.fit == "letterbox":
        return _letterboxed(image, wanted)
    if wanted.fit == "crop":
        box = crop_box(*image.size, *size)
        # `resize` with a box would let the pixels beside it take part.
        image = image.crop((box.left, box.top, box.left + box.width, box.top + box.height))
    return _resized(image, size, wanted)


def crop_box(width: int, height: int, wanted_width: int, wanted_height: int) -> Box:
    """The part of an image of this size that `crop` takes."""
    part_width, part_height = width, height
    if width * wanted_height > height * wanted_width:
        part_width = max(1, _rounded(height * wanted_width, wanted_height))
    else:
        part_height = max(1, _rounded(width * wanted_height, wanted_width))
    return Box((width - part_width) // 2, (height - part_height) // 2, part_width, part_height)


def letterbox_box(width: int, height: int, wanted_width: int, wanted_height: int) -> Box:
    """The part of the size wanted that `letterbox` puts an image of this size on."""
    part_width, part_height = wanted_width, wanted_height
    if width * wanted_height > height * wanted_width:
        part_height = max(1, _rounded(height * wanted_width, width))
    else:
        part_width = max(1, _rounded(width * wanted_height, height))
    return Box((wanted_width - part_width) // 2, (wanted_height - part_height) // 2, part_width, part_height)


def _letterboxed(image: Image.Image, wanted: PixelFormat) -> Image.Image:
    box = letterbox_box(*image.size, wanted.width, wanted.height)
    black = Image.new(wanted.mode, (wanted.width, wanted.height), 0)
    black.paste(_resized(image, (box.width, box.height), wanted), (box.left, box.top))
    return black


def _resized(image: Image.Image, size: tuple[int, int], wanted: PixelFormat) -> Image.Image:
    return image if image.size == size else image.resize(size, _FILTERS[wanted.resampling])


def _rounded(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded to the nearest, halves up."""
    return (2 * numerator + denominator) // (2 * denominator)
