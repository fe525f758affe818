"""What is left of a deleted job: its model alone. Leaves records to `records`, and whose turn it is to `jobs`.

The record goes first, then the folder, so no record is left without its files; a folder that stayed because the service
was killed in between goes at the next start.
"""

import logging
import shutil
from collections.abc import Collection
from pathlib import Path

from tablefit.errors import WrongState

from training_service.job import Job

_log = logging.getLogger(__name__)


def check_deletable(job: Job) -> None:
    """Raises WrongState, saying what to do, when the job has not ended."""
    if not job.state.ended:
        raise WrongState(f"Job {job.job_id} is {job.state}; cancel it, then delete it.", details={"job": job.job_id})


def remove_folder(folder: Path) -> None:
    """Removes a deleted job's files. What cannot be removed is logged, and tried again at the next start."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        _log.debug("%s was not there: its job never ran", folder)
    except OSError as error:
        _log.warning("what is left of a deleted job in %s cannot be removed: %s", folder, error)


def remove_leftovers(folders: Path, known: Collection[str]) -> None:
    """Removes the folders of jobs that there are no more."""
    if not folders.is_dir():
        return
    for folder in folders.iterdir():
        if folder.name not in known:
            _log.info("removing %s, which a deleted job has left", folder)
            remove_folder(folder)
