"""A table that a network learns in no time: grey squares, darker or brighter by class."""

from pathlib import Path

import numpy as np
import tablefit
from PIL import Image

# Rows of each label.
SHADES = {"black": 11, "grey": 9, "white": 7}


def write_shades(folder: Path) -> Path:
    """Writes 27 squares of 8x8 pixels, each with noise of its own, in label folders."""
    generator = np.random.default_rng(0)
    for index, (label, count) in enumerate(SHADES.items()):
        (folder / label).mkdir(parents=True)
        for number in range(count):
            pixels = (100 * index + generator.integers(0, 50, (8, 8))).astype(np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{number:02}.png")
    return folder


def store_shades(address: str, table: str, folder: Path) -> None:
    """Stores the squares in a table; once more with another folder."""
    with tablefit.Client(address) as client:
        client.ingest(table, write_shades(folder), append=True)
