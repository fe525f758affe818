"""The training service's client: architectures, jobs and their events, models.

    with TrainingClient() as training:
        job = training.create_job(TrainingSpec(table="digits", architecture="mini_xception", epochs=5))
        for event in training.watch_job(job.job_id):
            …
        training.download_model(job.job_id, "digits.keras")

Modules: `client` holds TrainingClient, `records` what it takes and returns, `events` what jobs tell, `checkpoints` what
lets them go on, `model_calls` and `model_records` the same
of trained models, `download` the transfer of a file, `inference` the calls on trained models at work and
`inference_records` what these return.
All failures are exceptions of `tablefit.errors`.
"""

from tablefit.training.architectures import Architecture, ArchitectureParameter
from tablefit.training.checkpoints import Checkpoint
from tablefit.training.client import TrainingClient
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
from tablefit.training.printed import Printed
from tablefit.training.records import (
    JobData,
    JobState,
    ModelFile,
    Progress,
    TrainingJob,
    TrainingSpec,
)

__all__ = [
    "Architecture",
    "ArchitectureParameter",
    "Checkpoint",
    "CheckpointEvent",
    "ClassEvaluation",
    "Comparison",
    "DataEvent",
    "EpochEvent",
    "Evaluation",
    "Event",
    "JobData",
    "JobResult",
    "JobState",
    "Model",
    "ModelDetails",
    "ModelFile",
    "Prediction",
    "Printed",
    "Progress",
    "ResumedEvent",
    "StateEvent",
    "StepEvent",
    "TablePrediction",
    "TrainingClient",
    "TrainingJob",
    "TrainingSpec",
    "WorstRow",
]
