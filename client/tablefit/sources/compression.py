"""Files that may be compressed with gzip, bzip2 or xz, read as a stream; and one way to say that a file is broken.

Leaves what the bytes mean to its neighbours.
"""

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from tablefit.errors import InvalidInput

_LONGEST_MAGIC_BYTES = 6

# What the readers of the standard library raise over bytes that are not what they should be.
_BROKEN = (
    EOFError,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
    tarfile.TarError,
    zipfile.BadZipFile,
    NotImplementedError,
    UnicodeDecodeError,
    struct.error,
)


def is_compressed(path: Path) -> bool:
    """Whether the file begins as gzip, bzip2 or xz do."""
    with path.open("rb") as file:
        return _compression(file.read(_LONGEST_MAGIC_BYTES)) is not None


def open_decompressed(path: Path) -> IO[bytes]:
    """The file's content, decompressed while it is read; seeking forward reads through."""
    with path.open("rb") as file:
        compression = _compression(file.read(_LONGEST_MAGIC_BYTES))
    if compression == "gzip":
        return cast(IO[bytes], gzip.open(path, "rb"))
    if compression == "bzip2":
        return cast(IO[bytes], bz2.open(path, "rb"))
    if compression == "xz":
        return cast(IO[bytes], lzma.open(path, "rb"))
    return path.open("rb")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns what goes wrong in reading `path` into InvalidInput with a sentence."""
    try:
        yield
    except _BROKEN as error:
        raise InvalidInput(_broken(path, error)) from error
    except OSError as error:
        # bzip2 reports broken data as an OSError without a number.
        text = _broken(path, error) if error.errno is None else f"Cannot read {path}: {error.strerror}."
        raise InvalidInput(text) from error


def _compression(head: bytes) -> str | None:
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"BZh"):
        return "bzip2"
    if head.startswith(b"\xfd7zXZ\0"):
        return "xz"
    return None


def _broken(path: Path, error: Exception) -> str:
    return f"{path} is broken or cut off ({error}); get it anew and try again."
