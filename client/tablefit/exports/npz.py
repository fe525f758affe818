"""A table as an .npz file, which `numpy.load(path)` reads without pickle, written while the rows arrive.

A table of images, pixels decoded by the service:

    x            uint8 (row, height, width, channel)
    y            int32 (row,), indices into class_names
    class_names  text (class,)
    id           int64 (row,)

Any other table, by column, in order of id:

    integer, float, boolean, tensor   NAME (row, *shape); floats are NaN where they are NULL
    image                             NAME uint8 (row, height, width, channel), its pixels
    timestamp                         NAME datetime64[us], UTC
    text                              NAME text (row,)
    category                          NAME int32, indices into NAME_names, -1 for NULL
    bytes                             NAME uint8, all values one after the other; row i is NAME[o[i]:o[i + 1]]
                                      with o = NAME_offsets
    any that may be NULL              NAME_is_null bool (row,) beside it
"""

import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tablefit.data import Column
from tablefit.errors import InvalidInput
from tablefit.exports.blocks import Block
from tablefit.exports.columns_on_disk import KeptColumn, kept_column
from tablefit.exports.replacement import replaced_file

if TYPE_CHECKING:
    from tablefit.data import BatchStream


def write_images(path: Path, stream: "BatchStream", on_progress: Callable[[int, int], None]) -> None:
    """Writes all batches of a stream of labelled images; `on_progress` gets rows written and rows in all."""
    header = stream.header
    labels = np.empty(header.row_count, np.int32)
    row_ids = np.empty(header.row_count, np.int64)
    with replaced_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        done = 0
        with _open_entry(archive, "x") as entry:
            _write_header(entry, (header.row_count, *header.image_shape), np.dtype(np.uint8))
            for batch in stream:
                rows = slice(done, done + len(batch.row_ids))
                labels[rows], row_ids[rows] = batch.columns["label"], batch.row_ids
                entry.write(np.ascontiguousarray(batch.columns["image"]).data)
                done = rows.stop
                on_progress(done, header.row_count)
        for name, array in (("y", labels), ("class_names", np.array(header.class_names, np.str_)), ("id", row_ids)):
            _write_array(archive, name, array)


def write_columns(
    path: Path, columns: Sequence[Column], blocks: Iterable[Block], class_names: Mapping[str, tuple[str, ...]]
) -> None:
    """Writes all rows by column, with `class_names` of the categories.

    An array stands in one piece in the file, so the columns are kept in files of their own meanwhile. Raises
    InvalidInput for columns whose arrays would have one name, or texts too long.
    """
    _check_names(columns)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        kept = [
            kept_column(Path(folder) / str(place), column, class_names.get(column.name, ()))
            for place, column in enumerate(columns)
        ]
        for block in blocks:
            for column in kept:
                column.add(block.values[column.name], block.is_null[column.name])
        with replaced_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for column in kept:
                _write_column(archive, column)


def _check_names(columns: Sequence[Column]) -> None:
    endings = {"category": "_names", "bytes": "_offsets"}
    taken: dict[str, str] = {}
    for column in columns:
        names = [column.name, *([f"{column.name}_is_null"] if column.nullable else [])]
        if column.type in endings:
            names.append(column.name + endings[column.type])
        for name in names:
            if name in taken:
                raise InvalidInput(
                    f"The columns {taken[name]!r} and {column.name!r} would both become the array {name!r}; "
                    "export to a .parquet file instead."
                )
            taken[name] = column.name


def _write_column(archive: zipfile.ZipFile, column: KeptColumn) -> None:
    for array in column.arrays():
        with _open_entry(archive, array.name) as entry:
            _write_header(entry, array.shape, array.dtype)
            for piece in array.pieces:
                entry.write(piece)


def _open_entry(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    return archive.open(f"{name}.npy", "w", force_zip64=True)


def _write_header(entry: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    description = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_2_0(entry, description)


def _write_array(archive: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    with _open_entry(archive, name) as entry:
        np.lib.format.write_array(entry, array, allow_pickle=False)
