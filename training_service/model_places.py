"""Finds trained models for inference by their ids, which are those of the jobs that left them."""

from tablefit.data import FractionSplit
from tablefit.errors import WrongState

from training_service.inference.process import ModelPlace
from training_service.inference.reading import ModelRows
from training_service.model_catalogue import ModelCatalogue


class ModelPlaces:
    """The models of a service."""

    def __init__(self, models: ModelCatalogue) -> None:
        self._models = models

    def find(self, model: str) -> ModelPlace:
        """Where the model's file lies. Raises NotFound; WrongState for a job without a model."""
        found = self._models.get(model)
        return ModelPlace(model, self._models.path_of(found), found.file.sha256)

    def find_held_out(self, model: str) -> ModelRows:
        """The rows that its job held out for validation. Raises NotFound; WrongState when there are none."""
        specification = self._models.get(model).specification
        split = specification.reading.split_record
        if split is None and specification.validation_split:
            split = FractionSplit(specification.validation_split, specification.seed)
        if split is None:
            raise WrongState(f"The job of the model {model} held no rows out; name a table to evaluate it on.")
        return ModelRows(snapshot=specification.pin.snapshot_id, split=split, part="validation")
