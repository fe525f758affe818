"""Columns of Arrow, which Parquet files, data frames and pyarrow tables are made of, as columns of a table.

    Arrow                                              column
    integers, signed and not                           integer; an unsigned one above 64 signed bits is refused
    floats                                             float; NaN is missing, infinity refused
    decimals of at most 15 digits                      float, which holds them exactly enough to print them again
    longer decimals                                    text
    booleans                                           boolean
    timestamps of any unit and zone, dates             timestamp; finer than microseconds is refused, naive is UTC
    texts                                              category or text, see `distinct_texts`
    dictionaries of texts                              category
    dictionaries of others                             as those
    binary                                             bytes
    lists of numbers, of equal length in all rows      tensor (any depth; fixed-size lists and tensors too)
    structs {bytes, path} (Hugging Face images)        image
    nothing but nulls                                  text

Everything else is refused by the column's name. A given type is a cast, or for texts what `text_values` makes of them.
"""

from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tablefit.errors import InvalidInput
from tablefit.sources.arrow_tensors import element_type, is_list, to_tensors
from tablefit.sources.columns import ColumnArray, ColumnTypeName, SourceColumn, first_unfit
from tablefit.sources.distinct_texts import DistinctTexts
from tablefit.sources.text_values import Unfit, parse

# pyarrow's own classes; the library has no types.
ArrowType: TypeAlias = Any
ArrowArray: TypeAlias = Any

_LIMIT_FLOAT_DIGITS = 15
_IMAGE_FIELDS = {"bytes", "path"}
_NOTHING_MISSING = pa.array([], pa.string())

_CASTS: dict[ColumnTypeName, ArrowType] = {
    "integer": pa.int64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "category": pa.string(),
    "timestamp": pa.timestamp("us", "UTC"),
    "bytes": pa.binary(),
    "image": pa.binary(),
}


def column_type(arrow_type: ArrowType) -> ColumnTypeName | None:
    """The type of column that an Arrow type becomes before its values are seen; None when it becomes none."""
    t = pa.types
    if t.is_dictionary(arrow_type):
        return "category" if _is_text(arrow_type.value_type) else column_type(arrow_type.value_type)
    if t.is_decimal(arrow_type):
        return "float" if arrow_type.precision <= _LIMIT_FLOAT_DIGITS else "text"
    if t.is_struct(arrow_type):
        return "image" if {arrow_type.field(i).name for i in range(arrow_type.num_fields)} == _IMAGE_FIELDS else None
    if is_list(arrow_type):
        return "tensor" if element_type(arrow_type) is not None else None
    for is_type, name in _SIMPLE:
        if is_type(arrow_type):
            return name
    return None


@dataclass
class ArrowInference:
    """What is known of a column after some of its rows."""

    name: str
    arrow_type: ArrowType
    origin: str
    given: ColumnTypeName | None = None
    null_count: int = 0
    row_count: int = 0
    shape: tuple[int, ...] | None = None
    data_type: str | None = None
    distinct: DistinctTexts = field(default_factory=DistinctTexts)

    def __post_init__(self) -> None:
        found = column_type(self.arrow_type)
        is_tensor = (self.given or found) == "tensor"
        if found is None or is_tensor != (found == "tensor"):
            raise InvalidInput(
                f"The column {self.name} of {self.origin} has the type {self.arrow_type}"
                f"{f' and cannot become a {self.given}' if self.given else ''}; expected numbers, booleans, times, "
                "texts, bytes or lists of numbers. Convert it (a duration to seconds, a struct to a column for each "
                "field) or leave it out."
            )
        self._found: ColumnTypeName = self.given or found

    def add(self, array: ArrowArray) -> ColumnArray:
        """Takes more rows, checks them, and returns their values."""
        values = self.convert(array)
        self.null_count += 0 if values.is_null is None else int(values.is_null.sum())
        self.row_count += len(array)
        if self._may_be_category and self.distinct.may_be_classes:
            texts = cast(list[str], values.values)
            self.distinct.add(set(texts) if values.is_null is None else set(np.array(texts, object)[~values.is_null]))
        return values

    def convert(self, array: ArrowArray) -> ColumnArray:
        """The values of more rows. Raises InvalidInput for those that do not fit."""
        if self._found == "tensor":
            return self._tensors(array)
        try:
            return to_values(array, self._found)
        except Unfit as unfit:
            raise self._unfit(unfit.text) from unfit
        except pa.ArrowInvalid as error:
            raise self._unfit(f"a value that does not fit ({error})") from error
        except pa.ArrowNotImplementedError as error:
            raise self._unfit(f"values of type {array.type}") from error

    @property
    def column(self) -> SourceColumn:
        """The column that fits all rows so far."""
        found = self._found
        if self._may_be_category and self.distinct.are_classes(self.row_count - self.null_count):
            found = "category"
        if found == "tensor" and self.shape is None and self.row_count:
            raise InvalidInput(f"The column {self.name} of {self.origin} has nothing but nulls; leave it out.")
        return SourceColumn(self.name, found, self.null_count > 0, self.data_type, self.shape)

    @property
    def _may_be_category(self) -> bool:
        return self._found == "text" and self.given is None and _is_text(self.arrow_type)

    def _tensors(self, array: ArrowArray) -> ColumnArray:
        try:
            values = to_tensors(array, self.shape)
        except ValueError as error:
            raise InvalidInput(f"The column {self.name} of {self.origin} {error}.") from error
        if self.data_type is None:
            self.data_type = str(values.values.dtype)  # type: ignore[union-attr]
        if values.is_null is None or not values.is_null.all():
            self.shape = cast(NDArray[Any], values.values).shape[1:]
        return values

    def _unfit(self, what: str) -> InvalidInput:
        return InvalidInput(
            f"The column {self.name} of {self.origin} has {what}, which is no {self._found} value that a database "
            "holds: integers have 64 bits, numbers are finite, times have microseconds. Convert the column first."
        )


def to_values(array: ArrowArray, type_name: ColumnTypeName) -> ColumnArray:
    """The values of an array as those of a column of any type but tensor. Raises Unfit, pa.ArrowInvalid."""
    array = _plain(array)
    if _is_text(array.type) and type_name not in ("text", "category", "bytes", "image"):
        missing = _EMPTY_IS_MISSING if array.null_count else _NOTHING_MISSING
        return parse(array.cast(pa.string()).fill_null(""), missing, type_name)
    wanted = _cast(array, type_name)
    is_null = _marks(wanted)
    if type_name in ("text", "category", "bytes", "image"):
        empty: Any = "" if type_name in ("text", "category") else b""
        return ColumnArray(wanted.fill_null(empty).to_pylist(), is_null)
    if type_name == "timestamp":
        wanted = wanted.cast(pa.int64())
    values = wanted.fill_null(False if type_name == "boolean" else 0).to_numpy(zero_copy_only=False)
    if type_name == "float" and (is_nan := np.isnan(values)).any():
        is_null = is_nan if is_null is None else is_null | is_nan
        values = np.where(is_nan, 0.0, values)
    unfit = first_unfit(values, type_name)
    if unfit is not None:
        raise Unfit(unfit, str(values[unfit]))
    return ColumnArray(values, is_null)


def _plain(array: ArrowArray) -> ArrowArray:
    """The array without dictionary, extension and struct."""
    if pa.types.is_dictionary(array.type):
        return array.dictionary_decode()
    if pa.types.is_struct(array.type):
        return pc.struct_field(array, "bytes")
    return array.storage if isinstance(array.type, pa.BaseExtensionType) else array


def _cast(array: ArrowArray, type_name: ColumnTypeName) -> ArrowArray:
    wanted = _CASTS[type_name]
    if type_name == "timestamp" and pa.types.is_timestamp(array.type):
        # A naive time is taken for UTC as it stands.
        return array.cast(pa.timestamp("us", array.type.tz))
    if type_name == "timestamp":
        return array.cast(pa.timestamp("us"))
    if type_name == "float" and pa.types.is_integer(array.type):
        # Large integers lose digits as floats; who gives the type wants it so.
        return array.cast(wanted, safe=False)
    return array.cast(wanted)


def _marks(array: ArrowArray) -> NDArray[np.bool_] | None:
    return array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None


def _is_text(arrow_type: ArrowType) -> bool:
    t = pa.types
    return bool(t.is_string(arrow_type) or t.is_large_string(arrow_type) or t.is_string_view(arrow_type))


def _is_binary(arrow_type: ArrowType) -> bool:
    t = pa.types
    kinds = (t.is_binary, t.is_large_binary, t.is_binary_view, t.is_fixed_size_binary)
    return any(is_kind(arrow_type) for is_kind in kinds)


_EMPTY_IS_MISSING = pa.array([""])
_SIMPLE: tuple[tuple[Any, ColumnTypeName], ...] = (
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "float"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_date, "timestamp"),
    (_is_text, "text"),
    (_is_binary, "bytes"),
    (pa.types.is_null, "text"),
)
