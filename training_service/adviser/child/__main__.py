"""Loads Keras, then answers one question a line until the service closes the pipe or ends."""

import json
import os
import queue
import sys
import threading
import traceback
from typing import Any, BinaryIO


def main() -> None:
    """Serves. A thread of its own reads, so that the end of the service ends this process whatever it is doing."""
    questions: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    # What libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    threading.Thread(target=_read, args=(questions,), daemon=True).start()
    from training_service.adviser.child.answering import answer

    _write(answers, {"ready": True})
    while True:
        asked = questions.get()
        try:
            response: dict[str, Any] = {"answer": answer(asked["question"], asked["arguments"])}
        except Exception as error:  # noqa: BLE001 - a fault of ours, told to the service, which logs it
            traceback.print_exc()
            response = {"fault": f"{type(error).__name__}: {error}"}
        _write(answers, response)


def _read(questions: "queue.SimpleQueue[dict[str, Any]]") -> None:
    for line in sys.stdin.buffer:
        questions.put(json.loads(line))
    os._exit(0)


def _write(answers: BinaryIO, response: dict[str, Any]) -> None:
    answers.write(json.dumps(response).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
