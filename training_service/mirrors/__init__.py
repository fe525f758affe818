"""Mirrors: copies of jobs' metrics for TensorBoard and MLflow, made from the event log beside the training.

    mirroring = Mirroring(records, [TensorBoardFiles(folder)])
    log.subscribe(mirroring.wake)

Modules: `mirroring` follows the log in a thread of its own, `tensorboard_files` and `mlflow_runs` write. What fails
there is logged and tried again; it never reaches a job.
"""

from training_service.mirrors.mirroring import Mirror, Mirroring
from training_service.mirrors.mlflow_runs import MlflowRuns
from training_service.mirrors.tensorboard_files import TensorBoardFiles

__all__ = ["Mirror", "Mirroring", "MlflowRuns", "TensorBoardFiles"]
