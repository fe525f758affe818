"""Reads large values again of which a change-detecting snapshot keeps digests only.

Each value is compared with its digest before anybody sees it: a row that was changed or deleted meanwhile ends the
stream with its id. Leaves SQL to the store.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol

from tablefit.errors import NotFound, WrongState

from data_service.order import Positions
from data_service.pinned_rows import PinnedRows
from data_service.schema import Column, Row
from data_service.snapshots import Digested

_LIMIT_ROWS = 256
LIMIT_READ_BYTES = 16 * 1024 * 1024


class RowReads(Protocol):
    """Where rows are read again."""

    def read_rows(self, table_id: str, columns: Sequence[str], ids: Sequence[int]) -> list[Row]:
        """The named columns of the rows with these ids, in order of `ids`; ids without a row are passed over."""
        ...


class DatabaseRereader:
    """Reads the rows of one snapshot again. `check` is called between reads and may raise."""

    def __init__(self, store: RowReads, rows: PinnedRows, check: Callable[[], None]) -> None:
        self._store = store
        self._rows = rows
        self._check = check

    def read(self, column: Column, positions: Positions) -> list[bytes]:
        """The values of the rows at these positions. Raises WrongState, naming the row, when one is not as it was."""
        digests, lengths = self._known(column, positions)
        ids = self._rows.ids[positions].tolist()
        found: list[bytes] = []
        while len(found) < len(ids):
            self._check()
            start, stop = len(found), len(found)
            size = 0
            while stop < len(ids) and stop - start < _LIMIT_ROWS and (stop == start or size < LIMIT_READ_BYTES):
                size += lengths[stop]
                stop += 1
            values = self._read(column, ids[start:stop])
            for row_id, digest in zip(ids[start:stop], digests[start:stop], strict=True):
                found.append(self._checked(row_id, values.get(row_id), digest))
        return found

    def _read(self, column: Column, ids: list[int]) -> dict[int, bytes]:
        rising = sorted(set(ids))
        try:
            rows = self._store.read_rows(self._rows.record.table_id, [column.name], rising)
        except NotFound as error:
            raise self._changed("Its table was deleted", None) from error
        return {row.id: cell for row in rows if isinstance(cell := row.cells[0], bytes)}

    def _checked(self, row_id: int, value: bytes | None, digest: bytes) -> bytes:
        if value is None:
            raise self._changed(f"Row {row_id} was deleted, or has no value any more,", row_id)
        if hashlib.sha256(value).digest() != digest:
            raise self._changed(f"Row {row_id} was changed", row_id)
        return value

    def _known(self, column: Column, positions: Positions) -> tuple[list[bytes], list[int]]:
        """Digest and length of each value."""
        numbers, places = self._rows.locate(positions)
        digests, lengths = [b""] * len(positions), [0] * len(positions)
        for number, at in zip(numbers, places, strict=True):
            view = self._rows.pinned.block(number).column(column.name)
            if not isinstance(view, Digested):
                raise TypeError(f"expected digests, received {type(view).__name__}")
            inner = positions[at] - self._rows.pinned.block_starts[number]
            for place, row in zip(at.tolist(), inner.tolist(), strict=True):
                digests[place], lengths[place] = view.digests[row].tobytes(), int(view.lengths[row])
        return digests, lengths

    def _changed(self, what: str, row_id: int | None) -> WrongState:
        record = self._rows.record
        named = {} if row_id is None else {"row_id": str(row_id)}
        return WrongState(
            f"{what} in table {record.table!r} after its change-detecting snapshot {record.snapshot_id} was taken. "
            "Take a new snapshot; an exact one keeps the rows themselves.",
            details={"table": record.table, "snapshot": record.snapshot_id, **named},
        )
