"""What may be done to a network before it is compiled: images changed at random, weights of an earlier model.

Leaves building networks to their authors.
"""

import fnmatch
import os
from collections.abc import Iterator, Sequence
from typing import Any

import keras

from tablefit.errors import InvalidInput
from tablefit.keras.layer_names import free_name
from tablefit.models.code import refuse_code


def augment(model: Any, layers: Sequence[Any]) -> Any:
    """`model` behind `layers` of Keras that change images at random in training, such as keras.layers.RandomFlip.

    They are part of the network that is saved, where they do nothing: Keras switches them off outside training. So a
    model that is trained further, from its file, is trained on images that change in the same way.
    """
    inputs = x = keras.Input(model.input_shape[1:], name=free_name("images", [model.name]))
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, model(x), name=model.name)


def start_from(
    model: Any, path: str | os.PathLike[str], *, frozen: Sequence[str] = (), allow_code: bool = False
) -> tuple[str, ...]:
    """Gives the layers of `model` the weights that layers of the same name and shapes have in the model file `path`.

    Layers that differ, such as the last one where there are other classes, keep what they have; their names are
    returned. Layers whose name matches one of `frozen`, such as "conv*", are not trained. Call it before `compile`.
    A file that holds code, such as a Lambda layer, is read only where `allow_code` says that this is trusted. Raises
    InvalidInput when no layer fits, or none matches a pattern.
    """
    try:
        earlier = keras.saving.load_model(path, compile=False, safe_mode=not allow_code)
    except (TypeError, ValueError) as error:
        refuse_code(path, error, allow_code)
        raise
    known = {layer.name: layer for layer in _layers(earlier)}
    left = []
    taken = 0
    for layer in _layers(model):
        if not layer.weights:
            continue
        if layer.name in known and _shapes(layer) == _shapes(known[layer.name]):
            layer.set_weights(known[layer.name].get_weights())
            taken += 1
        else:
            left.append(layer.name)
    if not taken:
        raise InvalidInput(f"expected a model of the same layers, received {os.fspath(path)!r}, of which none fits")
    freeze(model, frozen)
    return tuple(left)


def freeze(model: Any, patterns: Sequence[str]) -> None:
    """Keeps the weights of the layers whose names match a pattern as they are. Raises InvalidInput."""
    for pattern in patterns:
        found = [layer for layer in _layers(model) if fnmatch.fnmatchcase(layer.name, pattern)]
        if not found:
            raise InvalidInput(f"expected the names of layers to freeze, received {pattern!r}, which fits none")
        for layer in found:
            layer.trainable = False


def _layers(model: Any) -> Iterator[Any]:
    """The layers at the end of every branch: those that hold no others."""
    for layer in model.layers:
        if getattr(layer, "layers", None):
            yield from _layers(layer)
        else:
            yield layer


def _shapes(layer: Any) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]
