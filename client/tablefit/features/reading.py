"""Features from the form in which people write them; see the package for what that looks like.

Leaves files to `files` and what may stand behind a transform to `arguments`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tablefit.features.arguments import ARGUMENTS, parameters_of
from tablefit.features.places import Place, shown
from tablefit.features.records import Feature, FeatureSet

_KEYS = ("features", "columns", "target")
_LIMIT_BUCKETS = 2**31 - 1
_EXAMPLE = "such as {age: standardize} or {output: band, input: age, bucketize: [18, 65]}"


# What stands for features in Python: records, or any part of the form.
Features = FeatureSet | Sequence[Feature] | Sequence[Mapping[str, Any]] | Mapping[str, Any]


def as_feature_set(features: Features) -> FeatureSet:
    """The features that any of these forms means. Raises InvalidInput as `parse_features`."""
    if isinstance(features, FeatureSet):
        return features
    if isinstance(features, Mapping):
        return parse_features(features)
    made = tuple(feature for feature in features if isinstance(feature, Feature))
    return FeatureSet(made) if len(made) == len(features) else parse_features({"features": list(features)})


def parse_features(form: Mapping[str, Any], source: str = "The features") -> FeatureSet:
    """The features that `form` describes. InvalidInput with `source` and the number of the item for every mistake."""
    place = Place(source)
    if not isinstance(form, Mapping):
        raise place.wrong(f"expected the keys {', '.join(_KEYS)}, received {shown(form)}")
    for key in form:
        if key not in _KEYS:
            raise place.unknown("keys", key, _KEYS)
    items = form.get("features")
    items = [] if items is None else items
    if not isinstance(items, list | tuple):
        raise place.wrong(f"expected a list of features, {_EXAMPLE}, received {shown(items)}")
    columns, target = form.get("columns"), form.get("target")
    return FeatureSet(
        features=tuple(_all_features(items, source)),
        columns=Place(source, "columns", "columns").texts([] if columns is None else columns, "column"),
        target="" if target is None else Place(source, "target", "target").text(target, "the name of a column"),
    )


def _all_features(items: list[Any] | tuple[Any, ...], source: str) -> Iterator[Feature]:
    taken: dict[str, int] = {}
    for number, item in enumerate(items, start=1):
        place = Place(source, f"item {number}", f"features[{number - 1}]")
        for feature in _item_features(item, place):
            if feature.output in taken and feature.output not in feature.inputs:
                raise place.wrong(
                    f"expected each output once, received {feature.output!r} again, which item {taken[feature.output]} "
                    "gives already; choose another name, or take it as the input to replace it"
                )
            taken[feature.output] = number
            yield feature


def _item_features(item: Any, place: Place) -> Iterator[Feature]:
    """The features of one item: one, or the links of a chain."""
    if not isinstance(item, Mapping) or not item:
        raise place.wrong(f"expected a feature {_EXAMPLE}, received {shown(item)}")
    if "cross" in item:
        yield _cross(item, place)
    elif "output" in item or "input" in item:
        yield from _long_form(item, place)
    elif len(item) != 1:
        raise place.wrong(f"expected output and input, or one column; received {', '.join(map(str, item))}")
    else:
        column, steps = next(iter(item.items()))
        name = place.text(column, "the name of a column")
        yield from _chain(name, name, steps, place)


def _long_form(item: Mapping[Any, Any], place: Place) -> Iterator[Feature]:
    known = ("output", "input", "steps", *ARGUMENTS)
    for key in item:
        if key not in known:
            raise place.unknown("keys", key, known)
    source = place.text(item.get("input"), "the name of a column as input")
    output = place.text(item.get("output", source), "a name as output")
    steps = [key for key in item if key not in ("output", "input")]
    if len(steps) != 1:
        raise place.wrong(
            f"expected one transform, or several under steps: [impute: mean, log1p]; "
            f"received {', '.join(steps) or 'none'}"
        )
    yield from _chain(source, output, item["steps"] if steps == ["steps"] else {steps[0]: item[steps[0]]}, place)


def _chain(source: str, output: str, steps: Any, place: Place) -> Iterator[Feature]:
    """One step after the other; each but the first replaces what the one before it gave."""
    if steps is None or steps == []:
        raise place.wrong(f"expected a transform of {source!r} out of {', '.join(ARGUMENTS)}, received none")
    for step in steps if isinstance(steps, list | tuple) else [steps]:
        transform, value = _step(step, place)
        yield Feature(output, (source,), transform, parameters_of(transform, value, _at(place, transform)))
        source = output


def _step(step: Any, place: Place) -> tuple[str, Any]:
    """The name of a transform, and what stands behind it."""
    if isinstance(step, Mapping):
        if len(step) != 1:
            raise place.wrong(f"expected one transform in each step, received {', '.join(map(str, step)) or 'none'}")
        name, value = next(iter(step.items()))
    else:
        name, value = step, None
    if name == "cross":
        raise place.wrong("expected a cross as an item of its own: {output: pair, cross: [first, second]}")
    if not isinstance(name, str) or name not in ARGUMENTS:
        raise place.unknown("a transform", name, ARGUMENTS)
    return name, value


def _cross(item: Mapping[Any, Any], place: Place) -> Feature:
    known = ("output", "cross", "buckets")
    for key in item:
        if key not in known:
            raise place.unknown("keys", key, known)
    output = place.text(item.get("output"), "a name as output")
    inputs = place.texts(item["cross"], "input")
    if len(inputs) != 2:
        raise place.wrong(f"expected two inputs of cross, received {len(inputs)}")
    buckets = item.get("buckets")
    if buckets is None:
        return Feature(output, inputs, "cross")
    if isinstance(buckets, bool) or not isinstance(buckets, int) or not 1 <= buckets <= _LIMIT_BUCKETS:
        raise place.wrong(f"expected buckets, a whole number of 1 to {_LIMIT_BUCKETS:,}, received {shown(buckets)}")
    return Feature(output, inputs, "cross", {"bucket_count": buckets})


def _at(place: Place, transform: str) -> Place:
    """The same place, with the transform named."""
    return Place(place.source, f"{place.words} ({transform})", place.field)
