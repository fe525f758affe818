"""A loaded model and what it is asked, in the process of a model: the only module here that needs Keras.

    arrays    network inputs by column, as a stream gives them         outputs (row, output)
    images    encoded files                                            outputs, and which files give no pixels

The network always computes batches of one size, filled up with the last row. Leaves what images are to
`tablefit.imaging`, and the meaning of outputs to the service.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tablefit.imaging import pixels
from tablefit.imaging.pixel_format import PixelFormat
from tablefit.keras import load_model, prepare

from training_service.inference.facts import ImageFormat, read_facts
from training_service.inference.frames import Frame


class Refused(Exception):
    """A request that the model cannot take; `field` names the input."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


class Network:
    """The model of a file. Raises what loading it raises."""

    def __init__(self, path: Path, thread_count: int) -> None:
        pixels.silence_warnings()
        self._facts = read_facts(path)
        prepare(seed=0, threads=thread_count)
        self._trained = load_model(path)
        if self._facts.image is not None and self._facts.takes_images_alone:
            # Builds the graph now, so that every answer takes its usual time.
            self._compute(np.zeros((1, *self._facts.image.row_shape), np.uint8), 1)

    def answer(self, request: Frame) -> Frame:
        """The answer to a request. Raises Refused."""
        match request.kind:
            case "arrays":
                return self._predict_arrays(request.arrays)
            case "images":
                return self._predict_images(request.arrays["images"])
        raise Refused(f"expected a request of a kind that is known, received {request.kind!r}")

    def _predict_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> Frame:
        row_count = len(next(iter(arrays.values())))
        inputs = next(iter(arrays.values())) if len(arrays) == 1 else dict(arrays)
        return Frame("outputs", {}, {"outputs": self._compute(inputs, row_count)})

    def _predict_images(self, images: NDArray[np.object_]) -> Frame:
        if self._facts.image is None or not self._facts.takes_images_alone:
            raise Refused("expected rows of columns, received images, which are not all that it takes", "inputs")
        decoded, faults = decode(images.tolist(), self._facts.image)
        outputs = self._compute(decoded, len(decoded)) if len(decoded) else np.zeros((0, 0), np.float32)
        named = {str(place): reason for place, reason in faults.items()}
        return Frame("outputs", {"faults": named}, {"outputs": outputs})

    def _compute(self, inputs: Any, row_count: int) -> NDArray[np.float32]:
        """Outputs (row, output) of any number of rows, computed in batches of one size."""
        batch_rows = self._facts.batch_rows
        found = []
        for start in range(0, row_count, batch_rows):
            part = _map(inputs, lambda array, start=start: _filled(array[start : start + batch_rows], batch_rows))
            outputs = _as_rows(self._trained.model.predict_on_batch(part), batch_rows)
            found.append(outputs[: row_count - start])
        return np.concatenate(found).astype(np.float32, copy=False)


def decode(images: list[bytes], wanted: ImageFormat) -> tuple[NDArray[np.uint8], dict[int, str]]:
    """The pixels (image, height, width, channel) of those that have any, and for the others why they have none."""
    pixel_format = PixelFormat(wanted.mode, wanted.height, wanted.width, wanted.resampling, wanted.fit)  # type: ignore[arg-type]
    decoded, faults = [], {}
    for place, image in enumerate(images):
        try:
            decoded.append(pixels.decode(image, pixel_format))
        except pixels.BadImage as error:
            faults[place] = str(error)
    return np.stack(decoded) if decoded else np.zeros((0, *wanted.row_shape), np.uint8), faults


def _map(inputs: Any, change: Any) -> Any:
    if isinstance(inputs, dict):
        return {name: change(array) for name, array in inputs.items()}
    return change(inputs)


def _filled(array: NDArray[Any], row_count: int) -> NDArray[Any]:
    missing = row_count - len(array)
    return array if missing == 0 else np.concatenate([array, np.repeat(array[-1:], missing, axis=0)])


def _as_rows(outputs: Any, row_count: int) -> NDArray[Any]:
    """Outputs as (row, output), also of a model with several."""
    parts = list(outputs.values()) if isinstance(outputs, dict) else outputs
    arrays = [np.asarray(part) for part in (parts if isinstance(parts, list | tuple) else [parts])]
    return np.concatenate([array.reshape(row_count, -1) for array in arrays], axis=1)
