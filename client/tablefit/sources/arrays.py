"""NumPy files of images and labels: `digits.npz` with x and y, or `x.npy` beside `y.npy`.

    x            uint8 (row, height, width) or (row, height, width, channel); 1 channel is grey, 3 colour, 4 with alpha
    y            (row,) or (row, 1): integers, or texts, which are the labels themselves
    class_names  texts (class,), optional: y are indices into it then; else integers become decimal text

That is what `tablefit export` writes. An .npz file with x_train, y_train and so on wants `inside="train"`. Each image
becomes a PNG file; the source name is the file and the row's index from 0, `digits.npz#17`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tablefit.errors import InvalidInput
from tablefit.sources import SourceRow
from tablefit.sources.archive_entries import LIMIT_IMAGE_BYTES
from tablefit.sources.columns import IMAGE_COLUMNS
from tablefit.sources.compression import reading
from tablefit.sources.npy import ArrayHeader, read_header, read_rows, read_whole
from tablefit.sources.png import MODES, Shape, encode_png


@dataclass(frozen=True)
class StoredArray:
    """An array that can be opened as often as needed; `origin` names it in messages."""

    origin: str
    open: Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True)
class ArrayFiles:
    """Where the arrays of a source are, and a digest of what they hold."""

    path: Path
    source_name: str
    images: StoredArray
    labels: StoredArray
    class_names: StoredArray | None
    digest: Callable[[], str]


class ArraySource:
    """The rows of an array of images and one of labels."""

    columns = IMAGE_COLUMNS

    def __init__(self, find: Callable[[], ArrayFiles]) -> None:
        self._find = find

    @property
    def row_count(self) -> int:
        """How many images there are, as the header of x says."""
        return self._headers[0].row_count

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over checksums or samples of the arrays."""
        return self._files.digest()

    def rows(self, skip: int = 0) -> Iterator[SourceRow]:
        """The images as rows with the columns label and image (a PNG file). Raises InvalidInput for arrays that cannot
        be read."""
        files, (images, labels) = self._files, self._headers
        shape = _image_shape(images)
        values = zip(_rows_of(files, files.images, skip), _rows_of(files, files.labels, skip), strict=True)
        for index, (pixels, value) in enumerate(values, start=skip):
            name = f"{files.source_name}#{index}"
            label = _label(value, labels, self._class_names, index)
            yield SourceRow(name, {"label": label, "image": encode_png(pixels, shape)})

    @cached_property
    def _files(self) -> ArrayFiles:
        return self._find()

    @cached_property
    def _headers(self) -> tuple[ArrayHeader, ArrayHeader]:
        files = self._files
        images, labels = _header_of(files, files.images), _header_of(files, files.labels)
        _image_shape(images)
        _check_labels(labels)
        if images.row_count != labels.row_count:
            raise InvalidInput(
                f"{images.origin} has {images.row_count:,} rows and {labels.origin} {labels.row_count:,}; "
                "expected one label for each image."
            )
        return images, labels

    @cached_property
    def _class_names(self) -> tuple[str, ...] | None:
        array = self._files.class_names
        if array is None:
            return None
        with reading(self._files.path), array.open() as file:
            names = read_whole(file, array.origin)
        if names.dtype.kind not in "US":
            raise InvalidInput(f"{array.origin} has the type {names.dtype}; expected texts.")
        return tuple(_text(names, index, array.origin) for index in range(len(names)))


def _header_of(files: ArrayFiles, array: StoredArray) -> ArrayHeader:
    with reading(files.path), array.open() as file:
        return read_header(file, array.origin)


def _rows_of(files: ArrayFiles, array: StoredArray, skip: int) -> Iterator[bytes]:
    with ExitStack() as stack:
        with reading(files.path):
            file = stack.enter_context(array.open())
            header = read_header(file, array.origin)
        yield from read_rows(file, header, skip, files.path)


def _image_shape(header: ArrayHeader) -> Shape:
    """(height, width, channel) of each image; raises InvalidInput for what holds no images."""
    shape = (*header.shape, 1) if len(header.shape) == 3 else header.shape
    if header.dtype != np.uint8 or len(shape) != 4:
        raise InvalidInput(
            f"{header.origin} has the type {header.dtype} and the shape {header.shape}; "
            "expected pixels 0..255 as uint8, of shape (row, height, width) or (row, height, width, channel). "
            'Arrays of other things are a table: kind="table".'
        )
    if shape[3] not in MODES:
        raise InvalidInput(
            f"{header.origin} has the shape {header.shape}; expected 1, 3 or 4 channels on the last axis, "
            f"received {shape[3]}. Move the channels there with np.moveaxis."
        )
    if not 0 < header.row_bytes <= LIMIT_IMAGE_BYTES or not header.row_count:
        raise InvalidInput(
            f"{header.origin} has the shape {header.shape}; expected rows of images of 1 byte to 60 MiB."
        )
    return shape[1], shape[2], shape[3]


def _check_labels(header: ArrayHeader) -> None:
    if header.dtype.kind not in "iuUS" or header.shape[1:] not in ((), (1,)) or header.row_bytes > LIMIT_IMAGE_BYTES:
        raise InvalidInput(
            f"{header.origin} has the type {header.dtype} and the shape {header.shape}; "
            "expected integers or texts of shape (row,)."
        )


def _label(value: bytes, header: ArrayHeader, class_names: tuple[str, ...] | None, index: int) -> str:
    if header.dtype.kind in "US":
        # A text of no length has no bytes to read.
        return _text(np.frombuffer(value, header.dtype), 0, f"{header.origin}, row {index},") if value else ""
    number = int(np.frombuffer(value, header.dtype)[0])
    if class_names is None:
        return str(number)
    if not 0 <= number < len(class_names):
        raise InvalidInput(
            f"{header.origin} has {number} in row {index}; "
            f"expected an index into class_names, 0 to {len(class_names) - 1}."
        )
    return class_names[number]


def _text(values: NDArray[Any], index: int, origin: str) -> str:
    """One text of an array of str or of UTF-8 bytes."""
    try:
        value = values[index]
        text = value.decode() if isinstance(value, bytes) else str(value)
        text.encode()
    except ValueError as error:
        raise InvalidInput(f"{origin} holds a text that is not valid Unicode.") from error
    return text
