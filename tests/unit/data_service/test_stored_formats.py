"""Sizes and modes of stored images, where a stream asks for none."""

from pathlib import Path

import numpy as np
import pytest
from tablefit.errors import WrongState
from tablefit.imaging.pixel_format import PixelFormat

from data_service.columns import ColumnArray, RowBatch
from data_service.pinned_rows import PinnedRows
from data_service.schema import Column, ColumnType
from data_service.snapshots import Guarantee, Snapshots
from data_service.stored_formats import pixel_format
from data_service.stream_options import ImageOptions
from tests.image_files import png
from tests.pinned_rows import pin

FACE = Column("face", ColumnType.IMAGE, True)


def pinned(pins: Snapshots, folder: Path, faces: list[bytes | None], guarantee: Guarantee = Guarantee.EXACT):
    is_null = np.array([face is None for face in faces])
    array = ColumnArray([face or b"" for face in faces], is_null)
    batch = RowBatch(np.arange(1, len(faces) + 1), {"face": array})
    return PinnedRows(pin(pins, (FACE,), batch, guarantee), folder)


def test_headers_tell_the_size_and_mode_that_all_images_share(pins: Snapshots, tmp_path: Path) -> None:
    rows = pinned(pins, tmp_path, [png(1, (6, 5)), None, png(2, (6, 5))])
    assert pixel_format(rows, "face", ImageOptions()) == PixelFormat("L", 5, 6)


@pytest.mark.parametrize("faces", [[None, None], [b"no image at all"]])
def test_a_column_without_an_image_has_no_size_to_take(
    pins: Snapshots, tmp_path: Path, faces: list[bytes | None]
) -> None:
    rows = pinned(pins, tmp_path, faces)
    with pytest.raises(WrongState, match="The column 'face' of table 'digits' has no image to take size and mode from"):
        pixel_format(rows, "face", ImageOptions())
    assert pixel_format(rows, "face", ImageOptions("L", 4, 3)) == PixelFormat("L", 4, 3)


def test_images_that_are_not_kept_want_a_size(pins: Snapshots, tmp_path: Path) -> None:
    rows = pinned(pins, tmp_path, [png(1)], Guarantee.CHANGE_DETECTING)
    with pytest.raises(WrongState, match="Ask for an image size and a mode"):
        pixel_format(rows, "face", ImageOptions())
