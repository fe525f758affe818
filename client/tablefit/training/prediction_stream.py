"""Many predictions over one call: a few messages on the way at a time, and what was not answered sent again.

Inputs are taken from the caller's iterator only when there is room, so neither end holds more than a few messages.
"""

import queue
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tablefit.errors import Internal, TablefitError
from tablefit.rpc.calls import Patience, translated
from tablefit.training.inference_records import Prediction, to_prediction
from tablefit.training.prediction_inputs import PredictionInput, to_input_message
from tablefit.v1 import training_service_pb2 as pb
from tablefit.v1.training_service_pb2_grpc import TrainingServiceStub

# Messages on the way, and what each holds at most; a single input may be larger.
WINDOW = 4
_GROUP_INPUTS = 64
_GROUP_BYTES = 4 * 1024 * 1024


class _Broken(Exception):
    """The call broke; its cause says why. Told from what reading the inputs raises, which no new call mends."""

    def __init__(self, error: TablefitError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True)
class PredictionStream:
    """One caller's stream of inputs to one model."""

    stub: TrainingServiceStub
    peer: str
    model: str
    class_count: int
    patience_s: float

    def run(self, inputs: Iterable[PredictionInput]) -> Iterator[Prediction]:
        """The predictions in order of the inputs. What reading the inputs raises is raised here."""
        groups = _groups(inputs)
        waiting: deque[pb.PredictionInputs] = deque()
        patience = Patience(self.patience_s)
        while True:
            try:
                yield from self._run_once(groups, waiting, patience)
            except _Broken as broken:
                error = broken.error
            else:
                return
            patience.wait_or_raise(error)

    def _run_once(
        self, groups: Iterator[pb.PredictionInputs], waiting: deque[pb.PredictionInputs], patience: Patience
    ) -> Iterator[Prediction]:
        """Over one call; `waiting` are the groups that were sent and not answered, by this call or the one before."""
        connection = _Connection(self)
        try:
            for group in waiting:
                connection.send(group)
            while True:
                while len(waiting) < WINDOW and (new := next(groups, None)) is not None:
                    waiting.append(new)
                    connection.send(new)
                if not waiting:
                    return
                answer = connection.receive()
                patience.reset()
                waiting.popleft()
                yield from map(to_prediction, answer.predictions)
        finally:
            connection.close()


class _Connection:
    """One PredictStream call. Requests go through a queue, so what reading the inputs raises reaches the caller."""

    def __init__(self, stream: PredictionStream) -> None:
        self._peer = stream.peer
        self._requests: queue.SimpleQueue[pb.PredictStreamRequest | None] = queue.SimpleQueue()
        start = pb.PredictStreamStart(model=stream.model, class_count=stream.class_count)
        self._requests.put(pb.PredictStreamRequest(start=start))
        self._call: Any = stream.stub.PredictStream(iter(self._requests.get, None))

    def send(self, group: pb.PredictionInputs) -> None:
        self._requests.put(pb.PredictStreamRequest(inputs=group))

    def receive(self) -> pb.PredictStreamResponse:
        try:
            with translated(self._peer):
                answer: pb.PredictStreamResponse | None = next(self._call, None)
        except TablefitError as error:
            raise _Broken(error) from error
        if answer is None:
            raise Internal(f"The {self._peer} ended the stream before its time.")
        return answer

    def close(self) -> None:
        self._requests.put(None)
        self._call.cancel()


def _groups(inputs: Iterable[PredictionInput]) -> Iterator[pb.PredictionInputs]:
    kept: list[pb.PredictionInput] = []
    size = 0
    for message in map(to_input_message, inputs):
        message_bytes = message.ByteSize()
        if kept and (len(kept) == _GROUP_INPUTS or size + message_bytes > _GROUP_BYTES):
            yield pb.PredictionInputs(inputs=kept)
            kept, size = [], 0
        kept.append(message)
        size += message_bytes
    if kept:
        yield pb.PredictionInputs(inputs=kept)
