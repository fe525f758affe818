"""What may stand behind the name of a transform, and the parameters that it means: one table.

    standardize, log1p, image_normalization   nothing
    min_max, robust                           nothing, [0, 1] or {lower: 0, upper: 1}
    clip                                      [0, 100], [0, null], {lower: 0} or {upper: 100}
    impute                                    mean, median, mode, a number, {number: 0} or {category: unknown}
    bucketize                                 [18, 65], 10 (quantiles), or {edges: …, quantiles: …, one_hot: true}
    one_hot, ordinal                          nothing, 100 or {limit: 100}
    timestamp_parts                           month, or [month, weekday, hour]

The service checks them again, together with the table. Leaves what stands around a transform to `reading`.
"""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from tablefit.features.places import Place, shown

TIMESTAMP_PARTS = (
    "year",
    "month",
    "day",
    "weekday",
    "day_of_year",
    "hour",
    "minute",
    "second",
    "epoch_second",
)
IMPUTE_RULES = ("mean", "median", "mode")
_LIMIT_QUANTILES = 1_000
_LIMIT_ONE_HOT = 10_000
_LIMIT_ORDINAL = 1_000_000

Parameters = dict[str, Any]


def parameters_of(transform: str, value: Any, place: Place) -> Parameters:
    """The parameters that `value` behind the name of a transform means. Raises InvalidInput at `place`."""
    # `standardize: true` and `standardize: {}` say no more than `standardize`.
    given = None if value is True or (isinstance(value, Mapping) and not value) else value
    return ARGUMENTS[transform](given, place)


def _nothing(value: Any, place: Place) -> Parameters:
    if value is not None:
        raise place.wrong(f"expected no parameters, received {shown(value)}")
    return {}


def _min_max(value: Any, place: Place) -> Parameters:
    return {} if value is None else _range(value, place, optional=False)


def _robust(value: Any, place: Place) -> Parameters:
    bounds = _min_max(value, place)
    if bounds and not 0 <= bounds["lower"] < bounds["upper"] <= 1:
        raise place.wrong(f"expected quantiles of 0 to 1, received {bounds['lower']} and {bounds['upper']}")
    return bounds


def _clip(value: Any, place: Place) -> Parameters:
    return _range(value, place, optional=True)


def _range(value: Any, place: Place, *, optional: bool) -> Parameters:
    """Lower and upper bound, from a pair or by name; where they are optional, one may be left out or null."""
    expected = "two numbers, the lower one first, or lower and upper"
    if isinstance(value, list | tuple) and len(value) == 2:
        pairs: Mapping[str, Any] = dict(zip(("lower", "upper"), value, strict=True))
    elif isinstance(value, Mapping):
        pairs = _known_keys(value, ("lower", "upper"), place)
    else:
        raise place.wrong(f"expected {expected}, received {shown(value)}")
    bounds = {name: _number(bound, name, place) for name, bound in pairs.items() if bound is not None}
    if not bounds or (len(bounds) < 2 and not optional):
        raise place.wrong(f"expected {expected}, received {shown(value)}")
    if len(bounds) == 2 and not bounds["lower"] < bounds["upper"]:
        raise place.wrong(f"expected a lower bound below the upper one, received {shown(value)}")
    return bounds


def _impute(value: Any, place: Place) -> Parameters:
    if isinstance(value, str):
        if value not in IMPUTE_RULES:
            known = ", ".join(IMPUTE_RULES)
            raise place.wrong(f"expected {known}, a number or {{category: …}}, received {value!r}")
        return {value: True}
    if not isinstance(value, Mapping):
        return {"number": _number(value, "what takes the place of NULL", place)}
    pairs = _known_keys(value, ("number", "category", *IMPUTE_RULES), place)
    if len(pairs) != 1:
        raise place.wrong(f"expected one value that takes the place of NULL, received {len(pairs)}")
    name, given = next(iter(pairs.items()))
    if name == "number":
        return {"number": _number(given, "number", place)}
    if name == "category":
        if not isinstance(given, str):
            raise place.wrong(f"expected a category as text, received {shown(given)}; put it in quotes")
        return {"category": given}
    if given is not True:
        raise place.wrong(f"expected {name}: true, received {shown(given)}")
    return {name: True}


def _bucketize(value: Any, place: Place) -> Parameters:
    if isinstance(value, list | tuple):
        return {"edges": _edges(value, place)}
    if not isinstance(value, Mapping):
        return {"quantile_count": _count(value, "quantiles", 2, _LIMIT_QUANTILES, place)}
    pairs = _known_keys(value, ("edges", "quantiles", "one_hot"), place)
    if ("edges" in pairs) == ("quantiles" in pairs):
        raise place.wrong("expected either edges or quantiles, received " + ("both" if "edges" in pairs else "none"))
    found = _bucketize(pairs["edges"] if "edges" in pairs else pairs["quantiles"], place)
    if not isinstance(pairs.get("one_hot", False), bool):
        raise place.wrong(f"expected one_hot to be true or false, received {shown(pairs['one_hot'])}")
    return found | ({"one_hot": True} if pairs.get("one_hot") else {})


def _edges(value: list[Any] | tuple[Any, ...], place: Place) -> tuple[float, ...]:
    edges = tuple(_number(edge, "an edge", place) for edge in value)
    if not 1 <= len(edges) <= _LIMIT_QUANTILES:
        raise place.wrong(f"expected 1 to {_LIMIT_QUANTILES:,} edges, received {len(edges):,}")
    for below, above in pairwise(edges):
        if not below < above:
            raise place.wrong(f"expected rising edges, received {below} before {above}")
    return edges


def _categories(most: int) -> Callable[[Any, Place], Parameters]:
    def read(value: Any, place: Place) -> Parameters:
        if value is None:
            return {}
        limit = _known_keys(value, ("limit",), place).get("limit") if isinstance(value, Mapping) else value
        return {"limit_categories": _count(limit, "limit", 1, most, place)}

    return read


def _timestamp_parts(value: Any, place: Place) -> Parameters:
    parts = place.texts(value, "part")
    if not parts:
        raise place.wrong(f"expected parts out of {', '.join(TIMESTAMP_PARTS)}, received none")
    for part in parts:
        if part not in TIMESTAMP_PARTS:
            raise place.unknown("parts", part, TIMESTAMP_PARTS)
    return {"parts": parts}


def _known_keys(value: Mapping[Any, Any], known: tuple[str, ...], place: Place) -> Mapping[str, Any]:
    for key in value:
        if key not in known:
            raise place.unknown("parameters", key, known)
    return value


def _number(value: Any, what: str, place: Place) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise place.wrong(f"expected {what} to be a finite number, received {shown(value)}")
    return float(value)


def _count(value: Any, what: str, least: int, most: int, place: Place) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise place.wrong(f"expected {what} to be a whole number of {least} to {most:,}, received {shown(value)}")
    return value


ARGUMENTS: dict[str, Callable[[Any, Place], Parameters]] = {
    "standardize": _nothing,
    "min_max": _min_max,
    "robust": _robust,
    "log1p": _nothing,
    "clip": _clip,
    "impute": _impute,
    "bucketize": _bucketize,
    "one_hot": _categories(_LIMIT_ONE_HOT),
    "ordinal": _categories(_LIMIT_ORDINAL),
    "timestamp_parts": _timestamp_parts,
    "image_normalization": _nothing,
}
