"""Where rows come from: what a source offers, and how one is opened from a path.

A source gives the same rows in the same order each time it is read, so that an interrupted upload can skip what is
done. Leaves sending to `tablefit.data` and checking of images to the service.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tablefit.errors import InvalidInput


@dataclass(frozen=True)
class SourceRow:
    """One row: where it comes from, and its values by column name."""

    source_name: str
    values: dict[str, str | bytes]

    @property
    def size_bytes(self) -> int:
        """Bytes of the values and the source name, text counted as UTF-8."""
        texts = (self.source_name, *self.values.values())
        return sum(len(value.encode()) if isinstance(value, str) else len(value) for value in texts)


class Source(Protocol):
    """What can be ingested."""

    @property
    def row_count(self) -> int:
        """How many rows there are."""

    @property
    def fingerprint(self) -> str:
        """A digest of what there is to read; equal for a source that has not changed."""

    def rows(self, skip: int = 0) -> Iterator[SourceRow]:
        """The rows in order, after the first `skip`, read one at a time."""


def open_source(path: str | Path) -> Source:
    """The source that lies at `path`: a folder with one folder of images for each label.

    Raises InvalidInput with what is expected when there is nothing of the kind.
    """
    from tablefit.sources.folder import FolderSource

    found = Path(path)
    if not found.exists():
        raise InvalidInput(f"{path} does not exist; expected a folder with one folder of images for each label.")
    if not found.is_dir():
        raise InvalidInput(f"{path} is a file; expected a folder with one folder of images for each label.")
    return FolderSource(found)


def upload_id_for(path: str | Path, source: Source, ordinal: int = 0) -> str:
    """The id under which the `ordinal`-th ingest of this path and listing goes on when it is begun again."""
    place = str(Path(path).resolve())
    digest = hashlib.sha256(f"{place}\0{source.fingerprint}".encode("utf-8", "surrogateescape"))
    return f"{digest.hexdigest()[:32]}-{ordinal}"
