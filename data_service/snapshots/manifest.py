"""What a snapshot is, and how it is kept: one JSON file each, which names the blocks that hold the rows.

A snapshot is there as soon as its manifest is, which is written last. One whose time is over stays as a manifest
without blocks, a tombstone, to say what it was. Leaves to `catalogue` when that happens.
"""

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from data_service.schema import Column, ColumnType
from data_service.snapshots.folder import PART_SUFFIX, SnapshotFolder, write_whole

_SNAPSHOT_ID = re.compile("[0-9a-z]{1,64}")
DIGEST_FORMAT = b"tablefit snapshot 1\n"

_log = logging.getLogger(__name__)


class Guarantee(Enum):
    """How exactly a snapshot keeps its rows."""

    EXACT = "exact"
    # Of images, byte strings and tensors only digests are kept.
    CHANGE_DETECTING = "change-detecting"


@dataclass(frozen=True)
class BlockRecord:
    """One block of a snapshot: the SHA-256 of its file in hexadecimal, its rows, and the bytes of its file."""

    digest: str
    row_count: int
    first_id: int
    last_id: int
    size_bytes: int


@dataclass(frozen=True)
class SnapshotRecord:
    """A table as it was at one moment. Times are aware, in UTC.

    `numbered` says that the row ids are numbers from 1 in order of reading. `keep_s` is how long it is kept after its
    last use. `new_bytes` and `new_block_count` are what no earlier snapshot had. An expired one has no `blocks`.
    """

    snapshot_id: str
    table: str
    table_id: str
    row_count: int
    columns: tuple[Column, ...]
    digest: str
    guarantee: Guarantee
    numbered: bool
    size_bytes: int
    new_bytes: int
    create_time: datetime
    expire_time: datetime
    keep_s: float
    expired: bool
    blocks: tuple[BlockRecord, ...]
    block_count: int
    new_block_count: int
    key_column: str
    query: str

    @property
    def place(self) -> str:
        """Where it stands among all: later places, as texts, are newer snapshots."""
        return f"{self.create_time.isoformat(timespec='microseconds')} {self.snapshot_id}"

    def buried(self) -> "SnapshotRecord":
        """The same as a tombstone."""
        return replace(self, expired=True, blocks=())


class Manifests:
    """The manifests in one directory. Changes need the directory's lock."""

    def __init__(self, folder: SnapshotFolder) -> None:
        self._folder = folder

    def read(self, snapshot_id: str) -> SnapshotRecord | None:
        """The snapshot of that id; None when there is none. Raises ValueError when its file cannot be understood."""
        if not _SNAPSHOT_ID.fullmatch(snapshot_id):
            return None
        try:
            text = self._folder.manifest(snapshot_id).read_text()
        except FileNotFoundError:
            return None
        return _from_json(text)

    def read_all(self) -> tuple[list[SnapshotRecord], bool]:
        """All snapshots, newest first, and whether all files could be understood."""
        found, sound = [], True
        for path in self._folder.manifests.glob("*.json"):
            try:
                record = self.read(path.stem)
            except ValueError:
                _log.exception("the file of snapshot %s cannot be understood; no files are collected", path.stem)
                sound = False
            else:
                found += [record] if record else []
        return sorted(found, key=lambda record: record.place, reverse=True), sound

    def write(self, record: SnapshotRecord) -> SnapshotRecord:
        """Keeps a snapshot in place of what was kept of it; returns it."""
        write_whole(self._folder.manifest(record.snapshot_id), _to_json(record))
        return record

    def remove(self, snapshot_id: str) -> None:
        """Removes a snapshot for good."""
        self._folder.manifest(snapshot_id).unlink(missing_ok=True)

    def remove_parts(self) -> None:
        """Removes what a killed process did not complete."""
        for part in self._folder.manifests.glob(f"*{PART_SUFFIX}"):
            part.unlink(missing_ok=True)


def content_digest(columns: Iterable[Column], blocks: Sequence[BlockRecord]) -> str:
    """SHA-256 over columns and rows: equal for equal content of one guarantee on every engine.

    Whether a column may hold NULL does not count: engines differ in what they say of the columns of views.
    """
    described = [[column.name, column.type.value, column.data_type, list(column.shape)] for column in columns]
    digest = hashlib.sha256(DIGEST_FORMAT)
    digest.update(json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    for block in blocks:
        digest.update(bytes.fromhex(block.digest))
    return digest.hexdigest()


def _to_json(record: SnapshotRecord) -> str:
    written: dict[str, Any] = {
        **{name: getattr(record, name) for name in record.__dataclass_fields__},
        "columns": [{**asdict(column), "type": column.type.value} for column in record.columns],
        "guarantee": record.guarantee.value,
        "create_time": record.create_time.isoformat(),
        "expire_time": record.expire_time.isoformat(),
        "blocks": [list(asdict(block).values()) for block in record.blocks],
    }
    return json.dumps(written, ensure_ascii=False)


def _from_json(text: str) -> SnapshotRecord:
    written = json.loads(text)
    try:
        columns = [
            Column(**{**column, "type": ColumnType(column["type"]), "shape": tuple(column["shape"])})
            for column in written["columns"]
        ]
        read = {
            "columns": tuple(columns),
            "guarantee": Guarantee(written["guarantee"]),
            "create_time": datetime.fromisoformat(written["create_time"]),
            "expire_time": datetime.fromisoformat(written["expire_time"]),
            "blocks": tuple(BlockRecord(*block) for block in written["blocks"]),
        }
        return SnapshotRecord(**{**written, **read})
    except (KeyError, TypeError) as error:
        raise ValueError(f"not the manifest of a snapshot: {error}") from error
