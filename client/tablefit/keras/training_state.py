"""What a training is between two steps: every variable, the state of every callback, the generators of random numbers.

Variables are those of the model (seed generators included), of the optimizer (moments, averages of weights, accumulated
gradients, iterations) and of the metrics, in Keras's order, which is the same in every process that runs the same
script. Leaves the callbacks to `callback_state` and the file to `checkpoint_files`.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tablefit.errors import InvalidInput
from tablefit.keras import callback_state
from tablefit.keras.checkpoint_files import Checkpoint
from tablefit.keras.plain_state import decode, encode


def capture(
    model: Any, callbacks: Sequence[Any], step: int, training: Mapping[str, Any], *, is_over: bool
) -> Checkpoint:
    """A copy of the state after `step` steps; `training` tells one training from another, `is_over` says that a
    callback has ended it."""
    arrays: list[NDArray[Any]] = []
    variables = [_keep(group, variable, arrays) for group, variable in _variables(model)]
    state = {
        "training": dict(training),
        "is_over": is_over,
        "variables": variables,
        "callbacks": callback_state.capture(callbacks, arrays),
        "generators": encode({"python": random.getstate(), "numpy": np.random.get_state(legacy=True)}, arrays),
    }
    return Checkpoint(step, state, arrays)


def capture_start(callbacks: Sequence[Any], training: Mapping[str, Any]) -> Checkpoint:
    """What has to be known of a training that has not made a step: what its callbacks found."""
    arrays: list[NDArray[Any]] = []
    kept = callback_state.capture(callbacks, arrays)
    return Checkpoint(0, {"training": dict(training), "is_over": False, "variables": [], "callbacks": kept}, arrays)


def check_same(checkpoint: Checkpoint, training: Mapping[str, Any], folder: object) -> None:
    """Raises InvalidInput when the checkpoint is another training's."""
    other = checkpoint.state["training"]
    for name, value in training.items():
        if other.get(name) != value:
            raise InvalidInput(
                f"expected checkpoints of this training in {folder}, found those of one with {name} "
                f"{other.get(name)!r} instead of {value!r}; name another folder, or empty this one",
                field="checkpoints",
            )


def build(model: Any, batch: Sequence[Any]) -> None:
    """Makes the variables that Keras otherwise makes during the first step: those of metrics and optimizer.

    `batch` is one batch of (inputs, targets, weights). What testing on it changes is restored afterwards.
    """
    model.test_on_batch(*batch)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def restore(model: Any, callbacks: Sequence[Any], checkpoint: Checkpoint) -> None:
    """Gives all of it its state back. Raises InvalidInput when the network is another one."""
    found, kept = list(_variables(model)), checkpoint.state["variables"]
    if [_describe(group, variable) for group, variable in found] != [entry[:4] for entry in kept]:
        raise InvalidInput(
            f"expected a network of the checkpoint's {len(kept)} variables, received one of {len(found)} others; "
            "name another folder, or empty this one",
            field="checkpoints",
        )
    for (_, variable), entry in zip(found, kept, strict=True):
        array = checkpoint.arrays[entry[4]]
        wanted = _read(variable).dtype
        variable.assign(array if array.dtype == wanted else array.view(wanted))
    callback_state.restore(callbacks, checkpoint.state["callbacks"], checkpoint.arrays)
    generators = decode(checkpoint.state["generators"], checkpoint.arrays)
    random.setstate(generators["python"])
    np.random.set_state(generators["numpy"])


def _variables(model: Any) -> Iterator[tuple[str, Any]]:
    """Every variable once, by the group that it belongs to."""
    if keras.backend.backend() == "jax":
        # JAX trains on copies, which come back to the variables only when asked for.
        model.jax_state_sync()
    groups = {"model": model.variables, "optimizer": model.optimizer.variables, "metrics": model.metrics_variables}
    seen: set[int] = set()
    for group, variables in groups.items():
        for variable in variables:
            if id(variable) not in seen:
                seen.add(id(variable))
                yield group, variable


def _keep(group: str, variable: Any, arrays: list[NDArray[Any]]) -> list[Any]:
    # Memory of our own, which TensorFlow gives and JAX lends: training goes on in the variable while this is written.
    found = _read(variable)
    arrays.append(found if found.flags.owndata else found.copy())
    return [*_describe(group, variable), len(arrays) - 1]


def _read(variable: Any) -> NDArray[Any]:
    return np.asarray(keras.ops.convert_to_tensor(variable))


def _describe(group: str, variable: Any) -> list[Any]:
    """What a variable of the same place must have in common. Numbers in names count what a process has made before."""
    return [group, re.sub(r"_\d+", "", variable.name), list(variable.shape), str(variable.dtype)]
