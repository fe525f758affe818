"""Decodes many encoded images at once, each by the shortest way to the same pixels.

    plain PNG of the wanted mode and size     many as one, by `plain_png`
    plain JPEG of the wanted mode and size    onto one sheet, by `plain_jpeg`
    everything else                           by `pixels`, one after the other

A `Decoder` besides gives large files to a few threads, since Pillow gives the lock free while it decodes them; with
small ones, threads would only wait for each other. What pixels are, `pixels` decides.
"""

import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from tablefit.imaging import pixels, plain_jpeg, plain_png
from tablefit.imaging.pixels import PixelFormat
from tablefit.imaging.sheets import Shape, Sheet

Pixels = NDArray[np.uint8]
Encoded = bytes | memoryview

# An encoded image of this size takes about a millisecond, far longer than handing it to another thread.
LARGE_BYTES = 8 * 1024
LIMIT_THREADS = 4
# Pixels that are decoded as one: enough to make each call of Pillow's cheap, few enough to stay in the cache.
_SHEET_BYTES = 1024 * 1024


class BadImageAt(pixels.BadImage):
    """The image at this place of those given gives no pixels."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(reason)
        self.place = place


def decode_many(
    images: Sequence[Encoded], wanted: PixelFormat, out: Pixels, limit_pixels: int = pixels.LIMIT_PIXELS
) -> None:
    """Decodes into `out`, uint8 (image, height, width, channel), which may be a memory map.

    Raises BadImageAt for the first image that has no pixels, or more than `limit_pixels`.
    """
    for place in _decode_plain(images, wanted, out, limit_pixels):
        _decode_one(images, place, wanted, out, limit_pixels)


class Decoder:
    """For use by many threads. More than `limit_pixels` pixels in one image are refused."""

    def __init__(self, limit_pixels: int = pixels.LIMIT_PIXELS) -> None:
        self._limit_pixels = limit_pixels
        self._threads = ThreadPoolExecutor(min(LIMIT_THREADS, os.cpu_count() or 1), thread_name_prefix="decode")

    def decode(self, images: Sequence[Encoded], wanted: PixelFormat) -> Pixels:
        """The pixels, uint8 (image, height, width, channel). Raises BadImageAt for the first that has none."""
        found = np.empty((len(images), *wanted.row_shape), dtype=np.uint8)
        left = _decode_plain(images, wanted, found, self._limit_pixels)
        self._for_each(
            lambda place: _decode_one(images, place, wanted, found, self._limit_pixels),
            left,
            sum(len(images[place]) for place in left),
        )
        return found

    def close(self) -> None:
        """Ends the threads; what they decode just now is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _for_each(self, put: Callable[[int], None], places: Sequence[int], size_bytes: int) -> None:
        if len(places) > 1 and size_bytes >= LARGE_BYTES * len(places):
            for _ in self._threads.map(put, places):
                pass
        else:
            for place in places:
                put(place)


def _decode_one(images: Sequence[Encoded], place: int, wanted: PixelFormat, out: Pixels, limit_pixels: int) -> None:
    try:
        out[place] = pixels.decode(bytes(images[place]), wanted, limit_pixels)
    except pixels.BadImage as error:
        raise BadImageAt(place, str(error)) from error


def _decode_plain(images: Sequence[Encoded], wanted: PixelFormat, out: Pixels, limit_pixels: int) -> list[int]:
    """Decodes what is plain and has the mode and size wanted; returns the places of all others, rising."""
    if wanted.height * wanted.width > limit_pixels:
        return list(range(len(images)))
    left = []
    sheet_rows = max(1, _SHEET_BYTES // wanted.row_bytes)
    for start in range(0, len(images), sheet_rows):
        part = [bytes(image) for image in images[start : start + sheet_rows]]
        target = out[start : start + len(part)]
        drawn = _draw_pngs(part, wanted, target) | _draw_jpegs(part, wanted, target)
        left += [start + place for place in range(len(part)) if place not in drawn]
    return left


def _draw_pngs(images: Sequence[bytes], wanted: PixelFormat, out: Pixels) -> set[int]:
    """Decodes those that are plain PNG; returns their places."""
    shape = Shape(wanted.mode, wanted.width, wanted.height)
    inflated = plain_png.inflate(images, shape)
    found = plain_png.unfilter(list(inflated.values()), shape) if inflated else None
    if found is None:
        return set()
    out[_places(inflated, len(images))] = found
    return set(inflated)


def _draw_jpegs(images: Sequence[bytes], wanted: PixelFormat, out: Pixels) -> set[int]:
    """Decodes those that are plain JPEG; returns their places."""
    shape = Shape(wanted.mode, wanted.width, wanted.height)
    plain = [place for place, image in enumerate(images) if plain_jpeg.parse(image) == shape]
    if not plain:
        return set()
    sheet = Sheet(shape, len(plain))
    drawn = [at for at, place in enumerate(plain) if sheet.draw("jpeg", images[place], at)]
    places = [plain[at] for at in drawn]
    out[_places(places, len(images))] = sheet.pixels()[_places(drawn, len(plain))]
    return set(places)


def _places(places: Collection[int], count: int) -> slice | list[int]:
    """The index of these places among `count`; the usual one, all, copies fastest."""
    return slice(None) if len(places) == count else list(places)
