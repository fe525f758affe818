"""The rpcs of trained models at work: each decodes its request, makes one call, and encodes the answer."""

from collections.abc import Iterator

import grpc
from tablefit.errors import InvalidInput
from tablefit.v1 import training_service_pb2 as pb
from tablefit.v1.training_service_pb2_grpc import TrainingServiceServicer

from training_service import convert_inference as convert
from training_service.inference.calls import Inference
from training_service.inference.few import Input


class InferenceServicer(TrainingServiceServicer):
    """The contract's side of evaluations and predictions."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def EvaluateModel(  # noqa: N802 - named by the contract, like those below
        self, request: pb.EvaluateModelRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.EvaluateModelResponse]:
        wanted = convert.to_wanted(request)
        for answer in self._inference.evaluate(request.model, wanted, context.is_active):
            yield convert.from_evaluating(request.model, answer)

    def Predict(  # noqa: N802
        self, request: pb.PredictRequest, context: grpc.ServicerContext
    ) -> pb.PredictResponse:
        inputs = convert.to_inputs(request.inputs)
        found = self._inference.predict(request.model, inputs, request.class_count)
        return pb.PredictResponse(predictions=map(convert.from_prediction, found))

    def PredictStream(  # noqa: N802
        self, request_iterator: Iterator[pb.PredictStreamRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.PredictStreamResponse]:
        start = _read_start(request_iterator)
        first = 0
        groups = _read_groups(request_iterator)
        for found in self._inference.predict_stream(start.model, groups, start.class_count):
            yield pb.PredictStreamResponse(first_input=first, predictions=map(convert.from_prediction, found))
            first += len(found)

    def PredictTable(  # noqa: N802
        self, request: pb.PredictTableRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.PredictTableResponse]:
        wanted = convert.to_table_wanted(request)
        for answer in self._inference.predict_table(request.model, wanted, context.is_active):
            yield convert.from_predicting(answer)


def _read_start(requests: Iterator[pb.PredictStreamRequest]) -> pb.PredictStreamStart:
    first = next(requests, None)
    if first is None or first.WhichOneof("content") != "start":
        raise InvalidInput("expected start as the first message, received another or none", field="start")
    return first.start


def _read_groups(requests: Iterator[pb.PredictStreamRequest]) -> Iterator[list[Input]]:
    for request in requests:
        if request.WhichOneof("content") != "inputs":
            raise InvalidInput("expected inputs after the first message, received another", field="inputs")
        yield convert.to_inputs(request.inputs.inputs)
