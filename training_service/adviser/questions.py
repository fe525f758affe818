"""Asks the helper process, starts it again when it has died, and answers by itself what was asked before."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tablefit.errors import Unavailable

from training_service.adviser.answers import Answers
from training_service.adviser.process import AdviserProcess, Died, TookTooLong

_log = logging.getLogger(__name__)

# TensorFlow takes about 7 seconds to load on two cores that have nothing else to do. Both together stay below the time
# after which a client gives up.
START_LIMIT_S = 60.0
ANSWER_LIMIT_S = 40.0


class Adviser:
    """Answers questions about Keras. Usable from all threads; one question is worked on at a time.

    `directory` is where answers and the process's output are kept. The process is started by the first question that
    was not answered before, or by `warm`; call `close` at the end.
    """

    def __init__(
        self, directory: Path, *, start_limit_s: float = START_LIMIT_S, answer_limit_s: float = ANSWER_LIMIT_S
    ) -> None:
        self._directory = directory
        self._start_limit_s, self._answer_limit_s = start_limit_s, answer_limit_s
        self._answers = Answers(directory)
        # Held while the process is spoken to; `_state` only while it is exchanged, so that `close` never waits.
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._process: AdviserProcess | None = None
        self._closed = False

    def ask(self, question: str, **arguments: Any) -> dict[str, Any]:
        """The answer to a question of `child.answering.QUESTIONS`; arguments and answer are JSON values.

        Raises Unavailable when none comes in time, RuntimeError for a question that there is none of.
        """
        known = self._answers.find(question, arguments)
        if known is not None:
            return known
        with self._take_turn():
            answer = self._ask_process(question, arguments)
        self._answers.keep(question, arguments, answer)
        return answer

    def warm(self) -> None:
        """Starts the process, so that the first answer comes sooner; does not wait for it."""
        with self._take_turn():
            self._running()

    def close(self) -> None:
        """Ends the process; whoever waits for an answer gets Unavailable."""
        with self._state:
            self._closed = True
            process = self._process
        if process is not None:
            process.kill()

    def _ask_process(self, question: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Asks a second time when the process dies, which may have had other reasons than the question."""
        try:
            try:
                return self._ask_once(question, arguments)
            except Died as error:
                _log.warning("the process that loads Keras died (%s) at the question %r", error, question)
                return self._ask_once(question, arguments)
        except Died as error:
            raise Unavailable(
                f"Keras could not be asked whether this can work: its process died twice ({error}). Ask for a smaller "
                "network or smaller images, or leave the options that need it at their defaults."
            ) from error
        except TookTooLong as error:
            raise Unavailable(f"Keras gave no answer within {error} seconds; try again later.") from error

    def _ask_once(self, question: str, arguments: dict[str, Any]) -> dict[str, Any]:
        process = self._running()
        process.wait_until_ready(self._start_limit_s)
        return process.ask(question, arguments, self._answer_limit_s)

    def _running(self) -> AdviserProcess:
        """The process, a new one when the last has ended."""
        with self._state:
            if self._closed:
                raise Unavailable("The training service is stopping; ask again when it is back.")
            if self._process is None or not self._process.is_alive():
                self._process = AdviserProcess(self._directory)
            return self._process

    @contextmanager
    def _take_turn(self) -> Iterator[None]:
        limit_s = self._start_limit_s + self._answer_limit_s
        if not self._turn.acquire(timeout=limit_s):
            raise Unavailable(f"Keras was busy with other questions for {limit_s:g} seconds; try again later.")
        try:
            yield
        finally:
            self._turn.release()
