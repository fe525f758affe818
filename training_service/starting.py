"""Starts the processes of jobs: afresh, or by giving a job to one that has loaded Keras and waits for work.

    service ── order ─────────> warm process   {"folder": …, "variables": {…}} on standard input, once; its end ends it
    service ── control pipe ──> child          (see `runner`)
    child   ── events pipe ───> service

Loading Keras takes seconds, which is most of the time from the submission of a job to its first step. A warm process
has loaded it and built nothing, so that what it trains has the same bits; it serves one job, of the backend that it has
loaded. Leaves to `runner` what becomes of a process, and to `warm_process` what it does.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from training_service import output
from training_service.environment import child_environment

_log = logging.getLogger(__name__)

SCRIPT_NAME = "script.py"
OUTPUT_NAME = "output.log"
DEFAULT_BACKEND = "tensorflow"
_WARM_MODULE = "training_service.warm_process"


@dataclass(frozen=True)
class Started:
    """A process of a job, and this end of its pipes. Whoever has it closes them."""

    process: "subprocess.Popen[bytes]"
    events_read: int
    control_write: int


# Starts the script of a folder in a process that sees these variables.
Start = Callable[[Path, Mapping[str, str]], Started]


def start_afresh(folder: Path, variables: Mapping[str, str]) -> Started:
    """Starts Python with the script."""
    with output.open_output(folder / OUTPUT_NAME) as printed:
        return _start([sys.executable, SCRIPT_NAME], variables, subprocess.DEVNULL, printed, folder)


class WarmProcesses:
    """At most one process that waits for a job. Usable from all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: Started | None = None
        self._closed = False

    @property
    def process_id(self) -> int | None:
        """The process that waits."""
        with self._lock:
            return None if self._waiting is None else self._waiting.process.pid

    def prepare(self) -> None:
        """Lets a process load Keras, unless one waits already. Returns at once."""
        with self._lock:
            if self._waiting is not None or self._closed:
                return
            command = [sys.executable, "-m", _WARM_MODULE]
            try:
                self._waiting = _start(command, {}, subprocess.PIPE, subprocess.DEVNULL, Path.cwd())
            except OSError as error:
                _log.warning("no process can be started that waits for a job, so the next one starts afresh: %s", error)

    def start(self, folder: Path, variables: Mapping[str, str], backend: str) -> Started:
        """Gives the job to the process that waits, if there is one of that backend, else starts one afresh."""
        if backend == loaded_backend():
            with self._lock:
                waiting, self._waiting = self._waiting, None
            if waiting is not None and _order(waiting, folder, variables):
                return waiting
        return start_afresh(folder, variables)

    def close(self) -> None:
        """Ends the process that waits."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, None
        if waiting is not None:
            _discard(waiting)


def loaded_backend() -> str:
    """The backend that a process loads which nobody tells another."""
    return os.environ.get("KERAS_BACKEND") or DEFAULT_BACKEND


def _start(
    command: list[str], variables: Mapping[str, str], given: int, printed: "IO[bytes] | int", folder: Path
) -> Started:
    events_read, events_write = os.pipe()
    try:
        control_read, control_write = os.pipe()
    except BaseException:
        os.close(events_read)
        os.close(events_write)
        raise
    pipes = {"TABLEFIT_JOB_EVENTS_FD": str(events_write), "TABLEFIT_JOB_CONTROL_FD": str(control_read)}
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=child_environment(os.environ, {**variables, **pipes}),
            stdin=given,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(events_write, control_read),
        )
    except BaseException:
        os.close(events_read)
        os.close(control_write)
        raise
    finally:
        os.close(events_write)
        os.close(control_read)
    return Started(process, events_read, control_write)


def _order(waiting: Started, folder: Path, variables: Mapping[str, str]) -> bool:
    """Whether the process has taken the job; one that has died is put away."""
    order = json.dumps({"folder": str(folder), "variables": dict(variables)}).encode() + b"\n"
    assert waiting.process.stdin is not None
    try:
        if waiting.process.poll() is None:
            # Made here, since whoever looks after the job looks for it at once.
            output.open_output(folder / OUTPUT_NAME).close()
            with waiting.process.stdin as pipe:
                pipe.write(order)
            return True
    except OSError as error:
        _log.warning("the process that waited for a job could not be given one: %s", error)
    _discard(waiting)
    return False


def _discard(waiting: Started) -> None:
    if waiting.process.poll() is None:
        os.killpg(waiting.process.pid, signal.SIGKILL)
    waiting.process.wait()
    assert waiting.process.stdin is not None
    try:
        waiting.process.stdin.close()
    except BrokenPipeError:
        _log.debug("what was to be said to a process that had ended is dropped")
    os.close(waiting.events_read)
    os.close(waiting.control_write)
