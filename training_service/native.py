"""What a job takes of Keras itself: the options as a caller gives them, and all of them filled in.

Leaves to `components` whether Keras has such a thing, to `native_completion` the gaps, to `native_script` the code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DTYPE_POLICIES = ("float32", "float64", "bfloat16", "mixed_bfloat16", "mixed_float16")
BACKENDS = ("tensorflow", "jax")
BALANCED = "balanced"


@dataclass(frozen=True)
class Component:
    """A class of Keras by its name, with keyword arguments: JSON values.

    Once completed, a name in small letters, such as "accuracy", is a word that Keras takes in place of a class.
    """

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def read(values: Mapping[str, Any] | None) -> "Component | None":
        """The component that was written as these values."""
        return None if values is None else Component(**values)


@dataclass(frozen=True)
class StartingWeights:
    """The job whose model the network starts with, and patterns of the names of layers that are not trained.

    `sha256` is that of the model's file, empty until it was looked up; `runs_code` says, from then on, that the
    operator's leave to run code is needed to load it.
    """

    job_id: str
    frozen_layers: tuple[str, ...] = ()
    sha256: str = ""
    runs_code: bool = False

    @staticmethod
    def read(values: Mapping[str, Any] | None) -> "StartingWeights | None":
        """What was written as these values."""
        return (
            None if values is None else StartingWeights(**{**values, "frozen_layers": tuple(values["frozen_layers"])})
        )


@dataclass(frozen=True)
class OwnModel:
    """A model of the caller's: `kind` "json" or "keras", and the SHA-256 of its content, which lies elsewhere.

    `runs_code` says, once it was examined, that the operator's leave to run code is needed to load it.
    """

    kind: str
    sha256: str
    runs_code: bool = False

    @property
    def file_name(self) -> str:
        """Its name beside a script."""
        return f"own.{self.kind}"

    @staticmethod
    def read(values: Mapping[str, Any] | None) -> "OwnModel | None":
        """What was written as these values."""
        return None if values is None else OwnModel(**values)


@dataclass(frozen=True)
class NativeOptions:
    """As asked for; what was not given is None or empty. `class_weights` are BALANCED, or numbers by class name."""

    optimizer_arguments: dict[str, Any] = field(default_factory=dict)
    schedule: Component | None = None
    loss: Component | None = None
    metrics: tuple[Component, ...] = ()
    callbacks: tuple[Component, ...] = ()
    class_weights: dict[str, float] | str | None = None
    augmentation: tuple[Component, ...] = ()
    dtype_policy: str | None = None
    steps_per_execution: int | None = None
    jit_compile: bool | None = None
    backend: str | None = None
    thread_count: int | None = None
    starting_weights: StartingWeights | None = None
    own_model: OwnModel | None = None

    @staticmethod
    def read(values: Mapping[str, Any]) -> "NativeOptions":
        """The options that were written as these values."""
        return NativeOptions(**{**values, **_read_parts(values)})


@dataclass(frozen=True)
class Native:
    """All filled in and checked. The defaults are those of a job whose options leave everything out.

    Without `loss` or `metrics`, those that suit the task. `class_weights` has a number for each class, or is None when
    all count alike. `inputs` and `output_count` are what `build` takes, see `situation`.
    """

    optimizer_arguments: dict[str, Any] = field(default_factory=dict)
    schedule: Component | None = None
    loss: Component | None = None
    metrics: tuple[Component, ...] = ()
    callbacks: tuple[Component, ...] = ()
    class_weights: dict[str, float] | None = None
    augmentation: tuple[Component, ...] = ()
    dtype_policy: str = "float32"
    steps_per_execution: int = 1
    jit_compile: bool = False
    backend: str = "tensorflow"
    starting_weights: StartingWeights | None = None
    steps_per_epoch: int = 0
    output_count: int = 0
    inputs: Any = None
    own_model: OwnModel | None = None

    @property
    def runs_code(self) -> bool:
        """Whether the operator's leave to run code is needed for the models that the job begins with."""
        return any(model is not None and model.runs_code for model in (self.own_model, self.starting_weights))

    @staticmethod
    def read(values: Mapping[str, Any]) -> "Native":
        """What was written as these values."""
        return Native(**{**values, **_read_parts(values)})


def _read_parts(values: Mapping[str, Any]) -> dict[str, Any]:
    lists = {
        name: tuple(Component(**item) for item in values[name])
        for name in ("metrics", "callbacks", "augmentation")
        if name in values
    }
    single = {name: Component.read(values[name]) for name in ("schedule", "loss") if name in values}
    return {
        **lists,
        **single,
        "starting_weights": StartingWeights.read(values.get("starting_weights")),
        "own_model": OwnModel.read(values.get("own_model")),
    }
