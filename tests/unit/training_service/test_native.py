"""What a job takes of Keras, as far as nobody has to ask Keras: its steps, weights, messages and script."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.json_format import ParseDict
from tablefit.errors import InvalidInput
from tablefit.v1 import training_service_pb2 as pb

from tests.unit.training_service.test_script import HOSTILE, find_call, keywords, shape, specify
from training_service.adviser import Adviser
from training_service.components import Components, check_value
from training_service.convert import to_options
from training_service.convert_native import add_native, to_native
from training_service.native import Component, Native, NativeOptions, StartingWeights
from training_service.native_completion import choose_optimizer, class_weights, steps_per_execution
from training_service.options import Options
from training_service.script import render
from training_service.specification import Specification

EVERYTHING = Native(
    optimizer_arguments={"clipnorm": 1.0, "use_ema": True},
    schedule=Component("CosineDecay", {"initial_learning_rate": 0.01, "decay_steps": 1_000}),
    loss=Component("SparseCategoricalCrossentropy", {"ignore_class": None}),
    metrics=(Component("accuracy"), Component("SparseTopKCategoricalAccuracy", {"k": 2})),
    callbacks=(
        Component("EarlyStopping", {"patience": 3}),
        Component("CSVLogger", {"filename": "epochs.csv", "append": True}),
    ),
    class_weights={"cat": 1.0, "dog": 2.5},
    augmentation=(
        Component("RandomFlip", {"mode": "horizontal", "seed": 7}),
        Component("RandomRotation", {"factor": [-0.1, 0.1], "seed": 8}),
    ),
    dtype_policy="mixed_bfloat16",
    steps_per_execution=4,
    backend="jax",
    jit_compile=True,
    starting_weights=StartingWeights("6b1f", ("conv*",), "ab" * 32),
    steps_per_epoch=8,
    output_count=2,
)


@pytest.mark.parametrize(("steps", "expected"), [(1, 1), (7, 7), (8, 8), (16, 8), (17, 1), (36, 6), (57, 3)])
def test_executions_take_the_most_steps_that_divide_an_epoch(steps, expected):
    assert steps_per_execution(None, steps) == expected


def test_steps_that_do_not_divide_an_epoch_are_refused_with_those_that_do():
    assert steps_per_execution(19, 57) == 19
    with pytest.raises(
        InvalidInput, match="a divisor of the 57 steps of an epoch, such as 3 or 19, received 16"
    ) as caught:
        steps_per_execution(16, 57)
    assert caught.value.field == "spec.steps_per_execution"
    with pytest.raises(InvalidInput, match="such as 57, received 64"):
        steps_per_execution(64, 57)


def test_balanced_classes_weigh_the_same():
    weights = class_weights("balanced", {"cat": 30, "dog": 10, "cow": 0})
    assert weights == {"cat": pytest.approx(2 / 3), "dog": 2.0, "cow": 0.0}
    assert class_weights({"dog": 3}, {"cat": 30, "dog": 10}) == {"cat": 1.0, "dog": 3.0}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("even", "expected 'balanced' or a weight by class name"),
        ({"dogs": 1.0}, r"received 'dogs'\. Did you mean dog\?"),
        ({"dog": -1.0}, "from 0 to 1,000,000 for 'dog', received -1"),
        ({"dog": float("nan")}, "expected a finite number"),
        ({"dog": 0.0, "cat": 0.0}, "above 0 for one class"),
    ],
)
def test_class_weights_that_do_not_fit_are_refused(asked, sentence):
    with pytest.raises(InvalidInput, match=sentence) as caught:
        class_weights(asked, {"cat": 30, "dog": 10})
    assert caught.value.field == "spec.class_weights"


def test_a_known_optimizer_without_arguments_needs_no_helper(tmp_path):
    components = Components(Adviser(tmp_path))
    chosen = choose_optimizer(components, "SGD", None, NativeOptions())
    assert (chosen.optimizer, chosen.learning_rate) == ("sgd", 0.01)
    assert choose_optimizer(components, None, 0.5, NativeOptions()).learning_rate == 0.5


@pytest.mark.parametrize("value", [float("nan"), "x" * 257, [0] * 1_001, [[[[[1]]]]], {"a": object()}])
def test_values_that_no_script_should_hold_are_refused(value):
    with pytest.raises(InvalidInput, match=r"expected .* for EarlyStopping's patience"):
        check_value(value, "EarlyStopping's patience", "spec.callbacks")


def test_options_and_specifications_survive_being_kept():
    options = Options(
        "digits",
        "mini_xception",
        native=NativeOptions(metrics=(Component("AUC"),), starting_weights=StartingWeights("1")),
    )
    assert Options.from_json(options.to_json()) == options
    specification = specify(native=EVERYTHING)
    assert Specification.from_json(specification.to_json()) == specification


def test_a_message_gives_the_options_and_whole_numbers_count():
    spec = ParseDict(
        {
            "table": "digits",
            "optimizerArguments": {"momentum": 0.5, "nesterov": True},
            "callbacks": [{"name": "EarlyStopping", "arguments": {"patience": 3, "monitor": "loss"}}],
            "metrics": [{"name": "accuracy"}],
            "augmentation": [{"name": "RandomRotation", "arguments": {"factor": [-0.1, 0.1], "seed": None}}],
            "classWeights": {"balanced": True},
        },
        pb.TrainingSpec(),
    )
    native = to_options(spec).native
    assert native.optimizer_arguments == {"momentum": 0.5, "nesterov": True}
    assert native.callbacks == (Component("EarlyStopping", {"patience": 3, "monitor": "loss"}),)
    assert type(native.callbacks[0].arguments["patience"]) is int
    assert native.augmentation == (Component("RandomRotation", {"factor": [-0.1, 0.1], "seed": None}),)
    assert native.class_weights == "balanced"


def test_what_a_job_trains_is_told_as_it_was_asked_for():
    message = pb.TrainingSpec(learning_rate=0.01)
    add_native(message, EVERYTHING, 2)
    told = to_native(message)
    for field in ("schedule", "loss", "metrics", "callbacks", "class_weights", "augmentation", "backend"):
        assert getattr(told, field) == getattr(EVERYTHING, field), field
    assert told.starting_weights == StartingWeights("6b1f", ("conv*",))
    assert not message.HasField("learning_rate")


def test_a_script_names_everything_of_keras(tmp_path: Path):
    script = render("6b1f", specify(native=EVERYTHING))
    assert keywords(find_call(script, "keras.optimizers.schedules.CosineDecay")) == EVERYTHING.schedule.arguments
    assert keywords(find_call(script, "keras.optimizers.Adam")) == {"clipnorm": 1.0, "use_ema": True}
    assert keywords(find_call(script, "keras.callbacks.CSVLogger")) == {"filename": "epochs.csv", "append": True}
    assert keywords(find_call(script, "keras.layers.RandomRotation")) == {"factor": [-0.1, 0.1], "seed": 8}
    assert keywords(find_call(script, "tablefit.keras.TableData"))["class_weights"] == {"cat": 1.0, "dog": 2.5}
    assert keywords(find_call(script, "tablefit.keras.start_from")) == {"frozen": ["conv*"]}
    assert keywords(find_call(script, "tablefit.keras.prepare"))["backend"] == "jax"
    path = tmp_path / "script.py"
    path.write_text(script, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "format", "--check", "--isolated", "--line-length=120", path], check=True)


def test_xla_on_tensorflow_gives_up_what_it_cannot_compile():
    script = render("6b1f", specify(native=Native(jit_compile=True)))
    assert keywords(find_call(script, "tablefit.keras.prepare"))["deterministic"] is False


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_in_arguments_stay_texts(text):
    def native(value: str) -> Native:
        return Native(
            callbacks=(Component("EarlyStopping", {"monitor": value}),),
            class_weights={value: 1.0},
            optimizer_arguments={"weight_decay": {"a": [value]}},
            starting_weights=StartingWeights("6b1f", (value,)),
        )

    script = render("6b1f", specify(native=native(text)))
    assert keywords(find_call(script, "keras.callbacks.EarlyStopping")) == {"monitor": text}
    assert keywords(find_call(script, "tablefit.keras.TableData"))["class_weights"] == {text: 1.0}
    assert keywords(find_call(script, "keras.optimizers.Adam"))["weight_decay"] == {"a": [text]}
    assert shape(script) == shape(render("6b1f", specify(native=native("plain"))))


@pytest.mark.parametrize("text", [*HOSTILE, "__import__", "class", "a.b", "\uff21dam", "adam x", ""])
def test_what_is_no_name_is_never_rendered_as_one(text):
    for native in (
        Native(callbacks=(Component(text, {"patience": 1}),)),
        Native(callbacks=(Component("EarlyStopping", {text: 1}),)),
        Native(optimizer_arguments={text: 1}),
        Native(schedule=Component(text, {"decay_steps": 1})),
        Native(loss=Component(text, {"axis": 1})),
    ):
        with pytest.raises(ValueError, match="expected a name"):
            render("6b1f", specify(native=native))


def test_the_script_of_a_plain_job_stays_as_it_was():
    tree = ast.parse(render("6b1f", specify()))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not {"tablefit.keras.augment", "tablefit.keras.start_from", "keras.config.set_dtype_policy"} & calls
