"""Puts files that lie elsewhere into the folder of a job that is being made.

Leaves to `starting_weights`, `own_models` and `taking_up` which files those are.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tablefit.errors import TooBusy, WrongState

from training_service.deletion import remove_folder


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
def removed_unless(is_kept: Callable[[], bool], folder: Path) -> Iterator[None]:
    """Removes what the block has put into a folder when there is no such job at its end, as when it was refused."""
    try:
        yield
    finally:
        if folder.exists() and not is_kept():
            remove_folder(folder)
