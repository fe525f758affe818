"""A table as a Parquet file, a group of rows at a time.

integer int64    float float64      boolean bool    timestamp microseconds in UTC
text string      category dictionary<int32, string> image, bytes binary    tensor fixed-size lists with their shape
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tablefit.data import Column
from tablefit.errors import InvalidInput
from tablefit.exports.blocks import Block, joined, size_bytes
from tablefit.exports.replacement import replaced_file

# A group of rows is held in memory until it is written; readers like them large.
GROUP_ROWS = 65_536
GROUP_BYTES = 32 * 1024 * 1024


def check_writable() -> None:
    """Raises InvalidInput with what to install when pyarrow is missing."""
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise InvalidInput('Writing Parquet needs pyarrow: pip install "tablefit[tables]".') from error


def write_parquet(
    path: Path, columns: Sequence[Column], blocks: Iterable[Block], class_names: Mapping[str, tuple[str, ...]]
) -> None:
    """Writes all rows; `class_names` are those of categories that come as indices.

    The file appears when it is complete.
    """
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([pa.field(column.name, _arrow_type(column), column.nullable) for column in columns])
    with replaced_file(path) as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(blocks):
            arrays = [
                _to_arrow(group.values[c.name], group.is_null[c.name], c, class_names.get(c.name, ())) for c in columns
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=group.row_count)


def _groups(blocks: Iterable[Block]) -> Iterator[Block]:
    kept: list[Block] = []
    rows = total_bytes = 0
    for block in blocks:
        kept.append(block)
        rows += block.row_count
        total_bytes += size_bytes(block)
        if rows >= GROUP_ROWS or total_bytes >= GROUP_BYTES:
            yield joined(kept)
            kept, rows, total_bytes = [], 0, 0
    if kept:
        yield joined(kept)


def _arrow_type(column: Column) -> Any:
    import pyarrow as pa

    if column.type == "tensor":
        return pa.fixed_shape_tensor(pa.from_numpy_dtype(np.dtype(column.data_type)), column.shape)
    return {
        "integer": pa.int64(),
        "float": pa.float64(),
        "boolean": pa.bool_(),
        "timestamp": pa.timestamp("us", tz="UTC"),
        "text": pa.string(),
        "category": pa.dictionary(pa.int32(), pa.string()),
        "image": pa.binary(),
        "bytes": pa.binary(),
    }[column.type]


def _to_arrow(values: NDArray[Any], is_null: NDArray[np.bool_], column: Column, class_names: tuple[str, ...]) -> Any:
    import pyarrow as pa

    wanted = _arrow_type(column)
    if column.type == "category" and values.dtype != np.object_:
        return pa.DictionaryArray.from_arrays(pa.array(values, mask=is_null), pa.array(class_names, pa.string()))
    if column.type != "tensor":
        return pa.array(values, wanted, mask=is_null)
    flat = pa.array(values.reshape(-1))
    mask = pa.array(is_null) if is_null.any() else None
    size = int(np.prod(column.shape, dtype=np.int64))
    return wanted.wrap_array(pa.FixedSizeListArray.from_arrays(flat, size, mask=mask))
