"""Whether a job whose process has ended unannounced goes on, and what is said of it.

A job goes on from its last checkpoint, or from its beginning where there is none, whether its process was killed, left
by itself without a word as native libraries do that give up, or lost its service. One that breaks again and again
before it comes to a new checkpoint has failed. Leaves starting the process to `supervision`, and finding the checkpoint
to the process itself.
"""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from training_service.job import JobState

# How often a job goes on without having come to a new checkpoint.
LIMIT_BREAKS = 3
# How long it waits after its first, second and third break, where the system refused to start a process, or what it
# takes to look after one: memory and disk come back when something else ends.
PAUSES_S = (5.0, 30.0, 180.0)
# Where in the job's folder the process keeps its checkpoints.
CHECKPOINT_FOLDER = "checkpoints"

SERVICE_DIED = "the training service died"
SERVICE_STOPPED = "the training service was stopped"


@dataclass(frozen=True)
class Attempt:
    """A job's process that goes on where another one ended: the how manieth, from 1, and why."""

    number: int
    reason: str


def may_go_on(break_count: int) -> bool:
    """Whether a job goes on that has broken so often since its last checkpoint."""
    return break_count <= LIMIT_BREAKS


def pause_s(break_count: int) -> float:
    """How long a job waits that has broken so often, now since the system refused its process something."""
    return PAUSES_S[min(break_count, len(PAUSES_S)) - 1]


def given_up(explanation: str) -> str:
    """Why a job has failed that does not go on any more; `explanation` is a sentence about its last break."""
    return f"{explanation.removesuffix('.')}. It had gone on {LIMIT_BREAKS} times without coming to a new checkpoint."


def keeps_checkpoints(state: JobState) -> bool:
    """Whether the checkpoints of a job in this state are of any use: it goes on, or another one may take it up."""
    return not state.ended or state is JobState.FAILED


def has_checkpoint(folder: Path) -> bool:
    """Whether there is a checkpoint in the folder of a job; that of step 0 holds nothing that was trained."""
    names = (path.stem for path in (folder / CHECKPOINT_FOLDER).glob("checkpoint-*.npz"))
    return any(name.removeprefix("checkpoint-").strip("0") for name in names)


def how_to_go_on(job_id: str, folder: Path, *changes: str) -> str:
    """A sentence that says how a job that has failed is taken up; empty where it left no checkpoint."""
    if not has_checkpoint(folder):
        return ""
    return f" To go on from its last checkpoint: {' '.join(['tablefit job rerun', job_id, '--resume', *changes])}"


def discard_left_checkpoints(folders: Path, ended_ids: Collection[str]) -> None:
    """Removes those of jobs that had ended with no more use for them when the service died.

    `folders` has one for each job, `ended_ids` are those of these jobs.
    """
    ended = set(ended_ids)
    for left in folders.glob(f"*/{CHECKPOINT_FOLDER}"):
        if left.parent.name in ended:
            discard_checkpoints(left.parent)


def discard_checkpoints(folder: Path) -> None:
    """Removes the checkpoints of a job that has ended with no more use for them."""
    shutil.rmtree(folder / CHECKPOINT_FOLDER, ignore_errors=True)
