"""What kind of source a file is: by its first bytes, and by its name where those say nothing."""

import re
import zlib
from enum import Enum, auto
from lzma import LZMAError
from pathlib import Path

from tablefit.sources.compression import open_decompressed, reading

_HEAD_BYTES = 512
_TAR_MAGIC = slice(257, 262)

_TAR_NAME = re.compile(r"\.(tar|tar\.(gz|bz2|xz)|tgz|tbz2?|txz)$", re.IGNORECASE)
_IDX_NAME = re.compile(r"-ubyte(\.(gz|bz2|xz))?$", re.IGNORECASE)
_CSV_SUFFIXES = frozenset((".csv", ".tsv", ".tab"))


class Kind(Enum):
    """Kinds of files that hold rows."""

    ZIP = auto()
    TAR = auto()
    IDX = auto()
    NPZ = auto()
    NPY = auto()
    CSV = auto()
    PARQUET = auto()


def kind_of(path: Path) -> Kind | None:
    """The kind of the file; None for no known one. Raises InvalidInput for a file that cannot be read at all."""
    with reading(path), path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    suffix = path.suffix.lower()
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Kind.NPZ if suffix == ".npz" else Kind.ZIP
    if head.startswith(b"\x93NUMPY"):
        return Kind.NPY
    if head.startswith(b"PAR1"):
        return Kind.PARQUET
    return _kind_unpacked(path) or _kind_by_name(path.name, suffix)


def _kind_unpacked(path: Path) -> Kind | None:
    """What the first bytes say once they are decompressed."""
    try:
        with open_decompressed(path) as file:
            head = file.read(_HEAD_BYTES)
    except (EOFError, OSError, zlib.error, LZMAError):
        # The name may still say what it was meant to be, and its reader then says what is wrong with it.
        return None
    if head[_TAR_MAGIC] == b"ustar":
        return Kind.TAR
    # Two zeros, a type and the number of sizes.
    if len(head) > 4 and head[:2] == b"\0\0" and 0x08 <= head[2] <= 0x0E and 1 <= head[3] <= 4:
        return Kind.IDX
    return None


def _kind_by_name(name: str, suffix: str) -> Kind | None:
    if _TAR_NAME.search(name):
        return Kind.TAR
    if _IDX_NAME.search(name):
        return Kind.IDX
    if suffix in _CSV_SUFFIXES:
        return Kind.CSV
    names = {".zip": Kind.ZIP, ".npz": Kind.NPZ, ".npy": Kind.NPY, ".parquet": Kind.PARQUET, ".pq": Kind.PARQUET}
    return names.get(suffix)
