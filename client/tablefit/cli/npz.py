"""Writes a table's arrays as an .npz file while they arrive, so that a table may be larger than memory.

    x            uint8 (row, height, width, channel)
    y            int32 (row,), indices into class_names
    class_names  text (class,)
    id           int64 (row,)

`numpy.load(path)` reads it without pickle. The file appears whole or not at all.
"""

import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tablefit.data import BatchStream


def write_npz(path: Path, stream: "BatchStream", on_progress: Callable[[int, int], None]) -> None:
    """Writes all batches of `stream`; `on_progress` gets rows written and rows in all."""
    header = stream.header
    labels = np.empty(header.row_count, np.int32)
    row_ids = np.empty(header.row_count, np.int64)
    with _replaced(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
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


@contextmanager
def _replaced(path: Path) -> Iterator[IO[bytes]]:
    """A temporary file beside `path` that takes its place when the block ends well."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            yield file
            file.flush()
            os.chmod(file.name, 0o666 & ~_umask())
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _open_entry(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    return archive.open(f"{name}.npy", "w", force_zip64=True)


def _write_header(entry: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    description = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_2_0(entry, description)


def _write_array(archive: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    with _open_entry(archive, name) as entry:
        np.lib.format.write_array(entry, array, allow_pickle=False)


def _umask() -> int:
    """The process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
