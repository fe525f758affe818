"""Processes of our programs that start at once, being forks of one that has loaded the program.

They are processes as any others: to be signalled, killed and waited for. Who tests how a program starts starts it by
itself. Leaves the forking to `nursery_process`.
"""

import atexit
import json
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.nursery_process import LIMIT_ORDER_BYTES

_ROOT = Path(__file__).parents[1]
_START_TIMEOUT_S = 120


class Born:
    """A process of a nursery."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.pid = pid
        self._nursery = nursery

    def poll(self) -> int | None:
        """Its exit status, negative for the signal that ended it; None while it runs."""
        return self._nursery.status_of(self.pid, 0)

    def wait(self, timeout_s: float) -> int:
        """Waits for its end; returns its exit status. Raises TimeoutExpired."""
        status = self._nursery.status_of(self.pid, timeout_s)
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout_s)
        return status

    def send_signal(self, number: int) -> None:
        """Sends a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


class Nursery:
    """A process that has loaded `program`, a key of `nursery_process.LOADERS`. Usable from all threads."""

    def __init__(self, program: str) -> None:
        self._starting = threading.Lock()
        self._born: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._ended: dict[int, int] = {}
        self._has_ended = threading.Condition()
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "tests.nursery_process", str(theirs.fileno()), program]
        with theirs:
            self._process = subprocess.Popen(command, cwd=_ROOT, pass_fds=[theirs.fileno()])
        threading.Thread(target=self._listen, daemon=True).start()

    def start(
        self, arguments: list[str], environment: Mapping[str, str], folder: Path, output: int, error: int
    ) -> Born:
        """Starts a process that prints into the two descriptors, which stay the caller's."""
        order = {"arguments": arguments, "environment": dict(environment), "folder": str(folder)}
        message = json.dumps(order).encode()
        assert len(message) < LIMIT_ORDER_BYTES
        with self._starting:
            socket.send_fds(self._orders, [message], [output, error])
            return Born(self, self._born.get(timeout=_START_TIMEOUT_S))

    def status_of(self, pid: int, timeout_s: float) -> int | None:
        """The exit status of a process that has ended, or ends in time."""
        with self._has_ended:
            self._has_ended.wait_for(lambda: pid in self._ended, timeout_s)
            return self._ended.get(pid)

    def close(self) -> None:
        """Kills what still runs and ends."""
        self._orders.shutdown(socket.SHUT_WR)
        self._process.wait(_START_TIMEOUT_S)

    def _listen(self) -> None:
        while answer := self._orders.recv(100):
            pid, *status = map(int, answer.split())
            if not status:
                with self._has_ended:
                    # The kernel gives numbers again.
                    self._ended.pop(pid, None)
                self._born.put(pid)
                continue
            with self._has_ended:
                self._ended[pid] = status[0]
                self._has_ended.notify_all()


@cache
def nursery(program: str) -> Nursery:
    """The nursery of a program in this test session."""
    opened = Nursery(program)
    atexit.register(opened.close)
    return opened
