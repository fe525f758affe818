"""The images of a tar archive, plain or compressed, in its order: one pass, nothing unpacked to disk, and no more in
memory than one image."""

import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, cast

from tablefit.errors import InvalidInput
from tablefit.sources.archive_entries import LIMIT_IMAGE_BYTES, Entry, check_size, image_parts, link_refused
from tablefit.sources.compression import open_decompressed, reading

_DRAIN_BYTES = 64 * 1024


def tar_entries(path: Path) -> Iterator[Entry]:
    """The images. Raises InvalidInput for an archive that cannot be read, and at the first entry that is refused."""
    with reading(path):
        tape = _Tape(path)
    with ExitStack() as stack:
        stack.enter_context(tape.file)
        with reading(path):
            archive = stack.enter_context(tarfile.open(fileobj=cast(IO[bytes], tape), mode="r:"))
        while True:
            with reading(path):
                info = archive.next()
            if info is None:
                break
            # The archive keeps what it has passed, which would grow with the rows.
            archive.members = []  # type: ignore[attr-defined]
            parts = image_parts(path, info.name)
            if parts is not None and not info.isdir():
                _check(path, info)
                yield Entry(parts, info.size, partial(_read, path, archive, info))
        with reading(path):
            tape.check_end()


def _read(path: Path, archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    with reading(path):
        file = archive.extractfile(info)
        content = b"" if file is None else file.read()
        if len(content) != info.size:
            raise tarfile.ReadError(f"{info.name} ends too early")
        return content


def _check(path: Path, info: tarfile.TarInfo) -> None:
    if info.issym():
        raise link_refused(path, info.name, "`tar --dereference`")
    if info.islnk():
        raise link_refused(path, info.name, "`tar --hard-dereference`")
    if not info.isfile():
        raise InvalidInput(f"{path} has the entry {info.name!r}, which is a device or a pipe; expected plain files.")
    check_size(path, info.name, info.size)


class _Tape:
    """The archive's bytes for `tarfile`, which reads headers of any length in one piece: a limit to that, and a look at
    where reading stopped, since `tarfile` takes a broken header for the end."""

    def __init__(self, path: Path) -> None:
        self.file = open_decompressed(path)
        self._path = path
        self._last = b""

    def read(self, size: int) -> bytes:
        if size > LIMIT_IMAGE_BYTES + tarfile.BLOCKSIZE:
            raise InvalidInput(f"{self._path} has a header of {size:,} bytes; no archive of images has such a one.")
        self._last = self.file.read(size)
        return self._last

    def seek(self, position: int) -> int:
        return self.file.seek(position)

    def tell(self) -> int:
        return self.file.tell()

    def check_end(self) -> None:
        """Raises tarfile.ReadError unless reading stopped at the end mark (zeros) or at the end of the file."""
        if any(self._last):
            raise tarfile.ReadError(f"no entry begins at byte {self.tell() - len(self._last):,}")
        # Compressed files have their checksum at the very end.
        while self.file.read(_DRAIN_BYTES):
            pass
