"""Fills in what a caller left out of the options of Keras, and has Keras try what was given.

Asks Keras only about what was given: a job that names nothing of it needs no helper process.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tablefit.errors import InvalidInput, WrongState

from training_service.components import Components, check_value
from training_service.native import BALANCED, Component, Native, NativeOptions
from training_service.native_defaults import default_loss, default_metrics
from training_service.options import closest
from training_service.situation import Situation
from training_service.specification import OPTIMIZERS

DEFAULT_OPTIMIZER = "adam"
DEFAULT_BACKEND = "tensorflow"
# Steps a second of mini_xception at 20 x 20 pixels and batch 32 on two busy cores, the best of four interleaved epochs:
# 13.1 at 1 step per execution, 16.6 at 4, 17.5 at 8, 16.5 at 16. Processor time of a step of simple_cnn: 307 ms at 1,
# 279 at 8, 294 at 16. More than 8 gains nothing, and delays checkpoints.
LIMIT_STEPS_PER_EXECUTION = 8
# Where callbacks write, relative to the job's folder; a restarted job adds to its log.
PLACES: Mapping[str, Mapping[str, Any]] = {
    "CSVLogger": {"filename": "epochs.csv", "append": True},
    "TensorBoard": {"log_dir": "tensorboard"},
}


@dataclass(frozen=True)
class Chosen:
    """The optimizer under the name that the specification keeps, its arguments, its learning rate in the first step."""

    optimizer: str
    arguments: dict[str, Any]
    learning_rate: float
    schedule: Component | None


def choose_optimizer(
    components: Components, name: str | None, learning_rate: float | None, native: NativeOptions
) -> Chosen:
    """The optimizer asked for, with its learning rate. Raises InvalidInput."""
    asked = name or DEFAULT_OPTIMIZER
    plain = asked.lower() in OPTIMIZERS and not native.optimizer_arguments and native.schedule is None
    if plain:
        key = asked.lower()
        rate = OPTIMIZERS[key].learning_rate if learning_rate is None else learning_rate
        return Chosen(key, {}, rate, None)
    if "learning_rate" in native.optimizer_arguments:
        reason = "expected the learning rate as an option of its own, received it as an argument of the optimizer"
        raise InvalidInput(reason, field="spec.optimizer_arguments")
    found = components.resolve("optimizer", Component(asked), "spec.optimizer")
    field = "spec.optimizer_arguments"
    found = components.resolve("optimizer", Component(found.name, native.optimizer_arguments), field)
    default = components.describe("optimizer")[found.name]["learning_rate"]
    schedule, rate = _schedule(components, native.schedule, default if learning_rate is None else learning_rate)
    if schedule is not None and learning_rate is not None:
        reason = "expected a learning rate or a schedule of learning rates, received both"
        raise InvalidInput(reason, field="spec.learning_rate")
    components.try_out("optimizer", found, field, learning_rate=rate)
    keys = {optimizer.class_name: key for key, optimizer in OPTIMIZERS.items()}
    return Chosen(keys.get(found.name, found.name), found.arguments, rate, schedule)


def complete_native(components: Components, chosen: Chosen, asked: NativeOptions, situation: Situation) -> Native:
    """Everything of Keras that the job's script names, but starting weights. Raises InvalidInput, WrongState."""
    loss = _loss(components, asked.loss, situation)
    metrics = _metrics(components, asked.metrics, situation)
    backend = asked.backend or os.environ.get("KERAS_BACKEND") or DEFAULT_BACKEND
    jit_compile = backend == "jax" if asked.jit_compile is None else asked.jit_compile
    return Native(
        optimizer_arguments=chosen.arguments,
        schedule=chosen.schedule,
        loss=loss,
        metrics=metrics,
        callbacks=_callbacks(components, asked.callbacks, situation, loss, metrics, chosen.schedule),
        class_weights=class_weights(asked.class_weights, situation.class_row_counts),
        augmentation=_augmentation(components, asked.augmentation, situation, jit_compile),
        dtype_policy=asked.dtype_policy or "float32",
        steps_per_execution=steps_per_execution(asked.steps_per_execution, situation.steps_per_epoch),
        jit_compile=jit_compile,
        backend=backend,
        steps_per_epoch=situation.steps_per_epoch,
        output_count=situation.outputs,
        inputs=situation.inputs,
    )


def steps_per_execution(asked: int | None, steps: int) -> int:
    """The steps asked for, which must divide the `steps` of an epoch; by default the most that do, within a limit.

    Raises InvalidInput naming the divisors on both sides.
    """
    divisors = [number for number in range(1, steps + 1) if steps % number == 0]
    if asked is None:
        return max((number for number in divisors if number <= LIMIT_STEPS_PER_EXECUTION), default=1)
    if asked not in divisors:
        near = [max((n for n in divisors if n < asked), default=1), *[n for n in divisors if n > asked][:1]]
        raise InvalidInput(
            f"expected a divisor of the {steps:,} steps of an epoch, such as {' or '.join(map(str, near))}, received "
            f"{asked:,}",
            field="spec.steps_per_execution",
        )
    return asked


def class_weights(
    asked: Mapping[str, float] | str | None, row_counts: Mapping[str, int | None]
) -> dict[str, float] | None:
    """A weight for each class. Balanced: rows / (classes that have rows * rows of the class). Raises InvalidInput."""
    field = "spec.class_weights"
    if asked is None:
        return None
    if not row_counts:
        raise InvalidInput("expected class weights for a table with classes, received them for another", field=field)
    if isinstance(asked, str):
        if asked != BALANCED:
            raise InvalidInput(f"expected {BALANCED!r} or a weight by class name, received {asked[:64]!r}", field=field)
        if None in row_counts.values():
            reason = "expected a category column to balance the classes of, received another; give weights by class"
            raise InvalidInput(reason, field=field)
        present = {name: count for name, count in row_counts.items() if count}
        share = sum(present.values()) / max(len(present), 1)
        return {name: share / count if count else 0.0 for name, count in row_counts.items()}
    for name, weight in asked.items():
        if name not in row_counts:
            hint = closest(name, row_counts) or f" There are {', '.join([*row_counts][:20])}."
            raise InvalidInput(f"expected class names of the table, received {name[:64]!r}.{hint}", field=field)
        check_value(weight, f"the weight of {name!r}", field)
        if not 0 <= weight <= 1e6:
            raise InvalidInput(f"expected a weight from 0 to 1,000,000 for {name!r}, received {weight!r}", field=field)
    complete = {name: float(asked.get(name, 1.0)) for name in row_counts}
    if not any(complete.values()):
        raise InvalidInput("expected a weight above 0 for one class at least, received none", field=field)
    return complete


def _schedule(components: Components, asked: Component | None, rate: float | None) -> tuple[Component | None, float]:
    """The schedule and the learning rate of the first step, which is `rate` without a schedule."""
    if asked is None:
        return None, 0.001 if rate is None else rate
    schedule = components.resolve("schedule", asked, "spec.learning_rate_schedule")
    return schedule, components.try_out("schedule", schedule, "spec.learning_rate_schedule")["first"]


def _loss(components: Components, asked: Component | None, situation: Situation) -> Component:
    if asked is None:
        return default_loss(situation.task)
    loss = components.resolve("loss", asked, "spec.loss")
    components.try_out("loss", loss, "spec.loss", task=situation.task, outputs=situation.outputs)
    return loss


def _metrics(components: Components, asked: Sequence[Component], situation: Situation) -> tuple[Component, ...]:
    if not asked:
        return default_metrics(situation.task, situation.target_count)
    found = tuple(components.resolve("metric", metric, "spec.metrics") for metric in asked)
    for metric in found:
        components.try_out("metric", metric, "spec.metrics", task=situation.task, outputs=situation.outputs)
    return found


def _callbacks(
    components: Components,
    asked: Sequence[Component],
    situation: Situation,
    loss: Component,
    metrics: Sequence[Component],
    schedule: Component | None,
) -> tuple[Component, ...]:
    field = "spec.callbacks"
    found = []
    for callback in asked:
        one = components.resolve("callback", callback, field)
        places = {name: value for name, value in PLACES.get(one.name, {}).items() if name not in one.arguments}
        if one.name == "ReduceLROnPlateau" and schedule is not None:
            reason = "expected one learning rate for ReduceLROnPlateau to reduce, received a schedule"
            raise InvalidInput(reason, field=field)
        context = {
            "task": situation.task,
            "outputs": situation.outputs,
            "loss": _as_dict(loss),
            "metrics": [*map(_as_dict, metrics)],
            "held_out": situation.held_out,
            "places": places,
        }
        components.try_out("callback", one, field, **context)
        found.append(Component(one.name, {**places, **one.arguments}))
    return tuple(found)


def _augmentation(
    components: Components, asked: Sequence[Component], situation: Situation, jit_compile: bool
) -> tuple[Component, ...]:
    field = "spec.augmentation"
    if asked and situation.shape is None:
        raise WrongState("expected a table of images for augmentation, received one of other columns")
    found = []
    for number, layer in enumerate(asked):
        one = components.resolve("augmentation", layer, field)
        if "seed" in components.describe("augmentation")[one.name]["arguments"]:
            # One of its own for each layer: with the same one they would turn and shift by the same chance.
            one = Component(one.name, {"seed": (situation.seed + number) % 2**31, **one.arguments})
        facts = components.try_out("augmentation", one, field, shape=list(situation.shape or ()))
        if jit_compile and not facts["supports_jit"]:
            # Keras would give up compiling the whole network, and say so in a warning.
            reason = f"expected layers that XLA can compile, received {one.name}; leave it out, or train on TensorFlow"
            raise InvalidInput(f"{reason} without jit_compile", field=field)
        found.append(one)
    return tuple(found)


def _as_dict(component: Component) -> dict[str, Any]:
    return {"name": component.name, "arguments": component.arguments}
