"""Rows made by a program: dicts or tuples, from a list or from a function that begins a new iteration each time.

Types follow from the first thousand rows, unless they are given: bool, int, float, str (category or text, see
`distinct_texts`), bytes, datetime and date, NumPy scalars, and arrays or lists of numbers, which are tensors. None, NaN
and a key that a dict lacks are missing values. All rows are checked before the first is sent.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from tablefit.errors import InvalidInput
from tablefit.sources.chunking import update_digest
from tablefit.sources.column_names import check_known, numbered_names, unique_names
from tablefit.sources.columns import (
    ColumnArray,
    ColumnChunk,
    ColumnTypeName,
    SourceColumn,
    check_types,
    first_unfit,
    to_microseconds,
)
from tablefit.sources.distinct_texts import DistinctTexts
from tablefit.sources.table_source import Scan

PythonRow: TypeAlias = Mapping[str, Any] | Sequence[Any]

LIMIT_SAMPLE_ROWS = 1_000
_LIMIT_BLOCK_ROWS = 1_000

# In the order in which a value is taken for one: a bool is an int, a datetime a date.
_KINDS: tuple[tuple[type | tuple[type, ...], ColumnTypeName], ...] = (
    ((bool, np.bool_), "boolean"),
    ((int, np.integer), "integer"),
    ((float, np.floating), "float"),
    (str, "text"),
    ((bytes, bytearray), "bytes"),
    (date, "timestamp"),
    (np.datetime64, "timestamp"),
    ((np.ndarray, list, tuple), "tensor"),
)
_TEXTS = ("text", "category")
_BYTES = ("bytes", "image")
_NUMPY_TYPES: dict[ColumnTypeName, Any] = {
    "integer": np.int64, "float": np.float64, "boolean": np.bool_, "timestamp": np.int64
}  # fmt: skip


class PythonRows:
    """The content of rows that `begin` gives anew each time."""

    def __init__(
        self,
        begin: Callable[[], Iterable[PythonRow]],
        origin: str,
        types: Mapping[str, ColumnTypeName],
        names: Sequence[str] | None,
    ) -> None:
        check_types(tuple(types.values()))
        self._begin = begin
        self._origin = origin
        self._types = types
        self._names = None if names is None else unique_names(names)

    @property
    def origin(self) -> str:
        """What messages and row names call it."""
        return self._origin

    def scan(self) -> Scan:
        """The columns by the first rows; whether values are missing, and how many rows there are, by all."""
        sample = list(islice(self._begin(), LIMIT_SAMPLE_ROWS))
        columns = self._sampled(sample)
        digest = hashlib.sha256(repr(columns).encode())
        row_count = 0
        nullable = dict.fromkeys((column.name for column in columns), False)
        for chunk in self.read(columns):
            update_digest(digest, chunk)
            row_count += chunk.row_count
            for name, array in chunk.columns.items():
                nullable[name] |= array.is_null is not None
        found = tuple(
            SourceColumn(column.name, column.type, nullable[column.name], column.data_type, column.shape)
            for column in columns
        )
        return Scan(found, row_count, digest.hexdigest())

    def read(self, columns: tuple[SourceColumn, ...]) -> Iterator[ColumnChunk]:
        """The rows. Raises InvalidInput for a value that does not fit its column, with its row."""
        names = [column.name for column in columns]
        rows = iter(self._begin())
        first_row = 0
        while block := list(islice(rows, _LIMIT_BLOCK_ROWS)):
            tuples = [self._values(row, names, first_row + index) for index, row in enumerate(block)]
            arrays = {
                column.name: self._array([values[place] for values in tuples], column, first_row)
                for place, column in enumerate(columns)
            }
            yield ColumnChunk(len(block), arrays)
            first_row += len(block)

    def _sampled(self, sample: list[PythonRow]) -> tuple[SourceColumn, ...]:
        if not sample:
            return ()
        names = self._names or _names_of(sample)
        check_known(self._types, names, self._origin)
        tuples = [self._values(row, list(names), index) for index, row in enumerate(sample)]
        return tuple(self._column(name, [values[place] for values in tuples]) for place, name in enumerate(names))

    def _values(self, row: PythonRow, names: list[str], index: int) -> Sequence[Any]:
        if isinstance(row, Mapping):
            unknown = [name for name in row if name not in names]
            if unknown:
                raise InvalidInput(
                    f"Row {index} of {self._origin} has the key {unknown[0]!r}; expected {', '.join(names)}, "
                    f"which the first {LIMIT_SAMPLE_ROWS:,} rows have."
                )
            return [row.get(name) for name in names]
        if isinstance(row, str | bytes) or not isinstance(row, Sequence):
            raise InvalidInput(f"Row {index} of {self._origin} is a {type(row).__name__}; expected a dict or a tuple.")
        if len(row) != len(names):
            raise InvalidInput(f"Row {index} of {self._origin} has {len(row)} values; expected {len(names)}.")
        return row

    def _column(self, name: str, values: list[Any]) -> SourceColumn:
        present = [value for value in values if not _is_missing(value)]
        found = self._types.get(name) or self._kind(name, present)
        if found == "tensor":
            if not present:
                raise InvalidInput(
                    f"The column {name} of {self._origin} has no tensor in the first {LIMIT_SAMPLE_ROWS:,} rows; "
                    "expected one at least, from which the shape follows."
                )
            first = np.asarray(present[0])
            return SourceColumn(name, found, False, str(np.result_type(*map(np.asarray, present))), first.shape)
        return SourceColumn(name, found)

    def _kind(self, name: str, present: list[Any]) -> ColumnTypeName:
        kinds = {_kind_of(value) for value in present}
        if kinds == {"text"}:
            distinct = DistinctTexts()
            distinct.add(present)
            return "category" if distinct.are_classes(len(present)) else "text"
        if kinds == {"integer", "float"}:
            return "float"
        if not kinds:
            return "text"
        kind = kinds.pop() if len(kinds) == 1 else None
        if kind is not None:
            return kind
        types = sorted({type(value).__name__ for value in present})
        raise InvalidInput(
            f"The column {name} of {self._origin} has values of type {', '.join(types)}; expected one of bool, int, "
            f"float, str, bytes, datetime and arrays of numbers. Give its type, such as types={{{name!r}: 'float'}}."
        )

    def _array(self, values: list[Any], column: SourceColumn, first_row: int) -> ColumnArray:
        marks = [_is_missing(value) for value in values]
        is_null = np.array(marks) if any(marks) else None
        converted = []
        for index, value in enumerate(values):
            try:
                converted.append(_empty(column) if marks[index] else _convert(value, column))
            except (TypeError, ValueError, OverflowError) as error:
                raise self._unfit(value, column, first_row + index) from error
        if column.type in _TEXTS or column.type in _BYTES:
            return ColumnArray(converted, is_null)
        array = np.array(converted, column.data_type if column.type == "tensor" else _NUMPY_TYPES[column.type])
        unfit = first_unfit(array, column.type)
        if unfit is not None:
            raise self._unfit(values[unfit], column, first_row + unfit)
        return ColumnArray(array, is_null)

    def _unfit(self, value: Any, column: SourceColumn, row: int) -> InvalidInput:
        shape = f" of shape {column.shape} and type {column.data_type}" if column.type == "tensor" else ""
        what = {"text": "text of valid characters", "category": "text of valid characters"}.get(column.type)
        return InvalidInput(
            f"Row {row} of {self._origin} has {repr(value)[:80]} in the column {column.name}; "
            f"expected a {what or f'finite {column.type}'}{shape}, or None."
        )


def _names_of(sample: list[PythonRow]) -> tuple[str, ...]:
    """The keys of all dicts in order of appearance; column_1 and so on for tuples."""
    first = sample[0]
    if not isinstance(first, Mapping):
        return numbered_names(len(first))
    return tuple(dict.fromkeys(str(key) for row in sample if isinstance(row, Mapping) for key in row))


def _kind_of(value: Any) -> ColumnTypeName | None:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), None)


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, np.ndarray | list | tuple | str | bytes):
        return False
    try:
        # NaN and NaT differ from themselves.
        return bool(value != value)
    except TypeError:
        # The NA of pandas is neither equal nor different.
        return True


def _empty(column: SourceColumn) -> Any:
    if column.type == "tensor":
        return np.zeros(column.shape or (), column.data_type)
    return {"text": "", "category": "", "bytes": b"", "image": b""}.get(column.type, 0)


def _convert(value: Any, column: SourceColumn) -> Any:
    """The value as the column holds it. Raises TypeError, ValueError or OverflowError for one that does not fit."""
    kind = _kind_of(value)
    if column.type == "tensor":
        array = np.asarray(value)
        if array.shape != column.shape or not np.can_cast(array.dtype, np.dtype(column.data_type), "same_kind"):
            raise ValueError(array.shape)
        return array
    if column.type in _TEXTS and kind == "text":
        # Halves of surrogate pairs have no place in UTF-8.
        return value if value.isascii() or value.encode() else ""
    if column.type in _TEXTS and kind in ("integer", "float", "boolean"):
        return str(value)
    if column.type in _BYTES and kind == "bytes":
        return bytes(value)
    if column.type == "timestamp" and kind == "timestamp":
        return _to_microseconds(value)
    if (column.type, kind) in _NUMBERS:
        # Checks the range of integers, too.
        return _NUMPY_TYPES[column.type](value)
    raise TypeError(kind)


def _to_microseconds(value: Any) -> int:
    if isinstance(value, np.datetime64):
        exact = value.astype("datetime64[us]")
        if exact != value:
            raise ValueError(value)
        return int(exact.astype(np.int64))
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return to_microseconds(value)


_NUMBERS = frozenset(
    (("integer", "integer"), ("integer", "boolean"), ("float", "integer"), ("float", "float"), ("float", "boolean"),
     ("boolean", "boolean"))
)  # fmt: skip
