"""Makes a call and raises the exception that its failure means; decides how long to try again.

Leaves to the clients which calls may be repeated and from which position.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import grpc

from tablefit.errors import TablefitError, Unavailable
from tablefit.rpc import status

Response = TypeVar("Response")

# Unary calls answer at once or count rows; none may hang for ever.
TIMEOUT_S = 120.0


@contextmanager
def translated(peer: str) -> Iterator[None]:
    """Turns a failed call inside the block into an exception of `tablefit.errors`; `peer` names the other side."""
    try:
        yield
    except grpc.RpcError as error:
        raise status.from_call(error, peer) from error


def call_unary(method: Callable[..., Response], request: Any, peer: str) -> Response:
    """The answer to a unary call; raises an exception of `tablefit.errors`."""
    with translated(peer):
        return method(request, timeout=TIMEOUT_S)


def call_patiently(call: Callable[[], Response], patience_s: float) -> Response:
    """What `call` returns; calls again for up to `patience_s` seconds while it raises Unavailable."""
    patience = Patience(patience_s)
    while True:
        try:
            return call()
        except TablefitError as error:
            patience.wait_or_raise(error)


class Patience:
    """How long to go on trying while the other side is unavailable: `patience_s` seconds without progress.

    Pauses grow from 0.1 s to 2 s with some chance in them, so that many clients do not return at one instant.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._pause_s = 0.1
        self._lost_since: float | None = None
        self._lost_at: datetime | None = None

    def reset(self) -> None:
        """Something arrived: the other side is there."""
        self._pause_s = 0.1
        self._lost_since = None

    def wait_or_raise(self, error: TablefitError, stop: threading.Event | None = None) -> None:
        """Pauses before the next try; raises `error` when it is not Unavailable or on `stop`.

        After patience raises Unavailable with the time since when there has been no answer.
        """
        now = time.monotonic()
        if self._lost_since is None:
            self._lost_since, self._lost_at = now, datetime.now(UTC)
        if not isinstance(error, Unavailable) or not self._patience_s:
            raise error
        if now - self._lost_since >= self._patience_s:
            since = f"{self._lost_at:%Y-%m-%d %H:%M:%S} UTC"
            sentence = f"{error.message.rstrip('.')}; there has been no answer since {since}."
            raise Unavailable(sentence, details=error.details) from error
        pause_s = self._pause_s * random.uniform(0.7, 1.3)
        self._pause_s = min(self._pause_s * 1.6, 2.0)
        if (stop or threading.Event()).wait(pause_s):
            raise error
