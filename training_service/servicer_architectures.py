"""The rpcs of architectures: each decodes its request, makes one call, and encodes the answer."""

import grpc
from tablefit.v1 import training_service_pb2 as pb
from tablefit.v1.training_service_pb2_grpc import TrainingServiceServicer

from training_service import convert_architecture as convert
from training_service.counting import Counting
from training_service.pages import page_size, read_token, write_token


class ArchitectureServicer(TrainingServiceServicer):
    """The contract's side of architectures."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting
        self._architectures = list(counting.catalogue.values())

    def ListArchitectures(  # noqa: N802 - named by the contract, like those below
        self, request: pb.ListArchitecturesRequest, context: grpc.ServicerContext
    ) -> pb.ListArchitecturesResponse:
        first = read_token(["architectures"], request.page_token) or 0
        end = first + page_size(request.page_size)
        page = self._architectures[first:end]
        more = end < len(self._architectures)
        return pb.ListArchitecturesResponse(
            architectures=map(convert.from_architecture, page),
            next_page_token=write_token(["architectures"], end) if more else "",
        )

    def CountParameters(  # noqa: N802
        self, request: pb.CountParametersRequest, context: grpc.ServicerContext
    ) -> pb.CountParametersResponse:
        count = self._counting.count(convert.to_wanted_network(request))
        return pb.CountParametersResponse(parameter_count=count.parameter_count, trainable_count=count.trainable_count)
