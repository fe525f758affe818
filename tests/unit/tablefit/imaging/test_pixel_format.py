"""Images of any size come to the size wanted by integers that are written down, and by Pillow's filters."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tablefit.imaging.pixel_format import Box, Fit, Mode, PixelFormat, Resampling, crop_box, fitted, letterbox_box

sides = st.integers(1, 40)
sizes = st.tuples(sides, sides)
formats = st.builds(
    PixelFormat,
    st.sampled_from(get_args(Mode)),
    sides,
    sides,
    st.sampled_from(get_args(Resampling)),
    st.sampled_from(get_args(Fit)),
)


def noise(size: tuple[int, int], mode: str = "L") -> Image.Image:
    shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], 3)
    return Image.fromarray(np.random.default_rng(3).integers(1, 256, shape, dtype=np.uint8))


def grey(rows: list[list[int]]) -> Image.Image:
    return Image.fromarray(np.array(rows, np.uint8))


def fit(rows: list[list[int]], height: int, width: int, resampling: Resampling, fit: Fit) -> list[list[int]]:
    image = fitted(grey(rows), PixelFormat("L", height, width, resampling, fit))
    return np.asarray(image).tolist()


RAMP = [[0, 10, 20, 30, 40], [50, 60, 70, 80, 90]]


def test_a_format_has_one_name() -> None:
    assert PixelFormat("L", 28, 28).name == "L 28x28 bilinear stretch"
    assert PixelFormat("RGB", 224, 160, "lanczos", "crop").name == "RGB 224x160 lanczos crop"


@given(formats, formats)
def test_other_formats_have_other_names(one: PixelFormat, other: PixelFormat) -> None:
    assert (one == other) == (one.name == other.name)


@pytest.mark.parametrize(
    ("resampling", "expected"),
    [("nearest", [10, 30]), ("box", [5, 25]), ("bilinear", [7, 23])],
)
def test_four_columns_become_two_by_each_filter(resampling: Resampling, expected: list[int]) -> None:
    """Bilinear at half the size weighs by a triangle of two columns: (3 * 0 + 3 * 10 + 20) / 7 is 7."""
    assert fit([[0, 10, 20, 30]], 1, 2, resampling, "stretch") == [expected]


@pytest.mark.parametrize(
    ("resampling", "filter_"),
    [
        ("nearest", Image.Resampling.NEAREST),
        ("box", Image.Resampling.BOX),
        ("bilinear", Image.Resampling.BILINEAR),
        ("hamming", Image.Resampling.HAMMING),
        ("bicubic", Image.Resampling.BICUBIC),
        ("lanczos", Image.Resampling.LANCZOS),
    ],
)
def test_each_resampling_is_the_filter_of_its_name(resampling: Resampling, filter_: Image.Resampling) -> None:
    image = noise((13, 11))
    expected = np.asarray(image.resize((5, 7), filter_)).tolist()
    assert np.asarray(fitted(image, PixelFormat("L", 7, 5, resampling))).tolist() == expected


def test_crop_of_an_odd_rest_takes_one_column_more_from_the_right() -> None:
    assert fit(RAMP, 2, 2, "bilinear", "crop") == [[10, 20], [60, 70]]


def test_crop_of_an_odd_rest_takes_one_row_more_from_the_bottom() -> None:
    upright = [list(column) for column in zip(*RAMP, strict=True)]
    assert fit(upright, 2, 2, "bilinear", "crop") == [[10, 60], [20, 70]]


def test_what_is_cut_off_takes_no_part_in_the_resampling() -> None:
    bright_sides = [[255, 10, 10, 10, 10, 255]] * 4
    assert fit(bright_sides, 2, 2, "lanczos", "crop") == [[10, 10], [10, 10]]


def test_letterbox_of_an_odd_rest_has_one_more_in_black_at_the_right_or_the_bottom() -> None:
    assert fit([[7, 7], [7, 7]], 2, 5, "box", "letterbox") == [[0, 7, 7, 0, 0]] * 2
    assert fit([[7, 7], [7, 7]], 5, 2, "box", "letterbox") == [[0, 0], [7, 7], [7, 7], [0, 0], [0, 0]]


def test_letterbox_enlarges_what_is_smaller() -> None:
    assert fit([[1, 2]], 4, 4, "nearest", "letterbox") == [[0] * 4, [1, 1, 2, 2], [1, 1, 2, 2], [0] * 4]


@pytest.mark.parametrize(
    ("size", "wanted", "expected"),
    [
        ((640, 480), (224, 224), Box(80, 0, 480, 480)),
        ((480, 641), (224, 224), Box(0, 80, 480, 480)),
        ((10, 7), (3, 2), Box(0, 0, 10, 7)),
        ((5, 5), (2, 4), Box(1, 0, 3, 5)),
        ((1000, 1), (1, 1000), Box(499, 0, 1, 1)),
        ((6, 4), (3, 2), Box(0, 0, 6, 4)),
    ],
)
def test_the_part_that_crop_takes(size: tuple[int, int], wanted: tuple[int, int], expected: Box) -> None:
    assert crop_box(*size, *wanted) == expected


@pytest.mark.parametrize(
    ("size", "wanted", "expected"),
    [
        ((640, 480), (224, 224), Box(0, 28, 224, 168)),
        ((480, 640), (224, 224), Box(28, 0, 168, 224)),
        ((2, 5), (9, 3), Box(4, 0, 1, 3)),
        ((4, 1), (2, 9), Box(0, 4, 2, 1)),
        ((1000, 1), (20, 20), Box(0, 9, 20, 1)),
        ((6, 4), (3, 2), Box(0, 0, 3, 2)),
    ],
)
def test_the_part_that_letterbox_fills(size: tuple[int, int], wanted: tuple[int, int], expected: Box) -> None:
    assert letterbox_box(*size, *wanted) == expected


@given(sizes, formats, st.sampled_from(get_args(Mode)))
def test_mode_and_size_are_always_those_wanted(size: tuple[int, int], wanted: PixelFormat, mode: str) -> None:
    image = fitted(noise(size, mode), wanted)
    assert (image.mode, image.size) == (wanted.mode, (wanted.width, wanted.height))


@given(formats)
def test_an_image_of_the_size_wanted_stays_as_it_is(wanted: PixelFormat) -> None:
    image = noise((wanted.width, wanted.height), wanted.mode)
    assert fitted(image, wanted).tobytes() == image.tobytes()


@given(sizes, sizes)
def test_crop_takes_the_largest_part_of_the_proportions_within_a_pixel(
    size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    box = crop_box(*size, *wanted)
    assert box.width == size[0] or box.height == size[1]
    assert 0 < box.width <= size[0]
    assert 0 < box.height <= size[1]
    assert (
        abs(box.width - box.height * wanted[0] / wanted[1]) < 1
        or abs(box.height - box.width * wanted[1] / wanted[0]) < 1
    )
    assert 0 <= (size[0] - box.width) - 2 * box.left <= 1
    assert 0 <= (size[1] - box.height) - 2 * box.top <= 1


@given(sizes, sizes)
def test_letterbox_keeps_the_proportions_within_a_pixel_and_fills_one_side(
    size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    box = letterbox_box(*size, *wanted)
    assert box.width == wanted[0] or box.height == wanted[1]
    assert 0 < box.width <= wanted[0]
    assert 0 < box.height <= wanted[1]
    assert abs(box.width - box.height * size[0] / size[1]) < 1 or abs(box.height - box.width * size[1] / size[0]) < 1
    assert 0 <= (wanted[0] - box.width) - 2 * box.left <= 1
    assert 0 <= (wanted[1] - box.height) - 2 * box.top <= 1


@given(sizes, formats)
def test_letterbox_is_black_outside_and_the_stretched_image_inside(size: tuple[int, int], wanted: PixelFormat) -> None:
    wanted = PixelFormat("L", wanted.height, wanted.width, wanted.resampling, "letterbox")
    image = noise(size)
    box = letterbox_box(*size, wanted.width, wanted.height)
    expected = np.zeros((wanted.height, wanted.width), np.uint8)
    inside = fitted(image, PixelFormat("L", box.height, box.width, wanted.resampling))
    expected[box.top : box.top + box.height, box.left : box.left + box.width] = np.asarray(inside)
    assert np.asarray(fitted(image, wanted)).tolist() == expected.tolist()
