"""Work in a thread of its own: the next item of an iterator, or a long piece of work that tells how far it is."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items in the same order, one at most made before it is asked for, in a thread of its own.

    What making an item raises is raised in its place. Whoever stops early leaves the thread to end with the item that
    it is making.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
    end = object()
    try:
        following = thread.submit(next, items, end)
        while (item := following.result()) is not end:
            following = thread.submit(next, items, end)
            yield item  # type: ignore[misc]  # not the end
    finally:
        thread.shutdown(wait=False, cancel_futures=True)


def progress_of(
    work: Callable[[Callable[[int], None]], Item], pause_s: float = 0.2
) -> Iterator[tuple[int, Item | None]]:
    """How far `work` is, now and then, and at the end its result; it runs in a thread and reports to what it is given.

    What it raises is raised here. Whoever stops early leaves it to find out by itself that nobody wants it.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="progress")
    reported = 0

    def report(done: int) -> None:
        nonlocal reported
        reported = done

    try:
        running = thread.submit(work, report)
        while not wait([running], pause_s).done:
            yield reported, None
        yield reported, running.result()
    finally:
        thread.shutdown(wait=False)
