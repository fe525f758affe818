"""The images of a zip archive, in the order of its table of contents, which `zipfile` holds in memory."""

import stat
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.sources.archive_entries import Entry, check_size, image_parts, link_refused
from tablefit.sources.compression import reading

_METHODS = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
_FLAG_ENCRYPTED = 0x1
_FLAG_UTF8 = 0x800
_MADE_ON_WINDOWS = 0


def zip_entries(path: Path) -> Iterator[Entry]:
    """The images. Raises InvalidInput for an archive that cannot be read, and at the first entry that is refused."""
    with reading(path):
        archive = zipfile.ZipFile(path)
    with archive:
        for info in archive.infolist():
            parts = None if info.filename.endswith("/") else image_parts(path, _name(info))
            if parts is not None:
                _check(path, info)
                yield Entry(parts, info.file_size, partial(_read, path, archive, info))


def _read(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    # Reading ends at the size that the table of contents gives, and a wrong size fails the checksum.
    with reading(path):
        return archive.read(info)


def _check(path: Path, info: zipfile.ZipInfo) -> None:
    name = info.filename
    if stat.S_ISLNK(info.external_attr >> 16):
        raise link_refused(path, name, "`zip -r` without --symlinks")
    if info.flag_bits & _FLAG_ENCRYPTED:
        raise InvalidInput(f"{path} is encrypted; unpack it with its password, and give the folder instead.")
    if info.compress_type not in _METHODS:
        raise InvalidInput(
            f"{path} is packed by a method (number {info.compress_type}) that cannot be read; "
            "expected stored, deflate, bzip2 or LZMA. Unpack it, and give the folder instead."
        )
    check_size(path, name, info.file_size)


def _name(info: zipfile.ZipInfo) -> str:
    """The entry's name with slashes; mends what packers are known to get wrong."""
    name = info.filename
    if not info.flag_bits & _FLAG_UTF8 and not name.isascii():
        # macOS writes UTF-8 without saying so. Real names in the old code page are hardly ever valid UTF-8.
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            name = info.filename
    # Early .NET wrote backslashes.
    return name.replace("\\", "/") if info.create_system == _MADE_ON_WINDOWS else name
