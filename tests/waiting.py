"""Waits for what no event tells of, such as the state of a database server."""

import threading
import time
from collections.abc import Callable

TIMEOUT_S = 30


def wait_until(is_so: Callable[[], bool], timeout_s: float = TIMEOUT_S) -> None:
    """Returns as soon as `is_so()`; fails the test when that takes longer than `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, f"{is_so} did not become true within {timeout_s} s"
        threading.Event().wait(0.02)
