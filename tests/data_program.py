"""The data service as a process of its own, for tests: on a free port, with its log, to be stopped or killed."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

END_TIMEOUT_S = 30


class DataService:
    """`python -m data_service`; `lines` are its log so far. Starts at once and waits until it is ready or has ended."""

    def __init__(self, directory: Path, *arguments: str, address: str = "127.0.0.1:0", **environment: str) -> None:
        self._command = [sys.executable, "-m", "data_service", "--directory", str(directory), *arguments]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TABLEFIT_")}
        self._environment = {**inherited, **environment}
        self.address = address
        self.lines: list[str] = []
        self.start()

    def start(self) -> None:
        """Starts the process, again at the address that it had before."""
        self._process = subprocess.Popen(
            [*self._command, "--address", self.address], stderr=subprocess.PIPE, text=True, env=self._environment
        )
        ready = threading.Event()
        self._follower = threading.Thread(target=self._follow, args=(ready,), daemon=True)
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

    def _follow(self, ready: threading.Event) -> None:
        with self._process.stderr as stream:
            for line in stream:
                self.lines.append(line.rstrip("\n"))
                if "ready at" in line:
                    self.address = line.split()[-1]
                    ready.set()
        ready.set()


@contextmanager
def data_services(folder: Path) -> Iterator[Callable[..., DataService]]:
    """A function that starts services for the time of the block, each in a directory of its own below `folder` unless
    it is named."""
    services: list[DataService] = []

    def start(*arguments: str, directory: Path | None = None, **more: str) -> DataService:
        services.append(DataService(directory or folder / f"service{len(services)}", *arguments, **more))
        return services[-1]

    try:
        yield start
    finally:
        for service in services:
            service.kill()
