"""What counts as waiting for input, on times that the test gives."""

from tablefit.keras.waiting import ExecutionClock, WaitClock, make_clock


def test_a_batch_that_comes_after_the_last_one_was_trained_on_was_waited_for():
    clock = WaitClock()
    clock.resume(now=0.0)
    clock.give(blocked_since=0.0, now=0.5)
    clock.finish_step(now=1.0)
    clock.give(blocked_since=0.6, now=3.0)
    assert clock.waited_s == 0.5 + 2.0


def test_reading_ahead_is_not_waiting():
    clock = WaitClock()
    clock.resume(now=0.0)
    clock.give(blocked_since=0.0, now=0.0)
    clock.give(blocked_since=0.0, now=5.0)
    clock.finish_step(now=6.0)
    clock.give(blocked_since=5.0, now=7.0)
    clock.finish_step(now=8.0)
    assert clock.waited_s == 0.0


def test_time_in_which_the_generator_was_not_blocked_is_not_waiting():
    clock = WaitClock()
    clock.resume(now=0.0)
    clock.give(blocked_since=0.0, now=0.0)
    clock.finish_step(now=1.0)
    clock.give(blocked_since=3.0, now=3.5)
    assert clock.waited_s == 0.5


def test_validation_is_not_waiting():
    clock = WaitClock()
    clock.resume(now=0.0)
    clock.give(blocked_since=0.0, now=0.0)
    clock.finish_step(now=1.0)
    clock.pause()
    clock.resume(now=10.0)
    clock.give(blocked_since=1.0, now=12.0)
    assert clock.waited_s == 2.0


def test_a_batch_that_arrives_during_validation_was_not_waited_for():
    clock = WaitClock()
    clock.resume(now=0.0)
    clock.give(blocked_since=0.0, now=0.0)
    clock.finish_step(now=1.0)
    clock.pause()
    clock.give(blocked_since=1.0, now=5.0)
    clock.resume(now=10.0)
    clock.give(blocked_since=5.0, now=12.0)
    assert clock.waited_s == 0.0


def test_an_execution_waits_for_what_it_takes_beyond_the_time_of_its_steps():
    clock = ExecutionClock()
    clock.resume(now=0.0)
    clock.finish_step(now=9.0, count=4)
    clock.finish_step(now=11.0, count=4)
    for number in range(4):
        clock.give(blocked_since=11.0 + number, now=12.0 + number)
    clock.finish_step(now=16.0, count=4)
    assert clock.waited_s == 5.0 - 2.0


def test_blocking_that_slows_no_execution_down_is_not_waiting():
    clock = ExecutionClock()
    clock.resume(now=0.0)
    clock.finish_step(now=9.0, count=4)
    clock.finish_step(now=11.0, count=4)
    clock.give(blocked_since=11.0, now=12.9)
    clock.finish_step(now=13.0, count=4)
    # What was blocked before, the execution before did not need.
    clock.give(blocked_since=12.0, now=13.5)
    clock.finish_step(now=15.0, count=4)
    assert clock.waited_s == 0.0


def test_all_blocking_of_an_execution_counts_until_its_own_time_is_known():
    clock = ExecutionClock()
    clock.resume(now=0.0)
    clock.give(blocked_since=0.0, now=2.0)
    clock.finish_step(now=9.0, count=2)
    clock.give(blocked_since=9.0, now=12.0)
    clock.finish_step(now=13.0, count=2)
    assert clock.waited_s == 2.0 + 3.0


def test_an_execution_waits_for_nothing_during_validation():
    clock = ExecutionClock()
    clock.resume(now=0.0)
    clock.finish_step(now=9.0, count=2)
    clock.pause()
    clock.give(blocked_since=9.0, now=12.0)
    clock.resume(now=20.0)
    clock.give(blocked_since=12.0, now=21.0)
    clock.finish_step(now=22.0, count=2)
    assert clock.waited_s == 1.0


def test_a_network_of_one_step_an_execution_is_measured_step_by_step():
    assert type(make_clock(1)) is WaitClock
    assert type(make_clock(8)) is ExecutionClock
