"""The rows of one snapshot as streams want them: the ids and classes of all rows.

A block keeps categories as indices into its own names. Here they become indices into the names of the whole snapshot,
sorted by code point. What is as long as the table lies in mapped files (`mapped`), made when it is first asked for and
shared by all streams of the snapshot. Leaves the files of the snapshot to `snapshots`, choosing rows to `splits`.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, MutableMapping
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import InvalidInput

from data_service.mapped import Appended
from data_service.order import Positions
from data_service.schema import Column, ColumnType
from data_service.snapshots import Coded, Fixed, PinnedTable, Strings, View

# What was made for streams of a snapshot and is kept for later ones, such as splits and fitted features.
KEPT_FACTS = 32
_FEW_BLOCKS = 1 << 16
BOOLEAN_CLASSES = ("false", "true")
_NOTHING = object()

Codes = NDArray[np.int32]
Result = TypeVar("Result")


class Classes:
    """The classes of one column: `names` in order of code point, rows of each, and the codes of all rows.

    `codes` int32 (row,), -1 for NULL.
    """

    def __init__(self, names: tuple[str, ...], codes: Codes) -> None:
        self.names = names
        self.codes = codes
        self.row_counts = self.count(slice(None))

    def count(self, positions: Positions | slice) -> tuple[int, ...]:
        """Rows of each class among those at some positions."""
        codes = self.codes[positions]
        known = codes[codes >= 0] if len(codes) and codes.min() < 0 else codes
        return tuple(np.bincount(known, minlength=len(self.names)).tolist())


class PinnedRows:
    """For use by many threads. `directory` takes the mapped files."""

    def __init__(self, pinned: PinnedTable, directory: Path) -> None:
        self.pinned = pinned
        self.record = pinned.record
        self.row_count = pinned.row_count
        self.columns = {column.name: column for column in pinned.record.columns}
        self._directory = directory
        self._lock = threading.Lock()
        # Ids, classes and the like, which streams look into with each batch: as many as there are columns.
        self._whole: dict[Hashable, Any] = {}
        self._facts: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}

    @property
    def ids(self) -> NDArray[np.int64]:
        """The ids of all rows, int64 (row,), rising."""
        return self._once(
            self._whole, "ids", lambda: self._joined(np.int64, lambda number: self.pinned.block(number).ids)
        )

    def column(self, name: str, field: str = "columns") -> Column:
        """The column of that name. InvalidInput naming `field` when the snapshot has none."""
        if name not in self.columns:
            raise InvalidInput(
                f"expected a column of {self.record.table!r}, which has {', '.join(self.columns)[:300]}; "
                f"received {name[:80]!r}",
                field=field,
            )
        return self.columns[name]

    def remembered(self, name: Hashable, make: Callable[[], Result]) -> Result:
        """What `make` gives, made once for all streams of the snapshot that ask for it by the same name.

        Streams that ask for something else do not wait meanwhile. What was asked for longest ago is forgotten.
        """
        found = self._once(self._facts, name, make)
        with self._lock:
            if name in self._facts:
                self._facts.move_to_end(name)
            while len(self._facts) > KEPT_FACTS:
                self._facts.popitem(last=False)
        return found

    def _once(self, kept: MutableMapping[Hashable, Any], name: Hashable, make: Callable[[], Result]) -> Result:
        """What stands in `kept`, made if it is not there; others wait only for what they want themselves."""
        with self._lock:
            found: Result = kept.get(name, _NOTHING)
            making = self._making.setdefault(name, threading.Lock()) if found is _NOTHING else None
        if making is None:
            return found
        with making:
            try:
                with self._lock:
                    found = kept.get(name, _NOTHING)
                found = make() if found is _NOTHING else found
                with self._lock:
                    kept[name] = found
            finally:
                with self._lock:
                    # Whoever came after a maker that failed may be making already.
                    if self._making.get(name) is making:
                        del self._making[name]
        return found

    def classes(self, name: str) -> Classes:
        """The classes of a category, text or boolean column."""
        is_boolean = self.columns[name].type is ColumnType.BOOLEAN
        return self._once(
            self._whole, ("classes", name), lambda: self._boolean(name) if is_boolean else self._named(name)
        )

    def locate(self, positions: Positions) -> tuple[list[int], list[Positions]]:
        """The blocks that hold these positions, and for each the places of its positions among those given."""
        blocks = self._block_numbers()[positions]
        by_block = np.argsort(blocks, kind="stable")
        numbers, starts = np.unique(blocks[by_block], return_index=True)
        return numbers.tolist(), np.split(by_block, starts[1:]) if len(numbers) else []

    def _block_numbers(self) -> NDArray[Any]:
        """The block that each row is in."""
        counts = np.diff(self.pinned.block_starts)
        # NumPy sorts 16 bits by their digits, many times faster than more.
        dtype = np.uint16 if len(counts) <= _FEW_BLOCKS else np.int32
        return self._once(
            self._whole,
            "block numbers",
            lambda: self._joined(dtype, lambda number: np.full(counts[number], number, dtype)),
        )

    def numbers(self, name: str) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        """All values of a column of numbers or times, and where they are NULL; as long as the table."""
        # A block at a time: each that is looked into holds a file descriptor.
        dtype = self._fixed(0, name).values.dtype
        values = self._joined(dtype, lambda number: self._fixed(number, name).values)
        is_null = self._joined(np.bool_, lambda number: _flags(self._fixed(number, name)))
        return values, is_null if is_null.any() else None

    def _fixed(self, number: int, name: str) -> Fixed:
        view = self.pinned.block(number).column(name)
        if not isinstance(view, Fixed):
            raise TypeError(f"expected fixed values of {name}, received {type(view).__name__}")
        return view

    def _boolean(self, name: str) -> Classes:
        def codes(number: int) -> Codes:
            view = self._fixed(number, name)
            found = view.values.astype(np.int32)
            if view.is_null is not None:
                found[view.is_null] = -1
            return found

        return Classes(BOOLEAN_CLASSES, self._joined(np.int32, codes))

    def _named(self, name: str) -> Classes:
        # Blocks are looked into twice, one at a time: each holds a file descriptor.
        distinct: set[str] = set()
        for block in self.pinned.blocks:
            distinct.update(_named_codes(block.column(name))[0])
        names = tuple(sorted(distinct))
        places = {text: place for place, text in enumerate(names)}

        def codes(number: int) -> Codes:
            of_block, found = _named_codes(self.pinned.block(number).column(name))
            of_all = np.array([*(places[text] for text in of_block), -1], dtype=np.int32)
            return of_all[found]

        return Classes(names, self._joined(np.int32, codes))

    def _joined(self, dtype: Any, part: Callable[[int], NDArray[Any]]) -> NDArray[Any]:
        array = Appended(self._directory, dtype)
        try:
            for number in range(self.pinned.block_count):
                array.append(np.ascontiguousarray(part(number)))
            return array.finish()
        finally:
            array.close()


def _flags(view: Fixed) -> NDArray[np.bool_]:
    return np.zeros(len(view.values), dtype=np.bool_) if view.is_null is None else view.is_null


def texts_of(view: Strings) -> list[str]:
    """The texts of a view, "" for NULL."""
    data = view.data.tobytes()
    offsets = view.offsets.tolist()
    return [data[start:stop].decode() for start, stop in pairwise(offsets)]


def _named_codes(view: View) -> tuple[tuple[str, ...], Codes]:
    """The distinct texts of a block, and which of them each row has, -1 for NULL."""
    if isinstance(view, Coded):
        return view.names, view.codes
    if not isinstance(view, Strings):
        raise TypeError(f"expected texts, received {type(view).__name__}")
    texts = texts_of(view)
    names = tuple(sorted(set(texts)))
    places = {name: place for place, name in enumerate(names)}
    codes = np.fromiter(map(places.__getitem__, texts), dtype=np.int32, count=len(texts))
    if view.is_null is not None:
        codes[view.is_null] = -1
        names = tuple(names[code] for code in np.unique(codes[codes >= 0]))
        places = {name: place for place, name in enumerate(names)}
        codes = np.array([places.get(text, -1) for text in texts], dtype=np.int32)
        codes[view.is_null] = -1
    return names, codes
