"""Features in the form in which people write them, one item each, so that `reading` gives equal ones."""

from collections.abc import Mapping
from typing import Any

from tablefit.features.records import Feature, FeatureSet

# Parameters whose short names differ from those of the contract.
_SHORT_NAMES = {"quantile_count": "quantiles", "limit_categories": "limit"}


def to_form(features: FeatureSet) -> dict[str, Any]:
    """The mapping that `parse_features` reads as these features."""
    form: dict[str, Any] = {"features": [_item(feature) for feature in features.features]}
    if features.columns:
        form["columns"] = list(features.columns)
    if features.target:
        form["target"] = features.target
    return form


def _item(feature: Feature) -> dict[str, Any]:
    if feature.transform == "cross":
        buckets = feature.parameters.get("bucket_count")
        item: dict[str, Any] = {"output": feature.output, "cross": list(feature.inputs)}
        return item if buckets is None else item | {"buckets": buckets}
    arguments = _arguments(feature.transform, feature.parameters)
    source = feature.inputs[0]
    # These would be read as keys of the long form.
    if feature.output == source and source not in ("input", "output", "cross"):
        return {source: {feature.transform: arguments} if arguments is not None else feature.transform}
    return {"output": feature.output, "input": source, feature.transform: arguments}


def _arguments(transform: str, parameters: Mapping[str, Any]) -> Any:
    if not parameters:
        return None
    if transform == "timestamp_parts":
        return list(parameters["parts"])
    if transform == "impute":
        name, value = next(iter(parameters.items()))
        return name if value is True else {name: value}
    pairs = {_SHORT_NAMES.get(name, name): value for name, value in parameters.items()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in pairs.items()}
