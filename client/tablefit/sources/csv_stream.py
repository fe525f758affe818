"""The bytes of a CSV file on their way to its parser: counted, added to a digest, and without spaces behind delimiters
where those do not belong to the values."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tablefit.sources.chunking import Digest
from tablefit.sources.compression import reading

_READ_BYTES = 1024 * 1024


class CsvStream:
    """What a file holds from the byte `start` on, as a file object for pyarrow."""

    def __init__(self, path: Path, start: int, spaced_delimiter: str | None) -> None:
        self._path = path
        with reading(path):
            self._file: IO[bytes] = path.open("rb")
            self._file.seek(start)
        self._spaces = None if spaced_delimiter is None else _SpaceRemover(spaced_delimiter.encode())
        self.quote_count = 0
        self.digest: Digest | None = None
        self.on_read: Callable[[int], None] | None = None

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return self._file.closed

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def read(self, size: int = _READ_BYTES) -> bytes:
        """The next bytes, at most `size`; none at the end."""
        while True:
            with reading(self._path):
                block = self._file.read(min(size, _READ_BYTES))
            if self.digest is not None:
                self.digest.update(block)
            if self.on_read is not None and block:
                self.on_read(self._file.tell())
            self.quote_count += block.count(b'"')
            kept = block if self._spaces is None else self._spaces.remove(block)
            if kept or not block:
                return kept


class _SpaceRemover:
    """Takes away spaces behind delimiters outside quotes, block by block."""

    def __init__(self, delimiter: bytes) -> None:
        self._delimiter = delimiter
        self._pattern = re.compile(re.escape(delimiter) + b" +")
        self._is_quoted = False
        self._is_behind_delimiter = False

    def remove(self, block: bytes) -> bytes:
        parts = block.split(b'"')
        for index, part in enumerate(parts):
            if index:
                self._is_quoted = not self._is_quoted
                self._is_behind_delimiter = False
            if not self._is_quoted and part:
                kept = part.lstrip(b" ") if self._is_behind_delimiter else part
                parts[index] = self._pattern.sub(self._delimiter, kept)
                self._is_behind_delimiter = parts[index].endswith(self._delimiter) if kept else True
        return b'"'.join(parts)
