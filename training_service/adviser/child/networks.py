"""How large a network is: its parameters, and the values that one row makes inside it."""

import math
from collections.abc import Mapping
from typing import Any

import keras
from tablefit.keras.layer_names import reserve_names

from training_service.adviser.child.sentences import reason


def measure(
    source: str, inputs: Any, output_count: int, activation: str, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """What `build` of a text makes for `inputs` (see `situation`) and that many outputs; lists are taken for tuples.

    {"problem": sentence or "", "parameter_count", "trainable_count", "activation_count", "output_shape", "layers"}.
    "activation_count" is the sum of the sizes of all layers' outputs for one row, with no row in it.
    """
    namespace: dict[str, Any] = {"keras": keras, "__name__": "architecture"}
    try:
        exec(compile(source, "architecture", "exec"), namespace)
        arguments = {name: _as_tuple(value) for name, value in settings.items()}
        if isinstance(inputs, dict):
            reserve_names(inputs)
        model = namespace["build"](_as_tuple(inputs), output_count, activation=activation, **arguments)
        return {"problem": "", **sizes(model)}
    except Exception as error:  # noqa: BLE001 - Keras's own reason is the answer
        return {"problem": reason(error)}
    finally:
        keras.backend.clear_session()


def sizes(model: Any) -> dict[str, Any]:
    """The facts of `measure` for a model that is built."""
    layers = model._flatten_layers(include_self=False)
    return {
        "parameter_count": model.count_params(),
        "trainable_count": sum(math.prod(weight.shape) for weight in model.trainable_weights),
        "activation_count": sum(_output_size(layer) for layer in layers),
        "output_shape": [size for size in model.output_shape if size is not None],
        "layers": [layer.name for layer in model.layers],
    }


def _output_size(layer: Any) -> int:
    """Values of one row that come out of a layer; 0 for one that is not a step of its own."""
    try:
        outputs = layer.output
    except (AttributeError, ValueError):
        return 0
    shapes = [tensor.shape for tensor in keras.tree.flatten(outputs)]
    return sum(math.prod(size or 1 for size in shape[1:]) for shape in shapes)


def _as_tuple(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_tuple(item) for name, item in value.items()}
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value
