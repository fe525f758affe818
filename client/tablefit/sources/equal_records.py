"""Records of equal size, one after another in a stream of bytes, read a block at a time."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tablefit.errors import InvalidInput
from tablefit.sources.compression import reading

_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Records:
    """How many records of how many bytes; `path` is the file that they are read from, `origin` what messages call
    them."""

    path: Path
    origin: str
    count: int
    record_bytes: int


def read_records(file: IO[bytes], records: Records, skip: int) -> Iterator[bytes]:
    """The records after the first `skip`, from a stream that stands before the first of them.

    Raises InvalidInput when there are fewer, or the file is broken.
    """
    count, record_bytes = records.count, records.record_bytes
    with reading(records.path):
        file.seek(skip * record_bytes, os.SEEK_CUR)
    done = skip
    while done < count:
        wanted = min(max(_BLOCK_BYTES // max(record_bytes, 1), 1), count - done)
        with reading(records.path):
            block = file.read(wanted * record_bytes)
        if len(block) < wanted * record_bytes:
            whole = done + len(block) // record_bytes
            raise InvalidInput(f"{records.origin} is cut off: it ends after {whole:,} of {count:,} rows. Get it anew.")
        for start in range(wanted):
            yield block[start * record_bytes : (start + 1) * record_bytes]
        done += wanted
