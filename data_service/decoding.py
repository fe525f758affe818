"""Decodes many encoded images at once, each by the shortest way to the same pixels.

    plain PNG of the wanted mode and size    onto one sheet, by `plain_png`
    large files                              in a few threads, since Pillow gives the lock free while it decodes them
    everything else                          one after the other: threads would only wait for each other

The threads start with the first large image and belong to all readers together. What pixels are, `pixels` decides.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from data_service import pixels, plain_png
from data_service.pixels import PixelFormat

Pixels = NDArray[np.uint8]

# An encoded image of this size takes about a millisecond, far longer than handing it to another thread.
LARGE_BYTES = 8 * 1024
LIMIT_THREADS = 4


class BadImageAt(pixels.BadImage):
    """The image at this place of those given gives no pixels."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(reason)
        self.place = place


class Decoder:
    """For use by many threads. More than `limit_pixels` pixels in one image are refused."""

    def __init__(self, limit_pixels: int = pixels.LIMIT_PIXELS) -> None:
        self._limit_pixels = limit_pixels
        self._threads = ThreadPoolExecutor(min(LIMIT_THREADS, os.cpu_count() or 1), thread_name_prefix="decode")

    def decode(self, images: Sequence[bytes], wanted: PixelFormat) -> Pixels:
        """The pixels, uint8 (image, height, width, channel). Raises BadImageAt for the first that has none."""
        sheet = plain_png.Sheet(wanted.mode, wanted.width, wanted.height, len(images))
        fits = wanted.height * wanted.width <= self._limit_pixels
        left = [place for place, image in enumerate(images) if not (fits and _draw(sheet, place, image))]
        if not left:
            return sheet.pixels()
        found = sheet.pixels().copy() if len(left) < len(images) else np.empty((len(images), *wanted.row_shape), "u1")

        def put(place: int) -> None:
            try:
                found[place] = pixels.decode(images[place], wanted, self._limit_pixels)
            except pixels.BadImage as error:
                raise BadImageAt(place, str(error)) from error

        self._for_each(put, left, sum(len(images[place]) for place in left))
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


def _draw(sheet: plain_png.Sheet, place: int, image: bytes) -> bool:
    plain = plain_png.parse(image)
    return plain is not None and sheet.draw(place, plain)
