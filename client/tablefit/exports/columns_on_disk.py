"""Columns kept in files until all rows are there, and then given out as the arrays of an .npz file.

numbers    the elements as they will stand in the array
texts      UTF-8 one after the other, their lengths beside them
categories the indices of their classes
bytes      one after the other, their ends beside them
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tablefit.data import Column
from tablefit.errors import InvalidInput

_PIECE_BYTES = 4 * 1024 * 1024
_PIECE_ROWS = 4096
# All texts of an array take as much as the longest; so much may be more than what they hold.
LIMIT_TEXT_ARRAY_BYTES = 4 * 1024**3
_LENGTH = np.dtype("<i8")


@dataclass(frozen=True)
class WholeArray:
    """An array that is read piece by piece."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    pieces: Iterator[bytes]


@dataclass
class KeptColumn:
    """A column of numbers, times or tensors, and what all columns have in common."""

    path: Path
    column: Column
    row_count: int = 0
    _nulls: list[NDArray[np.bool_]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.column.name

    def add(self, values: NDArray[Any], is_null: NDArray[np.bool_]) -> None:
        """Takes the values of some more rows."""
        self.row_count += len(values)
        if self.column.nullable:
            self._nulls.append(is_null)
        self._add_values(values, is_null)

    def arrays(self) -> Iterator[WholeArray]:
        """The arrays that the column becomes, to be read one after the other."""
        yield from self._value_arrays()
        if self.column.nullable:
            is_null = np.concatenate([np.zeros(0, np.bool_), *self._nulls])
            yield WholeArray(f"{self.name}_is_null", is_null.shape, is_null.dtype, iter([is_null.tobytes()]))

    def _add_values(self, values: NDArray[Any], is_null: NDArray[np.bool_]) -> None:
        self._append(values.tobytes())

    def _value_arrays(self) -> Iterator[WholeArray]:
        yield WholeArray(self.name, (self.row_count, *self.column.shape), _dtype(self.column), self._read())

    def _append(self, data: bytes, ending: str = "") -> None:
        with self.path.with_name(self.path.name + ending).open("ab") as file:
            file.write(data)

    def _read(self, ending: str = "", piece_bytes: int = _PIECE_BYTES) -> Iterator[bytes]:
        path = self.path.with_name(self.path.name + ending)
        if path.exists():
            with path.open("rb") as file:
                while piece := file.read(piece_bytes):
                    yield piece


@dataclass
class KeptCategories(KeptColumn):
    """A column of categories: indices into the names of its classes."""

    class_names: tuple[str, ...] = ()

    def _value_arrays(self) -> Iterator[WholeArray]:
        yield WholeArray(self.name, (self.row_count,), np.dtype("<i4"), self._read())
        array = np.array(self.class_names, np.str_)
        yield WholeArray(f"{self.name}_names", array.shape, array.dtype, iter([array.tobytes()]))


@dataclass
class KeptTexts(KeptColumn):
    """A column of texts."""

    _longest: int = 1

    def _add_values(self, values: NDArray[Any], is_null: NDArray[np.bool_]) -> None:
        texts = ["" if null else value for value, null in zip(values, is_null, strict=True)]
        self._longest = max(self._longest, *map(len, texts))
        encoded = [text.encode() for text in texts]
        self._append(b"".join(encoded))
        self._append(np.fromiter(map(len, encoded), _LENGTH, len(encoded)).tobytes(), ".lengths")
        if self._longest * 4 * self.row_count > LIMIT_TEXT_ARRAY_BYTES:
            raise InvalidInput(
                f"The column {self.name!r} has a text of {self._longest:,} characters, and in an .npz file all texts "
                "take as much as the longest; export to a .parquet file instead."
            )

    def _value_arrays(self) -> Iterator[WholeArray]:
        dtype = np.dtype(f"<U{self._longest}")
        yield WholeArray(self.name, (self.row_count,), dtype, self._text_pieces(dtype))

    def _text_pieces(self, dtype: np.dtype[Any]) -> Iterator[bytes]:
        if not self.row_count:
            return
        rows = max(1, min(_PIECE_ROWS, _PIECE_BYTES // dtype.itemsize))
        with self.path.open("rb") as file:
            for lengths in self._read(".lengths", rows * _LENGTH.itemsize):
                texts = [file.read(length).decode() for length in np.frombuffer(lengths, _LENGTH).tolist()]
                yield np.array(texts, dtype).tobytes()


@dataclass
class KeptBytes(KeptColumn):
    """A column of byte strings."""

    _end: int = 0

    def _add_values(self, values: NDArray[Any], is_null: NDArray[np.bool_]) -> None:
        blobs = [b"" if null else value for value, null in zip(values, is_null, strict=True)]
        self._append(b"".join(blobs))
        ends = self._end + np.cumsum(np.fromiter(map(len, blobs), _LENGTH, len(blobs)))
        self._append(ends.astype(_LENGTH).tobytes(), ".ends")
        self._end = int(ends[-1])

    def _value_arrays(self) -> Iterator[WholeArray]:
        yield WholeArray(self.name, (self._end,), np.dtype(np.uint8), self._read())
        yield WholeArray(f"{self.name}_offsets", (self.row_count + 1,), _LENGTH, self._offsets())

    def _offsets(self) -> Iterator[bytes]:
        yield bytes(_LENGTH.itemsize)
        yield from self._read(".ends")


def kept_column(path: Path, column: Column, class_names: tuple[str, ...] = ()) -> KeptColumn:
    """What keeps a column of this type in files whose names begin with `path`."""
    if column.type == "category":
        return KeptCategories(path, column, class_names=class_names)
    kinds: dict[str, type[KeptColumn]] = {"text": KeptTexts, "bytes": KeptBytes}
    return kinds.get(column.type, KeptColumn)(path, column)


def _dtype(column: Column) -> np.dtype[Any]:
    if column.type == "tensor":
        return np.dtype(column.data_type).newbyteorder("<")
    return np.dtype({"integer": "<i8", "float": "<f8", "boolean": "?", "timestamp": "<M8[us]"}[column.type])
