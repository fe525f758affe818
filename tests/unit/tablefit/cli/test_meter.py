"""Rate and time left, and what is said of them."""

import pytest
from tablefit.cli.meter import Pace, figures


def test_the_rate_does_not_count_what_was_done_before():
    pace = Pace()
    for now_s, done in ((100.0, 5_000), (101.0, 5_200), (102.0, 5_400)):
        pace.add(now_s, done)
    assert pace.per_second() == 200.0


def test_the_rate_forgets_what_is_long_ago():
    pace = Pace()
    for now_s, done in ((0.0, 0), (1.0, 1_000_000), (50.0, 1_000_100), (51.0, 1_000_200)):
        pace.add(now_s, done)
    assert pace.per_second() == 100.0


def test_one_count_is_no_rate():
    pace = Pace()
    pace.add(1.0, 10)
    assert figures(10, 100, "rows", pace.per_second()) == "10/100 rows"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((1_024, 1_797, "rows", 773.0), "1,024/1,797 rows  773 rows/s  1.0 s left"),
        ((1_797, 1_797, "rows", 773.0), "1,797/1,797 rows  773 rows/s"),
        ((10, 20, "rows", 0.0), "10/20 rows  0.0 rows/s"),
        ((1 << 20, 4 << 20, "bytes", 1024.0 * 1024), "1.0 MiB of 4.0 MiB  1.0 MiB/s  3.0 s left"),
    ],
)
def test_figures_say_count_rate_and_time_left(arguments: tuple[int, int, str, float], text: str):
    assert figures(*arguments) == text
