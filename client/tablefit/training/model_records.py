"""Trained models as the client sees them, made from the service's messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tablefit.data.features import to_fitted_feature
from tablefit.features import FittedFeature
from tablefit.models import RawInput
from tablefit.rpc.times import to_datetime
from tablefit.training.records import (
    JobData,
    ModelFile,
    Progress,
    TrainingSpec,
    to_data,
    to_model,
    to_progress,
    to_spec,
)
from tablefit.v1 import training_service_pb2 as pb


@dataclass(frozen=True)
class ModelDetails:
    """What a model's file says of itself.

    `history` has a value for each epoch by metric. `confusion` are held-out rows by [class of the row][class
    predicted], in order of `class_names`; empty where there are none. `features` are those inside the model, and those
    of its target, with their fitted numbers. `network` names the layer that was trained, if features stand before it.
    """

    history: Mapping[str, tuple[float, ...]]
    confusion: tuple[tuple[int, ...], ...]
    class_names: tuple[str, ...]
    task: str
    targets: tuple[str, ...]
    inputs: tuple[RawInput, ...]
    features: tuple[FittedFeature, ...]
    versions: Mapping[str, str]
    network: str


@dataclass(frozen=True)
class Model:
    """A trained model, which has the id of its job. `script` and `details` are empty in lists."""

    model_id: str
    name: str
    tags: tuple[str, ...]
    job_id: str
    create_time: datetime
    spec: TrainingSpec
    data: JobData | None
    progress: Progress | None
    file: ModelFile
    script: str
    details: ModelDetails | None


def to_trained_model(message: pb.Model) -> Model:
    """The record of a Model message."""
    return Model(
        model_id=message.model_id,
        name=message.name,
        tags=tuple(message.tags),
        job_id=message.job_id,
        create_time=to_datetime(message.create_time),
        spec=to_spec(message.spec),
        data=to_data(message.data) if message.HasField("data") else None,
        progress=to_progress(message.progress) if message.HasField("progress") else None,
        file=to_model(message.file),
        script=message.script,
        details=_to_details(message.details) if message.HasField("details") else None,
    )


def _to_details(message: pb.ModelDetails) -> ModelDetails:
    return ModelDetails(
        history={one.name: tuple(one.values) for one in message.history},
        confusion=tuple(tuple(row.counts) for row in message.confusion),
        class_names=tuple(message.class_names),
        task=message.task,
        targets=tuple(message.targets),
        inputs=tuple(map(_to_input, message.inputs)),
        features=tuple(map(to_fitted_feature, message.features)),
        versions=dict(message.versions),
        network=message.network,
    )


def _to_input(message: pb.ModelInput) -> RawInput:
    return RawInput(
        message.name, message.column, message.form, message.data_type, tuple(message.row_shape), tuple(message.parts)
    )
