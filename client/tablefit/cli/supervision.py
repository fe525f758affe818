"""Keeps services running as child processes: starts, waits until they serve, starts again what died, stops.

A child hears of the end of this process through a pipe (`tablefit.rpc.process.LIFELINE_VARIABLE`), so none outlives it,
also not after kill -9. Leaves to `tablefit.cli.services` which services there are and how they are called.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tablefit.cli import output
from tablefit.errors import Unavailable

START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 20.0
# A service that dies sooner than this after its start died quickly; after so many in a row nobody starts it again.
QUICK_DEATH_S = 10.0
LIMIT_QUICK_DEATHS = 5
FIRST_PAUSE_S = 0.5
LIMIT_PAUSE_S = 8.0
# So many lines of a service's log are kept to tell why it ended.
KEPT_LINES = 20

Log = Callable[[str, str], None]
Notify = Callable[[str, str, str], None]


@dataclass(frozen=True)
class ServiceCall:
    """How a service is called. `address` may ask for port 0; the service writes the one in use to `address_file`."""

    name: str
    module: str
    address: str
    address_file: Path
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


@dataclass
class ServiceProcess:
    """One run of a service. Its log goes line by line to `log`, with the service's name."""

    call: ServiceCall
    log: Log
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    def __post_init__(self) -> None:
        self.call.address_file.unlink(missing_ok=True)
        lifeline, self._our_end = os.pipe()
        try:
            self.process = self._spawn(lifeline)
        except BaseException:
            os.close(self._our_end)
            raise
        finally:
            os.close(lifeline)
        self.started_s = time.monotonic()
        self._reader = threading.Thread(target=self._read_log, name=f"log of the {self.call.name}", daemon=True)
        self._reader.start()

    def _spawn(self, lifeline: int) -> "subprocess.Popen[str]":
        from tablefit.rpc.process import LIFELINE_VARIABLE

        call = self.call
        options = ("--address", call.address, "--address-file", str(call.address_file), *call.arguments)
        return subprocess.Popen(
            # -P: a file in the working folder must not pass for a module.
            [sys.executable, "-P", "-m", call.module, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="backslashreplace",
            pass_fds=(lifeline,),
            env={**os.environ, **dict(call.environment), LIFELINE_VARIABLE: str(lifeline)},
            # Ctrl-C is for this process, which then stops its children in good order.
            start_new_session=True,
        )

    def wait_until_serving(self, stopping: threading.Event) -> str:
        """The address where the service answers; raises Unavailable when it ends or does not get there in time."""
        from tablefit.rpc.probe import is_serving

        deadline_s = self.started_s + START_TIMEOUT_S
        while not stopping.wait(0.05):
            address = self._written_address()
            if address and is_serving(address, timeout_s=1.0):
                return address
            if self.process.poll() is not None:
                self._reader.join(timeout=1.0)
                raise Unavailable(f"The {self.call.name} did not start: {self.last_words()}")
            if time.monotonic() > deadline_s:
                raise Unavailable(f"The {self.call.name} did not answer within {START_TIMEOUT_S:.0f} s of its start.")
        raise Unavailable(f"The {self.call.name} was stopped before it answered.")

    def last_words(self) -> str:
        """The last line of the log, else how the process ended."""
        lines = [line for line in self.last_lines if line.strip()]
        return lines[-1].strip() if lines else self.cause()

    def cause(self) -> str:
        """How the process ended: "killed by SIGKILL", "exit status 1"."""
        status = self.process.poll()
        if status is None:
            return "still running"
        return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"

    def stop(self) -> None:
        """Asks the process to end, insists after `STOP_TIMEOUT_S`, and returns when it is over."""
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.close()

    def close(self) -> None:
        """Gives back what belongs to a process that has ended."""
        self._reader.join(timeout=1.0)
        if self._our_end >= 0:
            os.close(self._our_end)
            self._our_end = -1

    def _written_address(self) -> str:
        try:
            return self.call.address_file.read_text().strip()
        except FileNotFoundError:
            return ""

    def _read_log(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.last_lines.append(line.rstrip("\n"))
                self.log(self.call.name, output.printable(line.rstrip("\n")))


class Supervisor:
    """Runs services until `stopping` is set. `notify` hears (what happened, service, more), from several threads."""

    def __init__(self, log: Log, notify: Notify, *, first_pause_s: float = FIRST_PAUSE_S) -> None:
        self.stopping = threading.Event()
        self.failure = ""
        self._log, self._notify, self._first_pause_s = log, notify, first_pause_s
        self._running: dict[str, ServiceProcess] = {}
        self._threads: list[threading.Thread] = []
        # Guards `_running` against a start that comes while all are being stopped.
        self._lock = threading.Lock()

    def start(self, call: ServiceCall) -> str:
        """Starts a service, waits until it serves, and keeps it running; returns its address. Raises Unavailable."""
        self._notify("starting", call.name, "")
        address = self._launch(call).wait_until_serving(self.stopping)
        fixed = ServiceCall(call.name, call.module, address, call.address_file, call.arguments, call.environment)
        thread = threading.Thread(target=self._keep, args=(fixed,), name=f"keeper of the {call.name}", daemon=True)
        self._threads.append(thread)
        thread.start()
        return address

    def stop(self) -> None:
        """Stops all services, the last started first; returns when all are over."""
        with self._lock:
            self.stopping.set()
            running = list(self._running.values())
        for process in reversed(running):
            process.stop()
        for thread in self._threads:
            thread.join()

    def _launch(self, call: ServiceCall) -> ServiceProcess:
        with self._lock:
            if self.stopping.is_set():
                raise Unavailable(f"The {call.name} was not started: all is being stopped.")
            process = self._running[call.name] = ServiceProcess(call, self._log)
        return process

    def _keep(self, call: ServiceCall) -> None:
        """Waits for the process's end and starts it anew, until stopped or until it dies quickly too often."""
        quick_deaths = 0
        while True:
            process = self._running[call.name]
            process.process.wait()
            if self.stopping.is_set():
                return
            process.close()
            quick_deaths = quick_deaths + 1 if time.monotonic() - process.started_s < QUICK_DEATH_S else 0
            if quick_deaths >= LIMIT_QUICK_DEATHS:
                self._give_up(process)
                return
            pause_s = min(self._first_pause_s * 2**quick_deaths, LIMIT_PAUSE_S)
            self._notify("ended", call.name, f"{process.cause()}; starting it again in {pause_s:g} s")
            if self.stopping.wait(pause_s):
                return
            self._start_again(call)

    def _start_again(self, call: ServiceCall) -> None:
        try:
            address = self._launch(call).wait_until_serving(self.stopping)
        except Unavailable as error:
            if not self.stopping.is_set():
                self._notify("failed", call.name, error.message)
                self._running[call.name].process.kill()
        else:
            self._notify("restarted", call.name, address)

    def _give_up(self, process: ServiceProcess) -> None:
        self.failure = (
            f"The {process.call.name} ended {LIMIT_QUICK_DEATHS} times soon after its start; "
            f"the last time: {process.last_words()}"
        )
        self.stopping.set()


def stop_on_signals(stopping: threading.Event, numbers: Sequence[int]) -> None:
    """Lets the first of these signals set `stopping`; the second has its usual effect. One that this process was
    started to ignore (nohup) stays ignored."""

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        stopping.set()

    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
