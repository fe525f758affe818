"""Image folders for the tests of the command line."""

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image


def png(seed: int, size: tuple[int, int] = (12, 10), mode: str = "L") -> bytes:
    """A PNG of noise, `size` as (height, width)."""
    shape = size if mode == "L" else (*size, 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()


def write_folder(folder: Path, per_label: int, labels: tuple[str, ...] = ("cat", "dog"), **options: object) -> Path:
    """A folder of label folders, `per_label` different images in each."""
    for place, label in enumerate(labels):
        (folder / label).mkdir(parents=True)
        for number in range(per_label):
            (folder / label / f"{number:04}.png").write_bytes(png(1000 * place + number, **options))
    return folder


def write_large_folder(folder: Path, count: int) -> Path:
    """`count` large images under two labels that take a service seconds; few files, many names."""
    originals = [folder.parent / f"original-{number}.png" for number in range(4)]
    for number, original in enumerate(originals):
        original.write_bytes(png(number, (400, 300)))
    for label in ("cat", "dog"):
        (folder / label).mkdir(parents=True)
    for number in range(count):
        os.link(originals[number % len(originals)], folder / ("cat", "dog")[number % 2] / f"{number:05}.png")
    return folder
