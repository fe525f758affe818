"""Speed, waiting share and time left, on times that the test gives."""

import pytest
from tablefit.keras.pace import Measured, Pace, Plan

# Two epochs of four steps over 100 rows.
PLAN = Plan(epochs=2, steps_per_epoch=4, rows=100, validation_steps=2)


def run_epoch(pace: Pace, first_step: int, start: float, step_s: float) -> float:
    """Four steps of `step_s` seconds each; returns when the last one ended."""
    pace.start_epoch(start, waited_s=0.0)
    for index in range(4):
        start += step_s
        pace.finish_step(first_step + index, start, waited_s=0.0)
    return start


def test_rows_per_second_count_the_rows_of_the_epoch_so_far():
    pace = Pace(PLAN, start_step=4)
    pace.start_epoch(10.0, waited_s=0.0)
    pace.finish_step(5, 11.0, waited_s=0.0)
    pace.finish_step(6, 12.0, waited_s=0.0)
    assert pace.measured == Measured(rows_per_second=25.0, input_wait_share=0.0)


def test_rows_per_second_leave_out_the_step_that_builds_the_network():
    pace = Pace(PLAN)
    pace.start_epoch(10.0, waited_s=0.0)
    pace.finish_step(1, 19.0, waited_s=0.0)
    assert pace.measured.rows_per_second == 25.0 / 9.0
    pace.finish_step(2, 20.0, waited_s=0.0)
    pace.finish_step(3, 21.0, waited_s=0.0)
    assert pace.measured.rows_per_second == 25.0


def test_the_waiting_share_is_of_this_epoch_only():
    pace = Pace(PLAN, start_step=4)
    pace.start_epoch(10.0, waited_s=5.0)
    pace.finish_step(5, 14.0, waited_s=6.0)
    assert pace.measured.input_wait_share == 0.25


def test_no_time_left_is_told_after_the_first_step():
    pace = Pace(PLAN)
    pace.start_epoch(0.0, waited_s=0.0)
    pace.finish_step(1, 5.0, waited_s=0.0)
    assert pace.remaining_s(1, validated=False) is None


def test_time_left_leaves_the_first_step_out_and_counts_validations():
    pace = Pace(PLAN)
    pace.start_epoch(0.0, waited_s=0.0)
    pace.finish_step(1, 5.0, waited_s=0.0)
    pace.finish_step(2, 8.0, waited_s=0.0)
    # Six steps of 3 s, and two validations of two steps of 1 s.
    assert pace.remaining_s(2, validated=False) == pytest.approx(6 * 3.0 + 2 * 2.0)


def test_time_left_takes_the_shortest_validation_once_there_was_one():
    pace = Pace(PLAN)
    end = run_epoch(pace, first_step=1, start=0.0, step_s=3.0)
    assert pace.finish_epoch(end + 7.0) == 19.0
    assert pace.remaining_s(4, validated=True) == pytest.approx(4 * 3.0 + 7.0)


def test_nothing_is_left_after_the_last_validation():
    pace = Pace(PLAN)
    end = run_epoch(pace, first_step=1, start=0.0, step_s=1.0)
    pace.finish_epoch(end + 1.0)
    end = run_epoch(pace, first_step=5, start=end + 1.0, step_s=1.0)
    assert pace.remaining_s(8, validated=False) == pytest.approx(1.0)
    pace.finish_epoch(end + 1.0)
    assert pace.remaining_s(8, validated=True) == 0.0


def test_steps_of_one_execution_count_one_by_one():
    pace = Pace(PLAN)
    pace.start_epoch(0.0, waited_s=0.0)
    pace.finish_step(2, 5.0, waited_s=0.0)
    pace.finish_step(4, 7.0, waited_s=0.0)
    assert pace.measured.rows_per_second == 25.0
    # Four steps of 1 s, and two validations of two steps of a third of it.
    assert pace.remaining_s(4, validated=False) == pytest.approx(4 * 1.0 + 2 * 2 / 3)


def test_a_run_that_goes_on_counts_its_own_steps():
    pace = Pace(PLAN, start_step=5)
    pace.start_epoch(0.0, waited_s=0.0)
    pace.finish_step(6, 5.0, waited_s=0.0)
    pace.finish_step(7, 7.0, waited_s=0.0)
    assert pace.measured.rows_per_second == 12.5
    assert pace.remaining_s(7, validated=False) == pytest.approx(2.0 + 2 * 2 / 3)
