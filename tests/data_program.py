"""The data service as a process of its own, for tests: on a free port, with its log, to be stopped or killed."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.nursery import Born, nursery

END_TIMEOUT_S = 30


class DataService:
    """`python -m data_service`; `lines` are its log so far. Starts at once and waits until it is ready or has ended.

    A `fresh` one has loaded everything by itself.
    """

    def __init__(
        self,
        directory: Path,
        *arguments: str,
        address: str = "127.0.0.1:0",
        fresh: bool = False,
        **environment: str,
    ) -> None:
        self._arguments = ["--directory", str(directory), *arguments]
        self._launch = _launch_fresh if fresh else _launch
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TABLEFIT_")}
        self._environment = {**inherited, **environment}
        self.address = address
        self.lines: list[str] = []
        self.start()

    def start(self) -> None:
        """Starts the process, again at the address that it had before."""
        read, write = os.pipe()
        try:
            self._process = self._launch([*self._arguments, "--address", self.address], self._environment, write)
        finally:
            os.close(write)
        ready = threading.Event()
        self._follower = threading.Thread(target=self._follow, args=(read, ready), daemon=True)
        self._follower.start()
        assert ready.wait(END_TIMEOUT_S)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends the signal, unless the process has ended, and returns its exit status."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        status = self._process.wait(END_TIMEOUT_S)
        self._follower.join(END_TIMEOUT_S)
        return status

    def kill(self) -> None:
        """Ends the process with SIGKILL."""
        self.end(signal.SIGKILL)

    def _follow(self, descriptor: int, ready: threading.Event) -> None:
        with open(descriptor, encoding="utf-8") as stream:
            for line in stream:
                self.lines.append(line.rstrip("\n"))
                if "ready at" in line:
                    self.address = line.split()[-1]
                    ready.set()
        ready.set()


def _launch(arguments: list[str], environment: dict[str, str], error: int) -> Born:
    return nursery("data_service").start(arguments, environment, Path.cwd(), error, error)


def _launch_fresh(arguments: list[str], environment: dict[str, str], error: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "data_service", *arguments], stderr=error, env=environment)


@contextmanager
def data_services(folder: Path, *, fresh: bool = False) -> Iterator[Callable[..., DataService]]:
    """A function that starts services for the time of the block, each in a directory of its own below `folder` unless
    it is named."""
    services: list[DataService] = []

    def start(*arguments: str, directory: Path | None = None, **more: str) -> DataService:
        services.append(DataService(directory or folder / f"service{len(services)}", *arguments, fresh=fresh, **more))
        return services[-1]

    try:
        yield start
    finally:
        for service in services:
            service.kill()
