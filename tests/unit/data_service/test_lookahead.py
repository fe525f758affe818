"""One item is made ahead, no more, and errors come in their place."""

import threading
from collections.abc import Iterator

import pytest

from data_service.lookahead import ahead

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
