"""Trained models: their files in the jobs' folders, checked when they arrive, read in pieces when asked for.

A script writes MODEL_NAME. A model that is taken in gets a name of its own, so that running the script in its folder
once more, by hand, does not replace it by a file that no caller has been told of.
"""

import hashlib
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from tablefit.errors import NotFound, OutOfOrder, WrongState

from training_service.job import Job, ModelFile

_log = logging.getLogger(__name__)

MODEL_NAME = "model.keras"
TAKEN_NAME = "taken-model.keras"
# Folders in which `tablefit.keras.saving` writes a model until it is whole.
_UNFINISHED = ".model-*"
PIECE_BYTES = 1024 * 1024


def take_in(folder: Path, size_bytes: int, sha256: str, file_name: str, parameter_count: int) -> ModelFile:
    """Takes in the model that a job's process left in `folder`; returns its record.

    Raises WrongState when the file is not the one that the process announced.
    """
    path = folder / MODEL_NAME
    if not path.is_file():
        raise WrongState("The training process announced a model and left none.")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    found = path.stat().st_size
    if (found, digest) != (size_bytes, sha256):
        announced = f"expected {size_bytes} bytes of SHA-256 {sha256[:8]}…"
        raise WrongState(f"The model's file is damaged: {announced}, found {found} of {digest[:8]}….")
    path.rename(folder / TAKEN_NAME)
    return ModelFile(file_name, size_bytes, sha256, parameter_count)


def discard(folder: Path) -> None:
    """Removes what a job that ends without a model has written of one."""
    try:
        for unfinished in folder.glob(_UNFINISHED):
            shutil.rmtree(unfinished)
        for name in (MODEL_NAME, TAKEN_NAME):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        _log.warning("what is left of a model in %s takes up room, and cannot be removed: %s", folder, error)


def model_of(job: Job) -> ModelFile:
    """The model of a job. Raises WrongState when it has none (yet)."""
    if job.model is None:
        reason = "was told to keep no model" if job.state == "succeeded" else f"is {job.state}"
        raise WrongState(f"Job {job.job_id} has no model: it {reason}.", details={"job": job.job_id})
    return job.model


def read_pieces(folder: Path, model: ModelFile, offset: int) -> Iterator[bytes]:
    """The bytes of a model's file from `offset` on, about 1 MiB at a time.

    Raises OutOfOrder when `offset` lies beyond the file, NotFound when somebody has removed it.
    """
    if not 0 <= offset <= model.size_bytes:
        raise OutOfOrder(f"expected an offset of 0 to {model.size_bytes}, received {offset}")
    path = folder / TAKEN_NAME
    if not path.is_file():
        raise NotFound(f"The file of the model {model.file_name} is gone from the service's folder.")
    with path.open("rb") as file:
        file.seek(offset)
        while piece := file.read(PIECE_BYTES):
            yield piece
