"""One item is made ahead, no more, and errors come in their place; long work tells how far it is."""

import threading
from collections.abc import Callable, Iterator

import pytest

from data_service.lookahead import ahead, progress_of

TIMEOUT_S = 30


def test_items_come_in_order() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))


def test_the_next_item_is_made_while_one_is_in_use() -> None:
    made = [threading.Event() for _ in range(4)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    taken = ahead(items())
    assert next(taken) == 0
    assert made[1].wait(TIMEOUT_S)
    assert not made[2].is_set()
    assert list(taken) == [1, 2, 3]


def test_an_item_does_not_wait_for_the_one_after_it() -> None:
    sent = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        assert sent.wait(TIMEOUT_S)
        yield 2

    taken = ahead(items())
    assert next(taken) == 1
    sent.set()
    assert list(taken) == [2]


def test_an_error_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise LookupError("third")

    taken = ahead(items())
    assert [next(taken), next(taken)] == [1, 2]
    with pytest.raises(LookupError, match="third"):
        next(taken)


def test_whoever_stops_early_does_not_wait() -> None:
    begun, going_on, ended = threading.Event(), threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        yield 1
        begun.set()
        assert going_on.wait(TIMEOUT_S)
        ended.set()
        yield 2

    taken = ahead(items())
    next(taken)
    assert begun.wait(TIMEOUT_S)
    taken.close()  # type: ignore[attr-defined]
    assert not ended.is_set()
    going_on.set()
    assert ended.wait(TIMEOUT_S)


def test_work_tells_how_far_it_is_and_gives_its_result_last() -> None:
    seen = threading.Event()

    def work(report: Callable[[int], None]) -> str:
        report(3)
        assert seen.wait(TIMEOUT_S)
        report(7)
        return "done"

    found = []
    for done, result in progress_of(work, pause_s=0.001):
        found.append((done, result))
        if done == 3:
            seen.set()
    assert (3, None) in found
    assert found[-1] == (7, "done")
    assert all(result is None for _, result in found[:-1])


def test_work_that_fails_says_so() -> None:
    def work(report: Callable[[int], None]) -> None:
        raise LookupError("no rows")

    with pytest.raises(LookupError, match="no rows"):
        list(progress_of(work, pause_s=0.001))


def test_whoever_stops_watching_does_not_wait_for_the_work() -> None:
    going_on, ended = threading.Event(), threading.Event()

    def work(report: Callable[[int], None]) -> None:
        assert going_on.wait(TIMEOUT_S)
        ended.set()

    watched = progress_of(work, pause_s=0.001)
    next(watched)
    watched.close()  # type: ignore[attr-defined]
    assert not ended.is_set()
    going_on.set()
    assert ended.wait(TIMEOUT_S)
