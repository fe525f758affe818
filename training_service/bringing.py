"""Puts files that lie elsewhere into the folder of a job that is being made.

Leaves to `starting_weights`, `own_models` and `taking_up` which files those are.
"""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tablefit.errors import TablefitError, TooBusy, WrongState

from training_service.deletion import aside_of, remove_folder

_log = logging.getLogger(__name__)


def bring(source: Path, target: Path, name: str) -> None:
    """Puts a file, which never changes, into a folder that may be new; `name` says what it is, to begin a sentence.

    Raises TooBusy when there is no room for it, WrongState when it is no longer there.
    """
    with failures_told(source, name):
        target.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(source, target)


def link_or_copy(source: Path, target: Path) -> None:
    """Makes `target` the same file as `source`, which never changes, where the file system has links; else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


@contextmanager
def failures_told(source: Path, name: str) -> Iterator[None]:
    """Raises TooBusy when files cannot be written in the block, WrongState when their `source` is no longer there."""
    try:
        yield
    except OSError as error:
        if not source.exists():
            raise WrongState(f"{name} was deleted meanwhile.") from error
        reason = error.strerror or "some of them could not be copied"
        raise TooBusy(
            f"The files of the job cannot be written: {reason}. Look at the disk of the training service, then try "
            "again."
        ) from error


@contextmanager
def set_up_aside(folder: Path, is_kept: Callable[[], bool]) -> Iterator[Path]:
    """The place where the block puts what the `folder` of a job is to hold, until it comes there by `take_back`.

    What is still there at the end of the block is removed, as when the job was refused; unless there is such a job, or
    nobody can tell, since the next start of the service then settles it, as it does after a kill.
    """
    aside = aside_of(folder)
    try:
        yield aside
    finally:
        if aside.exists() and not _may_be_kept(is_kept, folder.name):
            remove_folder(aside)


def _may_be_kept(is_kept: Callable[[], bool], job_id: str) -> bool:
    try:
        return is_kept()
    except TablefitError as error:
        _log.warning("whether there is a job %s cannot be told, so that its files stay for now: %s", job_id, error)
        return True
