"""A digest of a file that costs the same for any size: its size and evenly spaced pieces of its content."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from tablefit.sources.compression import reading

PIECE_BYTES = 16 * 1024
PIECE_COUNT = 64


def sample_digest(path: Path) -> str:
    """SHA-256 over the size and up to 1 MiB of the content; files up to 1 MiB count in full."""
    with reading(path), path.open("rb") as file:
        size_bytes = os.fstat(file.fileno()).st_size
        digest = hashlib.sha256(f"{size_bytes}\n".encode())
        for start in _starts(size_bytes):
            file.seek(start)
            digest.update(file.read(PIECE_BYTES))
    return digest.hexdigest()


def _starts(size_bytes: int) -> Iterable[int]:
    if size_bytes <= PIECE_BYTES * PIECE_COUNT:
        return range(0, size_bytes, PIECE_BYTES)
    last = size_bytes - PIECE_BYTES
    return (last * index // (PIECE_COUNT - 1) for index in range(PIECE_COUNT))
