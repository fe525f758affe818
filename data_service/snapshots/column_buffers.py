"""The values of one column of a block: as named buffers to be written, and as views into a block that is read.

    form       buffers                                       for
    fixed      values (row, *shape)                          integer, timestamp, float, boolean, tensor
    coded      codes, name_offsets, names                    category; text where that is smaller
    strings    offsets int64 (row + 1,), data                text, image, bytes
    digested   digests (row, 32), lengths int64 (row,)       image, bytes, tensor of which only digests are kept

All but `coded`, whose NULL is the code -1, have the buffer `nulls`, uint8 (row,), when some value is NULL. There,
zeros or nothing stand, whatever stood in the rows: equal rows give equal bytes. Names of codes are in order of their
UTF-8 bytes. Floats keep their bits. Leaves to `block_file` where the buffers lie.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_service.columns import ColumnArray
from data_service.schema import Column, ColumnType
from data_service.snapshots.coded_texts import CodedTexts, code_texts, text_lengths

Bytes = NDArray[np.uint8]
Buffers = dict[str, Bytes]

DIGEST_BYTES = 32
TEXTS = (ColumnType.TEXT, ColumnType.CATEGORY)
BYTE_STRINGS = (ColumnType.IMAGE, ColumnType.BYTES)
# What a change-detecting snapshot keeps the digests of.
LARGE = (*BYTE_STRINGS, ColumnType.TENSOR)

_OFFSET = np.dtype("<i8")
_CODE = np.dtype("<i4")
_ELEMENTS = {
    ColumnType.INTEGER: np.dtype("<i8"),
    ColumnType.TIMESTAMP: np.dtype("<i8"),
    ColumnType.FLOAT: np.dtype("<f8"),
    ColumnType.BOOLEAN: np.dtype(np.bool_),
}


@dataclass(frozen=True)
class Fixed:
    """Values of one size: `values` (row, *shape), and where they are NULL, None for nowhere."""

    values: NDArray[Any]
    is_null: NDArray[np.bool_] | None


@dataclass(frozen=True)
class Strings:
    """Byte strings, or texts in UTF-8: value i is `data[offsets[i]:offsets[i + 1]]`."""

    offsets: NDArray[np.int64]
    data: Bytes
    is_null: NDArray[np.bool_] | None = None

    def value(self, row: int) -> memoryview:
        """The bytes of one value, not copied."""
        return self.data[self.offsets[row] : self.offsets[row + 1]].data

    def take(self, rows: NDArray[np.int64]) -> list[bytes]:
        """Copies of some values, in the order of `rows`."""
        data = self.data.data
        ends = zip(self.offsets[rows].tolist(), self.offsets[rows + 1].tolist(), strict=True)
        return [data[start:end].tobytes() for start, end in ends]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Bytes of each value, int64 (row,)."""
        return np.diff(self.offsets)


@dataclass(frozen=True)
class Coded:
    """Texts as indices into the block's distinct ones: `codes` int32 (row,), -1 for NULL."""

    codes: NDArray[np.int32]
    name_strings: Strings

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The distinct texts of the block in order of their UTF-8 bytes."""
        return tuple(str(self.name_strings.value(code), "utf-8") for code in range(len(self.name_strings.offsets) - 1))


@dataclass(frozen=True)
class Digested:
    """What is known of values that are not kept: SHA-256 uint8 (row, 32) and bytes int64 (row,) of each."""

    digests: Bytes
    lengths: NDArray[np.int64]
    is_null: NDArray[np.bool_] | None


View = Fixed | Coded | Strings | Digested


def element_type(column: Column) -> np.dtype[Any]:
    """The numpy type of the elements of a column of form `fixed`."""
    if column.type is ColumnType.TENSOR:
        return np.dtype(column.data_type).newbyteorder("<")
    return _ELEMENTS[column.type]


def to_buffers(column: Column, array: ColumnArray, *, digested: bool) -> tuple[str, Buffers]:
    """The form and the buffers that hold a column's values."""
    is_null = array.is_null if array.is_null is not None and array.is_null.any() else None
    nulls = {} if is_null is None else {"nulls": as_bytes(is_null.astype(np.bool_, copy=False))}
    if digested:
        return "digested", {**nulls, **_digested(column, array.values, is_null)}
    if column.type in BYTE_STRINGS:
        values = _blanked(array.values, is_null)
        return "strings", {**nulls, **_strings(b"".join(values), byte_lengths(values))}
    if column.type in TEXTS:
        return _texts(column, code_texts(array), is_null, nulls)
    return "fixed", {**nulls, "values": as_bytes(_fixed(column, array.values, is_null))}


def to_view(column: Column, form: str, row_count: int, buffers: Mapping[str, Bytes]) -> View:
    """What `to_buffers` was given, as views into its buffers."""
    is_null = buffers["nulls"].view(np.bool_) if "nulls" in buffers else None
    if form == "coded":
        names = Strings(buffers["name_offsets"].view(_OFFSET), buffers["names"])
        return Coded(buffers["codes"].view(_CODE), names)
    if form == "strings":
        return Strings(buffers["offsets"].view(_OFFSET), buffers["data"], is_null)
    if form == "digested":
        digests = buffers["digests"].reshape(row_count, DIGEST_BYTES)
        return Digested(digests, buffers["lengths"].view(_OFFSET), is_null)
    values = buffers["values"].view(element_type(column)).reshape(row_count, *column.shape)
    return Fixed(values, is_null)


def as_bytes(array: NDArray[Any]) -> Bytes:
    """The bytes of an array in C order, not copied where it is in that order already."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def byte_lengths(values: Sequence[bytes]) -> NDArray[np.int64]:
    """The length of each value, int64 (value,)."""
    return np.fromiter(map(len, values), dtype=_OFFSET, count=len(values))


def _blanked(values: Any, is_null: NDArray[np.bool_] | None) -> list[bytes]:
    """The values with none where they are NULL."""
    blanked = list(values)
    for row in [] if is_null is None else np.flatnonzero(is_null).tolist():
        blanked[row] = b""
    return blanked


def _fixed(column: Column, values: Any, is_null: NDArray[np.bool_] | None) -> NDArray[Any]:
    fixed = np.asarray(values, dtype=element_type(column)).reshape(len(values), *column.shape)
    if is_null is not None:
        fixed = fixed.copy()
        fixed[is_null] = 0
    return fixed


def _strings(data: bytes, lengths: NDArray[np.int64]) -> Buffers:
    return {"offsets": as_bytes(_offsets(lengths)), "data": np.frombuffer(data, dtype=np.uint8)}


def _offsets(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    offsets = np.zeros(len(lengths) + 1, dtype=_OFFSET)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def _texts(column: Column, texts: CodedTexts, is_null: NDArray[np.bool_] | None, nulls: Buffers) -> tuple[str, Buffers]:
    codes = texts.codes
    present = codes if is_null is None else codes[~is_null]
    counts = np.bincount(present, minlength=len(texts.names))
    used = np.flatnonzero(counts)
    names = [texts.names[code] for code in used.tolist()]
    lengths = text_lengths(names)
    coded_bytes = len(codes) * _CODE.itemsize + (len(names) + 1) * _OFFSET.itemsize + int(lengths.sum())
    string_bytes = sum(map(len, nulls.values())) + (len(codes) + 1) * _OFFSET.itemsize + int(counts[used] @ lengths)
    if column.type is ColumnType.CATEGORY or coded_bytes < string_bytes:
        return "coded", _coded(codes, used, names, is_null)
    length_of = np.zeros(len(texts.names), dtype=_OFFSET)
    length_of[used] = lengths
    row_lengths = length_of[codes] if is_null is None else np.where(is_null, 0, length_of[codes])
    data = "".join(map(texts.names.__getitem__, present.tolist())).encode()
    return "strings", {**nulls, **_strings(data, row_lengths)}


def _coded(
    codes: NDArray[np.int32], used: NDArray[np.intp], names: list[str], is_null: NDArray[np.bool_] | None
) -> Buffers:
    """Codes in the order of the names that occur; `used` are the codes that those have now."""
    # Python orders texts by code point, which is the order of their UTF-8 bytes.
    order = sorted(range(len(names)), key=names.__getitem__)
    place_of = np.full(int(codes.max(initial=0)) + 1, -1, dtype=_CODE)
    place_of[used[order]] = np.arange(len(names), dtype=_CODE)
    sorted_codes = place_of[codes]
    if is_null is not None:
        sorted_codes[is_null] = -1
    in_order = [names[place] for place in order]
    strings = _strings("".join(in_order).encode(), text_lengths(in_order))
    return {"codes": as_bytes(sorted_codes), "name_offsets": strings["offsets"], "names": strings["data"]}


def _digested(column: Column, values: Any, is_null: NDArray[np.bool_] | None) -> Buffers:
    if column.type is ColumnType.TENSOR:
        fixed = _fixed(column, values, is_null)
        row_bytes = fixed.nbytes // max(1, len(fixed))
        contents: list[Any] = list(as_bytes(fixed).reshape(len(fixed), row_bytes))
        lengths = np.full(len(fixed), row_bytes, dtype=_OFFSET)
    else:
        contents = _blanked(values, is_null)
        lengths = byte_lengths(contents)
    digests = b"".join([hashlib.sha256(content).digest() for content in contents])
    kept = np.frombuffer(digests, dtype=np.uint8).reshape(len(contents), DIGEST_BYTES)
    if is_null is not None:
        kept = np.where(is_null[:, None], np.uint8(0), kept)
        lengths[is_null] = 0
    return {"digests": as_bytes(kept), "lengths": as_bytes(lengths)}
