"""Trained models: their files in the jobs' folders, checked when they arrive, read in pieces when asked for."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from tablefit.errors import NotFound, OutOfOrder, WrongState

from training_service.job import Job, ModelFile

MODEL_NAME = "model.keras"
PIECE_BYTES = 1024 * 1024


def take_in(folder: Path, size_bytes: int, sha256: str, file_name: str, parameter_count: int) -> ModelFile:
    """The record of the model that a job's process left in `folder`.

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
    return ModelFile(file_name, size_bytes, sha256, parameter_count)


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
    path = folder / MODEL_NAME
    if not path.is_file():
        raise NotFound(f"The file of the model {model.file_name} is gone from the service's folder.")
    with path.open("rb") as file:
        file.seek(offset)
        while piece := file.read(PIECE_BYTES):
            yield piece
