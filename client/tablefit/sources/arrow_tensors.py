"""Lists of numbers in Arrow as tensors: lists of any depth whose lengths are equal in all rows."""

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tablefit.sources.columns import ColumnArray, first_unfit

# pyarrow's own classes; the library has no types.
ArrowType: TypeAlias = Any
ArrowArray: TypeAlias = Any


def to_tensors(array: ArrowArray, shape: tuple[int, ...] | None) -> ColumnArray:
    """Equal lists of numbers as one array (row, *shape). Raises ValueError with the end of a sentence."""
    outer: tuple[int, ...] | None = None
    if isinstance(array.type, pa.FixedShapeTensorType):
        outer = tuple(array.type.shape)
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    is_null = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
    inner, sizes = array.drop_null(), []
    row_count = len(inner)
    while is_list(inner.type):
        lengths = pc.unique(pc.list_value_length(inner)).to_pylist()
        if len(lengths) > 1 or None in lengths:
            raise ValueError(f"has lists of {len(lengths)} lengths; expected lists of one length, which become tensors")
        sizes.append(lengths[0] if lengths else 0)
        inner = inner.flatten()
    if inner.null_count:
        raise ValueError("has nulls within its lists; expected numbers only")
    found = outer or tuple(sizes)
    if row_count and shape is not None and found != shape:
        raise ValueError(f"has lists of the shapes {shape} and {found}; expected lists of one length")
    numbers = inner.to_numpy(zero_copy_only=False)
    if not row_count:
        found = shape or (0,)
    values = numbers.reshape(row_count, *found)
    if first_unfit(values, "tensor") is not None:
        raise ValueError("has NaN or infinity within its lists; expected finite numbers only")
    if is_null is not None:
        filled = np.zeros((len(array), *found), numbers.dtype)
        filled[~is_null] = values
        values = filled
    return ColumnArray(values, is_null)


def is_list(arrow_type: ArrowType) -> bool:
    """Whether an Arrow type holds lists or tensors."""
    if isinstance(arrow_type, pa.FixedShapeTensorType):
        return True
    t = pa.types
    return bool(t.is_list(arrow_type) or t.is_large_list(arrow_type) or t.is_fixed_size_list(arrow_type))


def element_type(arrow_type: ArrowType) -> ArrowType | None:
    """What the lists hold in the end, when those are numbers or booleans."""
    while is_list(arrow_type):
        arrow_type = arrow_type.value_type
    t = pa.types
    is_number = t.is_integer(arrow_type) or t.is_floating(arrow_type) or t.is_boolean(arrow_type)
    return arrow_type if is_number else None
