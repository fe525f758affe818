"""Specifications in files: the fields of the contract's TrainingSpec under their own names.

    table: digits
    architecture: simple_cnn
    optimizer: sgd
    optimizer_arguments: {momentum: 0.9}
    metrics: [accuracy, {name: SparseTopKCategoricalAccuracy, arguments: {k: 2}}]
    class_weights: balanced

What needs no arguments may be a name alone, and class weights "balanced" or numbers by class name.
"""

import difflib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError

from tablefit.errors import InvalidInput
from tablefit.form_files import load_form
from tablefit.training.native import BALANCED
from tablefit.training.records import TrainingSpec, to_spec
from tablefit.v1 import training_service_pb2 as pb

_SINGLE = ("loss", "learning_rate_schedule")
_LISTS = ("metrics", "callbacks", "augmentation")


def load_spec(path: str | Path) -> TrainingSpec:
    """The specification in a YAML or JSON file. Raises InvalidInput, naming the file, for every mistake in it."""
    return _parse_file(path, load_form(path, field="spec"))


def load_changes(path: str | Path) -> dict[str, Any]:
    """The fields of a TrainingSpec that such a file gives a value, by name. Raises as `load_spec`."""
    form = load_form(path, field="spec")
    spec, empty = _parse_file(path, form), parse_spec({})
    values = {field.name: getattr(spec, field.name) for field in fields(spec)}
    # A field without a value of its own for "not given" is given where it is named.
    return {name: value for name, value in values.items() if name in form or value != getattr(empty, name)}


def parse_spec(form: Any) -> TrainingSpec:
    """The specification of a form, which may leave anything out. Raises InvalidInput."""
    if not isinstance(form, Mapping):
        raise InvalidInput(f"expected fields such as table and architecture, received {form!r:.64}", field="spec")
    known = [field.name for field in pb.TrainingSpec.DESCRIPTOR.fields]
    for name in form:
        if name not in known:
            close = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(close)}?" if close else f"There are {', '.join(known)}."
            raise InvalidInput(f"expected fields of a job, received {name!r:.64}. {hint}", field="spec")
    try:
        return to_spec(ParseDict(_complete(form), pb.TrainingSpec()))
    except (ParseError, TypeError, ValueError) as error:
        raise InvalidInput(f"the fields of the job cannot be read: {error}", field="spec") from error


def _parse_file(path: str | Path, form: Any) -> TrainingSpec:
    try:
        return parse_spec(form)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error.message}", field=error.field) from error


def _complete(form: Mapping[str, Any]) -> dict[str, Any]:
    """The form as the contract has it."""
    complete = {name: value for name, value in form.items() if value is not None}
    for name in _SINGLE:
        if name in complete:
            complete[name] = _component(complete[name])
    for name in _LISTS:
        if isinstance(complete.get(name), list):
            complete[name] = [_component(value) for value in complete[name]]
    weights = complete.get("class_weights")
    if weights == BALANCED:
        complete["class_weights"] = {"balanced": True}
    elif isinstance(weights, Mapping) and not {"balanced", "by_class"} & set(weights):
        complete["class_weights"] = {"by_class": {"weights": {str(name): value for name, value in weights.items()}}}
    return complete


def _component(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value
