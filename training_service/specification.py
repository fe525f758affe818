"""What a job trains, with nothing left out: the value that a script is rendered from and that the records keep.

Leaves to `options` what a caller may ask for and how the gaps are filled, and to `script` the Python text.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from training_service.architecture import Setting
from training_service.native import Component, Native
from training_service.reading import Reading

__all__ = ["IMAGE_MODES", "OPTIMIZERS", "Component", "Native", "Optimizer", "Pin", "Specification"]


@dataclass(frozen=True)
class Optimizer:
    """An optimizer of Keras: the class in `keras.optimizers` and the learning rate that it has by default."""

    class_name: str
    learning_rate: float


OPTIMIZERS: Mapping[str, Optimizer] = {
    "adadelta": Optimizer("Adadelta", 0.001),
    "adagrad": Optimizer("Adagrad", 0.001),
    "adam": Optimizer("Adam", 0.001),
    "adamax": Optimizer("Adamax", 0.001),
    "adamw": Optimizer("AdamW", 0.001),
    "ftrl": Optimizer("Ftrl", 0.001),
    "lion": Optimizer("Lion", 0.001),
    "nadam": Optimizer("Nadam", 0.001),
    "rmsprop": Optimizer("RMSprop", 0.001),
    "sgd": Optimizer("SGD", 0.01),
}

# Channels of a pixel by mode.
IMAGE_MODES: Mapping[str, int] = {"L": 1, "RGB": 3}


# What `tablefit.keras` does unless a script says otherwise.
CHECKPOINT_EVERY_S = 60.0
DATA_PATIENCE_S = 600.0


@dataclass(frozen=True)
class Pin:
    """The snapshot that the job reads, with its rows; `digest` is 64 hexadecimal digits.

    `snapshot_id` is empty in what was kept by a release that knew no snapshots.
    """

    snapshot_id: str
    row_count: int
    digest: str

    @staticmethod
    def read(values: Mapping[str, Any]) -> "Pin":
        """The pin that was written as these values."""
        return Pin(values.get("snapshot_id", ""), values["row_count"], values["digest"])


@dataclass(frozen=True)
class Specification:
    """A job's options, all filled in and all checked.

    `architecture_parameters` has every parameter of the architecture by name. `optimizer` is a key of OPTIMIZERS or the
    name of another class in `keras.optimizers`, `image_mode` one of IMAGE_MODES; it is empty, and the size 0, where no
    image is read. `seed` seeds the weights, the shuffle and the split. `data_service` is HOST:PORT. `time_limit_s`
    bounds the wall time of training; None does not. The higher `priority` has its turn first.
    Checkpoints are taken every `checkpoint_every_steps` steps, if given, and `checkpoint_every_s` seconds after the one
    before; a lost data service is waited for `data_patience_s` seconds.
    """

    table: str
    architecture: str
    architecture_parameters: dict[str, Setting]
    optimizer: str
    learning_rate: float
    validation_split: float
    epochs: int
    batch_size: int
    image_mode: str
    image_height: int
    image_width: int
    seed: int
    save_model: bool
    pin: Pin
    data_service: str
    thread_count: int
    time_limit_s: float | None = None
    priority: int = 0
    reading: Reading = field(default_factory=Reading)
    checkpoint_every_steps: int | None = None
    checkpoint_every_s: float = CHECKPOINT_EVERY_S
    data_patience_s: float = DATA_PATIENCE_S
    report_gradient_norm: bool = False
    native: Native = field(default_factory=Native)

    @property
    def optimizer_class(self) -> str:
        """The name of the optimizer's class in `keras.optimizers`."""
        return OPTIMIZERS[self.optimizer].class_name if self.optimizer in OPTIMIZERS else self.optimizer

    def to_json(self) -> str:
        """The text that `from_json` reads."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "Specification":
        """The specification that `to_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        changed = {
            "pin": Pin.read(values["pin"]),
            "reading": Reading.read(values.get("reading", {})),
            "native": Native.read(values.get("native", {})),
        }
        return Specification(**{**values, **changed})
