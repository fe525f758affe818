"""The files of blocks: stored once under their digest, durable, bounded, and shared by processes.

A block that is there already is not written again. Whoever makes a snapshot claims each block in a lease before relying
on its file, and `collect` spares what is claimed; both are decided under the directory's lock. A file is written under
another name, synced and renamed. It is read through a memory map, after its digest was compared once by each process; a
damaged one is removed, so that the next snapshot of the same rows stores it again. Leaves to `catalogue` which blocks
are needed, to `block_file` what is in them.
"""

import errno
import hashlib
import os
import shutil
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from tablefit.errors import TooBusy

from data_service.block_cache import DISK_RESERVE_BYTES
from data_service.snapshots.block_file import Block
from data_service.snapshots.column_buffers import Bytes
from data_service.snapshots.folder import PART_SUFFIX, Lease, SnapshotFolder, sync_folder

# Each map holds a file descriptor, of which a process commonly may have 1,024, and the cache of pixels holds some too.
KEPT_BLOCKS = 256
# New bytes after which a writer looks at what others have written.
_RECOUNT_BYTES = 256 * 1024 * 1024
# Disks sync several files in hardly more time than one.
_SYNC_THREADS = 4
_LIMIT_SYNCING = 8
_FULL = (errno.ENOSPC, errno.EDQUOT)


class DamagedBlock(Exception):
    """A file is not there or not what its name says."""


@dataclass(frozen=True)
class StoredBlock:
    """A block in the store, and whether this call brought it there; there for good with the next `settle`."""

    digest: str
    size_bytes: int
    is_new: bool


class BlockStore:
    """The blocks of one directory. For use by many threads."""

    def __init__(self, folder: SnapshotFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._open: OrderedDict[str, Block] = OrderedDict()
        self._sound: set[str] = set()

    def open(self, digest: str) -> Block:
        """The block of a digest. Raises DamagedBlock."""
        with self._lock:
            kept = self._open.get(digest)
            if kept is not None:
                self._open.move_to_end(digest)
                return kept
        block = self._map(digest)
        with self._lock:
            self._open[digest] = block
            while len(self._open) > KEPT_BLOCKS:
                self._open.popitem(last=False)
        return block

    def path(self, digest: str) -> Path:
        """Where the file of a block lies, if it is there."""
        return self._folder.block(digest)

    def close(self) -> None:
        """Forgets all maps; blocks in use last as long as they are used."""
        with self._lock:
            self._open.clear()

    def collect(self, named: Collection[str]) -> None:
        """Removes the blocks that neither `named` nor a snapshot in the making uses. Under the exclusive lock only."""
        claims = self._folder.living_leases("writer")
        spared = set(named).union(*(claim.split() for claim in claims.values()))
        for path in self._folder.blocks.glob("??/*.block"):
            if path.stem not in spared:
                path.unlink(missing_ok=True)
                self._forget(path.stem)
        for part in self._folder.parts.iterdir():
            if part.name.partition(".")[0] not in claims:
                part.unlink(missing_ok=True)

    def _map(self, digest: str) -> Block:
        path = self._folder.block(digest)
        try:
            if digest not in self._sound:
                with path.open("rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
                if found != digest:
                    path.unlink(missing_ok=True)
                    raise DamagedBlock(digest)
                self._sound.add(digest)
            return Block.open(path)
        except (FileNotFoundError, ValueError) as error:
            self._forget(digest)
            raise DamagedBlock(digest) from error

    def _forget(self, digest: str) -> None:
        with self._lock:
            self._open.pop(digest, None)
            self._sound.discard(digest)


class BlockWriter:
    """Stores the blocks of one snapshot in the making. `close` gives up what was claimed. For one thread at a time."""

    def __init__(self, folder: SnapshotFolder, limit_bytes: int, make_room: Callable[[], None]) -> None:
        """`make_room` removes what no snapshot needs; it takes the directory's lock."""
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._make_room = make_room
        self._needed_bytes = 0
        self._part_count = 0
        self._folders: set[Path] = set()
        self._threads = ThreadPoolExecutor(_SYNC_THREADS, thread_name_prefix="sync")
        self._syncing: deque[Future[None]] = deque()
        with folder.locked(shared=True):
            self._lease = Lease(folder, "writer")
        self._count_used()

    def put(self, parts: Sequence[Bytes], on_complete: Callable[[StoredBlock], None] = lambda _: None) -> StoredBlock:
        """Stores a block, given as the parts of its file. Raises TooBusy when there is no room for it.

        `on_complete` is called when the file is there, from any thread.
        """
        # One piece: each call that works outside the GIL may wait long for it afterwards.
        content = np.concatenate(parts)
        digest, size = hashlib.sha256(content.data).hexdigest(), len(content)
        path = self._folder.block(digest)
        self._folders.add(path.parent)
        self._needed_bytes += size
        with self._folder.locked(shared=True):
            self._lease.append(f"{digest}\n")
            if path.exists() and path.stat().st_size == size:
                found = StoredBlock(digest, size, is_new=False)
                on_complete(found)
                return found
        self._claim_room(size)
        stored = StoredBlock(digest, size, is_new=True)
        with self._full_is_no_room():
            self._write(path, content, lambda: on_complete(stored))
        return stored

    def settle(self) -> None:
        """Completes all blocks put; they survive a power cut then, those of other processes too."""
        with self._full_is_no_room():
            self._wait_for_files(0)
            for _ in self._threads.map(sync_folder, [*sorted(self._folders), self._folder.blocks]):
                pass

    def close(self) -> None:
        """Ends the claim on the blocks, and removes what was not completed."""
        self._threads.shutdown()
        for part in self._folder.parts.glob(f"{self._lease.name}.*"):
            part.unlink(missing_ok=True)
        self._lease.close()

    def _write(self, path: Path, content: Bytes, on_complete: Callable[[], None]) -> None:
        self._part_count += 1
        part = self._folder.parts / f"{self._lease.name}.{self._part_count}{PART_SUFFIX}"
        file = part.open("xb")
        try:
            file.write(content.data)
            file.flush()
        except BaseException:
            file.close()
            raise
        self._syncing.append(self._threads.submit(_complete, file, part, path, on_complete))
        self._wait_for_files(_LIMIT_SYNCING)

    def _wait_for_files(self, left: int) -> None:
        """Waits until at most so many files are not yet complete."""
        while len(self._syncing) > left:
            self._syncing.popleft().result()

    @contextmanager
    def _full_is_no_room(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise self._no_room() from error

    def _claim_room(self, size: int) -> None:
        """Counts a file that is to be written; removes what nobody needs when there is no room, else raises TooBusy."""
        if self._uncounted_bytes > _RECOUNT_BYTES:
            self._count_used()
        if not self._fits(size):
            self._make_room()
            self._count_used()
            if not self._fits(size):
                raise self._no_room()
        self._used_bytes += size
        self._uncounted_bytes += size

    def _fits(self, size: int) -> bool:
        return self._used_bytes + size <= self._limit_bytes and self._free_bytes() - size >= DISK_RESERVE_BYTES

    def _count_used(self) -> None:
        self._used_bytes = used_bytes(self._folder)
        self._uncounted_bytes = 0

    def _free_bytes(self) -> int:
        return shutil.disk_usage(self._folder.blocks).free

    def _no_room(self) -> TooBusy:
        numbers = {
            "needed_bytes": self._needed_bytes,
            "used_bytes": self._used_bytes,
            "limit_bytes": self._limit_bytes,
            "free_bytes": self._free_bytes(),
        }
        return TooBusy(
            f"The snapshot does not fit: it needs more than {self._needed_bytes:,} bytes; snapshots use "
            f"{self._used_bytes:,} of {self._limit_bytes:,} allowed, and {self._free_bytes():,} are free on the disk, "
            f"of which {DISK_RESERVE_BYTES:,} are left to others. Delete snapshots, start the service with a larger "
            "--snapshot-limit, or ask for GUARANTEE_CHANGE_DETECTING, which keeps no images, byte strings and tensors.",
            details={name: str(number) for name, number in numbers.items()},
        )


def used_bytes(folder: SnapshotFolder) -> int:
    """Bytes of all blocks in a directory, those in the making too."""
    total = 0
    for path in folder.blocks.glob("*/*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


def _complete(file: BinaryIO, part: Path, path: Path, on_complete: Callable[[], None]) -> None:
    """Syncs and closes a written file, and gives it its name."""
    with file:
        os.fsync(file.fileno())
    path.parent.mkdir(exist_ok=True)
    part.replace(path)
    on_complete()
