"""One model in a process of its own: started, asked one thing at a time, ended.

The process ends with the service however that ends, since it reads to the end of its socket. One that takes too long,
dies or talks nonsense is ended, and whoever asked is told so; `pool` starts the next. Leaves what it does to `child`.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from tablefit.errors import InvalidInput, TooBusy, Unavailable, WrongState

import training_service
from training_service import output
from training_service.environment import LEAVE, child_environment
from training_service.exits import cause
from training_service.inference import frames
from training_service.inference.facts import ModelFacts, read_facts
from training_service.inference.frames import Frame

_log = logging.getLogger(__name__)

# Loading takes seconds, most of them for TensorFlow; the rest is room for large models and busy machines.
START_LIMIT_S = 120.0
ANSWER_LIMIT_S = 60.0
# How many may wait for one model's process.
LIMIT_WAITING = 16
_END_LIMIT_S = 10.0
# The module that a model's process runs.
PROGRAM = "training_service.inference.child"


@dataclass(frozen=True)
class ModelPlace:
    """Where a model's file lies. `model` is the id that it was asked for by."""

    model: str
    path: Path
    sha256: str


@dataclass(frozen=True)
class Limits:
    """How long a model may take to load and to answer, in seconds."""

    start_s: float = START_LIMIT_S
    answer_s: float = ANSWER_LIMIT_S


class ModelProcess:
    """A loaded model. `ask` is for any thread; one that has `ended` answers no more. Its output goes to `folder`.

    Starting raises WrongState for a file that is no model, Unavailable when the process does not come up.
    """

    def __init__(
        self,
        place: ModelPlace,
        folder: Path,
        thread_count: int,
        limits: Limits | None = None,
        program: str = PROGRAM,
        *,
        allow_own_code: bool = False,
    ) -> None:
        self.facts: ModelFacts = read_facts(place.path)
        self._place, self._limits, self._program = place, limits or Limits(), program
        self._leave = LEAVE if allow_own_code else ""
        self._output = folder / f"{place.sha256[:16]}.log"
        self._turn = threading.Lock()
        self._waiting = threading.BoundedSemaphore(LIMIT_WAITING)
        folder.mkdir(parents=True, exist_ok=True)
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = self._start(theirs, folder, thread_count)
        self._expect_ready()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def ask(self, request: Frame) -> Frame:
        """The answer to a request, of kind "outputs".

        Raises InvalidInput when the model cannot take it, TooBusy when too many wait, Unavailable when the process
        took too long or died.
        """
        if not self._waiting.acquire(blocking=False):
            raise TooBusy(f"More than {LIMIT_WAITING} callers wait for the model {self._place.model}; try again later.")
        try:
            if not self._turn.acquire(timeout=self._limits.answer_s):
                raise TooBusy(f"The model {self._place.model} is busy with other calls; try again later.")
            try:
                answer = self._exchange(request)
            finally:
                self._turn.release()
        finally:
            self._waiting.release()
        if answer.kind == "refused":
            raise InvalidInput(str(answer.values["reason"]), field=str(answer.values.get("field", "")))
        if answer.kind == "failed":
            raise WrongState(f"The model {self._place.model} gives no answer: {answer.values['reason']}")
        return answer

    def close(self) -> None:
        """Ends the process at once."""
        if self._process.poll() is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                _log.debug("the process of model %s had ended", self._place.model)
        self._process.wait(_END_LIMIT_S)
        self._socket.close()

    def _start(self, theirs: socket.socket, folder: Path, thread_count: int) -> "subprocess.Popen[bytes]":
        environment = child_environment(os.environ, {})
        # The service's package, too: it may be run from its folder without being installed.
        package = str(Path(str(training_service.__file__)).resolve().parent.parent)
        environment["PYTHONPATH"] = os.pathsep.join([environment["PYTHONPATH"], package])
        self._output.unlink(missing_ok=True)
        arguments = [str(theirs.fileno()), str(self._place.path), str(thread_count), self._leave]
        with output.open_output(self._output) as printed:
            return subprocess.Popen(
                [sys.executable, "-m", self._program, *arguments],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[theirs.fileno()],
            )

    def _expect_ready(self) -> None:
        try:
            ready = self._receive(self._limits.start_s)
        except Unavailable:
            self.close()
            raise
        if ready.kind != "ready":
            self.close()
            raise WrongState(f"The model {self._place.model} cannot be loaded: {ready.values.get('reason', '')}")

    def _exchange(self, request: Frame) -> Frame:
        if self.ended:
            raise self._gone()
        output.shorten(self._output)
        self._socket.settimeout(self._limits.answer_s)
        try:
            frames.send(self._socket, request)
        except TimeoutError as error:
            raise self._too_slow(self._limits.answer_s) from error
        except OSError as error:
            raise self._gone() from error
        return self._receive(self._limits.answer_s)

    def _receive(self, limit_s: float) -> Frame:
        self._socket.settimeout(limit_s)
        try:
            answer = frames.receive(self._socket)
        except TimeoutError as error:
            raise self._too_slow(limit_s) from error
        except (OSError, frames.BadFrame) as error:
            raise self._gone() from error
        if answer is None:
            raise self._gone()
        return answer

    def _too_slow(self, limit_s: float) -> Unavailable:
        self._end()
        return Unavailable(
            f"The model {self._place.model} took longer than {limit_s:.0f} s and was ended; the next call starts it "
            "again."
        )

    def _gone(self) -> Unavailable:
        """The process has ended, or is ended now; says why it did."""
        code = self._end()
        words = " / ".join(output.last_lines(self._output))
        reason = cause(code, f"process of the model {self._place.model}")
        last = f" It last printed: {words}" if words else ""
        return Unavailable(f"{reason}; the next call starts a new one.{last}")

    def _end(self) -> int:
        """Ends the process, which has a moment to end by itself when it has closed its socket; returns its code."""
        try:
            return self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            return self._process.wait(_END_LIMIT_S)
