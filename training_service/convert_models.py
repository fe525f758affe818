"""Messages of trained models, made of the service's own values."""

import math
from collections.abc import Iterable

from tablefit.data.features import to_fitted_messages
from tablefit.errors import InvalidInput
from tablefit.models import ModelFacts, RawInput
from tablefit.rpc.times import to_timestamp
from tablefit.v1 import training_service_pb2 as pb

from training_service import convert
from training_service.conversions import Part
from training_service.job import ModelFile
from training_service.model_records import Model

_FORMATS: dict[int, str] = {
    pb.MODEL_FORMAT_UNSPECIFIED: "keras",
    pb.MODEL_FORMAT_KERAS: "keras",
    pb.MODEL_FORMAT_SAVED_MODEL: "saved-model",
    pb.MODEL_FORMAT_ONNX: "onnx",
    pb.MODEL_FORMAT_LITERT: "litert",
}


def from_model(model: Model, facts: ModelFacts | None = None) -> pb.Model:
    """The message of a model, with details when its facts are given."""
    return pb.Model(
        model_id=model.model_id,
        name=model.name,
        tags=model.tags,
        job_id=model.model_id,
        create_time=to_timestamp(model.create_time),
        spec=convert.from_specification(model.specification),
        data=convert.from_data(model.data) if model.data else None,
        progress=convert.from_progress(model.progress) if model.progress else None,
        file=convert.from_model(model.file),
        script=model.script,
        details=_from_facts(facts) if facts else None,
    )


def to_format(number: int) -> str:
    """The format that a request names, by its name here. Raises InvalidInput for an unknown one."""
    if number not in _FORMATS:
        names = ", ".join(pb.ModelFormat.Name(known) for known in _FORMATS)
        raise InvalidInput(f"expected a format out of {names}, received {number}", field="format")
    return _FORMATS[number]


def from_part(part: Part) -> pb.ExportModelResponse:
    """The message of what an export yields."""
    match part:
        case ModelFile():
            return pb.ExportModelResponse(header=convert.from_model(part))
        case bytes():
            return pb.ExportModelResponse(data=part)
    progress = pb.ExportProgress()
    progress.elapsed.FromNanoseconds(round(part * 1e9))
    return pb.ExportModelResponse(progress=progress)


def _from_facts(facts: ModelFacts) -> pb.ModelDetails:
    return pb.ModelDetails(
        history=[
            pb.MetricHistory(name=name, values=_numbers(values)) for name, values in sorted(facts.history.items())
        ],
        confusion=[pb.ConfusionRow(counts=counts) for counts in facts.confusion],
        class_names=facts.class_names,
        task=facts.task,
        targets=[target.name for target in facts.targets],
        inputs=map(_from_input, facts.inputs),
        features=to_fitted_messages(facts.features),
        versions=facts.versions,
        network=facts.network,
    )


def _from_input(raw: RawInput) -> pb.ModelInput:
    return pb.ModelInput(
        name=raw.name,
        column=raw.column,
        form=raw.form,
        data_type=raw.data_type,
        row_shape=raw.row_shape,
        parts=raw.parts,
    )


def _numbers(values: Iterable[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]
