"""The images that the benchmarks work on: folders of one folder for each label, equal bytes on every run.

    png 28      greyscale PNG, 28 x 28, digits of scikit-learn drawn larger, moved, dimmed and with some noise
    jpeg 32     colour JPEG, 32 x 32
    jpeg 400    colour JPEG, 360 to 440 pixels a side, read as 224 x 224

Leaves to `peers`, `keras_process` and the service what is done with them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

Pixels = NDArray[np.uint8]

LABEL_COUNT = 10
_DIGIT_SIDE = 20
_NOISE = 6.0


@dataclass(frozen=True)
class Work:
    """Images of one kind: how many, and the mode and size in which everybody reads them."""

    name: str
    row_count: int
    mode: str
    side: int

    @property
    def row_bytes(self) -> int:
        """Bytes of one decoded image."""
        return self.side * self.side * (1 if self.mode == "L" else 3)


def works(row_count: int) -> tuple[Work, Work, Work]:
    """The three kinds at the scale of `row_count` PNG files: a tenth as many small JPEG files, a hundredth large."""
    return (
        Work("png 28", row_count, "L", 28),
        Work("jpeg 32", max(LABEL_COUNT, row_count // 10), "RGB", 32),
        Work("jpeg 400", max(LABEL_COUNT, row_count // 100), "RGB", 224),
    )


def write(work: Work, folder: Path) -> Path:
    """Writes the images of `work` to a folder of its own inside `folder`, and returns it."""
    made = {"png 28": _digits, "jpeg 32": _small_photographs, "jpeg 400": _large_photographs}[work.name]
    root = folder / work.name.replace(" ", "-")
    for label in range(LABEL_COUNT):
        (root / str(label)).mkdir(parents=True, exist_ok=True)
    for number, (label, image) in zip(range(work.row_count), made(), strict=False):
        suffix, options = (".png", {}) if work.mode == "L" else (".jpg", {"quality": 90})
        image.save(root / str(label) / f"{number:06}{suffix}", **options)
    return root


def _digits() -> Iterator[tuple[int, Image.Image]]:
    digits = load_digits()
    drawn = [_enlarged((values * 255 / 16).astype(np.uint8), _DIGIT_SIDE) for values in digits.images]
    generator = np.random.default_rng(1)
    number = 0
    while True:
        which = number % len(drawn)
        left, top = generator.integers(0, 28 - _DIGIT_SIDE, 2)
        noisy = drawn[which] * generator.uniform(0.6, 1.0) + generator.normal(0, _NOISE, drawn[which].shape)
        canvas = np.zeros((28, 28), dtype=np.uint8)
        # Paper stays white, as on a scanned form; only strokes have noise.
        strokes = np.where(drawn[which] > 32, noisy.clip(0, 255), 0)
        canvas[top : top + _DIGIT_SIDE, left : left + _DIGIT_SIDE] = strokes
        yield int(digits.target[which]), Image.fromarray(canvas)
        number += 1


def _small_photographs() -> Iterator[tuple[int, Image.Image]]:
    return _photographs(2, lambda generator: (32, 32))


def _large_photographs() -> Iterator[tuple[int, Image.Image]]:
    return _photographs(3, lambda generator: tuple(generator.integers(360, 441, 2).tolist()))


def _photographs(
    seed: int, size: Callable[[np.random.Generator], tuple[int, int]]
) -> Iterator[tuple[int, Image.Image]]:
    """Soft patches of colour with the grain of a sensor."""
    generator = np.random.default_rng(seed)
    number = 0
    while True:
        width, height = size(generator)
        patches = Image.fromarray(generator.integers(0, 256, (12, 12, 3), dtype=np.uint8))
        soft = np.asarray(patches.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)
        grain = generator.normal(0, _NOISE, soft.shape)
        yield number % LABEL_COUNT, Image.fromarray((soft + grain).clip(0, 255).astype(np.uint8))
        number += 1


def _enlarged(pixels: Pixels, side: int) -> NDArray[np.float64]:
    image = Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(image, dtype=np.float64)
