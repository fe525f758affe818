"""Predictions from a few inputs that came with a call: encoded images, decoded in the model's process, or rows.

What does not fit the model is told input by input, and the others are predicted all the same. Leaves rows of tables to
`table_predictions`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import InvalidInput
from tablefit.models import to_arrays

from training_service.inference.facts import ModelFacts
from training_service.inference.frames import Frame
from training_service.inference.outcomes import LIMIT_CLASSES, Prediction, checked, to_predictions
from training_service.inference.process import ModelProcess
from training_service.inference.row_values import fit_row

LIMIT_INPUTS = 256
LIMIT_IMAGE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class ImageInput:
    """An encoded image file."""

    content: bytes


@dataclass(frozen=True)
class RowInput:
    """Values by column; encoded files in columns of images, None for NULL."""

    values: Mapping[str, Any]


Input = ImageInput | RowInput


def predict(process: ModelProcess, inputs: Sequence[Input], class_count: int) -> list[Prediction]:
    """The predictions in order. Inputs that do not fit have a `failure`. Raises InvalidInput, Unavailable, TooBusy."""
    _check_counts(inputs, class_count)
    facts = process.facts
    rows: dict[int, dict[str, Any]] = {}
    faults: dict[int, str] = {}
    for place, given in enumerate(inputs):
        try:
            rows[place] = _to_row(given, facts)
        except InvalidInput as error:
            faults[place] = error.message
    found: Iterator[Prediction] = iter(())
    if rows:
        answer = process.ask(Frame("rows", {}, _to_arrays(list(rows.values()), facts)))
        places = list(rows)
        faults |= {places[int(at)]: str(reason) for at, reason in answer.values["faults"].items()}
        if len(faults) < len(inputs):
            found = iter(to_predictions(checked(answer.arrays["outputs"], facts), facts, class_count))
    return [Prediction(failure=faults[place]) if place in faults else next(found) for place in range(len(inputs))]


def refuse_failures(predictions: Sequence[Prediction]) -> None:
    """Raises InvalidInput for the first input without a prediction."""
    for place, prediction in enumerate(predictions):
        if prediction.failure:
            end = "" if prediction.failure.endswith(("?", ".")) else "."
            reason = f"Nothing can be predicted from input {place}: {prediction.failure}{end}"
            raise InvalidInput(reason, field=f"inputs[{place}]")


def _to_row(given: Input, facts: ModelFacts) -> dict[str, Any]:
    """The values of an input by column. Raises InvalidInput."""
    if isinstance(given, RowInput):
        row = fit_row(given.values, facts.row_columns)
    elif len(facts.row_columns) == 1 and facts.row_columns[0].type == "image":
        row = {facts.row_columns[0].name: given.content}
    else:
        names = ", ".join(column.name for column in facts.row_columns)[:300]
        raise InvalidInput(f"expected a row with the columns {names}, which the model takes, received an image")
    for column in facts.row_columns:
        if column.type == "image" and row[column.name] is not None and len(row[column.name]) > LIMIT_IMAGE_BYTES:
            raise InvalidInput(f"expected images of at most {LIMIT_IMAGE_BYTES:,} bytes, received more")
    return row


def _to_arrays(rows: Sequence[Mapping[str, Any]], facts: ModelFacts) -> dict[str, NDArray[Any]]:
    """The model's inputs by name; of images the encoded files, empty ones for NULL."""
    columns = {column.name: [row[column.name] for row in rows] for column in facts.row_columns}
    arrays = to_arrays([raw for raw in facts.raw_inputs if raw.form != "image"], columns)
    for raw in facts.raw_inputs:
        if raw.form == "image":
            files = np.empty(len(rows), np.object_)
            files[:] = [content or b"" for content in columns[raw.column]]
            arrays[raw.name] = files
    return arrays


def _check_counts(inputs: Sequence[Input], class_count: int) -> None:
    if not 1 <= len(inputs) <= LIMIT_INPUTS:
        raise InvalidInput(f"expected 1 to {LIMIT_INPUTS} inputs, received {len(inputs)}", field="inputs")
    if not 0 <= class_count <= LIMIT_CLASSES:
        raise InvalidInput(
            f"expected a class_count of 0 to {LIMIT_CLASSES:,}, received {class_count:,}", field="class_count"
        )
