"""One run of the helper process: start, ask, end. Leaves what to ask, and when to start anew, to `questions`."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from training_service.environment import child_environment

OUTPUT_NAME = "output.log"
_MODULE = "training_service.adviser.child"
_READ_BYTES = 64 * 1024


class Died(Exception):
    """The process has ended; says how."""


class TookTooLong(Exception):
    """No answer came in time; says in how many seconds."""


class AdviserProcess:
    """The process, started at once. `kill` and `is_alive` are for any thread, the rest for one at a time."""

    def __init__(self, directory: Path) -> None:
        self._received = b""
        self._ready = False
        with (directory / OUTPUT_NAME).open("wb") as printed:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _MODULE],
                cwd=directory,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=printed,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def wait_until_ready(self, limit_s: float) -> None:
        """Returns when Keras is loaded. One that is late goes on loading. Raises Died, TookTooLong."""
        if not self._ready:
            self._read_line(limit_s)
            self._ready = True

    def ask(self, question: str, arguments: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """The answer. One that is late is given up, and the process with it. Raises Died, TookTooLong, RuntimeError."""
        line = json.dumps({"question": question, "arguments": arguments}).encode() + b"\n"
        self._write(line)
        try:
            response: dict[str, Any] = json.loads(self._read_line(limit_s))
        except TookTooLong:
            self.kill()
            raise
        if "fault" in response:
            raise RuntimeError(f"the question {question!r} failed: {response['fault']}")
        answer: dict[str, Any] = response["answer"]
        return answer

    def kill(self) -> None:
        """Ends the process and all that it started; returns when it has ended."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _write(self, line: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise Died(self._end()) from error

    def _read_line(self, limit_s: float) -> bytes:
        assert self._process.stdout is not None
        deadline = time.monotonic() + limit_s
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._received:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TookTooLong(f"{limit_s:g}")
                data = os.read(self._process.stdout.fileno(), _READ_BYTES)
                if not data:
                    raise Died(self._end())
                self._received += data
        line, _, self._received = self._received.partition(b"\n")
        return line

    def _end(self) -> str:
        """How the process ended, once it said nothing more."""
        self.kill()
        status = self._process.returncode
        return f"signal {-status}" if status < 0 else f"exit status {status}"


def _environment() -> dict[str, str]:
    """As a script's process has it, but without a GPU, which belongs to the jobs, and with one thread."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    alone = {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
    environment = child_environment(os.environ, {**quiet, **alone})
    # The process is a module of this package, wherever that was imported from.
    package = Path(__file__).resolve().parents[2]
    return {**environment, "PYTHONPATH": os.pathsep.join([str(package), environment["PYTHONPATH"]])}
