"""Spans of time in words."""

import pytest

from training_service.time_limit import in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 s"), (1.5, "1.5 s"), (90, "1 min 30 s"), (9_000, "2 h 30 min"), (86_400 * 366, "366 d")],
)
def test_a_span_is_said_in_the_largest_units(seconds: float, words: str):
    assert in_words(seconds) == words
