"""The way to one data service, shared by all who call it: single answers, and work that is followed to its end.

Leaves streams of batches and uploads, which are taken up again after a break, to `streams` and `uploads`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tablefit.errors import Internal
from tablefit.rpc.calls import call_unary, translated
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

# Called with what is done and what there is to do in all, 0 while that is not known.
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Link:
    """A data service: its calls, and what errors call it."""

    stub: DataServiceStub
    peer: str

    def call(self, name: str, request: Any) -> Any:
        """The answer to one call. Raises an exception of `tablefit.errors`."""
        return call_unary(getattr(self.stub, name), request, self.peer)

    def follow(self, name: str, request: Any, on_progress: OnProgress | None) -> Any:
        """The last answer of a call that reports the rows done meanwhile; who is interrupted here gives up the work."""
        call = getattr(self.stub, name)(request)
        answer = None
        try:
            with translated(self.peer):
                for answer in call:
                    if on_progress is not None and answer.HasField("progress"):
                        on_progress(answer.progress.done_rows, answer.progress.total_rows)
        finally:
            call.cancel()
        if answer is None:
            raise Internal(f"The {self.peer} ended {name} without an answer.")
        return answer
