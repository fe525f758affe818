"""What a model's outputs mean: classes with probabilities, labels, or numbers.

task            outputs of a row                        as probabilities
classification  one for each class, which sum up to 1   as they are
binary          one: the probability of the second      of both classes
multi_label     one for each label                      as they are
regression      one for each target                     none
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import WrongState

from training_service.inference.facts import ModelFacts

LIMIT_CLASSES = 1_000
# From here on a label counts as true.
THRESHOLD = 0.5
BOOLEAN_NAMES = ("false", "true")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prediction:
    """What a model says of one input: a class, labels with probabilities, values, or why it says nothing."""

    class_name: str = ""
    probabilities: tuple[tuple[str, float], ...] = ()
    values: tuple[float, ...] = ()
    failure: str = ""


def class_names_of(facts: ModelFacts) -> tuple[str, ...]:
    """The classes of classification and binary tasks in order of index; none of others."""
    return facts.class_names or BOOLEAN_NAMES if facts.task in ("classification", "binary") else ()


def checked(outputs: NDArray[np.floating], facts: ModelFacts) -> Floats:
    """Outputs (row, output) as probabilities or values. Raises WrongState when the model gives other ones."""
    if outputs.shape[1:] != (facts.output_count,):
        raise WrongState(
            f"expected {facts.output_count} outputs of the model for each row, as its file says, received "
            f"{outputs.shape[-1]}"
        )
    found = outputs.astype(np.float64)
    return np.concatenate([1.0 - found, found], axis=1) if facts.task == "binary" else found


def to_predictions(outputs: Floats, facts: ModelFacts, class_count: int = 0) -> list[Prediction]:
    """The predictions of checked outputs; `class_count` most probable classes of each, 0 for all up to a thousand."""
    if facts.task == "regression":
        return [Prediction(values=tuple(row)) for row in outputs.tolist()]
    if facts.task == "multi_label":
        return [Prediction(probabilities=tuple(zip(facts.targets, row, strict=True))) for row in outputs.tolist()]
    names = class_names_of(facts)
    places = most_probable(outputs, min(class_count or LIMIT_CLASSES, LIMIT_CLASSES, len(names)))
    values = np.take_along_axis(outputs, places, axis=1)
    return [
        Prediction(names[row[0]], tuple((names[place], value) for place, value in zip(row, row_values, strict=True)))
        for row, row_values in zip(places.tolist(), values.tolist(), strict=True)
    ]


def most_probable(outputs: Floats, count: int) -> NDArray[np.intp]:
    """The places (row, count) of the largest outputs, the largest first, the first of equal ones before the others."""
    return np.argsort(-outputs, axis=1, kind="stable")[:, :count]
