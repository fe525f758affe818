"""Checkpoints on disk: one file each, whole or not there, the newest two in a folder of their own.

    checkpoint-000000000120.npz (a ZIP archive that numpy.load opens)
      state.json      everything but the arrays, and of each array its element type
      0.npy, 1.npy …  the arrays

A checkpoint is written under another name, synced, renamed, and its folder synced; the archive's CRC-32 over every
member tells a damaged one. Leaves to `training_state` what a checkpoint holds, and to `checkpoint_writer` the thread
that writes.
"""

import fcntl
import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tablefit.errors import InvalidInput, WrongState

FORMAT = 1
KEPT = 2
_STATE = "state.json"
# What a name ends in until its file is whole.
_UNFINISHED = ".part"
# NumPy's own files know no other element types; those are kept as numbers of their size.
_KNOWN_KINDS = "biufc"
# What reading raises, depending on where a file was damaged.
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    KeyError,
    TypeError,
    ValueError,
    EOFError,
    OSError,
    RuntimeError,
)


@dataclass(frozen=True)
class Checkpoint:
    """A training after `step` steps. `state` is JSON; `arrays` is what it refers to by place."""

    step: int
    state: Mapping[str, Any]
    arrays: list[NDArray[Any]]


@dataclass(frozen=True)
class Found:
    """The newest checkpoint that is whole, None when there is none; `damaged` says which were passed over."""

    checkpoint: Checkpoint | None
    damaged: tuple[str, ...] = ()


class CheckpointFolder:
    """A folder of checkpoints that this process alone writes to. Use it in a `with` block.

    Entering raises InvalidInput when it cannot be made, and WrongState when another process trains from it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()
        self._lock = -1

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path, os.O_RDONLY)
        except OSError as error:
            raise InvalidInput(
                f"expected a folder for checkpoints, received {str(self.path)!r}: {error.strerror}", field="checkpoints"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise WrongState(
                f"Another process trains with the checkpoints in {self.path}; wait for its end."
            ) from error
        for left in self.path.glob(f"*{_UNFINISHED}"):
            left.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._lock)

    def find(self) -> Found:
        """The newest checkpoint that can be read."""
        damaged: list[str] = []
        for path in self._newest_first():
            try:
                return Found(_read(path), tuple(damaged))
            except _DAMAGES as error:
                damaged.append(f"The checkpoint {path.name} is damaged ({error}); the one before it is taken.")
        return Found(None, tuple(damaged))

    def write(self, checkpoint: Checkpoint) -> int:
        """Keeps a checkpoint and drops the older ones but one; returns its size in bytes. Raises OSError."""
        target = self.path / f"checkpoint-{checkpoint.step:012}.npz"
        unfinished = target.with_name(f".{target.name}{_UNFINISHED}")
        try:
            size = _write(unfinished, checkpoint)
            unfinished.replace(target)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        os.fsync(self._lock)
        for old in self._newest_first()[KEPT:]:
            old.unlink()
        return size

    def clear(self) -> None:
        """Removes all checkpoints: the training has reached its end."""
        for path in self._newest_first():
            path.unlink()

    def _newest_first(self) -> list[Path]:
        return sorted(self.path.glob("checkpoint-*.npz"), reverse=True)


def _write(path: Path, checkpoint: Checkpoint) -> int:
    types = [array.dtype.name for array in checkpoint.arrays]
    state = {"format": FORMAT, "step": checkpoint.step, "types": types, **checkpoint.state}
    with path.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_STATE, json.dumps(state))
            for place, array in enumerate(checkpoint.arrays):
                with archive.open(f"{place}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, _known(array), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _read(path: Path) -> Checkpoint:
    with zipfile.ZipFile(path) as archive:
        state = json.loads(archive.read(_STATE))
        if state.get("format") != FORMAT:
            raise ValueError(f"expected format {FORMAT}, found {state.get('format')!r}")
        # Read to the end, which is where the archive's checksum is compared.
        arrays = [
            np.lib.format.read_array(io.BytesIO(archive.read(f"{place}.npy")), allow_pickle=False)
            for place in range(len(state["types"]))
        ]
    return Checkpoint(state["step"], state, arrays)


def _known(array: NDArray[Any]) -> NDArray[Any]:
    return array if array.dtype.kind in _KNOWN_KINDS else array.view(f"u{array.dtype.itemsize}")
