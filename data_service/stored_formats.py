"""In which sizes and modes the images of a snapshot are stored, and so what pixels a stream gives that asks for none.

Image tables say so in their columns; of other images the headers are read, once for each snapshot. Leaves decoding to
`decoded_blocks`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from tablefit.errors import WrongState
from tablefit.imaging import pixels
from tablefit.imaging.pixel_format import Mode, PixelFormat

from data_service.pinned_rows import PinnedRows
from data_service.schema import IMAGE_COLUMNS, Column
from data_service.snapshots import Strings
from data_service.stream_options import LIMIT_SIDE, ImageOptions

# Sizes named in the message that asks for one.
_NAMED_SIZES = 4
_MODES: dict[frozenset[int], Mode] = {frozenset((1,)): "L", frozenset((3,)): "RGB"}
_FACTS = ("width", "height", "channels")


@dataclass(frozen=True)
class StoredFormats:
    """The first few distinct (width, height), and all distinct channel counts."""

    sizes: tuple[tuple[int, int], ...]
    channels: frozenset[int]


def _says_all(columns: tuple[Column, ...]) -> bool:
    """Whether among these are the columns in which an image table says what its images are."""
    return {column for column in IMAGE_COLUMNS if column.name in ("image", *_FACTS)} <= set(columns)


def stated_format(wanted: ImageOptions) -> PixelFormat | None:
    """The options, where they leave nothing out."""
    if wanted.mode and wanted.height:
        return PixelFormat(wanted.mode, wanted.height, wanted.width, wanted.resampling, wanted.fit)
    return None


def pixel_format(rows: PinnedRows, column: str, wanted: ImageOptions) -> PixelFormat:
    """The options with nothing left out. Raises WrongState when what is left out differs between rows."""
    stated = stated_format(wanted)
    if stated is not None:
        return stated
    stored = rows.remembered(("formats", column), lambda: _stored(rows, column))
    if not stored.sizes:
        raise WrongState(
            f"The column {column!r} of table {rows.record.table!r} has no image to take size and mode from. Ask for an "
            "image size and a mode, or leave the column out.",
            details={"table": rows.record.table, "column": column},
        )
    mode = wanted.mode or _mode(stored, column, rows.record.table)
    if wanted.height:
        return PixelFormat(mode, wanted.height, wanted.width, wanted.resampling, wanted.fit)
    width, height = _size(stored, column, rows.record.table)
    return PixelFormat(mode, height, width, wanted.resampling, wanted.fit)


def _stored(rows: PinnedRows, column: str) -> StoredFormats:
    if column == "image" and _says_all(rows.record.columns):
        numbers = [rows.numbers(name)[0] for name in _FACTS]
        distinct = np.unique(np.stack(numbers, axis=1), axis=0).tolist()
        found: Iterator[tuple[int, int, int]] = ((width, height, channels) for width, height, channels in distinct)
    else:
        found = _described(rows, column)
    sizes: dict[tuple[int, int], None] = {}
    channels_found = set()
    for width, height, channels in found:
        channels_found.add(channels)
        if len(sizes) < _NAMED_SIZES:
            sizes[width, height] = None
    return StoredFormats(tuple(sizes), frozenset(channels_found))


def _described(rows: PinnedRows, column: str) -> Iterator[tuple[int, int, int]]:
    for number in range(rows.pinned.block_count):
        view = rows.pinned.block(number).column(column)
        if not isinstance(view, Strings):
            raise WrongState(
                f"The images of {column!r} are not in snapshot {rows.record.snapshot_id}, which only detects changes "
                "of them. Ask for an image size and a mode.",
                details={"table": rows.record.table, "column": column},
            )
        for row in np.flatnonzero(view.lengths).tolist():
            try:
                facts = pixels.describe(bytes(view.value(row)))
            except pixels.BadImage:
                # It is refused when it is read, if it is.
                continue
            yield facts.width, facts.height, facts.channels


def _size(stored: StoredFormats, column: str, table: str) -> tuple[int, int]:
    sizes = ", ".join(f"{width} x {height}" for width, height in stored.sizes)
    if len(stored.sizes) != 1:
        raise WrongState(
            f"The images of table {table!r} have different sizes ({sizes} and maybe more). Ask for one size.",
            details={"table": table, "column": column},
        )
    width, height = stored.sizes[0]
    if not (1 <= width <= LIMIT_SIDE and 1 <= height <= LIMIT_SIDE):
        raise WrongState(
            f"The images of table {table!r} are {sizes} pixels. Ask for an image size of at most "
            f"{LIMIT_SIDE:,} x {LIMIT_SIDE:,}.",
            details={"table": table, "column": column},
        )
    return width, height


def _mode(stored: StoredFormats, column: str, table: str) -> Mode:
    mode = _MODES.get(stored.channels)
    if mode is None:
        raise WrongState(
            f"Some images of table {table!r} are grey and some have colours. Ask for the image mode L or RGB.",
            details={"table": table, "column": column},
        )
    return mode
