"""What a caller may ask of a job, with the limits of each option; says in a sentence what does not fit.

Options that were not given are None here. Leaves the filling in, which needs the table, to `completion`.
"""

import difflib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tablefit.errors import InvalidInput, NotFound

from training_service.architecture import Architecture, Parameter, ParameterKind, Setting
from training_service.native import BACKENDS, DTYPE_POLICIES, NativeOptions
from training_service.reading import Reading
from training_service.specification import IMAGE_MODES


@dataclass(frozen=True)
class Options:
    """A job as asked for. Only `table` and `architecture` are required; height and width go together.

    `snapshot` is the state of the table to read; empty: its state now.
    """

    table: str
    architecture: str
    architecture_parameters: dict[str, Any] = field(default_factory=dict)
    optimizer: str | None = None
    learning_rate: float | None = None
    validation_split: float | None = None
    epochs: int | None = None
    batch_size: int | None = None
    image_mode: str | None = None
    image_height: int | None = None
    image_width: int | None = None
    seed: int | None = None
    save_model: bool | None = None
    time_limit_s: float | None = None
    priority: int | None = None
    snapshot: str = ""
    reading: Reading = field(default_factory=Reading)
    checkpoint_every_steps: int | None = None
    checkpoint_every_s: float | None = None
    data_patience_s: float | None = None
    report_gradient_norm: bool = False
    native: NativeOptions = field(default_factory=NativeOptions)

    def to_json(self) -> str:
        """The text that `from_json` reads; equal for equal options."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "Options":
        """The options that `to_json` wrote."""
        values = json.loads(text)
        parts = {
            "reading": Reading.read(values.get("reading", {})),
            "native": NativeOptions.read(values.get("native", {})),
        }
        return Options(**{**values, **parts})


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`; the ends belong to it unless `open_low` or `open_high` says otherwise.

    `noun` is what such a number is called in a sentence.
    """

    low: float
    high: float
    noun: str = "a number"
    open_low: bool = False
    open_high: bool = False

    def __contains__(self, value: float) -> bool:
        above = value > self.low if self.open_low else value >= self.low
        below = value < self.high if self.open_high else value <= self.high
        return above and below

    def __str__(self) -> str:
        low, high = _plain(self.low), _plain(self.high)
        if self.open_low or self.open_high:
            above = "above" if self.open_low else "of at least"
            below = "below" if self.open_high else "at most"
            return f"{self.noun} {above} {low} and {below} {high}"
        return f"{self.noun} from {low} to {high}"


RANGES: Mapping[str, Range] = {
    "learning_rate": Range(0, 10, "a learning rate", open_low=True),
    "validation_split": Range(0, 1, "a validation split", open_high=True),
    "epochs": Range(1, 100_000, "a number of epochs"),
    "batch_size": Range(1, 65_536, "a batch size"),
    "seed": Range(0, 2**32 - 1, "a seed"),
    "image_height": Range(1, 4_096, "an image height"),
    "image_width": Range(1, 4_096, "an image width"),
    "time_limit_s": Range(1, 366 * 86_400, "a time limit in seconds"),
    "priority": Range(-100, 100, "a priority"),
    "checkpoint_every_steps": Range(1, 1_000_000_000, "a number of steps"),
    "checkpoint_every_s": Range(1, 86_400, "a time between checkpoints in seconds"),
    "data_patience_s": Range(0, 7 * 86_400, "a patience in seconds"),
}
# Most numbers of a parameter that has several.
LIMIT_INTEGERS = 16
NATIVE_RANGES: Mapping[str, Range] = {
    "steps_per_execution": Range(1, 1_024, "a number of steps"),
    "thread_count": Range(1, 1_024, "a number of threads"),
}
LIMIT_COMPONENTS = {"metrics": 16, "callbacks": 8, "augmentation": 16}
# Names of options where they stand in the request.
_FIELDS = {
    "image_height": "spec.image.height",
    "image_width": "spec.image.width",
    "image_mode": "spec.image.mode",
    "time_limit_s": "spec.time_limit",
    "checkpoint_every_steps": "spec.checkpoints.every_steps",
    "checkpoint_every_s": "spec.checkpoints.every",
    "data_patience_s": "spec.data_patience",
}


def check_options(
    options: Options, catalogue: Mapping[str, Architecture], own: Architecture | None = None
) -> Architecture:
    """The architecture asked for, or the caller's `own`, once everything that can be told without the table fits.

    Raises InvalidInput naming the field, NotFound for an unknown architecture.
    """
    if not options.table:
        raise InvalidInput("expected the name of a table, received none", field="spec.table")
    architecture = own or find_architecture(options.architecture, catalogue)
    if options.image_mode is not None and options.image_mode not in IMAGE_MODES:
        raise _misfit("image_mode", f"one of the image modes {', '.join(IMAGE_MODES)}", _plain(options.image_mode))
    for name in RANGES:
        check_range(name, getattr(options, name))
    if (options.image_height is None) != (options.image_width is None):
        raise _misfit("image_height", "height and width together", "one of them")
    if options.reading.split is not None and options.validation_split is not None:
        raise _misfit("split", "a split or a validation_split", "both")
    if options.image_height is not None and options.image_width is not None:
        check_image_size(options.image_height, options.image_width, architecture)
    check_parameters(options.architecture_parameters, architecture)
    check_native(options.native)
    return architecture


def check_range(name: str, value: float | None) -> None:
    """Raises InvalidInput when the value given for a numeric option lies outside its range."""
    if value is not None and value not in RANGES[name]:
        raise _misfit(name, str(RANGES[name]), _plain(value))


def check_native(native: NativeOptions) -> None:
    """Raises InvalidInput for an option of Keras that fits no table; leaves names of Keras to `components`."""
    for name, names in (("dtype_policy", DTYPE_POLICIES), ("backend", BACKENDS)):
        value = getattr(native, name)
        if value is not None and value not in names:
            raise _misfit(name, f"one of {', '.join(names)}", _plain(value), closest(value, names))
    for name, limits in NATIVE_RANGES.items():
        value = getattr(native, name)
        if value is not None and value not in limits:
            raise _misfit(name, str(limits), _plain(value))
    for name, limit in LIMIT_COMPONENTS.items():
        if len(getattr(native, name)) > limit:
            raise _misfit(name, f"{limit} at most", str(len(getattr(native, name))))


def check_image_size(height: int, width: int, architecture: Architecture) -> None:
    """Raises InvalidInput when images are smaller than the architecture can take."""
    minimum = architecture.minimum_image_size
    if min(height, width) < minimum:
        expected = f"images of at least {minimum} x {minimum} pixels for {architecture.name}"
        hint = " Ask for a larger image size or choose another architecture."
        raise _misfit("image_height", expected, f"{height} x {width}", hint)


def check_parameters(values: Mapping[str, Any], architecture: Architecture) -> dict[str, Setting]:
    """The given parameters of the architecture, each of its kind. Raises InvalidInput."""
    parameters = {parameter.name: parameter for parameter in architecture.parameters}
    for name in values:
        if name not in parameters:
            expected = f"parameters of {architecture.name}, which has {', '.join(parameters) or 'none'}"
            raise _misfit("architecture_parameters", expected, _plain(name), closest(name, parameters))
    return {name: _parameter_value(parameters[name], value) for name, value in values.items()}


def find_architecture(name: str, catalogue: Mapping[str, Architecture]) -> Architecture:
    """The architecture of that name. Raises InvalidInput without one, NotFound for an unknown one."""
    if not name:
        raise _misfit("architecture", f"one of the architectures {', '.join(catalogue)}", "none")
    if name not in catalogue:
        known = f"There is no architecture {name[:64]!r}; there are {', '.join(catalogue)}."
        raise NotFound(known + closest(name, catalogue), details={"architecture": name[:64]})
    return catalogue[name]


def closest(name: str, names: Collection[str]) -> str:
    """ " Did you mean …?" with the names most like `name`; empty when none is."""
    by_key = {known.casefold(): known for known in names}
    found = difflib.get_close_matches(name.casefold(), by_key, n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(by_key[key] for key in found)}?" if found else ""


def _parameter_value(parameter: Parameter, value: Any) -> Setting:
    if parameter.kind is ParameterKind.CHOICE:
        if value not in parameter.choices:
            expected = f"one of {', '.join(parameter.choices)} for {parameter.name}"
            hint = closest(value, parameter.choices) if isinstance(value, str) else ""
            raise _misfit("architecture_parameters", expected, _plain(value), hint)
        return str(value)
    if parameter.kind is ParameterKind.INTEGERS:
        values = value if isinstance(value, list) else [value]
        if not 1 <= len(values) <= LIMIT_INTEGERS:
            expected = f"1 to {LIMIT_INTEGERS} whole numbers for {parameter.name}"
            raise _misfit("architecture_parameters", expected, str(len(values)))
        return [int(_number(parameter, one, "a whole number")) for one in values]
    if parameter.kind is ParameterKind.INTEGER:
        return int(_number(parameter, value, "a whole number"))
    return _number(parameter, value, "a number")


def _number(parameter: Parameter, value: Any, noun: str) -> float:
    limits = Range(parameter.minimum, parameter.maximum, noun)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_whole = parameter.kind is ParameterKind.NUMBER or (is_number and float(value).is_integer())
    if not is_number or not is_whole or value not in limits:
        raise _misfit("architecture_parameters", f"{limits} for {parameter.name}", _plain(value))
    return float(value)


def _misfit(name: str, expected: str, received: str, hint: str = "") -> InvalidInput:
    end = "." if hint else ""
    return InvalidInput(f"expected {expected}, received {received}{end}{hint}", field=_FIELDS.get(name, f"spec.{name}"))


def _plain(value: Any) -> str:
    """A number as people write it, other values and very large numbers as Python does, cut where they are long."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else repr(value)[:64]
