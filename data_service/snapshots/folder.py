"""The directory of the pinned tables, which several processes may share: what lies where, its lock, and leases in it.

    DIR/blocks/<2 hex>/<sha256>.block         rows, named by the SHA-256 of the file
    DIR/blocks/parts/<lease>.<number>.part    a block in the making
    DIR/snapshots/<id>.json                   what was pinned; its `.part` is one in the making
    DIR/leases/<16 hex>.writer                what a snapshot in the making has used so far: a digest a line
    DIR/leases/<16 hex>.readers               who reads what in one process: JSON {snapshot id: [reader]}
    DIR/snapshots.lock                        flock'ed: shared to claim a block, exclusively for all else

A lease is flock'ed by the process that it belongs to, so the kernel ends it with the process, however that ends. Leases
are looked at under the exclusive lock and change under either; that lock is held shortly and never while rows are read.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tablefit.errors import TooBusy

from data_service.mapped import full_disk_is_busy

# For the lock of a directory, which others hold for moments.
LOCK_WAIT_S = 30.0
PART_SUFFIX = ".part"
_POLL_S = 0.005


class SnapshotFolder:
    """The paths of one directory, which is made if it is not there."""

    def __init__(self, directory: Path) -> None:
        self.blocks = directory / "blocks"
        self.parts = self.blocks / "parts"
        self.manifests = directory / "snapshots"
        self.leases = directory / "leases"
        self._lock = directory / "snapshots.lock"
        for folder in (self.parts, self.manifests, self.leases):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def locked(self, *, shared: bool = False, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
        """Holds the lock for the time of the block. Raises TooBusy when others do for longer than `wait_s`."""
        with self._lock.open("a") as file:
            _take(file.fileno(), fcntl.LOCK_SH if shared else fcntl.LOCK_EX, wait_s)
            yield

    def block(self, digest: str) -> Path:
        """Where the block of a digest lies, if it is there."""
        return self.blocks / digest[:2] / f"{digest}.block"

    def manifest(self, snapshot_id: str) -> Path:
        """Where the manifest of a snapshot lies, if there is one."""
        return self.manifests / f"{snapshot_id}.json"

    def living_leases(self, kind: str) -> dict[str, str]:
        """What the leases of a kind say, by name. Those of processes that are gone are removed. Under the lock only."""
        return {
            path.stem: text
            for path in sorted(self.leases.glob(f"*.{kind}"))
            if (text := _read_living(path)) is not None
        }


class Lease:
    """What this process uses at the moment, for other processes to see. Raises TooBusy on a full disk."""

    def __init__(self, folder: SnapshotFolder, kind: str) -> None:
        """Under the lock only, so that nobody takes the lease for one that was left."""
        self.name = secrets.token_hex(8)
        self._path = folder.leases / f"{self.name}.{kind}"
        with full_disk_is_busy():
            self._file = self._path.open("xb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def append(self, text: str) -> None:
        """Adds to what the lease says."""
        with full_disk_is_busy():
            self._file.write(text.encode())

    def replace(self, text: str) -> None:
        """Changes what the lease says."""
        content = text.encode()
        with full_disk_is_busy():
            # Room first: on a full disk the lease says on what it said, and no half of it is ever written.
            os.posix_fallocate(self._file.fileno(), 0, len(content))
            os.pwrite(self._file.fileno(), content, 0)
        self._file.truncate(len(content))

    def close(self) -> None:
        """Ends the lease."""
        self._path.unlink(missing_ok=True)
        self._file.close()


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that it is there whole or not at all, also after a power cut. TooBusy on a full disk."""
    part = path.with_suffix(PART_SUFFIX)
    with full_disk_is_busy(), part.open("wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names of files in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take(descriptor: int, operation: int, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TooBusy("Another data service is busy with the same snapshots; try again.") from None
            time.sleep(_POLL_S)
        else:
            return


def _read_living(path: Path) -> str | None:
    """What a lease says; None, and the lease removed, when its process is gone."""
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read().decode()
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        pass
    return None
