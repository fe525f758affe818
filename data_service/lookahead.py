"""Makes the next item of an iterator while the last one is in use: the two overlap where either waits."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
