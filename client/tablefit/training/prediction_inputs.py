"""What a model can predict from, and its message: files of images, pixels, rows."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tablefit.data.values import literal_value
from tablefit.errors import InvalidInput
from tablefit.sources.png import encode_png
from tablefit.v1 import data_service_pb2 as data_pb
from tablefit.v1 import training_service_pb2 as pb

# A file of an image: its path, or its bytes; pixels; or a row: values by column.
PredictionInput: TypeAlias = str | Path | bytes | NDArray[Any] | Mapping[str, Any]

_SCALARS = (bool, int, float, str, bytes, datetime)


def to_input_message(given: PredictionInput) -> pb.PredictionInput:
    """The message of an input. Raises InvalidInput for a file that cannot be read, and for what is no input."""
    match given:
        case str() | Path():
            return pb.PredictionInput(image=_read(Path(given)))
        case bytes() | bytearray() | memoryview():
            return pb.PredictionInput(image=bytes(given))
        case np.ndarray():
            return pb.PredictionInput(image=_to_png(given))
        case Mapping():
            values = [data_pb.NamedValue(column=name, value=_to_value(value, name)) for name, value in given.items()]
            return pb.PredictionInput(row=pb.InputRow(values=values))
    raise InvalidInput(
        f"expected the path or the bytes of an image, an array of pixels, or a row as a dict; received {given!r:.80}"
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"Cannot read {path}: {error.strerror}.") from error


def _to_png(pixels: NDArray[Any]) -> bytes:
    """The pixels in a file that gives exactly these again."""
    plain = pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    if plain.dtype != np.uint8 or not (plain.ndim == 2 or (plain.ndim == 3 and plain.shape[2] == 3)) or not plain.size:
        raise InvalidInput(
            "expected pixels as uint8 of height x width (grey) or height x width x 3, "
            f"received {pixels.dtype} of {' x '.join(map(str, pixels.shape))}"
        )
    height, width = plain.shape[:2]
    return encode_png(np.ascontiguousarray(plain).tobytes(), (height, width, plain.size // (height * width)))


def _to_value(value: Any, column: str) -> data_pb.Value:
    plain = value.item() if isinstance(value, np.generic) else value
    if plain is None:
        return data_pb.Value()
    if isinstance(plain, np.ndarray):
        return data_pb.Value(blob=np.asarray(plain, plain.dtype.newbyteorder("<")).tobytes())
    if not isinstance(plain, _SCALARS):
        raise InvalidInput(f"expected a number, text, time or bytes in the column {column!r}, received {value!r:.80}")
    return literal_value(plain)
