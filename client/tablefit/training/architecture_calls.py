"""The calls on architectures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tablefit.data.network_inputs import NetworkInputs
from tablefit.data.stream_requests import MODES
from tablefit.errors import InvalidInput
from tablefit.rpc.calls import call_unary
from tablefit.training.architectures import Architecture, Setting, from_settings, to_architecture
from tablefit.v1 import data_service_pb2 as data_pb
from tablefit.v1 import training_service_pb2 as pb
from tablefit.v1.training_service_pb2_grpc import TrainingServiceStub

_PAGE_SIZE = 100


@dataclass(frozen=True)
class ParameterCount:
    """Weights of a network: all of them, and those that training changes."""

    parameter_count: int
    trainable_count: int


@dataclass(frozen=True)
class ArchitectureCalls:
    """These calls of one service."""

    stub: TrainingServiceStub
    peer: str

    def list_architectures(self) -> Iterator[Architecture]:
        """All architectures in order of name."""
        token = ""
        while True:
            request = pb.ListArchitecturesRequest(page_size=_PAGE_SIZE, page_token=token)
            page = call_unary(self.stub.ListArchitectures, request, self.peer)
            yield from map(to_architecture, page.architectures)
            token = page.next_page_token
            if not token:
                return

    def count_parameters(
        self,
        architecture: str,
        output_count: int,
        *,
        architecture_parameters: Mapping[str, Setting] | None = None,
        image_size: tuple[int, int] | None = None,
        mode: str | None = None,
        inputs: NetworkInputs | None = None,
    ) -> ParameterCount:
        """How many weights an architecture has with so many outputs.

        One that takes an image wants `image_size` (height, width) and `mode` "L" or "RGB", others want `inputs`:
        (shape of one row's value, number of categories or 0) by column. Raises NotFound, InvalidInput, Unavailable.
        """
        if mode is not None and mode not in MODES:
            raise InvalidInput(f"expected a mode out of {', '.join(MODES)}, received {mode!r}", field="image.mode")
        height, width = image_size or (0, 0)
        request = pb.CountParametersRequest(
            architecture=architecture,
            image=data_pb.ImageOptions(mode=MODES[mode] if mode else None, height=height, width=width),
            inputs=[
                pb.NetworkInput(name=name, shape=shape, category_count=count)
                for name, (shape, count) in (inputs or {}).items()
            ],
            output_count=output_count,
        )
        request.architecture_parameters.update(from_settings(architecture_parameters or {}))
        answer = call_unary(self.stub.CountParameters, request, self.peer)
        return ParameterCount(answer.parameter_count, answer.trainable_count)
