"""Files of decoded pixels, as a cache: bounded, least recently used first, and safe to delete at any time.

    DIRECTORY/<key>.pixels   the block's bytes, then their CRC-32 (4 bytes, little-endian)
    DIRECTORY/<key>.*.part   one in the making; renamed when complete, removed when the service starts

Files are read through memory maps. The check sum is compared when this process first maps a file that it did not make,
so one that a power cut left damaged is made anew instead of being believed. Whoever has mapped a file that is deleted
reads on; the next one finds no file. The cache only ever saves time: where there is no room or no disk, `make` answers
None and the reader does without. Files may be deleted by anybody, but not shortened or written to. Leaves to
`block_pixels` what keys and bytes mean.
"""

import errno
import logging
import os
import secrets
import shutil
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
MakeFile = Callable[[Path], int]

_log = logging.getLogger(__name__)

# Left to everybody else on the disk.
DISK_RESERVE_BYTES = 512 * 1024 * 1024
# Each map holds a file descriptor, of which a process commonly may have 1,024.
KEPT_MAPS = 384
_CHECK_BYTES = 4
_SUFFIX = ".pixels"
_PART_SUFFIX = ".part"


@dataclass
class _Making:
    """The lock of a key that is being made, and how many threads hold it or wait for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0


class BlockCache:
    """The cache in one directory, which no other process uses at the same time. For use by many threads."""

    def __init__(self, directory: Path, limit_bytes: int) -> None:
        self._directory = directory
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        # Both by key, least recently used first. The sizes count files in the making, too.
        self._file_bytes: OrderedDict[str, int] = OrderedDict()
        self._maps: OrderedDict[str, Bytes] = OrderedDict()
        self._making: dict[str, _Making] = {}
        self._sound: set[str] = set()
        directory.mkdir(parents=True, exist_ok=True)
        self._take_over()

    def get(self, key: str, byte_count: int) -> Bytes | None:
        """The bytes under `key`, read-only; None when they are not there."""
        with self._lock:
            kept = self._maps.get(key)
            if kept is not None:
                self._maps.move_to_end(key)
                self._file_bytes[key] = len(kept) + _CHECK_BYTES
                self._file_bytes.move_to_end(key)
                return kept
        found = self._map(key, byte_count)
        with self._lock:
            if found is None:
                self._forget(key)
            else:
                self._keep(key, found)
        return found

    def make(self, key: str, byte_count: int, make_file: MakeFile) -> Bytes | None:
        """The bytes under `key`, made if they are not there; None when there is no room for them.

        `make_file` writes them to the path that it is given and returns their CRC-32. Waits for another thread that
        makes the same key. Errors of `make_file` go on to the caller.
        """
        with self._only_maker(key):
            found = self.get(key, byte_count)
            if found is None and self._claim(key, byte_count + _CHECK_BYTES):
                self._write(key, make_file)
                found = self.get(key, byte_count)
            return found

    def allowed_bytes(self) -> int:
        """How many bytes the cache may have now: as many as were set, fewer on a disk that has not so many left."""
        with self._lock:
            return self._allowed_bytes()

    def _allowed_bytes(self) -> int:
        self._directory.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._directory).free
        return min(self._limit_bytes, sum(self._file_bytes.values()) + free - DISK_RESERVE_BYTES)

    def _take_over(self) -> None:
        """Counts what an earlier run left, and removes what it did not complete."""
        for part in self._directory.glob(f"*{_PART_SUFFIX}"):
            part.unlink(missing_ok=True)
        files = [(path.stat(), path.stem) for path in self._directory.glob(f"*{_SUFFIX}")]
        for status, key in sorted(files, key=lambda file: (file[0].st_mtime_ns, file[1])):
            self._file_bytes[key] = status.st_size

    def _map(self, key: str, byte_count: int) -> Bytes | None:
        """The file's bytes without its check sum; None when there is no such file or it is damaged."""
        try:
            with self._path(key).open("rb") as file:
                if os.fstat(file.fileno()).st_size != byte_count + _CHECK_BYTES:
                    return None
                mapped = np.asarray(np.memmap(file, dtype=np.uint8, mode="r"))
                # The time of change is the order of use at the next start.
                os.utime(file.fileno())
        except FileNotFoundError:
            return None
        content = mapped[:byte_count]
        if key not in self._sound:
            if _check_sum(content) != mapped[byte_count:].tobytes():
                _log.warning("a damaged file of decoded pixels is made anew")
                return None
            self._sound.add(key)
        return content

    def _keep(self, key: str, content: Bytes) -> None:
        self._file_bytes[key] = len(content) + _CHECK_BYTES
        self._file_bytes.move_to_end(key)
        self._maps[key] = content
        while len(self._maps) > KEPT_MAPS:
            self._maps.popitem(last=False)

    def _forget(self, key: str) -> None:
        self._file_bytes.pop(key, None)
        self._maps.pop(key, None)
        self._sound.discard(key)

    def _claim(self, key: str, file_bytes: int) -> bool:
        """Makes room for a file and counts it; False when there is none to be made."""
        with self._lock:
            allowed = self._allowed_bytes()
            if file_bytes > allowed:
                return False
            used = sum(self._file_bytes.values())
            while used + file_bytes > allowed:
                oldest = next(iter(self._file_bytes))
                used -= self._file_bytes[oldest]
                self._forget(oldest)
                self._path(oldest).unlink(missing_ok=True)
            self._file_bytes[key] = file_bytes
            return True

    def _write(self, key: str, make_file: MakeFile) -> None:
        """Writes the file under another name first, so that it is either complete or not there."""
        part_path = self._directory / f"{key}.{secrets.token_hex(4)}{_PART_SUFFIX}"
        try:
            check = make_file(part_path)
            with part_path.open("ab") as file:
                file.write(check.to_bytes(_CHECK_BYTES, "little"))
            part_path.replace(self._path(key))
            with self._lock:
                # The sum was made of what was written just now.
                self._sound.add(key)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.ENOENT):
                raise
            _log.warning("a file of decoded pixels was not kept: %s", error.strerror)
        finally:
            part_path.unlink(missing_ok=True)

    @contextmanager
    def _only_maker(self, key: str) -> Iterator[None]:
        with self._lock:
            making = self._making.setdefault(key, _Making())
            making.users += 1
        try:
            with making.lock:
                yield
        finally:
            with self._lock:
                making.users -= 1
                if not making.users:
                    del self._making[key]

    def _path(self, key: str) -> Path:
        return self._directory / f"{key}{_SUFFIX}"


def _check_sum(content: Bytes) -> bytes:
    return zlib.crc32(content.data).to_bytes(_CHECK_BYTES, "little")
