"""A process's end of the line to the training service that started it as a job.

Two pipes, named in the environment: one JSON object a line goes up the events pipe; down the control pipe comes the
line "cancel". The end of the control pipe means that the service has ended, and so does this process then: at once,
whatever it is doing, since nobody is left to keep what it makes. A cancel ends it as quickly: the pipe is read by a
thread of its own, so it works while Keras is loading or the data service is silent, and nothing has to be tidied up.

Leaves to `reporting` what is sent while training, and to `failures` the sentences.
"""

import atexit
import fcntl
import functools
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from tablefit.errors import WrongState
from tablefit.keras import failures, printing

# The exit status of a process whose service has ended (EX_SOFTWARE of sysexits.h).
SERVICE_ENDED = 70
# Where in the job's folder its checkpoints are.
CHECKPOINT_FOLDER = "checkpoints"
# How long a process waits for the end of another one in its job's folder: one that lost its service ends at once.
LOCK_PATIENCE_S = 30.0
_LOCK_NAME = "lock"
# How long a cancel waits for a message that is being sent.
_SEND_TIMEOUT_S = 2.0


class Job:
    """The job that this process runs. `step` is the last training step done, for the message that reports a cancel."""

    def __init__(self, job_id: str, directory: Path, events: int, control: int) -> None:
        self.job_id = job_id
        self.directory = directory
        self.step = 0
        self._events, self._control = events, control
        # Held while a message is written, so that lines stay whole and nothing follows the last one.
        self._lock = threading.Lock()
        self._ended = False
        self._status = 0

    def start(self) -> None:
        """Follows the control pipe from now on, and reports an exception that ends the script.

        Raises WrongState when another process runs in the job's folder, so that no job trains twice at once.
        """
        # Before anything prints: a full disk must not end the training.
        printing.leave_out_what_cannot_be_written()
        # Registered first, so called last: when all is done, the seconds that TensorFlow takes to fold up are saved.
        atexit.register(self._leave)
        threading.Thread(target=self._follow_control, name="job control", daemon=True).start()
        sys.excepthook = self._report_failure
        self._own_folder()

    def send(self, kind: str, **values: Any) -> None:
        """Sends a message."""
        with self._lock:
            self._write({"kind": kind, **values})

    def finish(self, step: int, model: Mapping[str, Any] | None) -> None:
        """Sends the last message of a job that did its work; `model` has path, sha256 and size_bytes."""
        with self._lock:
            self._write({"kind": "finished", "step": step, "model": model})
            self._ended = True

    def _own_folder(self) -> None:
        """Locks the job's folder for as long as this process lives; waits for one that is about to end."""
        descriptor = os.open(self.directory / _LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
        give_up_at = time.monotonic() + LOCK_PATIENCE_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= give_up_at:
                    raise WrongState(
                        f"Another process trains job {self.job_id} in {self.directory}; end it, then try again."
                    ) from error
                time.sleep(0.05)
            else:
                return

    def _follow_control(self) -> None:
        received = b""
        while data := os.read(self._control, 256):
            received += data
            if b"cancel\n" in received:
                self._cancel()
        os._exit(SERVICE_ENDED)

    def _cancel(self) -> NoReturn:
        locked = self._lock.acquire(timeout=_SEND_TIMEOUT_S)
        if locked and not self._ended:
            self._write({"kind": "cancelled", "step": self.step})
        os._exit(0)

    def _report_failure(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """The traceback is for the log, the sentence for the service; the process then exits with status 1."""
        traceback.print_exception(kind, error, trace)
        with self._lock:
            if not self._ended:
                self._write({"kind": "failed", "reason": failures.describe(error)})
                self._ended = True
        self._status = 1

    def _leave(self) -> NoReturn:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(self._status)

    def _write(self, message: Mapping[str, Any]) -> None:
        line = memoryview(json.dumps(message, allow_nan=False).encode() + b"\n")
        try:
            while line:
                line = line[os.write(self._events, line) :]
        except BrokenPipeError:
            os._exit(SERVICE_ENDED)


@functools.cache
def current() -> Job | None:
    """The job that this process was started for; None when it was started by hand."""
    return connect(os.environ)


def connect(environment: MutableMapping[str, str]) -> Job | None:
    """The job that `environment` names, if it names one.

    The pipes are taken out of the environment and closed to children of this process: they are not theirs.
    """
    events = environment.pop("TABLEFIT_JOB_EVENTS_FD", "")
    control = environment.pop("TABLEFIT_JOB_CONTROL_FD", "")
    if not events or not control:
        return None
    for descriptor in (int(events), int(control)):
        os.set_inheritable(descriptor, False)
    directory = Path(environment.get("TABLEFIT_JOB_DIRECTORY", "."))
    return Job(environment.get("TABLEFIT_JOB_ID", ""), directory, int(events), int(control))
