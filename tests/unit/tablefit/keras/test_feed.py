"""Reading ahead: order, bounds, errors and the end, with streams that the test controls."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from tablefit.data import Batch
from tablefit.errors import Unavailable
from tablefit.keras.feed import Feed

TIMEOUT_S = 10.0


def make_batch(step: int, size_bytes: int = 8) -> Batch:
    """A batch with an image column of so many bytes."""
    columns = {"image": np.zeros((1, size_bytes), np.uint8)}
    return Batch(step=step, row_ids=np.zeros(1, np.int64), columns=columns, weights=None)


class ListStream:
    """Batches of a list; `given` counts how many were asked for."""

    def __init__(self, batches: list[Batch], error: Exception | None = None) -> None:
        self.batches, self.error = batches, error
        self.given = 0
        self.closed = False

    def __iter__(self) -> Iterator[Batch]:
        for batch in self.batches:
            self.given += 1
            yield batch
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.closed = True


class EndlessStream:
    """One batch, and then a wait for the end."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[Batch]:
        yield make_batch(0)
        self.closed.wait(TIMEOUT_S)

    def close(self) -> None:
        self.closed.set()


def take_all(feed: Feed) -> list[int]:
    steps = []
    while (batch := feed.take()) is not None:
        steps.append(batch.step)
    return steps


def test_epochs_follow_one_another_in_order():
    streams = {epoch: ListStream([make_batch(10 * epoch + step) for step in range(3)]) for epoch in range(3)}
    with Feed(streams.__getitem__, range(3)) as feed:
        assert take_all(feed) == [0, 1, 2, 10, 11, 12, 20, 21, 22]
    assert all(stream.closed for stream in streams.values())


def test_the_next_epoch_is_opened_before_this_one_is_used_up():
    opened = threading.Event()

    def open_stream(epoch: int) -> ListStream:
        if epoch == 1:
            opened.set()
        return ListStream([make_batch(step) for step in range(4)])

    with Feed(open_stream, range(2)) as feed:
        feed.take()
        assert opened.wait(TIMEOUT_S)


def test_no_more_batches_are_read_ahead_than_the_limit():
    stream = ListStream([make_batch(step) for step in range(100)])
    with Feed(lambda _: stream, range(1), limit_batches=5) as feed:
        for _ in range(20):
            feed.take()
        # 20 taken, 5 in the buffer, and one in the reader's hand that waits for room.
        assert stream.given <= 26
        assert take_all(feed) == list(range(20, 100))


def test_large_batches_are_bounded_by_their_bytes():
    stream = ListStream([make_batch(step, size_bytes=1000) for step in range(50)])
    with Feed(lambda _: stream, range(1), limit_bytes=3000) as feed:
        for _ in range(10):
            feed.take()
        assert stream.given <= 14
        assert take_all(feed) == list(range(10, 50))


def test_batches_above_the_byte_limit_still_pass():
    stream = ListStream([make_batch(step, size_bytes=1000) for step in range(5)])
    with Feed(lambda _: stream, range(1), limit_bytes=10) as feed:
        assert take_all(feed) == [0, 1, 2, 3, 4]


def test_an_error_comes_after_the_batches_before_it():
    stream = ListStream([make_batch(0), make_batch(1)], Unavailable("gone"))
    with Feed(lambda _: stream, range(2)) as feed:
        assert [feed.take().step, feed.take().step] == [0, 1]
        with pytest.raises(Unavailable, match="gone"):
            feed.take()
        assert isinstance(feed.error, Unavailable)


def test_closing_ends_a_reader_that_waits_for_its_stream():
    stream = EndlessStream()
    feed = Feed(lambda _: stream, range(1))
    assert feed.take().step == 0
    feed.close()
    assert stream.closed.is_set()
    assert feed.take() is None


def test_closing_ends_a_consumer_that_waits_for_a_batch():
    stream = EndlessStream()
    feed = Feed(lambda _: stream, range(1))
    feed.take()
    answers: list[Batch | None] = []
    consumer = threading.Thread(target=lambda: answers.append(feed.take()))
    consumer.start()
    feed.close()
    consumer.join(TIMEOUT_S)
    assert answers == [None]
