"""Changes of a specification as a message and the paths of its update mask."""

from collections.abc import Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from typing import Any

from tablefit.errors import InvalidInput
from tablefit.training.records import TrainingSpec, to_spec_message
from tablefit.v1 import training_service_pb2 as pb

# Fields of the record that are others in the message.
_PATHS = {
    "image_size": ("image.height", "image.width"),
    "mode": ("image.mode",),
    "time_limit_s": ("time_limit",),
    "checkpoint_every_steps": ("checkpoints.every_steps",),
    "checkpoint_every_s": ("checkpoints.every",),
    "data_patience_s": ("data_patience",),
}


def to_change(changes: Mapping[str, Any]) -> tuple[pb.TrainingSpec, list[str]]:
    """The message that holds the changed fields, and their paths. Raises InvalidInput for a field that is none."""
    names = [field.name for field in fields(TrainingSpec)]
    spec = TrainingSpec("", "")
    entries: dict[str, dict[str, Any]] = {}
    for path, value in changes.items():
        name, _, entry = path.partition(".")
        if name not in names or (entry and not isinstance(getattr(spec, name), Mapping)):
            likely = " or ".join(get_close_matches(name, names, n=3, cutoff=0.5))
            hint = f". Did you mean {likely}?" if likely else ""
            raise InvalidInput(f"expected fields of TrainingSpec, received {path!r}{hint}", field=f"spec.{name}")
        if entry:
            entries.setdefault(name, {})[entry] = value
        else:
            spec = replace(spec, **{name: _empty(name) if value is None else value})
    for name, values in entries.items():
        kept: Any = {key: value for key, value in values.items() if value is not None}
        spec = replace(spec, **{name: kept})
    message = to_spec_message(spec)
    paths = [path for name in changes for path in _PATHS.get(name, (name,))]
    # A set of features may bring columns and targets of its own.
    brought = {field.name for field, _ in message.ListFields()} - {path.partition(".")[0] for path in paths}
    return message, paths + sorted(brought)


def _empty(name: str) -> Any:
    """What a field holds when it is left out."""
    return getattr(TrainingSpec("", ""), name)
