"""Texts of CSV as values: which texts are numbers, booleans and times.

    integer     -12, +3, 0                       fits 64 bits; no leading zeros, which would be lost: 00501 is a text
    float       1.5, .5, 1e-3                    an integer of more than 64 bits is none: its digits would be lost
    boolean     true, false in any case          where the type is given also yes/no, y/n, t/f, on/off, 1/0
    timestamp   2026-01-31, 2026-01-31T12:30:00.123456+01:00   ISO 8601; without a zone UTC; at most microseconds
    category    texts, few of them different     see `distinct_texts`
    text        all else, and columns without any value

Spaces around numbers do not count. Infinities are refused in a column of numbers, NaN is a missing value there. Leaves
it to `text_inference` which type fits a whole column.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tablefit.sources.columns import ColumnArray, ColumnTypeName, first_unfit

Texts: TypeAlias = Any  # pyarrow.StringArray; the library has no types.

_BOOLEANS = {"true": True, "false": False}
_GIVEN_BOOLEANS = _BOOLEANS | {"yes": True, "no": False, "y": True, "n": False, "t": True, "f": False}
_GIVEN_BOOLEANS |= {"on": True, "off": False, "1": True, "0": False}

_ZONE = r"[0-9:.](Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_TOO_LARGE = 2.0**63
_WHOLE_NUMBER = "^[+-]?[0-9]+$"

_PLUS, _MINUS, _ZERO, _NINE = b"+-09"
_HEXADECIMAL = ord("x")
# The bit that tells small letters from capitals.
_LOWER = 0x20


class Unfit(Exception):
    """The text at `index` is no value of the type wanted."""

    def __init__(self, index: int, text: str) -> None:
        super().__init__(index, text)
        self.index = index
        self.text = text


def parse(texts: Texts, missing: Texts, type_name: ColumnTypeName) -> ColumnArray:
    """The values of a column whose type is known. Raises Unfit."""
    is_null = find_missing(texts, missing)
    if type_name not in PARSERS:
        values = texts.to_pylist()
        if type_name in ("bytes", "image"):
            values = [value.encode() for value in values]
        empty = "" if type_name in ("text", "category") else b""
        if is_null is not None:
            for index in np.flatnonzero(is_null).tolist():
                values[index] = empty
        return ColumnArray(values, is_null)
    valid = texts if is_null is None else texts.filter(pa.array(~is_null))
    rows = None if is_null is None else np.flatnonzero(~is_null)
    parsed = _parse_all(valid, rows, _GIVEN_PARSERS[type_name])
    array = _with_gaps(parsed, rows, len(texts), is_null)
    unfit = first_unfit(array.values, type_name)  # type: ignore[arg-type]
    if unfit is not None:
        raise Unfit(unfit, texts[unfit].as_py())
    return array


def find_missing(texts: Texts, missing: Texts) -> NDArray[np.bool_] | None:
    """Marks the texts that stand for a missing value, with or without spaces around; None when there are none."""
    if not len(missing):
        return None
    found = pc.is_in(pc.utf8_trim_whitespace(texts), value_set=missing)
    return found.to_numpy(zero_copy_only=False) if found.true_count else None


def _with_gaps(
    parsed: NDArray[Any], rows: NDArray[np.int64] | None, row_count: int, is_null: NDArray[np.bool_] | None
) -> ColumnArray:
    """The parsed values in their rows, with 0 and a mark in all others and where a value is NaN."""
    if rows is None:
        values = parsed
    else:
        values = np.zeros(row_count, parsed.dtype)
        values[rows] = parsed
    if values.dtype.kind == "f":
        is_nan = np.isnan(values)
        if is_nan.any():
            is_null = is_nan if is_null is None else is_null | is_nan
            values = np.where(is_nan, 0.0, values)
    return ColumnArray(values, is_null)


def _parse_all(valid: Texts, rows: NDArray[np.int64] | None, parser: "Parser") -> NDArray[Any]:
    trimmed = pc.utf8_trim_whitespace(valid)
    values = parser(trimmed)
    if values is not None:
        return values
    # Halves the rows until the first one that does not fit is alone.
    start, stop = 0, len(trimmed)
    while stop - start > 1:
        middle = (start + stop) // 2
        if parser(trimmed.slice(start, middle - start)) is None:
            stop = middle
        else:
            start = middle
    raise Unfit(start if rows is None else int(rows[start]), valid[start].as_py())


def _integers(texts: Texts) -> NDArray[Any] | None:
    values = _cast(texts, pa.int64())
    if values is None and pc.any(pc.starts_with(texts, "+")).as_py():
        values = _cast(pc.replace_substring_regex(texts, r"^\+([0-9])", r"\1"), pa.int64())
    return None if values is None or _any_padded(texts) else values


def _floats(texts: Texts) -> NDArray[Any] | None:
    values = _cast(texts, pa.float64())
    if values is None or _any_padded(texts):
        return None
    is_large = np.abs(values) >= _TOO_LARGE
    if is_large.any() and pc.any(pc.match_substring_regex(texts.filter(pa.array(is_large)), _WHOLE_NUMBER)).as_py():
        return None
    return values


def _booleans(words: dict[str, bool]) -> "Parser":
    names = pa.array(list(words))
    values = np.array(list(words.values()))

    def parse_booleans(texts: Texts) -> NDArray[Any] | None:
        found = pc.index_in(pc.utf8_lower(texts), value_set=names)
        return None if found.null_count else values[found.to_numpy()]

    return parse_booleans


def _times(texts: Texts) -> NDArray[Any] | None:
    has_zone = pc.and_(pc.match_substring(texts, ":"), pc.match_substring_regex(texts, _ZONE))
    zoned = has_zone.to_numpy(zero_copy_only=False)
    values = np.zeros(len(texts), np.int64)
    for rows, target in ((zoned, pa.timestamp("us", "UTC")), (~zoned, pa.timestamp("us"))):
        if rows.any():
            times = _cast(texts.filter(pa.array(rows)), target)
            if times is None:
                return None
            values[rows] = times
    return None if first_unfit(values, "timestamp") is not None else values


def _cast(texts: Texts, target: Any) -> NDArray[Any] | None:
    try:
        values = pc.cast(texts, target)
    except pa.ArrowInvalid:
        return None
    if pa.types.is_timestamp(target):
        values = values.cast(pa.int64())
    found: NDArray[Any] = values.to_numpy(zero_copy_only=False)
    return found


def _any_padded(texts: Texts) -> bool:
    """Whether a text begins with a zero and another digit (or the x of a hexadecimal number), behind a sign or not."""
    offsets_buffer, content = texts.buffers()[1:]
    if content is None or not len(texts):
        return False
    offsets = np.frombuffer(offsets_buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    characters = np.concatenate((np.frombuffer(content, np.uint8)[: offsets[-1]], np.zeros(3, np.uint8)))
    first = characters[offsets[:-1]]
    is_signed = (first == _PLUS) | (first == _MINUS)
    starts = offsets[:-1] + is_signed
    is_candidate = (characters[starts] == _ZERO) & (np.diff(offsets) - is_signed >= 2)
    second = characters[starts[is_candidate] + 1]
    return bool((((second >= _ZERO) & (second <= _NINE)) | ((second | _LOWER) == _HEXADECIMAL)).any())


Parser: TypeAlias = Callable[[Texts], NDArray[Any] | None]
PARSERS: dict[ColumnTypeName, Parser] = {
    "integer": _integers,
    "float": _floats,
    "boolean": _booleans(_BOOLEANS),
    "timestamp": _times,
}
_GIVEN_PARSERS = PARSERS | {"boolean": _booleans(_GIVEN_BOOLEANS)}
