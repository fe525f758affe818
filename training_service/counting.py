"""How many weights a network has for some input, as Keras says after building it.

Leaves building to the adviser's process, whose answers are kept: the same question is answered at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tablefit.data.network_inputs import NetworkInputs
from tablefit.errors import InvalidInput

from training_service.adviser import Adviser
from training_service.architecture import Architecture, InputKind, Setting
from training_service.options import Range, check_image_size, check_parameters, find_architecture
from training_service.specification import IMAGE_MODES

_OUTPUTS = Range(1, 65_536, "a number of outputs")
_SIZES = Range(1, 4_096, "a height and a width")


@dataclass(frozen=True)
class WantedNetwork:
    """A network to count. Of one that takes an image `mode`, `height` and `width` count, else `inputs`."""

    architecture: str
    parameters: dict[str, Any] = field(default_factory=dict)
    mode: str | None = None
    height: int = 0
    width: int = 0
    inputs: NetworkInputs = field(default_factory=dict)
    output_count: int = 0


@dataclass(frozen=True)
class Count:
    """Weights: all of them, and those that training changes."""

    parameter_count: int
    trainable_count: int


@dataclass(frozen=True)
class Counting:
    """Counts the weights of the networks of a catalogue."""

    catalogue: Mapping[str, Architecture]
    adviser: Adviser

    def count(self, wanted: WantedNetwork) -> Count:
        """The weights. Raises NotFound for an unknown architecture, InvalidInput for what does not fit, Unavailable."""
        architecture = find_architecture(wanted.architecture, self.catalogue)
        settings = check_parameters(wanted.parameters, architecture)
        if wanted.output_count not in _OUTPUTS:
            raise InvalidInput(f"expected {_OUTPUTS}, received {wanted.output_count}", field="output_count")
        is_image = architecture.inputs is InputKind.IMAGE
        answer = self.adviser.ask(
            "network",
            source=architecture.source,
            inputs=_image_shape(wanted, architecture) if is_image else _inputs(wanted),
            output_count=wanted.output_count,
            activation="linear",
            settings=without_download(settings),
        )
        if answer["problem"]:
            raise InvalidInput(f"{architecture.name} cannot be built so: {answer['problem']}", field="inputs")
        return Count(answer["parameter_count"], answer["trainable_count"])


def without_download(settings: Mapping[str, Setting]) -> dict[str, Setting]:
    """Settings for a network of the same size that starts with random weights, which nobody has to download."""
    return {name: "none" if name == "weights" else value for name, value in settings.items()}


def _image_shape(wanted: WantedNetwork, architecture: Architecture) -> list[int]:
    if wanted.mode is None:
        raise InvalidInput(f"expected a mode out of {', '.join(IMAGE_MODES)}, received none", field="image.mode")
    if wanted.height not in _SIZES or wanted.width not in _SIZES:
        raise InvalidInput(f"expected {_SIZES}, received {wanted.height} x {wanted.width}", field="image.height")
    check_image_size(wanted.height, wanted.width, architecture)
    return [wanted.height, wanted.width, IMAGE_MODES[wanted.mode]]


def _inputs(wanted: WantedNetwork) -> dict[str, Any]:
    if not wanted.inputs:
        raise InvalidInput("expected the inputs of a network that takes columns, received none", field="inputs")
    return {name: [list(shape), count] for name, (shape, count) in wanted.inputs.items()}
