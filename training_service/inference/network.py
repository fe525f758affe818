"""A loaded model and what it is asked, in the process of a model: the only module here that needs Keras.

    arrays    the network's inputs by column, as a stream gives them    outputs (row, output)
    rows      the model's own inputs by name; images as encoded files   outputs of those rows whose images have pixels,
                                                                        and why the others have none

The network always computes batches of one size, filled up with the last row. Leaves what images are to
`tablefit.imaging`, and the meaning of outputs to the service.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from tablefit.imaging import pixels
from tablefit.imaging.pixel_format import Fit, Mode, PixelFormat, Resampling
from tablefit.keras import load_model, prepare
from tablefit.models import ModelImage

from training_service.inference.facts import read_facts
from training_service.inference.frames import Frame, Refused


class Network:
    """The model of a file, which runs code of its own only where that is allowed. Raises what loading it raises."""

    def __init__(self, path: Path, thread_count: int, *, allow_code: bool) -> None:
        pixels.silence_warnings()
        self._facts = read_facts(path)
        # A network that takes images alone gets them as a stream gives them, which saves it a second graph.
        self._images = {
            raw.name: "uint8" if self._facts.takes_images_alone else raw.data_type
            for raw in self._facts.raw_inputs
            if raw.form == "image"
        }
        prepare(seed=0, threads=thread_count)
        self._trained = load_model(path, allow_code=allow_code)
        if self._facts.takes_images_alone:
            # Builds the graph now, so that every answer takes its usual time.
            image = np.zeros((1, *self._facts.image_shape), np.uint8)
            self._compute(self._trained.network, {"image": image}, 1)

    def answer(self, request: Frame) -> Frame:
        """The answer to a request. Raises Refused."""
        row_count = len(next(iter(request.arrays.values()), ()))
        match request.kind:
            case "arrays":
                outputs = self._compute(self._trained.network, request.arrays, row_count)
                return Frame("outputs", {}, {"outputs": outputs})
            case "rows":
                return self._predict_rows(request.arrays, row_count)
        raise Refused(f"expected a request of a kind that is known, received {request.kind!r}")

    def _predict_rows(self, arrays: Mapping[str, NDArray[Any]], row_count: int) -> Frame:
        faults: dict[int, str] = {}
        inputs = dict(arrays)
        for name, data_type in self._images.items():
            assert self._facts.image is not None
            decoded, found = decode(arrays[name].tolist(), self._facts.image)
            inputs[name] = decoded.astype(data_type, copy=False)
            faults |= found
        rows = [place for place in range(row_count) if place not in faults]
        outputs = np.zeros((0, 0), np.float32)
        if rows:
            kept = {name: array[rows] for name, array in inputs.items()}
            outputs = self._compute(self._trained.model, kept, len(rows))
        named = {str(place): reason for place, reason in sorted(faults.items())}
        return Frame("outputs", {"faults": named}, {"outputs": outputs})

    def _compute(self, model: Any, inputs: Mapping[str, NDArray[Any]], row_count: int) -> NDArray[np.float32]:
        """Outputs (row, output) of any number of rows, computed in batches of one size."""
        batch_rows = self._facts.batch_rows
        found = []
        for start in range(0, row_count, batch_rows):
            part = {name: _filled(array[start : start + batch_rows], batch_rows) for name, array in inputs.items()}
            outputs = model.predict_on_batch(next(iter(part.values())) if len(part) == 1 else part)
            found.append(_as_rows(outputs, batch_rows)[: row_count - start])
        return np.concatenate(found).astype(np.float32, copy=False)


def decode(images: list[bytes], wanted: ModelImage) -> tuple[NDArray[np.uint8], dict[int, str]]:
    """The pixels (image, height, width, channel), zeros for an empty file, and why those without any have none."""
    pixel_format = PixelFormat(
        cast(Mode, wanted.mode), wanted.height, wanted.width, cast(Resampling, wanted.resampling), cast(Fit, wanted.fit)
    )
    decoded = np.zeros((len(images), *pixel_format.row_shape), np.uint8)
    faults = {}
    for place, image in enumerate(images):
        try:
            if image:
                decoded[place] = pixels.decode(image, pixel_format)
        except pixels.BadImage as error:
            faults[place] = str(error)
    return decoded, faults


def _filled(array: NDArray[Any], row_count: int) -> NDArray[Any]:
    missing = row_count - len(array)
    return array if missing == 0 else np.concatenate([array, np.repeat(array[-1:], missing, axis=0)])


def _as_rows(outputs: Any, row_count: int) -> NDArray[Any]:
    """Outputs as (row, output), also of a model with several."""
    parts = list(outputs.values()) if isinstance(outputs, dict) else outputs
    arrays = [np.asarray(part) for part in (parts if isinstance(parts, list | tuple) else [parts])]
    return np.concatenate([array.reshape(row_count, -1) for array in arrays], axis=1)
