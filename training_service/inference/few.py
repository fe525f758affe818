"""Predictions from a few inputs that came with a call: encoded images, decoded in the model's process.

Leaves rows of tables to `table_predictions`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from tablefit.errors import InvalidInput

from training_service.inference.frames import Frame
from training_service.inference.outcomes import LIMIT_CLASSES, Prediction, checked, to_predictions
from training_service.inference.process import ModelProcess

LIMIT_INPUTS = 256
LIMIT_IMAGE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class ImageInput:
    """An encoded image file."""

    content: bytes


Input = ImageInput


def predict(process: ModelProcess, inputs: Sequence[Input], class_count: int) -> list[Prediction]:
    """The predictions in order. Inputs that do not fit have a `failure`. Raises InvalidInput, Unavailable, TooBusy."""
    _check_counts(inputs, class_count)
    images = np.empty(len(inputs), np.object_)
    images[:] = [given.content for given in inputs]
    answer = process.ask(Frame("images", {}, {"images": images}))
    faults = {int(place): str(reason) for place, reason in answer.values["faults"].items()}
    found: Iterator[Prediction] = iter(())
    if len(faults) < len(inputs):
        found = iter(to_predictions(checked(answer.arrays["outputs"], process.facts), process.facts, class_count))
    return [Prediction(failure=faults[place]) if place in faults else next(found) for place in range(len(inputs))]


def refuse_failures(predictions: Sequence[Prediction]) -> None:
    """Raises InvalidInput for the first input without a prediction."""
    for place, prediction in enumerate(predictions):
        if prediction.failure:
            reason = f"Nothing can be predicted from input {place}: {prediction.failure}."
            raise InvalidInput(reason, field=f"inputs[{place}]")


def _check_counts(inputs: Sequence[Input], class_count: int) -> None:
    if not 1 <= len(inputs) <= LIMIT_INPUTS:
        raise InvalidInput(f"expected 1 to {LIMIT_INPUTS} inputs, received {len(inputs)}", field="inputs")
    if not 0 <= class_count <= LIMIT_CLASSES:
        raise InvalidInput(
            f"expected a class_count of 0 to {LIMIT_CLASSES:,}, received {class_count:,}", field="class_count"
        )
