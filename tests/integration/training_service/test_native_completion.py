"""Options of Keras as Keras itself sees them: names, arguments and values, before a job is made of them."""

from dataclasses import replace

import pytest
from tablefit.errors import InvalidInput

from tests.unit.training_service.test_script import HOSTILE, specify
from training_service.adviser import Adviser
from training_service.components import Components
from training_service.estimates import Estimates
from training_service.native import Component, Native, NativeOptions
from training_service.native_completion import Chosen, choose_optimizer, complete_native
from training_service.situation import Situation

DIGITS = Situation(
    steps_per_epoch=36, class_row_counts={"0": 90, "1": 60}, outputs=2, shape=(20, 20, 1), held_out=True, seed=7
)
ROTATION = Component("RandomRotation", {"factor": 0.1})
ADAM = Chosen("adam", {}, 0.001, None)


@pytest.fixture(scope="module")
def components(adviser: Adviser) -> Components:
    return Components(adviser)


def complete(components: Components, situation: Situation = DIGITS, **asked) -> Native:
    return complete_native(components, ADAM, NativeOptions(**asked), situation)


def test_an_optimizer_takes_any_of_its_arguments(components: Components):
    native = NativeOptions(optimizer_arguments={"momentum": 0.9, "nesterov": True, "clipnorm": 1})
    chosen = choose_optimizer(components, "Sgd", None, native)
    assert chosen == Chosen("sgd", {"momentum": 0.9, "nesterov": True, "clipnorm": 1}, 0.01, None)
    assert choose_optimizer(components, "lamb", None, NativeOptions()).optimizer == "Lamb"


def test_a_schedule_takes_the_place_of_the_learning_rate(components: Components):
    schedule = Component("cosine_decay", {"initial_learning_rate": 0.5, "decay_steps": 100})
    chosen = choose_optimizer(components, None, None, NativeOptions(schedule=schedule))
    assert (chosen.schedule.name, chosen.learning_rate) == ("CosineDecay", 0.5)
    with pytest.raises(InvalidInput, match="a learning rate or a schedule"):
        choose_optimizer(components, None, 0.1, NativeOptions(schedule=schedule))


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("adamm", {}, r"one of Keras's optimizers, received 'adamm'\. Did you mean Adam"),
        ("sgd", {"momentom": 0.9}, r"which has momentum, .*received 'momentom'\. Did you mean momentum"),
        ("sgd", {"momentum": 2}, "SGD cannot be used so: .*momentum"),
        ("sgd", {"momentum": float("nan")}, "expected a finite number for SGD's momentum"),
        ("sgd", {"learning_rate": 0.1}, "the learning rate as an option of its own"),
        ("LossScaleOptimizer", {}, "one of Keras's optimizers"),
    ],
)
def test_an_optimizer_that_does_not_work_is_refused(components: Components, name, arguments, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        choose_optimizer(components, name, None, NativeOptions(optimizer_arguments=arguments))


def test_components_get_keras_names_and_seeds_of_their_own(components: Components):
    layers = (Component("random_flip", {"mode": "horizontal"}), Component("RandomRotation", {"factor": 0.1, "seed": 3}))
    native = complete(
        components,
        augmentation=layers,
        metrics=(Component("accuracy"), Component("sparsetopkcategoricalaccuracy", {"k": 1})),
        callbacks=(Component("earlystopping", {"monitor": "val_accuracy"}), Component("CSVLogger")),
    )
    assert native.augmentation == (
        Component("RandomFlip", {"seed": 7, "mode": "horizontal"}),
        Component("RandomRotation", {"factor": 0.1, "seed": 3}),
    )
    assert [metric.name for metric in native.metrics] == ["accuracy", "SparseTopKCategoricalAccuracy"]
    assert native.callbacks[1] == Component("CSVLogger", {"filename": "epochs.csv", "append": True})
    assert (native.steps_per_execution, native.dtype_policy, native.jit_compile) == (6, "float32", False)


@pytest.mark.parametrize(
    ("asked", "field", "sentence"),
    [
        ({"loss": Component("Crossentropy")}, "loss", "Did you mean .*Crossentropy"),
        ({"loss": Component("CategoricalCrossentropy")}, "loss", "must have the same rank"),
        ({"metrics": (Component("F1Score"),)}, "metrics", "F1Score cannot be used so"),
        ({"callbacks": (Component("ModelCheckpoint", {"filepath": "/x"}),)}, "callbacks", "There are CSVLogger, Ear"),
        ({"callbacks": (Component("LambdaCallback"),)}, "callbacks", "one of Keras's callbacks"),
        ({"callbacks": (Component("CSVLogger", {"filename": "/etc/x"}),)}, "callbacks", "which has separator, append"),
        ({"callbacks": (Component("EarlyStopping", {"patience": "3"}),)}, "callbacks", "cannot be used so"),
        ({"callbacks": (Component("EarlyStopping", {"monitor": "val_f1"}),)}, "callbacks", "one of accuracy, loss, v"),
        ({"augmentation": (Component("Lambda"),)}, "augmentation", "one of Keras's layers for augmentation"),
        ({"augmentation": (Component("AutoContrast"),)}, "augmentation", "changes images in training only"),
        (
            {"augmentation": (ROTATION,), "backend": "jax"},
            "augmentation",
            "that XLA can compile, received RandomRot",
        ),
        ({"steps_per_execution": 5}, "steps_per_execution", "a divisor of the 36 steps of an epoch, such as 4 or 6"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(components: Components, asked, field, sentence):
    with pytest.raises(InvalidInput, match=sentence) as caught:
        complete(components, **asked)
    assert caught.value.field == f"spec.{field}"


def test_callbacks_cannot_watch_what_is_not_held_out(components: Components):
    with pytest.raises(InvalidInput, match="monitor to be one of accuracy, loss, received 'val_loss'"):
        complete(components, replace(DIGITS, held_out=False), callbacks=(Component("EarlyStopping"),))


@pytest.mark.parametrize("text", [*HOSTILE, "__import__"])
def test_strange_names_are_refused(components: Components, text: str):
    for asked in ({"loss": Component(text)}, {"callbacks": (Component("EarlyStopping", {text: 1}),)}):
        with pytest.raises(InvalidInput):
            complete(components, **asked)


def test_an_estimate_counts_parameters_steps_and_bytes(adviser: Adviser):
    native = Native(steps_per_epoch=45, output_count=10, inputs=[20, 20, 1])
    estimate = Estimates(adviser).of(specify(native=native))
    assert estimate.parameter_count > estimate.trainable_parameter_count > 50_000
    assert (estimate.steps_per_epoch, estimate.step_count) == (45, 225)
    larger = Estimates(adviser).of(specify(native=native, batch_size=64))
    assert estimate.memory_bytes < larger.memory_bytes < 2 * estimate.memory_bytes
    sgd = Estimates(adviser).of(specify(native=native, optimizer="sgd"))
    # Adam keeps two values for each parameter, SGD none.
    assert estimate.memory_bytes - sgd.memory_bytes == 2 * 4 * estimate.trainable_parameter_count
