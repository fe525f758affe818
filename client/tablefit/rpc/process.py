"""What a service's process does besides serving: owns its folder, says when it is ready, runs until it is told to stop.

Used by both services alike. Leaves the server itself to `tablefit.rpc.server`.
"""

import fcntl
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tablefit.errors import Unavailable, WrongState
from tablefit.rpc.server import RunningServer

_log = logging.getLogger(__name__)

_SIGNAL_CHECK_S = 0.5
# Names the read end of a pipe whose write end the process that started the service keeps open for as long as it lives.
LIFELINE_VARIABLE = "TABLEFIT_LIFELINE_FD"
_LOOPBACK = ("127.", "localhost:", "[::1]:")


@contextmanager
def own_directory(directory: Path, service: str) -> Iterator[None]:
    """Makes the folder this process's own for the time of the block; `service` is what runs here, "data service" or so.

    Raises WrongState when it is another's, Unavailable when nothing can be written there.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock_file = (directory / "lock").open("a")
    except OSError as error:
        raise Unavailable(
            f"Cannot write in the directory {directory}: {error.strerror}; name another by --directory."
        ) from error
    with lock_file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WrongState(
                f"Another {service} uses the directory {directory}; stop it, or name another by --directory."
            ) from error
        yield


def announce(running: RunningServer, service: str, address_file: Path | None) -> None:
    """Says that the service is ready, in the log and, whole or not at all, in `address_file`."""
    if not running.address.startswith(_LOOPBACK):
        _log.warning("%s can be reached from other machines, and everybody there can use the service", running.address)
    if address_file:
        _write_whole(address_file, f"{running.address}\n")
    _log.info("%s ready at %s", service, running.address)


def _write_whole(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="ascii")
        temporary.replace(path)
    except OSError as error:
        raise Unavailable(f"Cannot write {path}: {error.strerror}.") from error


def run_until_signal(
    running: RunningServer,
    *,
    ready: Sequence[Callable[[], None]] = (),
    before: Sequence[Callable[[], None]] = (),
    after: Sequence[Callable[[], None]] = (),
) -> None:
    """Waits for SIGTERM, SIGINT or the end of the lifeline, calls `before` (what ends long streams), stops the server,
    calls `after`. Calls `ready` once a signal ends the service in order, so whoever hears of it may send one.

    For the main thread: signal handlers can be set nowhere else.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    _follow_lifeline(stopping)
    for function in ready:
        function()
    # A signal that comes just before the wait does not end it, so the wait is begun again and again.
    while not stopping.wait(_SIGNAL_CHECK_S):
        pass
    _log.info("stopping")
    for function in before:
        function()
    running.stop()
    for function in after:
        function()


def _follow_lifeline(stopping: threading.Event) -> None:
    """Sets `stopping` when the process at the other end of the pipe named in the environment has ended, however it did.

    Does nothing without such a pipe. The service's own children inherit neither the pipe nor its name.
    """
    descriptor = os.environ.pop(LIFELINE_VARIABLE, "")
    if not descriptor:
        return
    lifeline = int(descriptor)
    os.set_inheritable(lifeline, False)

    def wait_for_end() -> None:
        os.read(lifeline, 1)
        _log.info("the process that started this service has ended")
        stopping.set()

    threading.Thread(target=wait_for_end, name="lifeline", daemon=True).start()


def log_to_stderr(level: int = logging.INFO) -> None:
    """Sends the log to stderr, one line a record: time, level, module, message."""
    logging.basicConfig(stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
