"""The pinned index of a table: id, class and image digest of each row, read in one pass and kept in mapped files.

An index is a table at one moment; its pin names that moment. All rows are read again, without their images, whenever a
stream opens, so a row that was changed, deleted or added at or below the pin's last id is found then at the latest:

    what changed below the pin              found when
    id, label, sha256 of a row              a stream opens with the pin (or takes up, or begins its next epoch)
    image bytes but not the sha256 column   the row is read to be decoded (`blocks`)

What a stream that is already open gives is the pinned state all the same, or it ends. The digest of a pin is SHA-256
over `PIN_FORMAT`, then for each row its id (int64), the length of its label in UTF-8 (uint32, both little-endian), the
label and the 32 bytes of its image's SHA-256. Leaves reading images to `blocks`, choosing rows to `splits` and `order`.
"""

import hashlib
import struct
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import WrongState

from data_service.mapped import Appended, allocate, chunks
from data_service.schema import BEFORE_ALL_IDS, RowScan, Table

PIN_FORMAT = b"tablefit pin 1\n"
SCAN_ROWS = 8192
# The names travel in one header message and are kept on the heap.
LIMIT_CLASSES = 65_536
LIMIT_CLASS_NAME_BYTES = 16 * 1024 * 1024
# Indexes of tables that nobody reads at the moment, kept for the next epoch.
KEPT_INDEXES = 8
# Sizes named in the message that asks for one.
_NAMED_SIZES = 4
_ROW_HEAD = struct.Struct("<qI")


class RowScans(Protocol):
    """What an index is made from."""

    def scan_rows(self, table: Table, after_id: int, last_id: int | None, limit: int) -> RowScan:
        """Up to `limit` rows above `after_id` in order of id."""
        ...

    def digest_rows(self, table: Table, after_id: int, last_id: int) -> str | None:
        """SHA-256 over `id FF sha256 FF label FE` of the rows between, if the database can compute it."""
        ...


@dataclass(frozen=True)
class TablePin:
    """A state of a table: how many rows, up to which id, and their digest in 64 hexadecimal digits."""

    row_count: int
    last_id: int
    digest: str


@dataclass(frozen=True)
class Index:
    """A table at the moment of its pin; arrays are read-only and in order of id.

    `ids` int64 (row,), `codes` int32 (row,) indices into `class_names`, `digests` uint8 (row, 32). `sizes` are the
    first few distinct (width, height) and `channels` the distinct channel counts: one of each when all rows agree.
    """

    pin: TablePin
    class_names: tuple[str, ...]
    class_row_counts: tuple[int, ...]
    ids: NDArray[np.int64]
    codes: NDArray[np.int32]
    digests: NDArray[np.uint8]
    sizes: tuple[tuple[int, int], ...]
    channels: tuple[int, ...]

    @cached_property
    def page_digests(self) -> tuple[str, ...]:
        """What `digest_rows` gives for each page of SCAN_ROWS rows as long as no row has changed."""
        names = [name.encode() for name in self.class_names]
        digests = []
        for start in range(0, len(self.ids), SCAN_ROWS):
            page = slice(start, start + SCAN_ROWS)
            ids, codes, images = self.ids[page].tolist(), self.codes[page].tolist(), self.digests[page].tobytes().hex()
            rows = [
                b"%d\xff%s\xff%s\xfe" % (row_id, images[64 * place : 64 * place + 64].encode(), names[code])
                for place, (row_id, code) in enumerate(zip(ids, codes, strict=True))
            ]
            digests.append(hashlib.sha256(b"".join(rows)).hexdigest())
        return tuple(digests)


class Indexes:
    """Opens tables as indexes, and shares those in use and a few that were used last. For use by many threads."""

    def __init__(self, store: RowScans, directory: Path) -> None:
        self._store = store
        self._directory = directory
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, TablePin], Index] = OrderedDict()

    def open(self, table: Table, pin: TablePin | None, check: Callable[[], None]) -> Index:
        """The table as it is now, or as `pin` says, read through once; `check` is called between pages and may raise.

        Raises WrongState when the table is empty or is no longer as `pin` says.
        """
        known = self._known(table, pin)
        if known is not None:
            if not _is_unchanged(known, self._store, table, check):
                _verify(known, table, _pages(self._store, table, known.pin.last_id, check))
            return known
        last_id = pin.last_id if pin else None
        with _Building(self._directory) as building:
            for page in _pages(self._store, table, last_id, check):
                building.add(page, table)
            index = building.finish(table)
        if pin not in (None, index.pin):
            raise changed(table, "was changed")
        return self._keep(table, index)

    def close(self) -> None:
        """Forgets all indexes; those of open streams last as long as the streams."""
        with self._lock:
            self._kept.clear()

    def _known(self, table: Table, pin: TablePin | None) -> Index | None:
        if pin is None:
            return None
        with self._lock:
            return self._kept.get((table.table_id, pin))

    def _keep(self, table: Table, index: Index) -> Index:
        key = (table.table_id, index.pin)
        with self._lock:
            shared = self._kept.setdefault(key, index)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT_INDEXES:
                self._kept.popitem(last=False)
        return shared


def changed(table: Table, what: str, row_id: int | None = None) -> WrongState:
    """The error of a pinned table that is not as it was; `what` goes on after "Row n of table t" or "Table t"."""
    row = "Table" if row_id is None else f"Row {row_id} of table"
    named = {} if row_id is None else {"row_id": str(row_id)}
    return WrongState(
        f"{row} {table.name!r} {what} after the stream's state of the table was pinned. "
        "Open a new stream without a pin to read the table as it is now.",
        details={"table": table.name, **named},
    )


def _pages(store: RowScans, table: Table, last_id: int | None, check: Callable[[], None]) -> Iterator[RowScan]:
    """All rows up to `last_id`, a page at a time; no connection is held in between."""
    after_id = BEFORE_ALL_IDS
    while True:
        check()
        page = store.scan_rows(table, after_id, last_id, SCAN_ROWS)
        if page.ids:
            yield page
            after_id = page.ids[-1]
        if len(page.ids) < SCAN_ROWS:
            return


class _Building:
    """An index in the making. Codes count labels in order of appearance until all are known."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ids = Appended(directory, np.int64)
        self._codes = Appended(directory, np.int32)
        self._digests = Appended(directory, np.uint8, (32,))
        self._hash = hashlib.sha256(PIN_FORMAT)
        self._labels: dict[str, int] = {}
        self._label_bytes = 0
        self._sizes: dict[tuple[int, int], None] = {}
        self._channels: set[int] = set()

    def __enter__(self) -> "_Building":
        return self

    def __exit__(self, *_: object) -> None:
        for rows in (self._ids, self._codes, self._digests):
            rows.close()

    def add(self, page: RowScan, table: Table) -> None:
        """Takes the next rows. Raises WrongState when there are too many classes."""
        self._hash.update(_row_bytes(page))
        self._ids.append(np.asarray(page.ids, dtype=np.int64))
        self._digests.append(b"".join(page.digests))
        self._codes.append(np.asarray([self._code(label, table) for label in page.labels], dtype=np.int32))
        for width, height, channels in dict.fromkeys(page.sizes):
            self._channels.add(channels)
            if len(self._sizes) < _NAMED_SIZES:
                self._sizes[width, height] = None

    def finish(self, table: Table) -> Index:
        """The index of all rows taken. Raises WrongState when there are none."""
        ids = self._ids.finish()
        if len(ids) == 0:
            raise WrongState(f"Table {table.name!r} has no rows; ingest some first.", details={"table": table.name})
        class_names = tuple(sorted(self._labels))
        codes = self._sorted_codes(class_names)
        counts = np.zeros(len(class_names), dtype=np.int64)
        for chunk in chunks(len(codes)):
            counts += np.bincount(codes[chunk], minlength=len(class_names))
        return Index(
            pin=TablePin(len(ids), int(ids[-1]), self._hash.hexdigest()),
            class_names=class_names,
            class_row_counts=tuple(counts.tolist()),
            ids=ids,
            codes=codes,
            digests=self._digests.finish(),
            sizes=tuple(self._sizes),
            channels=tuple(sorted(self._channels)),
        )

    def _code(self, label: str, table: Table) -> int:
        code = self._labels.get(label)
        if code is None:
            code = self._labels[label] = len(self._labels)
            self._label_bytes += len(label.encode())
            if code >= LIMIT_CLASSES or self._label_bytes > LIMIT_CLASS_NAME_BYTES:
                raise WrongState(
                    f"Table {table.name!r} has too many distinct labels to be classes: expected at most "
                    f"{LIMIT_CLASSES:,} of {LIMIT_CLASS_NAME_BYTES:,} bytes together.",
                    details={"table": table.name},
                )
        return code

    def _sorted_codes(self, class_names: tuple[str, ...]) -> NDArray[np.int32]:
        found = self._codes.finish()
        sorted_codes = np.empty(len(class_names), dtype=np.int32)
        sorted_codes[[self._labels[name] for name in class_names]] = np.arange(len(class_names), dtype=np.int32)
        codes = allocate(self._directory, np.int32, len(found))
        for chunk in chunks(len(found)):
            codes[chunk] = sorted_codes[found[chunk]]
        return codes


def _row_bytes(page: RowScan) -> bytes:
    """The bytes of a page that go into a pin's digest."""
    parts: list[bytes] = []
    for row_id, label, digest in zip(page.ids, page.labels, page.digests, strict=True):
        encoded = label.encode()
        parts += (_ROW_HEAD.pack(row_id, len(encoded)), encoded, digest)
    return b"".join(parts)


def _is_unchanged(index: Index, store: RowScans, table: Table, check: Callable[[], None]) -> bool:
    """Whether the database computes the digests of all pages as expected. If not, the rows have to be looked at."""
    after_id = BEFORE_ALL_IDS
    for number, expected in enumerate(index.page_digests):
        check()
        last_id = int(index.ids[min(len(index.ids), (number + 1) * SCAN_ROWS) - 1])
        if store.digest_rows(table, after_id, last_id) != expected:
            return False
        after_id = last_id
    return True


def _verify(index: Index, table: Table, pages: Iterator[RowScan]) -> None:
    """Raises WrongState, naming the first row, unless the pages hold the rows of the index."""
    codes = {name: code for code, name in enumerate(index.class_names)}
    place = 0
    for page in pages:
        _verify_page(index, table, place, page, codes)
        place += len(page.ids)
    if place < index.pin.row_count:
        raise changed(table, "was deleted", int(index.ids[place]))


def _verify_page(index: Index, table: Table, place: int, page: RowScan, codes: dict[str, int]) -> None:
    rows = slice(place, place + len(page.ids))
    expected = index.ids[rows]
    found = np.asarray(page.ids, dtype=np.int64)[: len(expected)]
    labels = np.asarray([codes.get(label, -1) for label in page.labels], dtype=np.int32)[: len(expected)]
    digests = np.frombuffer(b"".join(page.digests), dtype=np.uint8).reshape(-1, 32)[: len(expected)]
    id_differs = found != expected
    label_differs = labels != index.codes[rows]
    differs = id_differs | label_differs | (digests != index.digests[rows]).any(axis=1)
    if differs.any():
        first = int(np.argmax(differs))
        if id_differs[first] and found[first] > expected[first]:
            raise changed(table, "was deleted", int(expected[first]))
        what = (
            "was added" if id_differs[first] else "got another label" if label_differs[first] else "got another image"
        )
        raise changed(table, what, int(found[first]))
    if len(page.ids) > len(expected):
        raise changed(table, "was added", page.ids[len(expected)])
