"""The calls on trained models: listed, shown, named, deleted, fetched as they are or in another format."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.rpc.calls import call_unary
from tablefit.training.download import Download
from tablefit.training.model_records import Model, to_trained_model
from tablefit.training.records import ModelFile
from tablefit.v1 import training_service_pb2 as pb
from tablefit.v1.training_service_pb2_grpc import TrainingServiceStub

PAGE_SIZE = 100
OnProgress = Callable[[int, int], None]

# Formats by their names here, and by the ending of a file's name.
FORMATS = {
    "keras": pb.MODEL_FORMAT_KERAS,
    "saved-model": pb.MODEL_FORMAT_SAVED_MODEL,
    "onnx": pb.MODEL_FORMAT_ONNX,
    "litert": pb.MODEL_FORMAT_LITERT,
}
ENDINGS = {".keras": "keras", ".zip": "saved-model", ".onnx": "onnx", ".tflite": "litert"}


class ModelCalls:
    """The calls of one connection."""

    def __init__(self, stub: TrainingServiceStub, peer: str) -> None:
        self._stub, self._peer = stub, peer

    def list_models(self, *, table: str = "", architecture: str = "", tag: str = "") -> Iterator[Model]:
        """Models, newest first, fetched page by page; only those of a table, an architecture, or with a tag."""
        request = pb.ListModelsRequest(page_size=PAGE_SIZE, table=table, architecture=architecture, tag=tag)
        while True:
            page = call_unary(self._stub.ListModels, request, self._peer)
            yield from map(to_trained_model, page.models)
            request.page_token = page.next_page_token
            if not page.next_page_token:
                return

    def get_model(self, model_id: str) -> Model:
        """The model with its script and all that is known of it. Raises NotFound; WrongState for a job without one."""
        request = pb.GetModelRequest(model_id=model_id)
        return to_trained_model(call_unary(self._stub.GetModel, request, self._peer).model)

    def update_model(self, model_id: str, *, name: str | None = None, tags: Sequence[str] | None = None) -> Model:
        """Gives the model another name, or other tags in place of those that it has. Raises NotFound, InvalidInput."""
        request = pb.UpdateModelRequest(model=pb.Model(model_id=model_id, name=name or "", tags=tags or ()))
        request.update_mask.paths.extend(
            field for field, value in (("name", name), ("tags", tags)) if value is not None
        )
        return to_trained_model(call_unary(self._stub.UpdateModel, request, self._peer).model)

    def delete_model(self, model_id: str) -> None:
        """Deletes the model with its file; its job stays. Raises NotFound."""
        call_unary(self._stub.DeleteModel, pb.DeleteModelRequest(model_id=model_id), self._peer)

    def download_model(self, model_id: str, path: str | Path, *, on_progress: OnProgress | None = None) -> ModelFile:
        """Writes the model, named by its id or that of its job, to `path`, whole or not at all, and checks its SHA-256.

        `on_progress` gets bytes received and bytes in all. Raises NotFound, WrongState, InvalidInput for a path that
        cannot be written, Unavailable.
        """

        def open_stream(offset: int) -> Iterator[pb.DownloadModelResponse]:
            stream: Iterator[pb.DownloadModelResponse] = self._stub.DownloadModel(
                pb.DownloadModelRequest(job_id=model_id, offset=offset)
            )
            return stream

        return Download(open_stream, self._peer, model_id, Path(path), on_progress).run()

    def export_model(
        self, model_id: str, path: str | Path, format: str | None = None, *, on_progress: OnProgress | None = None
    ) -> ModelFile:
        """Writes the model to `path` in a format: "keras", "saved-model" (a .zip), "onnx" or "litert".

        Left out, the format follows from the ending of the name: .keras, .zip, .onnx, .tflite. Raises as
        `download_model`, and WrongState when the format cannot hold the model or its libraries are not installed.
        """
        number = FORMATS[check_format(path, format)]

        def open_stream(offset: int) -> Iterator[pb.ExportModelResponse]:
            stream: Iterator[pb.ExportModelResponse] = self._stub.ExportModel(
                pb.ExportModelRequest(model_id=model_id, format=number, offset=offset)
            )
            return stream

        return Download(open_stream, self._peer, model_id, Path(path), on_progress).run()


def check_format(path: str | Path, format: str | None) -> str:
    """The format of a file to write. Raises InvalidInput when neither its name nor `format` says a known one."""
    if format is not None:
        if format not in FORMATS:
            raise InvalidInput(f"expected a format out of {', '.join(FORMATS)}, received {format!r}", field="format")
        return format
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise InvalidInput(
            f"expected a file name that ends in {', '.join(ENDINGS)}, or a format, received {Path(path).name!r}",
            field="format",
        )
    return ENDINGS[ending]
