"""What counts as waiting for input, on times that the test gives."""

from tablefit.keras.waiting import WaitClock


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
