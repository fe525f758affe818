"""What is left of a deleted job: its model alone. Leaves records to `records`, and whose turn it is to `jobs`.

The folder is set aside first, then the record goes, then the folder. A new job's folder is filled aside, then the
record comes, then the folder. When the service is killed in between, the next start finds what was set aside, and puts
it in its place or removes it as the record says. No other folder is ever removed.
"""

import logging
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tablefit.errors import WrongState

from training_service.job import Job

_log = logging.getLogger(__name__)

_ASIDE = ".deleted-"


def check_deletable(job: Job) -> None:
    """Raises WrongState, saying what to do, when the job has not ended."""
    if not job.state.ended:
        raise WrongState(f"Job {job.job_id} is {job.state}; cancel it, then delete it.", details={"job": job.job_id})


@contextmanager
def set_aside(folder: Path) -> Iterator[Path]:
    """Renames the folder of a job, for deletion, and back when the block fails. A job that never ran has none."""
    aside = aside_of(folder)
    with suppress(FileNotFoundError):
        folder.rename(aside)
    try:
        yield aside
    except BaseException:
        take_back(folder)
        raise


def aside_of(folder: Path) -> Path:
    """Where the folder of a job lies that is set aside."""
    return folder.with_name(_ASIDE + folder.name)


def take_back(folder: Path) -> None:
    """Puts the folder of a job in its place, if it was set aside."""
    aside = aside_of(folder)
    if aside.is_dir():
        aside.rename(folder)


def remove_folder(folder: Path) -> None:
    """Removes what was set aside. What cannot be removed is logged, and tried again at the next start."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        _log.debug("%s was not there: its job never ran", folder)
    except OSError as error:
        _log.warning("what is left of a job in %s cannot be removed: %s", folder, error)


def settle_leftovers(folders: Path, known: Collection[str]) -> None:
    """Finishes what a death of the service left set aside; `known` are the ids of the jobs that there are."""
    for aside in folders.glob(f"{_ASIDE}*"):
        job_id = aside.name.removeprefix(_ASIDE)
        if job_id in known:
            take_back(folders / job_id)
        else:
            _log.info("removing %s, which a job has left that was deleted, or never made", aside)
            remove_folder(aside)
