"""What the pixels of an encoded image are: Pillow's first frame, made plain by rules that are written down here.

    encoded bytes > first frame > plain L or RGB > EXIF orientation > mode > size > uint8 (height, width, channel)

Plain means: alpha and transparent colours composited on white, `(value * alpha + 255 * (255 - alpha)) / 255` rounded;
16-bit values reduced to their high byte, which is what Pillow does to colour of 16 bits; palettes, CMYK and YCbCr
converted to RGB; bilevel images to 0 and 255. Transparent colours count where Pillow applies them: not in grey of 2, 4
or 16 bits or colour of 16 bits. An image is grey when its file has no colours: 1, L, LA and 16-bit grey; a palette is
colour. Everything here is a pure function of the bytes. Leaves mode and size to `pixel_format`, and storing, caching
and batching to its callers.
"""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from tablefit.imaging import plain_jpeg, plain_png
from tablefit.imaging.pixel_format import CHANNELS, Mode, PixelFormat, fitted
from tablefit.imaging.sheets import Shape

# PixelFormat and Mode are part of what this module's callers say.
__all__ = [
    "LIMIT_PIXELS",
    "MEDIA_TYPES",
    "BadImage",
    "ImageFacts",
    "Mode",
    "PixelFormat",
    "decode",
    "inspect",
    "silence_warnings",
]

# 50 million pixels take 200 MB while they are decoded. Pillow itself refuses what lies beyond 178,956,970.
LIMIT_PIXELS = 50_000_000

MEDIA_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    # A JPEG file with further pictures behind the first, as some cameras write it; opened as JPEG.
    "MPO": "image/jpeg",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "PPM": "image/x-portable-anymap",
}
_OPENED_FORMATS = tuple(name for name in MEDIA_TYPES if name != "MPO")

_HIGH_BYTE_MODES = ("I;16", "I;16L", "I;16B")
_GREY_MODES = ("1", "L", "LA", *_HIGH_BYTE_MODES)
_ALPHA_MODES = ("LA", "PA", "RGBA", "RGBa")
_COLOUR_MODES = ("P", "RGBX", "CMYK", "YCbCr")

_ORIENTATION_TAG = 0x0112
# From this orientation on width and height change places.
_FIRST_TURNED = 5
_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class BadImage(Exception):
    """Bytes that give no pixels; the text says why, in a sentence without its full stop."""


@dataclass(frozen=True)
class ImageFacts:
    """What an encoded image holds: width and height after EXIF orientation, 1 channel (grey) or 3."""

    width: int
    height: int
    channels: int
    media_type: str


def inspect(encoded: bytes, limit_pixels: int = LIMIT_PIXELS) -> ImageFacts:
    """The facts of an image that decodes in full; more than `limit_pixels` pixels are refused by the header alone.

    Raises BadImage.
    """
    png = plain_png.parse(encoded)
    if png and png.shape.width * png.shape.height <= limit_pixels and plain_png.decodes(png):
        return _plain_facts(png.shape, "PNG")
    jpeg = plain_jpeg.parse(encoded)
    if jpeg and jpeg.width * jpeg.height <= limit_pixels and plain_jpeg.decodes(encoded, jpeg):
        return _plain_facts(jpeg, "JPEG")
    image = _load(encoded, limit_pixels)
    upright = _upright_plain(image, encoded)
    return ImageFacts(upright.width, upright.height, CHANNELS[_mode(upright)], MEDIA_TYPES[str(image.format)])


def inspect_plain(images: Sequence[bytes], limit_pixels: int = LIMIT_PIXELS) -> dict[int, ImageFacts]:
    """What `inspect` says of some of the images, by place, each much sooner; nothing of the others."""
    found = plain_png.find_sound(images, limit_pixels)
    return {place: _plain_facts(shape, "PNG") for place, shape in found.items()}


def describe(encoded: bytes, limit_pixels: int = LIMIT_PIXELS) -> ImageFacts:
    """The facts of an image by its header alone; whether it decodes is not known then. Raises BadImage."""
    png = plain_png.parse(encoded)
    if png:
        return _plain_facts(png.shape, "PNG")
    image = _open(encoded, limit_pixels)
    width, height = image.size
    if _orientation(image) >= _FIRST_TURNED:
        width, height = height, width
    return ImageFacts(width, height, 1 if _is_grey(image, encoded) else 3, MEDIA_TYPES[str(image.format)])


def decode(encoded: bytes, wanted: PixelFormat, limit_pixels: int = LIMIT_PIXELS) -> NDArray[np.uint8]:
    """The pixels, uint8 (height, width, channel): converted to the mode, then fitted to the size if it differs.

    Raises BadImage.
    """
    image = fitted(_upright_plain(_load(encoded, limit_pixels), encoded), wanted)
    return np.frombuffer(image.tobytes(), dtype=np.uint8).reshape(wanted.row_shape)


def _plain_facts(shape: Shape, file_format: str) -> ImageFacts:
    return ImageFacts(shape.width, shape.height, CHANNELS[shape.mode], MEDIA_TYPES[file_format])


def silence_warnings() -> None:
    """Keeps Pillow's warnings off stderr, for the whole process; what they are about is refused or allowed here."""
    warnings.filterwarnings("ignore", module=r"PIL\.")


def _load(encoded: bytes, limit_pixels: int) -> Image.Image:
    """The first frame with its pixels decoded and a mode that can be made plain."""
    image = _open(encoded, limit_pixels)
    if image.width * image.height > limit_pixels:
        raise BadImage(
            f"the image has {image.width} x {image.height} pixels, more than the limit of {limit_pixels:,} pixels"
        )
    try:
        image.load()
    except MemoryError:
        raise
    # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error, zlib.error, IndexError and more, and
    # promise no list; whatever they raise over these bytes means that these bytes give no pixels.
    except Exception as error:
        truncated = "truncated" in str(error).lower()
        raise BadImage(
            "the image is truncated: its pixels end too early"
            if truncated
            else "the image is broken: its pixels do not decode"
        ) from error
    known = (*_GREY_MODES, "RGB", *_ALPHA_MODES, *_COLOUR_MODES)
    if image.mode not in known and not _is_wide_ppm(image):
        raise BadImage(f"the image has pixels of the kind {image.mode}, which have no defined reduction to 8 bits")
    return image


def _open(encoded: bytes, limit_pixels: int) -> Image.Image:
    """The image with its header read and nothing decoded."""
    if not encoded:
        raise BadImage("the file is empty")
    try:
        return Image.open(io.BytesIO(encoded), formats=_OPENED_FORMATS)
    except Image.DecompressionBombError as error:
        raise BadImage(f"the image has more pixels than the limit of {limit_pixels:,} pixels") from error
    except MemoryError:
        raise
    except UnidentifiedImageError as error:
        raise BadImage(
            "the file is not an image that can be read: "
            "expected PNG, JPEG, GIF, BMP, WebP, TIFF or PPM with a sound header"
        ) from error
    # As in _load.
    except Exception as error:
        raise BadImage("the image is broken: its header does not decode") from error


def _upright_plain(image: Image.Image, encoded: bytes) -> Image.Image:
    """The image as L or RGB, turned as its EXIF orientation says."""
    # Orientation and transparent colours are told in `info`; most small files have neither.
    if image.mode in ("L", "RGB") and not image.info:
        return image
    try:
        transposition = _TRANSPOSITIONS.get(_orientation(image))
        plain = _plain(image, _is_grey(image, encoded))
        return plain if transposition is None else plain.transpose(transposition)
    except MemoryError:
        raise
    # As in _load: conversions fail over broken palettes and transparency tables.
    except Exception as error:
        raise BadImage("the image is broken: its colours do not convert") from error


def _plain(image: Image.Image, is_grey: bool) -> Image.Image:
    has_transparent_colour = "transparency" in image.info and image.mode not in _HIGH_BYTE_MODES
    if image.mode in ("L", "RGB") and not has_transparent_colour:
        return image
    if image.mode in _HIGH_BYTE_MODES or image.mode == "I":
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in _ALPHA_MODES or has_transparent_colour:
        image = _on_white(image.convert("RGBA"))
    return image.convert("L" if is_grey else "RGB")


def _on_white(image: Image.Image) -> Image.Image:
    background = Image.new("RGB", image.size, "white")
    background.paste(image, mask=image)
    return background


def _is_grey(image: Image.Image, encoded: bytes) -> bool:
    # PNG of grey and alpha at 16 bits (colour type 4, byte 25 of the file) opens as RGBA.
    return image.mode in _GREY_MODES or image.mode == "I" or (image.format == "PNG" and encoded[25] == 4)


def _is_wide_ppm(image: Image.Image) -> bool:
    # Pillow scales PGM of any depth above 8 bits to 0..65535, in a mode that elsewhere holds 32 bits.
    return image.mode == "I" and image.format == "PPM"


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none. Broken EXIF is common, and is no reason to refuse pixels."""
    try:
        found = image.getexif().get(_ORIENTATION_TAG, 1)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as in _load
        return 1
    return found if isinstance(found, int) else 1


def _mode(plain: Image.Image) -> Mode:
    return "L" if plain.mode == "L" else "RGB"
