"""The training service's client: architectures, jobs and their events, models.

    with TrainingClient() as training:
        job = training.create_job(TrainingSpec(table="digits", architecture="mini_xception", epochs=5))
        for event in training.watch_job(job.job_id):
            …
        training.download_model(job.job_id, "digits.keras")

Modules: `client` holds TrainingClient, `records` what it takes and returns, `events` what jobs tell, `checkpoints` what
lets them go on, `native` the part that names what Keras has, `spec_files` reads it from files, `model_calls` and
`model_records` the same
of trained models, `download` the transfer of a file, `inference` the calls on trained models at work and
`inference_records` what these return.
All failures are exceptions of `tablefit.errors`.
"""

from tablefit.training.architecture_calls import ParameterCount
from tablefit.training.architectures import Architecture, ArchitectureParameter
from tablefit.training.checkpoints import Checkpoint
from tablefit.training.client import JobDraft, TrainingClient
from tablefit.training.comparison import Comparison, JobResult
from tablefit.training.events import (
    CheckpointEvent,
    DataEvent,
    EpochEvent,
    Event,
    ResumedEvent,
    StateEvent,
    StepEvent,
)
from tablefit.training.inference_records import (
    ClassEvaluation,
    Evaluation,
    Prediction,
    TablePrediction,
    WorstRow,
)
from tablefit.training.model_records import Model, ModelDetails
from tablefit.training.native import Component, Estimate, StartingWeights
from tablefit.training.own_models import OwnModel
from tablefit.training.printed import Printed
from tablefit.training.records import (
    JobData,
    JobState,
    ModelFile,
    Progress,
    TrainingJob,
    TrainingSpec,
)
from tablefit.training.spec_files import load_spec, parse_spec

__all__ = [
    "Architecture",
    "ArchitectureParameter",
    "Checkpoint",
    "CheckpointEvent",
    "ClassEvaluation",
    "Comparison",
    "Component",
    "DataEvent",
    "EpochEvent",
    "Estimate",
    "Evaluation",
    "Event",
    "JobData",
    "JobDraft",
    "JobResult",
    "JobState",
    "Model",
    "ModelDetails",
    "ModelFile",
    "OwnModel",
    "ParameterCount",
    "Prediction",
    "Printed",
    "Progress",
    "ResumedEvent",
    "StartingWeights",
    "StateEvent",
    "StepEvent",
    "TablePrediction",
    "TrainingClient",
    "TrainingJob",
    "TrainingSpec",
    "WorstRow",
    "load_spec",
    "parse_spec",
]
