"""Images that tests make: encoded files, and sources of them."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image
from tablefit.sources import SourceRow


def png(seed: int, size: tuple[int, int] = (6, 5), mode: str = "L") -> bytes:
    """A small PNG with pixels that follow from `seed`."""
    shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return encode(Image.fromarray(pixels))


def encode(image: Image.Image, file_format: str = "PNG") -> bytes:
    """The image as a file."""
    file = io.BytesIO()
    image.save(file, file_format)
    return file.getvalue()


@dataclass
class MadeImages:
    """A source of `row_count` images of ten labels. `at_row` is called with each row's number before it is given."""

    row_count: int
    at_row: Callable[[int], None] = lambda number: None

    @property
    def fingerprint(self) -> str:
        return f"made {self.row_count}"

    def rows(self, skip: int = 0) -> Iterator[SourceRow]:
        for number in range(skip, self.row_count):
            self.at_row(number)
            yield SourceRow(f"{number}.png", {"label": str(number % 10), "image": png(number)})
