"""What a model's process runs: `python -m training_service.inference.child SOCKET FILE THREADS LEAVE`.

LEAVE is --allow-own-code where the operator lets models run code of their own, else empty.

Says "ready" when the model is loaded, then answers requests one after the other. Ends at once when the service's end of
the socket is closed: a thread reads it, so that works in the midst of a computation. Leaves the model to `network`.
"""

import os
import queue
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from training_service.environment import LEAVE
from training_service.inference import frames
from training_service.inference.frames import Frame, Refused

# The exit status of a process whose service has ended (EX_SOFTWARE of sysexits.h).
SERVICE_ENDED = 70


class Answering(Protocol):
    """A loaded model."""

    def answer(self, request: Frame) -> Frame:
        """The answer to a request. Raises Refused."""


# Loads the model of a file, to compute with so many threads.
Load = Callable[[Path, int], Answering]


def main(arguments: list[str], load: Load) -> int:
    """Loads the model and serves until the service closes the socket."""
    # Ctrl-C goes to all processes of a terminal; the service decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    descriptor, path, thread_count = int(arguments[0]), Path(arguments[1]), int(arguments[2])
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)
    requests: queue.SimpleQueue[Frame] = queue.SimpleQueue()
    threading.Thread(target=_follow, args=(connection, requests), name="service", daemon=True).start()
    try:
        model = load(path, thread_count)
    except Exception as error:  # noqa: BLE001 - whatever keeps the model from loading, the service is told
        traceback.print_exc()
        frames.send(connection, Frame("failed", {"reason": _describe(error)}))
        return 1
    frames.send(connection, Frame("ready"))
    while True:
        frames.send(connection, _answer(model, requests.get()))


def _follow(connection: socket.socket, requests: "queue.SimpleQueue[Frame]") -> None:
    try:
        while (frame := frames.receive(connection)) is not None:
            requests.put(frame)
    finally:
        os._exit(SERVICE_ENDED)


def _answer(model: Answering, request: Frame) -> Frame:
    try:
        return model.answer(request)
    except Refused as error:
        return Frame("refused", {"reason": str(error), "field": error.field})
    except Exception as error:  # noqa: BLE001 - one request fails; the model stays for the next
        traceback.print_exc()
        return Frame("failed", {"reason": _describe(error)})


def _describe(error: Exception) -> str:
    """The first line of what libraries say, and what kind of error it is."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__


def _load_with_keras(path: Path, thread_count: int, *, allow_code: bool) -> Answering:
    """Keras is imported here, once the socket is followed: a service that ends meanwhile ends this process, too."""
    # Models that take texts need TensorFlow, whatever trained them.
    os.environ["KERAS_BACKEND"] = "tensorflow"

    from training_service.inference.network import Network

    return Network(path, thread_count, allow_code=allow_code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:4], partial(_load_with_keras, allow_code=sys.argv[4] == LEAVE)))
