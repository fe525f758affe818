"""Runs a job's script in a process of its own: start, messages, stop, end.

    service ── control pipe ──> child    b"cancel\\n" asks it to stop; the end of the pipe means that the service died
    child   ── events pipe ───> service  messages, one JSON object a line

The control pipe's write end exists in the service alone, so however the service ends, the child learns of it. Leaves to
`reports` what the messages mean, to `exits` why a process ended, to `supervision` what that means for the job.
"""

import logging
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tablefit.rpc.settings import DATA_SERVICE_VARIABLE

from training_service import memory, output
from training_service.exits import Exit
from training_service.messages import LAST_KINDS, Message, MessageReader
from training_service.starting import OUTPUT_NAME, Start, Started, start_afresh

_log = logging.getLogger(__name__)

# From being told to stop, and from its last message, to being killed.
CANCEL_GRACE_S = 10.0
ENDING_GRACE_S = 30.0
_READ_BYTES = 64 * 1024
_LOOK_S = 0.5


class Child:
    """One run of the script in `folder`.

    `start` and `follow` are for one thread; `cancel` and `kill` for any, also before them.
    """

    def __init__(self, folder: Path, job_id: str, data_service: str, start: Start = start_afresh) -> None:
        self._folder, self._job_id, self._data_service = folder, job_id, data_service
        self._start_process = start
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._exit: Exit | None = None
        self._control_write = -1
        self._reported = False
        self._is_output_stuck = False
        self._killed = False
        self._kill_at: float | None = None
        self._memory_kills = memory.kill_count()

    def start(self) -> Started:
        """Starts the script, which `follow` must look after at once. Raises OSError when the system does not let it."""
        variables = {
            "TABLEFIT_JOB_DIRECTORY": str(self._folder),
            "TABLEFIT_JOB_ID": self._job_id,
            DATA_SERVICE_VARIABLE: self._data_service,
        }
        with self._lock:
            started = self._start_process(self._folder, variables)
            self._process, self._control_write = started.process, started.control_write
            if self._killed:
                self._kill()
        return started

    def follow(self, started: Started, on_message: Callable[[Message], None]) -> Exit:
        """Hands over the script's messages in order, returns when it has ended and nothing of it is left.

        When it raises, as it does OSError where the system lacks what is needed for it, nothing is left either.
        """
        try:
            return self._read_to_end(started.events_read, MessageReader(self._job_id), on_message)
        except BaseException:
            self.kill()
            self._wait()
            raise
        finally:
            os.close(started.events_read)
            with self._lock:
                self._control_write = -1
            os.close(started.control_write)

    def cancel(self) -> None:
        """Asks the script to stop, kills it after CANCEL_GRACE_S; one that has reported nothing yet, at once."""
        with self._lock:
            if not self._reported:
                self._kill()
            elif self._control_write >= 0 and self._kill_at is None:
                self._kill_at = time.monotonic() + CANCEL_GRACE_S
                self._tell(b"cancel\n")

    def kill(self) -> None:
        """Ends the script and everything that it started at once."""
        with self._lock:
            self._kill()

    def _read_to_end(self, events_read: int, reader: MessageReader, on_message: Callable[[Message], None]) -> Exit:
        os.set_blocking(events_read, False)
        with selectors.DefaultSelector() as selector:
            selector.register(events_read, selectors.EVENT_READ)
            while (ended := self._reap()) is None:
                self._look_after()
                if not selector.select(_LOOK_S):
                    continue
                data = _read_now(events_read)
                if data == b"":
                    return self._wait()
                self._hand_over(reader, data or b"", on_message)
        # What the process wrote last is still in the pipe, also when a process that it started holds the pipe open.
        while data := _read_now(events_read):
            self._hand_over(reader, data, on_message)
        return ended

    def _hand_over(self, reader: MessageReader, data: bytes, on_message: Callable[[Message], None]) -> None:
        for message in reader.read(data):
            on_message(message)
            with self._lock:
                self._reported = True
                if message["kind"] in LAST_KINDS:
                    self._kill_at = time.monotonic() + ENDING_GRACE_S

    def _wait(self) -> Exit:
        """Waits for the end of a process that sends no more."""
        with self._lock:
            self._kill_at = self._kill_at or time.monotonic() + ENDING_GRACE_S
        while (ended := self._reap()) is None:
            self._look_after()
            time.sleep(0.01)
        return ended

    def _look_after(self) -> None:
        with self._lock:
            if self._kill_at is not None and time.monotonic() >= self._kill_at:
                self._kill()
        self._shorten_output()

    def _shorten_output(self) -> None:
        """A long output must not end the training, as where the disk is too full to rewrite it."""
        try:
            output.shorten(self._folder / OUTPUT_NAME)
        except OSError as error:
            if not self._is_output_stuck:
                _log.warning("job %s: what it prints cannot be shortened: %s", self._job_id, error)
            self._is_output_stuck = True

    def _tell(self, line: bytes) -> None:
        try:
            os.write(self._control_write, line)
        except BrokenPipeError:
            _log.info("job %s: its process had ended before it was told to", self._job_id)

    def _kill(self) -> None:
        self._killed = True
        if self._process is not None and self._exit is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def _reap(self) -> Exit | None:
        """How the process ended, None while it lives. What it started itself ends with it."""
        with self._lock:
            if self._process is None:
                raise RuntimeError("the process was not started")
            if self._exit is not None:
                return self._exit
            pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
            if pid == 0:
                return None
            self._process.returncode = os.waitstatus_to_exitcode(status)
            _kill_group(pid)
            # Linux counts in KiB, macOS in bytes. Linux also counts what this process held when it started the child,
            # which is little beside what TensorFlow takes.
            unit = 1 if sys.platform == "darwin" else 1024
            lacked_memory = memory.kill_count() > self._memory_kills
            self._exit = Exit(self._process.returncode, usage.ru_maxrss * unit, lacked_memory)
            return self._exit


def _read_now(descriptor: int) -> bytes | None:
    """What a pipe holds; None when that is nothing now, b"" when its other end is closed."""
    try:
        return os.read(descriptor, _READ_BYTES)
    except BlockingIOError:
        return None


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        _log.debug("process group %d has nobody left", group)
