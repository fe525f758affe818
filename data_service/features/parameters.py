"""The parameters of transforms, checked on their own: what fits no column at all.

Leaves to `plan` what depends on columns and on other features.
"""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from tablefit.errors import InvalidInput

from data_service.features.spec import (
    NAMES,
    Bucketize,
    Clip,
    Cross,
    Impute,
    ImputeRule,
    MinMax,
    OneHot,
    Ordinal,
    Robust,
    TimestampParts,
    Transform,
)

LIMIT_EDGES = 1_000
LIMIT_ONE_HOT = 10_000
LIMIT_CATEGORIES = 1_000_000
LIMIT_CHARACTERS = 1_000
LIMIT_BUCKETS = 2**31 - 1

# A parameter's name ("" for the transform as a whole) and what is wrong with it.
Fault = tuple[str, str]


def check_parameters(transform: Transform, field: str) -> None:
    """Raises InvalidInput, naming the parameter below `field`, when no column could be transformed like this."""
    find = _FINDERS.get(type(transform))
    for parameter, fault in find(transform) if find else ():
        path = f"{field}.{NAMES[type(transform)]}"
        raise InvalidInput(fault, field=f"{path}.{parameter}" if parameter else path)


def _min_max(transform: MinMax) -> Iterator[Fault]:
    if not (_finite(transform.lower, transform.upper) and transform.lower < transform.upper):
        yield "upper", f"expected an upper value above {transform.lower}, received {transform.upper}"


def _robust(transform: Robust) -> Iterator[Fault]:
    if not 0 <= transform.lower < transform.upper <= 1:
        yield (
            "upper",
            f"expected quantiles of 0 to 1 that rise, received {transform.lower} and {transform.upper}",
        )


def _clip(transform: Clip) -> Iterator[Fault]:
    bounds = [bound for bound in (transform.lower, transform.upper) if bound is not None]
    if not bounds:
        yield "", "expected a lower bound, an upper one or both, received none"
    elif not _finite(*bounds) or bounds != sorted(set(bounds)):
        yield "upper", f"expected an upper bound above the lower one, received {' and '.join(map(str, bounds))}"


def _impute(transform: Impute) -> Iterator[Fault]:
    if transform.rule is ImputeRule.NUMBER and not _finite(transform.number):
        yield "number", f"expected a finite number, received {transform.number}"
    if transform.rule is ImputeRule.CATEGORY and len(transform.category) > LIMIT_CHARACTERS:
        yield (
            "category",
            f"expected a category of at most {LIMIT_CHARACTERS:,} characters, received {len(transform.category):,}",
        )


def _bucketize(transform: Bucketize) -> Iterator[Fault]:
    edges, count = transform.edges, transform.quantile_count
    if bool(edges) == bool(count):
        yield "", f"expected either edges or quantile_count, received {'both' if edges else 'none'}"
    elif count and not 2 <= count <= LIMIT_EDGES:
        yield "quantile_count", f"expected quantile_count of 2 to {LIMIT_EDGES:,}, received {count}"
    elif len(edges) > LIMIT_EDGES:
        yield "edges", f"expected at most {LIMIT_EDGES:,} edges, received {len(edges):,}"
    elif not _finite(*edges):
        yield "edges", "expected finite edges, received NaN or an infinity"
    for below, above in pairwise(edges):
        if not below < above:
            yield "edges", f"expected rising edges, received {below} before {above}"


def _one_hot(transform: OneHot) -> Iterator[Fault]:
    yield from _limit_of_categories(transform.limit_categories, LIMIT_ONE_HOT)


def _ordinal(transform: Ordinal) -> Iterator[Fault]:
    yield from _limit_of_categories(transform.limit_categories, LIMIT_CATEGORIES)


def _timestamp_parts(transform: TimestampParts) -> Iterator[Fault]:
    if not transform.parts:
        yield "parts", "expected at least one part of the time, received none"
    twice = [part for part in transform.parts if transform.parts.count(part) > 1]
    if twice:
        yield "parts", f"expected each part once, received {twice[0].value} {len(twice)} times"


def _cross(transform: Cross) -> Iterator[Fault]:
    if not 0 <= transform.bucket_count <= LIMIT_BUCKETS:
        yield "bucket_count", f"expected bucket_count of 0 to {LIMIT_BUCKETS:,}, received {transform.bucket_count}"


def _limit_of_categories(limit: int, most: int) -> Iterator[Fault]:
    if not 1 <= limit <= most:
        yield "limit_categories", f"expected limit_categories of 1 to {most:,}, received {limit}"


def _finite(*numbers: float) -> bool:
    return all(map(math.isfinite, numbers))


_FINDERS: dict[type[Transform], Callable[[Any], Iterator[Fault]]] = {
    MinMax: _min_max,
    Robust: _robust,
    Clip: _clip,
    Impute: _impute,
    Bucketize: _bucketize,
    OneHot: _one_hot,
    Ordinal: _ordinal,
    TimestampParts: _timestamp_parts,
    Cross: _cross,
}
