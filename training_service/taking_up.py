"""Takes up a job that has failed in a new one, which goes on after its last checkpoint.

The new job gets copies of what the earlier one has written, so neither depends on the other. Leaves finding the
checkpoint, and comparing it with the training, to `tablefit.keras.checkpointing`.
"""

import json
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tablefit.errors import InvalidInput, WrongState

from training_service import models
from training_service.bringing import failures_told, link_or_copy
from training_service.job import Job
from training_service.resumption import CHECKPOINT_FOLDER, has_checkpoint
from training_service.specification import Specification
from training_service.starting import OUTPUT_NAME, SCRIPT_NAME
from training_service.time_limit import TIME_NAME

# What may be different in a training that goes on, by field of a specification; and as callers know it.
_FREE = (
    "time_limit_s",
    "priority",
    "checkpoint_every_steps",
    "checkpoint_every_s",
    "data_patience_s",
    "data_service",
    "thread_count",
    "save_model",
)
_FREE_IN_WORDS = "time_limit, priority, checkpoints, data_patience, thread_count and save_model"
# What a job writes anew.
_OWN = frozenset({SCRIPT_NAME, OUTPUT_NAME, TIME_NAME, models.MODEL_NAME, "lock"})


def check_can_be_taken_up(job: Job, folder: Path) -> None:
    """Raises WrongState, saying what to do, when the job still goes on, or has left no checkpoint."""
    if not job.state.ended:
        raise WrongState(
            f"Job {job.job_id} is {job.state}; wait for its end, or cancel it and run it again from its beginning.",
            details={"job": job.job_id},
        )
    if not has_checkpoint(folder):
        raise WrongState(
            f"Job {job.job_id} has {job.state} and left no checkpoint to go on from; run it again without resume.",
            details={"job": job.job_id},
        )


def check_same_training(earlier: Specification, later: Specification) -> None:
    """Raises InvalidInput when a job would not go on with the training that an earlier one began."""
    before, after = _settings(earlier), _settings(later)
    different = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if different:
        raise InvalidInput(
            f"expected a training that goes on to be the same but for {_FREE_IN_WORDS}, received another "
            f"{', '.join(different)}; run it again without resume",
            field="resume",
        )


def takes_up(earlier_id: str) -> str:
    """Why a job does not begin at its beginning that goes on with an earlier one."""
    return f"it takes up job {earlier_id}"


def _settings(specification: Specification) -> dict[str, Any]:
    """All that must be the same, by names that callers know as far as they have one."""
    values: dict[str, Any] = json.loads(specification.to_json())
    parts = {**values.pop("native"), **values.pop("reading"), "snapshot": values.pop("pin")}
    settings = {**values, **parts}
    return {name: value for name, value in settings.items() if name not in _FREE}


def bring_progress(source: Path, target: Path) -> None:
    """Copies the checkpoints of an earlier job's folder, and the files that its callbacks add to, into a new one.

    Raises TooBusy when there is no room, WrongState when the earlier job was deleted meanwhile.
    """

    def left_out(folder: str, names: list[str]) -> Collection[str]:
        return {name for name in names if name.startswith(".") or (Path(folder) == source and name in _OWN)}

    with failures_told(source, f"Job {source.name}"):
        shutil.copytree(source, target, ignore=left_out, copy_function=_copy, dirs_exist_ok=True)


def _copy(source: str, target: str) -> None:
    """Checkpoints never change, so that a link will do; what callbacks add to must be a copy."""
    if Path(source).parent.name == CHECKPOINT_FOLDER:
        link_or_copy(Path(source), Path(target))
    elif not Path(target).exists():
        shutil.copyfile(source, target)
