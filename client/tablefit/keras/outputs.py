"""What is put behind a network's outputs."""

from collections.abc import Sequence
from typing import Any

import keras

from tablefit.keras.layer_names import free_name


def rescale_outputs(model: Any, scale: Sequence[float], offset: Sequence[float]) -> Any:
    """`model` with its outputs multiplied by `scale` and moved by `offset`, one number for each output.

    With the standard deviations and means of the targets, a new network starts at the mean instead of at 0, and its
    layers work on numbers about 1, while it predicts in the targets' own units.
    """
    name = free_name("output_scale", (layer.name for layer in model.layers))
    scaled = keras.layers.Rescaling(list(scale), offset=list(offset), dtype="float32", name=name)
    # A Sequential that was never called has no `input`.
    inputs = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    return keras.Model(inputs, scaled(model.outputs[0]), name=model.name)
