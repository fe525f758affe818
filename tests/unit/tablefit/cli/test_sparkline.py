"""Courses drawn with characters."""

import math

import pytest
from tablefit.cli.sparkline import ASCII_BLOCKS, LIMIT_VALUES, Series, sparkline


@pytest.mark.parametrize(
    ("values", "width", "drawn"),
    [
        ([], 5, ""),
        ([1.0], 5, "▅"),
        ([3.0, 3.0], 5, "▅▅"),
        ([0, 1, 2, 3, 4, 5, 6, 7], 8, "▁▂▃▄▅▆▇█"),
        ([0, 1, 2, 3], 2, "▁█"),
        ([0, math.nan, 7, math.inf], 8, "▁ █ "),
        ([math.nan, math.nan], 8, "  "),
        ([1e308, -1e308], 8, "█▁"),
    ],
)
def test_the_lowest_and_the_highest_value_are_the_ends(values: list[float], width: int, drawn: str):
    assert sparkline(values, width) == drawn


def test_plain_terminals_get_plain_characters():
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8, ASCII_BLOCKS) == "_.-~=+*#"


def test_a_long_course_keeps_few_values_evenly_and_the_last():
    series = Series()
    for number in range(100_000):
        series.add(number, float(number))
    assert len(series.values) <= LIMIT_VALUES
    assert series.values == [float(place * series.stride) for place in range(len(series.values))]
    assert (series.count, series.last) == (100_000, 99_999.0)
    assert sparkline(series.values, 8) == "▁▂▃▄▅▆▇█"


def test_what_is_done_again_is_drawn_once():
    series = Series()
    for place in (1, 2, 3, 2, 3, 4):
        if place == 2 and series.last == 3.0:
            series.void_after(1)
        series.add(place, float(place))
    assert series.values == [1.0, 2.0, 3.0, 4.0]
