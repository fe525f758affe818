"""The file of one block: some consecutive rows of a pinned table, column by column, read through a memory map.

    0    16 bytes   b"tablefit block 1"
    16    8 bytes   length of the header, uint64
    24              the header, JSON in UTF-8 with sorted keys and no spaces:
                        row_count   rows of the block
                        ids         [offset, size] of the row ids, int64 (row,)
                        columns     for each, in order: name, type, data_type, shape, form,
                                    buffers {name: [offset, size]} as `column_buffers` describes them
         zeros up to a multiple of 64: there the buffers begin, and offsets count from there
    ...             the buffers, each at a multiple of 64, with zeros in between and none at the end

Everything is little-endian. The bytes follow from the columns and the rows alone, on all machines and engines: files
are named by their digest, and what changes here changes the digests of all snapshots. Leaves storing files to
`block_store`, and where a block begins and ends to `cutting`.
"""

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_service.columns import RowBatch
from data_service.schema import Column, ColumnType
from data_service.snapshots.column_buffers import Buffers, Bytes, View, as_bytes, to_buffers, to_view

MAGIC = b"tablefit block 1"
ALIGNMENT = 64
_LENGTH_BYTES = 8
_HEAD_BYTES = len(MAGIC) + _LENGTH_BYTES


def encode_block(columns: Sequence[Column], batch: RowBatch, *, digested: Collection[str] = ()) -> list[Bytes]:
    """The bytes of a block's file, in parts: `columns` of all rows of `batch`; of those in `digested` only digests."""
    laid = _Laid()
    ids = laid.add({"ids": as_bytes(np.asarray(batch.ids, dtype="<i8"))})["ids"]
    described = []
    for column in columns:
        form, buffers = to_buffers(column, batch.columns[column.name], digested=column.name in digested)
        described.append(
            {
                "name": column.name,
                "type": column.type.value,
                "data_type": column.data_type,
                "shape": column.shape,
                "form": form,
                "buffers": laid.add(buffers),
            }
        )
    header = {"row_count": batch.row_count, "ids": ids, "columns": described}
    return [_head(header), *laid.parts]


class Block:
    """The rows of one file, as views into its bytes: only what is looked at is read, and nothing is copied."""

    def __init__(self, content: Bytes) -> None:
        """`content` are the file's bytes. Raises ValueError when they are not those of a block."""
        header, begin = _read_head(content)
        self._begin = begin
        self._content = content[begin:]
        self._described = {described["name"]: described for described in header["columns"]}
        # A shuffled epoch asks for each column many times.
        self._views: dict[str, View] = {}
        self.row_count: int = header["row_count"]
        self.ids: NDArray[np.int64] = self._buffer(header["ids"]).view("<i8")

    @classmethod
    def open(cls, path: Path) -> "Block":
        """Maps a file, which holds a file descriptor as long as the block or a view is in use."""
        return cls(np.asarray(np.memmap(path, dtype=np.uint8, mode="r")))

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns in order."""
        return tuple(self._described)

    def column(self, name: str) -> View:
        """The values of a column, in the form in which they are kept. KeyError when there is no such column."""
        view = self._views.get(name)
        if view is None:
            view = self._views[name] = self._view(name)
        return view

    def data_offset(self, name: str) -> int:
        """Where in the file the data of a column of byte strings begins."""
        return self._begin + int(self._described[name]["buffers"]["data"][0])

    def _view(self, name: str) -> View:
        described = self._described[name]
        column = Column(
            name, ColumnType(described["type"]), True, data_type=described["data_type"], shape=tuple(described["shape"])
        )
        buffers = {buffer: self._buffer(place) for buffer, place in described["buffers"].items()}
        return to_view(column, described["form"], self.row_count, buffers)

    def _buffer(self, place: Sequence[int]) -> Bytes:
        offset, size = place
        return self._content[offset : offset + size]


class _Laid:
    """Buffers one behind the other, each aligned."""

    def __init__(self) -> None:
        self.parts: list[Bytes] = []
        self._end = 0

    def add(self, buffers: Buffers) -> dict[str, list[int]]:
        """Where each of the buffers lies: its offset and its size."""
        return {name: self._place(content) for name, content in buffers.items()}

    def _place(self, content: Bytes) -> list[int]:
        gap = -self._end % ALIGNMENT
        if gap:
            self.parts.append(np.zeros(gap, dtype=np.uint8))
        if len(content):
            self.parts.append(content)
        offset = self._end + gap
        self._end = offset + len(content)
        return [offset, len(content)]


def _head(header: dict[str, Any]) -> Bytes:
    text = json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    head = MAGIC + len(text).to_bytes(_LENGTH_BYTES, "little") + text
    return np.frombuffer(head + bytes(-len(head) % ALIGNMENT), dtype=np.uint8)


def _read_head(content: Bytes) -> tuple[dict[str, Any], int]:
    """The header, and where the buffers begin."""
    if content[: len(MAGIC)].tobytes() != MAGIC:
        raise ValueError(f"expected a file that begins with {MAGIC!r}")
    end = _HEAD_BYTES + int.from_bytes(content[len(MAGIC) : _HEAD_BYTES].tobytes(), "little")
    header: dict[str, Any] = json.loads(content[_HEAD_BYTES:end].tobytes())
    return header, end + -end % ALIGNMENT
