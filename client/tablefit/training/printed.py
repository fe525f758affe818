"""Follows what a job prints, over breaks of the connection."""

from collections.abc import Iterator
from dataclasses import dataclass

from tablefit.errors import TablefitError
from tablefit.rpc.calls import Patience, translated
from tablefit.v1 import training_service_pb2 as pb
from tablefit.v1.training_service_pb2_grpc import TrainingServiceStub


@dataclass(frozen=True)
class Printed:
    """A part of what a job printed: bytes from `offset` on. `gap_bytes` before them were dropped by the service."""

    offset: int
    data: bytes
    gap_bytes: int = 0


@dataclass(frozen=True)
class Following:
    """One reader of a job's output."""

    stub: TrainingServiceStub
    peer: str
    job_id: str
    follow: bool

    def run(self, offset: int, patience_s: float) -> Iterator[Printed]:
        """The parts from `offset` on, to the end of what there is or, with `follow`, of the job."""
        patience = Patience(patience_s)
        while True:
            try:
                for part in self._once(offset):
                    patience.reset()
                    offset = part.offset + len(part.data)
                    yield part
            except TablefitError as error:
                patience.wait_or_raise(error)
            else:
                return

    def _once(self, offset: int) -> Iterator[Printed]:
        request = pb.WatchTrainingLogRequest(job_id=self.job_id, offset=offset, stop_at_end=not self.follow)
        call = self.stub.WatchTrainingLog(request)
        try:
            while True:
                with translated(self.peer):
                    response = next(call, None)
                if response is None:
                    return
                yield Printed(response.offset, response.data, response.offset - offset)
                offset = response.offset + len(response.data)
        finally:
            call.cancel()
