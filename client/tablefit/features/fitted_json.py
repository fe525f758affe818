"""Fitted features as JSON values, and back: what a trained model carries of them.

    {"output": "age", "inputs": ["age"], "transform": "standardize", "parameters": {},
     "numbers": {"mean": 38.6, "standard_deviation": 13.6}, "vocabulary": [], "row_count": 26048, "sampled": false}

Numbers are float64, which JSON's decimals hold exactly.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tablefit.features.records import Feature, FittedFeature


def fitted_to_json(fitted: FittedFeature) -> dict[str, Any]:
    """The value that `fitted_from_json` reads."""
    feature = fitted.feature
    return {
        "output": feature.output,
        "inputs": list(feature.inputs),
        "transform": feature.transform,
        "parameters": {name: _plain(value) for name, value in feature.parameters.items()},
        "numbers": {name: number.tolist() for name, number in fitted.numbers.items()},
        "vocabulary": list(fitted.vocabulary),
        "row_count": fitted.row_count,
        "sampled": fitted.sampled,
    }


def fitted_from_json(values: Mapping[str, Any]) -> FittedFeature:
    """The fitted feature that was written as these values."""
    parameters = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values["parameters"].items()
    }
    return FittedFeature(
        feature=Feature(values["output"], tuple(values["inputs"]), values["transform"], parameters),
        numbers={name: np.array(number, dtype=np.float64) for name, number in values["numbers"].items()},
        vocabulary=tuple(values["vocabulary"]),
        row_count=values["row_count"],
        sampled=values["sampled"],
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
