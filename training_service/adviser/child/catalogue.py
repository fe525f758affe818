"""What Keras has of each kind of component, with its arguments and their defaults, read from Keras itself.

Only components that a job can use: nothing that takes code, other components, or a path.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

# Every image layer of Keras derives from RandomFlip's grandparent, which has no public name.
_IMAGE_LAYER = keras.layers.Resizing.__mro__[1]


@dataclass(frozen=True)
class Kind:
    """Where the components of a kind are: those of `module` that derive from `base`, without some, or only some."""

    module: Any
    base: type
    without: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def classes(self) -> dict[str, type]:
        """The components by name, in order of name."""
        found = {
            name: value
            for name, value in sorted(vars(self.module).items())
            if name in self.also or (inspect.isclass(value) and issubclass(value, self.base) and value is not self.base)
        }
        return {
            name: value for name, value in found.items() if name not in self.without and name in (self.only or found)
        }


KINDS: Mapping[str, Kind] = {
    # Those left out wrap other optimizers, or need their weights exchanged around each validation.
    "optimizer": Kind(
        keras.optimizers,
        keras.optimizers.Optimizer,
        without=("LossScaleOptimizer", "MultiOptimizer", "ScheduleFreeAdamW"),
    ),
    "schedule": Kind(keras.optimizers.schedules, keras.optimizers.schedules.LearningRateSchedule),
    "loss": Kind(keras.losses, keras.losses.Loss),
    # Those left out are means of whatever they are given, not of how good a prediction is.
    "metric": Kind(keras.metrics, keras.metrics.Metric, without=("Mean", "MeanMetricWrapper", "Sum")),
    # Others run code of the user's, open connections, or keep what the service keeps already.
    "callback": Kind(
        keras.callbacks,
        keras.callbacks.Callback,
        only=("CSVLogger", "EarlyStopping", "ReduceLROnPlateau", "TensorBoard", "TerminateOnNaN"),
    ),
    # Those left out mix labels too, or change the size.
    "augmentation": Kind(
        keras.layers,
        _IMAGE_LAYER,
        without=("CenterCrop", "CutMix", "MaxNumBoundingBoxes", "MixUp", "RandomCrop", "Resizing"),
        also=("Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout2D"),
    ),
}
# Arguments that the script sets itself, or that say where files are.
_HIDDEN = {"name", "dtype", "data_format", "learning_rate", "filename", "log_dir", "embeddings_freq"} | {
    "embeddings_metadata",
    "bounding_box_format",
}


def describe(kind: str) -> dict[str, Any]:
    """{"components": {NAME: {"summary", "arguments": {NAME: {"required", "default"}}, "learning_rate"}}} of a kind.

    "learning_rate" is the default of an optimizer's, None for what has none. Defaults that are no JSON are their text.
    """
    return {"components": {name: _describe_class(found) for name, found in KINDS[kind].classes().items()}}


def _describe_class(found: type) -> dict[str, Any]:
    # A class that only inherits its __init__ shows it all the same.
    parameters = inspect.signature(found).parameters
    rate = parameters["learning_rate"].default if "learning_rate" in parameters else None
    return {
        "summary": (inspect.getdoc(found) or "").partition("\n")[0],
        "arguments": {
            name: _describe_argument(parameter)
            for name, parameter in parameters.items()
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and name not in _HIDDEN
        },
        "learning_rate": rate if isinstance(rate, float) else None,
    }


def _describe_argument(parameter: inspect.Parameter) -> dict[str, Any]:
    required = parameter.default is inspect.Parameter.empty
    return {"required": required, "default": None if required else _as_json(parameter.default)}


def _as_json(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
