"""Features as people write them down: records, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Feature:
    """A column to compute: `transform` by its name, its inputs, and the parameters that were given.

    Parameters have the names of the contract: lower, upper, edges, quantile_count, one_hot, limit_categories, parts,
    bucket_count; of impute one of mean, median, mode (True), number, category. Lists are tuples.
    """

    output: str
    inputs: tuple[str, ...]
    transform: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FeatureSet:
    """What a feature file says: features in order, columns that are taken as they are, and the column to predict."""

    features: tuple[Feature, ...] = ()
    columns: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True)
class FittedFeature:
    """A feature with what the training rows taught: float64 numbers by name, and the categories known, in order."""

    feature: Feature
    numbers: Mapping[str, NDArray[np.float64]]
    vocabulary: tuple[str, ...]
    row_count: int
    sampled: bool
