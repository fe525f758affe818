"""What a job printed, as a terminal shows it."""

import pytest
from tablefit.cli.job_log import as_shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Epoch 1/2", "Epoch 1/2"),
        ("1/9\r2/9\r9/9 done", "9/9 done"),
        ("windows\r", "windows"),
        ("a\tb", "a       b"),
        ("\x1b[31mred", "\\x1b[31mred"),
    ],
)
def test_a_line_cannot_move_the_cursor(line: str, shown: str):
    assert as_shown(line) == shown
