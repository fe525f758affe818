"""Tries a component with its arguments on made-up values, since Keras takes many wrong values until they are used.

Each trial returns facts that the service needs, and raises what Keras raises or `Unfit`.
"""

import math
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from training_service.adviser.child.catalogue import KINDS
from training_service.adviser.child.sentences import reason

_ROWS = 4
# Where a schedule is looked at, in steps.
_STEPS = (0, 1, 10, 1_000, 100_000)


class Unfit(Exception):
    """The component works, but not in a job; says why."""


def try_component(kind: str, name: str, arguments: Mapping[str, Any], **context: Any) -> dict[str, Any]:
    """{"problem": sentence or "", and the trial's facts} for a component of `catalogue.KINDS`.

    `context` is what the trial of the kind takes: see TRIALS.
    """
    keras.utils.set_random_seed(0)
    try:
        facts = TRIALS[kind](KINDS[kind].classes()[name], arguments, **context)
    except Exception as error:  # noqa: BLE001 - Keras's own reason is the answer
        return {"problem": reason(error)}
    finally:
        keras.backend.clear_session()
    return {"problem": "", **facts}


def _try_optimizer(found: Any, arguments: Mapping[str, Any], learning_rate: float) -> dict[str, Any]:
    """{"slots"}: values that the optimizer keeps for each parameter."""
    optimizer = found(learning_rate=learning_rate, **arguments)
    variable = keras.Variable(np.full((4, 5), 0.5, "float32"))
    optimizer.build([variable])
    for _ in range(max(2, arguments.get("gradient_accumulation_steps") or 0)):
        optimizer.apply_gradients([(keras.ops.full((4, 5), 0.125), variable)])
    _expect_finite(variable, "the weights after two steps")
    sizes = [math.prod(own.shape) for own in optimizer.variables]
    return {"slots": sum(size for size in sizes if size > 2) / 20}


def _try_schedule(found: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """{"first"}: the learning rate of the first step."""
    schedule = found(**arguments)
    rates = [float(schedule(step)) for step in _STEPS]
    if not all(math.isfinite(rate) and rate >= 0 for rate in rates):
        raise Unfit(f"expected learning rates of at least 0, received {rates[0]:g} to {rates[-1]:g}")
    return {"first": rates[0]}


def _try_loss(found: Any, arguments: Mapping[str, Any], task: str, outputs: int) -> dict[str, Any]:
    expected, predicted = _examples(task, outputs)
    loss = found(**arguments)(expected, predicted, sample_weight=np.ones(_ROWS, "float32"))
    if keras.ops.ndim(loss):
        raise Unfit("expected a loss that is one number for a batch; leave `reduction` out")
    _expect_finite(loss, "the loss")
    return {}


def _try_metric(found: Any, arguments: Mapping[str, Any], task: str, outputs: int) -> dict[str, Any]:
    """{"name"}: what the metric is called in the events of a job."""
    expected, predicted = _examples(task, outputs)
    metric = found(**arguments)
    metric.update_state(expected, predicted, sample_weight=np.ones(_ROWS, "float32"))
    if keras.ops.ndim(metric.result()):
        raise Unfit("expected a metric that is one number, received one for each class; ask for its average")
    return {"name": metric.name}


def _try_augmentation(found: Any, arguments: Mapping[str, Any], shape: Sequence[int]) -> dict[str, Any]:
    """{"supports_jit"}: whether XLA can compile the layer."""
    # Pale images: those of full contrast would hide that a layer stretches it.
    images = np.random.default_rng(0).integers(40, 200, (2, *shape)).astype("float32")
    layer = found(**arguments)
    made = layer(images, training=True)
    if tuple(made.shape) != images.shape:
        raise Unfit(f"expected images of the same size, received {tuple(made.shape[1:])} for {tuple(shape)}")
    _expect_finite(made, "the images")
    if not np.array_equal(keras.ops.convert_to_numpy(layer(images, training=False)), images):
        raise Unfit("expected a layer that changes images in training only, received one that always changes them")
    return {"supports_jit": layer.supports_jit}


def _try_callback(
    found: Any,
    arguments: Mapping[str, Any],
    task: str,
    outputs: int,
    loss: Mapping[str, Any],
    metrics: Sequence[Mapping[str, Any]],
    held_out: bool,
    places: Mapping[str, str],
) -> dict[str, Any]:
    """Trains a small network with it. `places` are the arguments that say where it writes, relative to a folder."""
    expected, _ = _examples(task, outputs)
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(outputs, activation=_activation(task))(inputs))
    scores = [_make("metric", metric) for metric in metrics]
    # Nothing is learned, so that callbacks that wait for progress have to wait, and compare.
    still = keras.optimizers.SGD(0.0)
    model.compile(optimizer=still, loss=_make("loss", loss), weighted_metrics=scores, run_eagerly=True)
    rows = (np.ones((_ROWS, 3), "float32"), expected, np.ones(_ROWS, "float32"))
    callback = found(**arguments, **places)
    _expect_monitored(callback, _train(model, rows, held_out))
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            _train(model, rows, held_out, callback)
        finally:
            os.chdir(here)
    return {}


def _train(model: Any, rows: tuple[Any, Any, Any], held_out: bool, *callbacks: Any) -> list[str]:
    """Trains for three epochs; returns what callbacks can watch."""
    x, y, sample_weight = rows
    validation = {"validation_data": rows} if held_out else {}
    history = model.fit(x, y, sample_weight=sample_weight, epochs=3, verbose=0, callbacks=callbacks, **validation)
    return sorted(set(history.history) - {"learning_rate"})


TRIALS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "optimizer": _try_optimizer,
    "schedule": _try_schedule,
    "loss": _try_loss,
    "metric": _try_metric,
    "augmentation": _try_augmentation,
    "callback": _try_callback,
}


def _expect_monitored(callback: Any, names: Sequence[str]) -> None:
    """Keras only warns of a name that there is none of, and then never stops."""
    monitor = getattr(callback, "monitor", None)
    if monitor is not None and monitor not in names:
        raise Unfit(f"expected monitor to be one of {', '.join(names)}, received {monitor!r:.64}")


def _make(kind: str, component: Mapping[str, Any]) -> Any:
    """A component, or the text that Keras makes one of."""
    found = KINDS[kind].classes().get(component["name"])
    return component["name"] if found is None else found(**component["arguments"])


def _examples(task: str, outputs: int) -> tuple[Any, Any]:
    """Targets and predictions of four rows, as a job's network for a task with that many outputs has them."""
    spread = np.linspace(0.2, 0.8, _ROWS * outputs, dtype="float32").reshape(_ROWS, outputs)
    if task == "classification":
        return np.arange(_ROWS, dtype="int64") % outputs, spread / spread.sum(axis=1, keepdims=True)
    if task in ("binary", "multi_label"):
        return (np.arange(_ROWS * outputs).reshape(_ROWS, outputs) % 2).astype("float32"), spread
    return spread[::-1].copy(), spread


def _activation(task: str) -> str:
    return {"classification": "softmax", "binary": "sigmoid", "multi_label": "sigmoid"}.get(task, "linear")


def _expect_finite(value: Any, what: str) -> None:
    if not np.isfinite(keras.ops.convert_to_numpy(value)).all():
        raise Unfit(f"expected finite numbers, but {what} became NaN or infinite")
