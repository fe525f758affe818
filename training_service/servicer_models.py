"""The rpcs of trained models: each decodes its request, makes one call, and encodes the answer."""

from collections.abc import Iterator

import grpc
from tablefit.v1 import training_service_pb2 as pb
from tablefit.v1.training_service_pb2_grpc import TrainingServiceServicer

from training_service import convert, convert_models
from training_service.conversions import Conversions
from training_service.model_catalogue import ModelCatalogue
from training_service.model_records import ModelFilter
from training_service.pages import page_size, read_token, write_token


class ModelServicer(TrainingServiceServicer):
    """The contract's side of trained models."""

    def __init__(self, models: ModelCatalogue, conversions: Conversions) -> None:
        self._models, self._conversions = models, conversions

    def DownloadModel(  # noqa: N802
        self, request: pb.DownloadModelRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.DownloadModelResponse]:
        model = self._models.get(request.job_id)
        yield pb.DownloadModelResponse(header=convert.from_model(model.file))
        for piece in self._models.read_pieces(model, request.offset):
            yield pb.DownloadModelResponse(data=piece)

    def GetModel(self, request: pb.GetModelRequest, context: grpc.ServicerContext) -> pb.GetModelResponse:  # noqa: N802
        model = self._models.get(request.model_id)
        return pb.GetModelResponse(model=convert_models.from_model(model, self._models.facts_of(model)))

    def ListModels(self, request: pb.ListModelsRequest, context: grpc.ServicerContext) -> pb.ListModelsResponse:  # noqa: N802
        wanted, limit = ModelFilter(request.table, request.architecture, request.tag), page_size(request.page_size)
        of = ["models", *vars(wanted).values()]
        found = self._models.list(wanted, read_token(of, request.page_token), limit + 1)
        page, more = found[:limit], len(found) > limit
        return pb.ListModelsResponse(
            models=map(convert_models.from_model, page),
            next_page_token=write_token(of, page[-1].number) if more else "",
        )

    def UpdateModel(self, request: pb.UpdateModelRequest, context: grpc.ServicerContext) -> pb.UpdateModelResponse:  # noqa: N802
        given = request.model
        model = self._models.update(given.model_id, request.update_mask.paths, given.name, given.tags)
        return pb.UpdateModelResponse(model=convert_models.from_model(model))

    def DeleteModel(self, request: pb.DeleteModelRequest, context: grpc.ServicerContext) -> pb.DeleteModelResponse:  # noqa: N802
        self._models.delete(request.model_id)
        return pb.DeleteModelResponse()

    def ExportModel(  # noqa: N802
        self, request: pb.ExportModelRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.ExportModelResponse]:
        format = convert_models.to_format(request.format)
        for part in self._conversions.export(request.model_id, format, request.offset, context.is_active):
            yield convert_models.from_part(part)
