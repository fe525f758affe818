"""The options that say which pixels are wanted: `--image-size` and `--mode`."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from tablefit.cli.help_text import defaulting

# The default of both.
STORED = "as stored, when all rows share it"


class Mode(StrEnum):
    """Modes of pixels."""

    L = "L"
    RGB = "RGB"


@dataclass(frozen=True)
class ImageSize:
    """Height and width in pixels."""

    height: int
    width: int


def parse_image_size(text: str) -> ImageSize:
    """The size that "28" or "32x48" (height, width) means; a usage error otherwise."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})(?:[xX]([1-9][0-9]{0,4}))?", text.strip())
    if found is None:
        raise typer.BadParameter(
            f"expected HEIGHTxWIDTH in pixels such as 32x48, or 28 for a square; received {text!r}"
        )
    height = int(found[1])
    return ImageSize(height, int(found[2]) if found[2] else height)


def parse_mode(text: str) -> Mode:
    """The mode of that name in any case; a usage error otherwise."""
    if text.upper() not in Mode.__members__:
        raise typer.BadParameter(f"expected L or RGB, received {text!r}")
    return Mode[text.upper()]


ImageSizeOption = Annotated[
    ImageSize | None,
    typer.Option(
        "--image-size",
        metavar="SIZE",
        parser=parse_image_size,
        help=defaulting("Size in pixels: 32x48 is 32 high and 48 wide, 28 is a square.", STORED),
    ),
]
ModeOption = Annotated[
    Mode | None,
    typer.Option(
        "--mode", metavar="L|RGB", parser=parse_mode, help=defaulting("Pixels as grey (L) or colour (RGB).", STORED)
    ),
]
