"""Spans of time in words."""

import pytest
from tablefit.cli.spans import parse_span

from training_service.time_limit import in_words, twice


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 s"), (1.5, "1.5 s"), (90, "1 min 30 s"), (9_000, "2 h 30 min"), (86_400 * 366, "366 d")],
)
def test_a_span_is_said_in_the_largest_units(seconds: float, words: str):
    assert in_words(seconds) == words


@pytest.mark.parametrize(
    ("limit_s", "doubled"), [(1.5, "3s"), (1.1, "3s"), (45, "90s"), (3_600, "2h"), (50_001, "28h"), (43_200, "1d")]
)
def test_twice_a_limit_is_written_as_the_command_line_takes_it(limit_s: float, doubled: str):
    assert twice(limit_s) == doubled
    assert parse_span(doubled).total_seconds() >= 2 * limit_s
