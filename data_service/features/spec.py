"""What can be asked for as a feature, and what is known of one once it was fitted: records without behaviour.

Leaves to `parameters` and `plan` which of them make sense, to `fitting` where the numbers come from, and to `computing`
what they do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Standardize:
    """(x - mean) / standard deviation of the population; 0 where that is 0."""


@dataclass(frozen=True)
class MinMax:
    """Scaled so that minimum and maximum become `lower` and `upper`; constant columns become `lower`."""

    lower: float = 0.0
    upper: float = 1.0


@dataclass(frozen=True)
class Robust:
    """(x - median) / (quantile at `upper` - quantile at `lower`); 0 where that is 0."""

    lower: float = 0.25
    upper: float = 0.75


@dataclass(frozen=True)
class Log1p:
    """log(1 + x); rows below 0 are refused."""


@dataclass(frozen=True)
class Clip:
    """Cut to a range; None is no bound."""

    lower: float | None = None
    upper: float | None = None


class ImputeRule(Enum):
    """What takes the place of NULL."""

    MEAN = "mean"
    MEDIAN = "median"
    # The most frequent value, the smallest of several.
    MODE = "mode"
    NUMBER = "number"
    CATEGORY = "category"


@dataclass(frozen=True)
class Impute:
    """NULL replaced. `number` counts under NUMBER, `category` under CATEGORY."""

    rule: ImputeRule
    number: float = 0.0
    category: str = ""


@dataclass(frozen=True)
class Bucketize:
    """The number of the interval that a number lies in, between given edges or those at quantiles."""

    edges: tuple[float, ...] = ()
    quantile_count: int = 0
    one_hot: bool = False


@dataclass(frozen=True)
class OneHot:
    """A vector with a 1 at the place of the category."""

    limit_categories: int = 1_000


@dataclass(frozen=True)
class Ordinal:
    """The place of the category, from 1; 0 for others and NULL."""

    limit_categories: int = 1_000_000


class TimestampPart(StrEnum):
    """A part of a time in UTC."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    # 0 is Monday.
    WEEKDAY = "weekday"
    DAY_OF_YEAR = "day_of_year"
    HOUR = "hour"
    MINUTE = "minute"
    # With fractions.
    SECOND = "second"
    EPOCH_SECOND = "epoch_second"


@dataclass(frozen=True)
class TimestampParts:
    """Parts of a time, in this order."""

    parts: tuple[TimestampPart, ...]


@dataclass(frozen=True)
class Cross:
    """first * size of the second + second, modulo `bucket_count` unless that is 0."""

    bucket_count: int = 0


@dataclass(frozen=True)
class ImageNormalization:
    """Pixels per channel: (x - mean) / standard deviation; 0 where that is 0."""


Transform = (
    Standardize
    | MinMax
    | Robust
    | Log1p
    | Clip
    | Impute
    | Bucketize
    | OneHot
    | Ordinal
    | TimestampParts
    | Cross
    | ImageNormalization
)

# The names under which transforms appear in messages and sentences.
NAMES: dict[type[Transform], str] = {
    Standardize: "standardize",
    MinMax: "min_max",
    Robust: "robust",
    Log1p: "log1p",
    Clip: "clip",
    Impute: "impute",
    Bucketize: "bucketize",
    OneHot: "one_hot",
    Ordinal: "ordinal",
    TimestampParts: "timestamp_parts",
    Cross: "cross",
    ImageNormalization: "image_normalization",
}


@dataclass(frozen=True)
class FeatureSpec:
    """A column to compute from columns of the table or from outputs of earlier features."""

    output: str
    inputs: tuple[str, ...]
    transform: Transform


@dataclass(frozen=True)
class FittedFeature:
    """A feature with what was learned from the training rows: all that computing it again takes.

    `numbers` are float64, by name: see `computing` for those of each transform. `vocabulary` has the categories known,
    in order. `row_count` is how many rows were fitted on, 0 for a feature that learns nothing.
    """

    feature: FeatureSpec
    numbers: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    vocabulary: tuple[str, ...] = ()
    row_count: int = 0
    sampled: bool = False
