"""The trained models of a service: what is known of them, their files, what people call them.

    DIRECTORY/models/ID.keras    the file, under the id of the job that left it
    DIRECTORY/exports/ID/        what it was converted to

Leaves records to `model_records`, and the way of a file from its job's folder to `models`.
"""

import logging
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tablefit.errors import InvalidInput, NotFound, TablefitError
from tablefit.models import ModelFacts, holds_facts, read_facts

from training_service import models
from training_service.job import Job
from training_service.model_records import Model, ModelFilter, ModelRecords

_log = logging.getLogger(__name__)

EXPORTS_FOLDER = "exports"
# What the folders begin with in which a model is being converted.
UNFINISHED = ".making-"
LIMIT_NAME_CHARACTERS = 200
LIMIT_TAGS = 100
LIMIT_TAG_CHARACTERS = 100
CHANGEABLE = ("name", "tags")


class ModelCatalogue:
    """The models in the service's `directory`. Usable from all threads. `get_job` finds the job of an id."""

    def __init__(self, records: ModelRecords, directory: Path, get_job: Callable[[str], Job]) -> None:
        self._records, self._directory, self._get_job = records, directory, get_job
        self._exports = directory / EXPORTS_FOLDER

    def recover(self) -> None:
        """Removes files that a death of the service left between a model and its record."""
        known = self._records.list_ids()
        for path in [*(self._directory / models.MODELS_FOLDER).glob("*"), *self._exports.glob("*")]:
            if path.name.removesuffix(".keras") not in known:
                _log.info("%s belongs to no model and is removed", path)
                _remove(path)
        for unfinished in self._exports.glob(f"*/{UNFINISHED}*"):
            _remove(unfinished)

    def get(self, model_id: str) -> Model:
        """The model. Raises NotFound; WrongState when there is a job of that id, which has none."""
        try:
            return self._records.get(model_id)
        except NotFound as none:
            try:
                job = self._get_job(model_id)
            except NotFound:
                raise none from None
            raise models.no_model_of(job) from none

    def facts_of(self, model: Model) -> ModelFacts | None:
        """What the model's file says of it; None when that is nothing. Raises NotFound when somebody removed it."""
        path = self.path_of(model)
        with self.in_use(model):
            return read_facts(path) if holds_facts(path) else None

    def list(self, wanted: ModelFilter, below_number: int | None, limit: int) -> list[Model]:
        """Models, newest first, those below a number; without scripts."""
        return self._records.list(wanted, below_number, limit)

    def update(self, model_id: str, fields: Collection[str], name: str, tags: Sequence[str]) -> Model:
        """Takes a new name, new tags or both, as `fields` says. Raises NotFound, InvalidInput."""
        unknown = [field for field in fields if field not in CHANGEABLE]
        if unknown or not fields:
            raise InvalidInput(
                f"expected an update_mask of {' and '.join(CHANGEABLE)}, received {unknown[0] if unknown else 'none'}",
                field="update_mask",
            )
        new_name = _check_text(name, LIMIT_NAME_CHARACTERS, "name") if "name" in fields else None
        new_tags = _check_tags(tags) if "tags" in fields else None
        return self._records.update(self.get(model_id).model_id, new_name, new_tags)

    def delete(self, model_id: str) -> None:
        """Deletes the model with its files. Raises as `get`."""
        model = self.get(model_id)
        self._records.delete(model.model_id)
        _remove(models.place_of(self._directory, model.model_id))
        _remove(self._exports / model.model_id)

    def discard(self, job_id: str) -> None:
        """Deletes the model of a job that is about to be deleted, if it left one."""
        if job_id in self._records.list_ids():
            self.delete(job_id)

    def path_of(self, model: Model) -> Path:
        """Where its file lies. Raises NotFound when somebody removed it."""
        path = models.place_of(self._directory, model.model_id)
        if not path.is_file():
            raise NotFound(f"The file of the model {model.file.file_name} is gone from the service's folder.")
        return path

    @contextmanager
    def in_use(self, model: Model) -> Iterator[None]:
        """Raises as `get` when the block fails because the model was deleted meanwhile; else what the block raises."""
        try:
            yield
        except (OSError, TablefitError):
            self.get(model.model_id)
            raise

    def exports_of(self, model: Model) -> Path:
        """The folder of what it was converted to."""
        return self._exports / model.model_id

    def read_pieces(self, model: Model, offset: int) -> Iterator[bytes]:
        """The bytes of its file from `offset` on. Raises OutOfOrder beyond its end, NotFound when it is gone."""
        with self.in_use(model):
            yield from models.read_pieces(self.path_of(model), model.file.size_bytes, offset)


def _check_tags(tags: Sequence[str]) -> tuple[str, ...]:
    if len(tags) > LIMIT_TAGS:
        raise InvalidInput(f"expected at most {LIMIT_TAGS} tags, received {len(tags)}", field="model.tags")
    return tuple(dict.fromkeys(_check_text(tag, LIMIT_TAG_CHARACTERS, "tags") for tag in tags))


def _check_text(text: str, limit: int, field: str) -> str:
    if not 1 <= len(text) <= limit or not text.isprintable() or text != text.strip():
        raise InvalidInput(
            f"expected 1 to {limit} printable characters without blanks around them, received {text[:80]!r}",
            field=f"model.{field}",
        )
    return text


def _remove(path: Path) -> None:
    """Removes a file or folder; what cannot be removed takes up room until the next start, and is no more than that."""
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("%s takes up room, and cannot be removed: %s", path, error)
