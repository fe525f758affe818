"""The files of trained models: checked when they arrive, moved out of their job's folder, read in pieces.

A script writes MODEL_NAME. A model that is taken in lies elsewhere from then on: running the script in its folder once
more, by hand, does not replace it by a file that no caller has been told of, and it outlives its job.
"""

import hashlib
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from tablefit.errors import OutOfOrder, WrongState

from training_service.job import Job, ModelFile

_log = logging.getLogger(__name__)

MODEL_NAME = "model.keras"
MODELS_FOLDER = "models"
# Folders in which `tablefit.keras.saving` writes a model until it is whole.
_UNFINISHED = ".model-*"
PIECE_BYTES = 1024 * 1024


def take_in(folder: Path, size_bytes: int, sha256: str, file_name: str, parameter_count: int) -> ModelFile:
    """Moves the model that a job's process left in its `folder` to its place; returns its record.

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
    target = place_of(folder.parent.parent, folder.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)
    return ModelFile(file_name, size_bytes, sha256, parameter_count)


def place_of(directory: Path, model_id: str) -> Path:
    """Where a service with this directory, which has its jobs' folders in "jobs", keeps a model."""
    return directory / MODELS_FOLDER / f"{model_id}.keras"


def discard(folder: Path) -> None:
    """Removes what a job that ends without a model has written of one."""
    try:
        for unfinished in folder.glob(_UNFINISHED):
            shutil.rmtree(unfinished)
        (folder / MODEL_NAME).unlink(missing_ok=True)
    except OSError as error:
        _log.warning("what is left of a model in %s takes up room, and cannot be removed: %s", folder, error)


def no_model_of(job: Job) -> WrongState:
    """Why a job has no model (yet)."""
    reason = f"it is {job.state}"
    if job.state == "succeeded":
        reason = "it was told to keep no model, or the model was deleted"
    return WrongState(f"Job {job.job_id} has no model: {reason}.", details={"job": job.job_id})


def read_pieces(path: Path, size_bytes: int, offset: int) -> Iterator[bytes]:
    """The bytes of a file of this size from `offset` on, about 1 MiB at a time.

    Raises OutOfOrder when `offset` lies beyond the file.
    """
    if not 0 <= offset <= size_bytes:
        raise OutOfOrder(f"expected an offset of 0 to {size_bytes}, received {offset}")
    with path.open("rb") as file:
        file.seek(offset)
        while piece := file.read(PIECE_BYTES):
            yield piece
