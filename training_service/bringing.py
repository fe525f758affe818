"""Puts files that lie elsewhere into the folder of a job that is being made.

Leaves to `starting_weights` and `own_models` which files those are.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tablefit.errors import TooBusy

from training_service.deletion import remove_folder


def bring(source: Path, target: Path) -> None:
    """Puts a file, which never changes, into a folder that may be new. Raises TooBusy when there is no room for it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:
            # Not all file systems have links.
            shutil.copyfile(source, target)
    except OSError as error:
        raise TooBusy(
            f"The files of the job cannot be written: {error.strerror}. Look at the disk of the training service, then "
            "try again."
        ) from error


@contextmanager
def removed_unless(is_kept: Callable[[], bool], folder: Path) -> Iterator[None]:
    """Removes what the block has put into a folder when there is no such job at its end, as when it was refused."""
    try:
        yield
    finally:
        if folder.exists() and not is_kept():
            remove_folder(folder)
