"""Targets that appear whole or not at all: written under a temporary name beside their own, and renamed at the end."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tablefit.errors import AlreadyExists, InvalidInput
from tablefit.folder_names import MARKER


def check_target(path: Path, overwrite: bool, *, is_folder: bool = False) -> None:
    """Raises unless `path` can be written without losing what is there.

    With `overwrite` a file may be replaced, and a folder that was exported before; no other folder ever is.
    """
    if not path.parent.is_dir():
        raise InvalidInput(f"The folder {path.parent} does not exist; make it first.")
    if is_folder:
        _check_folder(path, overwrite)
    elif path.is_dir():
        raise InvalidInput(f"{path} is a folder; expected the name of the file to write.")
    elif path.exists() and not overwrite:
        raise AlreadyExists(f"{path} exists already; give another name, or --overwrite to replace it.")


@contextmanager
def replaced_file(path: Path) -> Iterator[IO[bytes]]:
    """A temporary file beside `path` that takes its place when the block ends well."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            yield file
            file.flush()
            os.chmod(file.name, 0o666 & ~_umask())
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


@contextmanager
def replaced_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path` that takes its place when the block ends well."""
    folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield folder
        os.chmod(folder, 0o777 & ~_umask())
        _put_in_place(folder, path)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _put_in_place(folder: Path, path: Path) -> None:
    """Gives `folder` its own name. One that is there with content cannot be replaced in one step."""
    if not path.exists():
        os.replace(folder, path)
        return
    former = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    os.replace(path, former)
    try:
        os.replace(folder, path)
    except BaseException:
        os.replace(former, path)
        raise
    shutil.rmtree(former)


def _check_folder(path: Path, overwrite: bool) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise InvalidInput(f"{path} is a file; expected the name of the folder to write.")
    if not any(path.iterdir()):
        return
    if not (path / MARKER).exists():
        raise AlreadyExists(f"{path} exists already and was not made by an export; give another name.")
    if not overwrite:
        raise AlreadyExists(f"{path} exists already; give another name, or --overwrite to replace it.")


def _umask() -> int:
    """The process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
