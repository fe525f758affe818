"""What is different in a job that is run again: some options of the earlier one, replaced.

Fields are named as in the contract's TrainingSpec, since callers name them in update masks.
"""

import dataclasses
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tablefit.errors import InvalidInput, NotFound, WrongState

from training_service.job import Job
from training_service.native import NativeOptions
from training_service.options import Options, closest

# Fields of the contract that are other options here. All others have the same name.
_OPTIONS_OF = {
    "image": ("image_mode", "image_height", "image_width"),
    "image.mode": ("image_mode",),
    "image.height": ("image_height",),
    "image.width": ("image_width",),
    "time_limit": ("time_limit_s",),
    "checkpoints": ("checkpoint_every_steps", "checkpoint_every_s"),
    "checkpoints.every_steps": ("checkpoint_every_steps",),
    "checkpoints.every": ("checkpoint_every_s",),
    "data_patience": ("data_patience_s",),
}
_RENAMED = {name for names in _OPTIONS_OF.values() for name in names} | {"reading", "native"}
# Fields of the contract that one option holds together.
_READ = ("columns", "features", "targets", "task", "split", "balance")
_NATIVE = {"learning_rate_schedule": "schedule"} | {
    field.name: field.name for field in dataclasses.fields(NativeOptions) if field.name != "schedule"
}
_PLAIN = {field.name for field in dataclasses.fields(Options)} - _RENAMED
FIELDS = tuple(sorted({*_OPTIONS_OF, *_READ, *_NATIVE, *_PLAIN}))


@dataclass(frozen=True)
class Change:
    """The fields named by `paths`, as they are in `given`. A field that was not given goes back to its default.

    "architecture_parameters.momentum" means one entry of a field that holds several by name.
    """

    given: Options
    paths: Collection[str]

    def options_of_rerun(self, earlier: Job, *, fresh_data: bool) -> Options:
        """What a job asks for that runs `earlier` again: on its snapshot, unless another one or table is named."""
        asked = Options.from_json(earlier.asked)
        options = self.apply(asked)
        if fresh_data:
            return dataclasses.replace(options, snapshot="")
        if (options.table, options.snapshot) != (asked.table, asked.snapshot):
            return options
        return dataclasses.replace(options, snapshot=earlier.specification.pin.snapshot_id)

    def apply(self, asked: Options) -> Options:
        """`asked` with these fields replaced. Raises InvalidInput for a path that names no field."""
        for path in self.paths:
            asked = dataclasses.replace(asked, **dict(self._values(asked, path)))
        return asked

    def _values(self, asked: Options, path: str) -> Iterator[tuple[str, Any]]:
        field, _, entry = (path, "", "") if path in _OPTIONS_OF else path.partition(".")
        place = asked.native if field in _NATIVE else asked
        if field not in FIELDS or (entry and not isinstance(getattr(place, field, None), dict)):
            raise InvalidInput(
                f"expected fields of a specification, {', '.join(FIELDS)}, received {path[:64]!r}."
                + closest(field, FIELDS),
                field="update_mask",
            )
        if field in _READ:
            yield "reading", dataclasses.replace(asked.reading, **{field: getattr(self.given.reading, field)})
            return
        if field in _NATIVE:
            name = _NATIVE[field]
            value = getattr(self.given.native, name)
            changes: dict[str, Any] = {name: _with_entry(getattr(asked.native, name), entry, value) if entry else value}
            yield "native", dataclasses.replace(asked.native, **changes)
            return
        for name in _OPTIONS_OF.get(field, (field,)):
            value = getattr(self.given, name)
            yield name, _with_entry(getattr(asked, name), entry, value) if entry else value


@contextmanager
def advising_fresh_data() -> Iterator[None]:
    """Says what to do when the snapshot that is to be read again is gone."""
    try:
        yield
    except (NotFound, WrongState) as error:
        if "snapshot" not in error.details:
            raise
        advice = f"{error.message} Ask for fresh data to read the table as it is now."
        raise type(error)(advice, details=error.details) from error


def _with_entry(entries: dict[str, Any], name: str, given: dict[str, Any]) -> dict[str, Any]:
    """`entries` with one of them as it is in `given`, or without it when it is not there."""
    rest = {key: value for key, value in entries.items() if key != name}
    return {**rest, name: given[name]} if name in given else rest
