"""Finds trained models for inference, by the id of the job that left them."""

from tablefit.data import FractionSplit
from tablefit.errors import WrongState

from training_service import models
from training_service.inference.process import ModelPlace
from training_service.inference.reading import ModelRows
from training_service.jobs import Jobs


class ModelPlaces:
    """The models of a service's jobs."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def find(self, model: str) -> ModelPlace:
        """Where the model's file lies. Raises NotFound; WrongState for a job without a model."""
        job = self._jobs.get(model)
        file = models.model_of(job)
        return ModelPlace(model, self._jobs.folder_of(job.job_id) / models.TAKEN_NAME, file.sha256)

    def find_held_out(self, model: str) -> ModelRows:
        """The rows that its job held out for validation. Raises NotFound; WrongState when there are none."""
        specification = self._jobs.get(model).specification
        if not specification.validation_split:
            raise WrongState(f"The job of the model {model} held no rows out; name a table to evaluate it on.")
        split = FractionSplit(specification.validation_split, specification.seed)
        return ModelRows(snapshot=specification.pin.snapshot_id, split=split, part="validation")
