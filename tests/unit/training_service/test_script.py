"""The script that a specification is rendered to: its form, its values, and that no text becomes code."""

import ast
import dataclasses
import subprocess
import sys
from dataclasses import replace

import pytest
from tablefit.data import FoldSplit, HashSplit, TimeSplit, ValueSplit

from training_service.architecture import InputKind
from training_service.architectures import ARCHITECTURES
from training_service.reading import Reading, write_split
from training_service.script import render
from training_service.specification import OPTIMIZERS, Pin, Specification

MOMENTUM_ONLY = {"momentum": 0.9}
PARAMETERS = {
    "big_xception": MOMENTUM_ONLY,
    "mini_xception": MOMENTUM_ONLY | {"l2": 0.01},
    "simple_cnn": MOMENTUM_ONLY | {"dropout": 0.5},
    "simpler_cnn": MOMENTUM_ONLY | {"dropout": 0.25},
    "tiny_xception": MOMENTUM_ONLY | {"l2": 0.01},
}
# Those that have no entry above have the settings that are shown where none is chosen.
PARAMETERS |= {
    name: {p.name: 0.9 if p.default is None else p.default for p in architecture.parameters}
    for name, architecture in ARCHITECTURES.items()
    if name not in PARAMETERS
}
# Of keras.applications, whose scripts differ in names and scaling only, one of each scaling and the longest name.
SHOWN = [name for name, architecture in ARCHITECTURES.items() if not architecture.file]
SHOWN += ["DenseNet121", "MobileNetV2", "VGG16", "InceptionResNetV2", "EfficientNetV2B0"]
READING = Reading(
    columns=("hours per week", "town"),
    features=(
        {"age": {"impute": "median"}},
        {"age": "standardize"},
        {"output": "band", "input": "age", "bucketize": {"quantiles": 10, "one_hot": True}},
        {"output": "when", "input": "signup", "timestamp_parts": ["month", "weekday"]},
        {"output": "pair", "cross": ["band", "an input with a name that is long"], "buckets": 1000},
        {
            "income_of_the_household_before_taxes": {"clip": {"lower": 0.0, "upper": 1234567.5}},
            "output": "of all people",
        },
    ),
    targets=("income",),
    task="binary",
)
# Texts that break out of a literal, a line, a docstring or a format string when they are pasted.
HOSTILE = [
    '"',
    "'",
    '"""',
    "'''",
    "\\",
    '\\"""',
    "a\nimport os",
    "a\r\nimport os",
    '");import os;("',
    "{table}",
    "{0.__class__}",
    "%s",
    "\x00",
    "\u2028import os",
    "\u202eso tropmi",
    "größe_数字_😀",
    '\\N{QUOTATION MARK}" + __import__("os").name + "',
]


def specify(**changes) -> Specification:
    """A specification of mini_xception on the digits, with changes."""
    specification = Specification(
        table="digits",
        architecture="mini_xception",
        architecture_parameters=PARAMETERS["mini_xception"],
        optimizer="adam",
        learning_rate=0.001,
        validation_split=0.2,
        epochs=5,
        batch_size=32,
        image_mode="L",
        image_height=16,
        image_width=20,
        seed=7,
        save_model=True,
        pin=Pin("s1", 1797, "ab" * 32),
        reading=Reading(columns=("image",), targets=("label",), task="classification"),
        data_service="127.0.0.1:7501",
        thread_count=2,
    )
    return dataclasses.replace(specification, **changes)


def specify_architecture(name: str) -> Specification:
    changes = {"architecture": name, "architecture_parameters": PARAMETERS[name]}
    if ARCHITECTURES[name].inputs is not InputKind.IMAGE:
        changes |= {"reading": READING, "image_mode": "", "image_height": 0, "image_width": 0}
    return specify(**changes)


def find_call(script: str, name: str) -> ast.Call:
    """The only call whose function's text is `name`."""
    calls = [node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Call)]
    (found,) = [call for call in calls if ast.unparse(call.func) == name]
    return found


def keywords(call: ast.Call) -> dict[str, object]:
    """The keyword arguments that are literals."""
    return {
        keyword.arg: ast.literal_eval(keyword.value)
        for keyword in call.keywords
        if not isinstance(keyword.value, ast.Call)
    }


def shape(script: str) -> str:
    """The script's syntax with every literal left out."""
    tree = ast.parse(script)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = None
    return ast.dump(tree)


def test_the_data_is_described_by_the_specification():
    script = render("6b1f", specify())
    assert keywords(find_call(script, "tablefit.keras.TableData")) == {
        "table": "digits",
        "snapshot": "s1",
        "columns": ["image"],
        "targets": ["label"],
        "task": "classification",
        "image_size": (16, 20),
        "mode": "L",
        "validation_fraction": 0.2,
        "split_seed": 7,
        "batch_size": 32,
        "seed": 7,
        "data_service": "127.0.0.1:7501",
    }


def test_the_training_is_described_by_the_specification():
    script = render("6b1f", specify(learning_rate=1e-05, optimizer="sgd"))
    assert keywords(find_call(script, "tablefit.keras.prepare")) == {"seed": 7, "threads": 2, "backend": "tensorflow"}
    assert keywords(find_call(script, "build")) == {"activation": "softmax", "momentum": 0.9}
    assert keywords(find_call(script, "keras.optimizers.SGD")) == {"learning_rate": 1e-05}
    assert keywords(find_call(script, "tablefit.keras.fit")) == {"epochs": 5, "save": "model.keras"}


def test_a_job_that_keeps_no_model_saves_none():
    assert keywords(find_call(render("6b1f", specify(save_model=False)), "tablefit.keras.fit")) == {"epochs": 5}


def test_columns_features_and_targets_of_a_table_are_in_the_script():
    chosen = PARAMETERS["mlp"] | {"units": [64]}
    script = render("6b1f", replace(specify_architecture("mlp"), architecture_parameters=chosen))
    data = keywords(find_call(script, "tablefit.keras.TableData"))
    assert data["columns"] == ["hours per week", "town"]
    assert data["features"] == list(READING.features)
    assert (data["targets"], data["task"]) == (["income"], "binary")
    assert not {"image_size", "mode"} & set(data)
    build = find_call(script, "build")
    assert ast.unparse(build.args[0]) == "data.inputs"
    assert script.index("tablefit.keras.reserve_names(data.inputs)") < script.index("model = build(")
    assert keywords(build) == {"activation": "sigmoid", "units": [64], "momentum": 0.9}
    assert "loss='binary_crossentropy'" in ast.unparse(find_call(script, "model.compile"))
    assert keywords(find_call(script, "keras.metrics.AUC")) == {"name": "auc"}


@pytest.mark.parametrize(
    ("task", "activation", "loss", "metrics"),
    [
        ("regression", "linear", "mean_squared_error", "['mean_absolute_error']"),
        (
            "multi_label",
            "sigmoid",
            "binary_crossentropy",
            "['binary_accuracy', keras.metrics.AUC(multi_label=True, num_labels=2, name='auc')]",
        ),
    ],
)
def test_loss_and_metrics_follow_the_task(task, activation, loss, metrics):
    reading = replace(READING, task=task, targets=("one", "two"))
    script = render("6b1f", replace(specify_architecture("mlp"), reading=reading))
    compiled = ast.unparse(find_call(script, "model.compile"))
    assert keywords(find_call(script, "build"))["activation"] == activation
    assert f"loss='{loss}'" in compiled
    assert f"weighted_metrics={metrics}" in compiled


def test_numbers_are_predicted_in_their_own_units():
    reading = replace(READING, task="regression", target_scales=(12.5,), target_means=(40.25,))
    script = render("6b1f", replace(specify_architecture("mlp"), reading=reading))
    assert keywords(find_call(script, "tablefit.keras.rescale_outputs")) == {"scale": [12.5], "offset": [40.25]}


@pytest.mark.parametrize(
    ("split", "code"),
    [
        (FoldSplit(5, 0, seed=3), "tablefit.keras.FoldSplit(count=5, fold=0, seed=3)"),
        (HashSplit(0.2), "tablefit.keras.HashSplit(fraction=0.2, seed=0)"),
        (TimeSplit("day", "2024-05-01"), "tablefit.keras.TimeSplit(column='day', start='2024-05-01')"),
        (ValueSplit("town", ("a", 1, True)), "tablefit.keras.ValueSplit(column='town', values=['a', 1, True])"),
    ],
)
def test_a_split_is_written_in_place_of_the_share(split, code):
    script = render("6b1f", specify(reading=Reading(split=write_split(split))))
    data = find_call(script, "tablefit.keras.TableData")
    assert f"split={code}" in ast.unparse(data)
    assert not {"validation_fraction", "split_seed"} & {keyword.arg for keyword in data.keywords}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_is_rendered_by_its_class(name):
    class_name = OPTIMIZERS[name].class_name
    assert find_call(render("6b1f", specify(optimizer=name)), f"keras.optimizers.{class_name}")


@pytest.mark.parametrize("name", SHOWN)
def test_the_network_in_the_script_is_the_text_of_its_file(name):
    assert ARCHITECTURES[name].source in render("6b1f", specify_architecture(name))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_script_is_short(name):
    specification = specify_architecture(name)
    # What takes the most lines, for a target of numbers, which are rescaled; a user's features take lines of their own.
    reading = replace(
        specification.reading, features=(), task="regression", target_scales=(12.5,), target_means=(40.25,)
    )
    if ARCHITECTURES[name].inputs is not InputKind.COLUMNS:
        specification = replace(specification, image_mode="RGB", image_height=96, image_width=96)
    script = render("6b1f", replace(specification, reading=reading))
    assert len(script.splitlines()) < 80


@pytest.mark.parametrize("name", SHOWN)
def test_a_script_is_formatted_and_has_no_lint(name, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(render("6b1f", specify_architecture(name)), encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--line-length=120", str(path)]
    subprocess.run([*ruff, "format", "--check", *options], check=True)
    subprocess.run([*ruff, "check", "--select=E,F,W,I,N,UP,B", *options], check=True)


@pytest.mark.parametrize("name", SHOWN)
def test_a_script_imports_keras_and_tablefit_only(name):
    tree = ast.parse(render("6b1f", specify_architecture(name)))
    imports = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imports == ["import tablefit.keras", "import keras"]


def test_a_script_says_what_it_was_made_with():
    docstring = ast.get_docstring(ast.parse(render("6b1f", specify(thread_count=1))))
    assert docstring.startswith("Job 6b1f of tablefit: mini_xception")
    assert "with 1 thread." in docstring
    for library in ("tablefit ", "keras 3.", "tensorflow", "numpy 2."):
        assert library in docstring


def test_equal_specifications_give_equal_scripts():
    assert render("6b1f", specify()) == render("6b1f", Specification.from_json(specify().to_json()))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["table", "data_service", "image_mode"])
def test_a_text_stays_a_text(field, text):
    script = render("6b1f", specify(**{field: text}))
    argument = {"image_mode": "mode"}.get(field, field)
    assert keywords(find_call(script, "tablefit.keras.TableData"))[argument] == text
    assert shape(script) == shape(render("6b1f", specify()))


@pytest.mark.parametrize("text", HOSTILE)
def test_names_of_columns_and_values_of_features_stay_texts(text):
    reading = Reading((text,), ({text: {"impute": {"category": text}}},), (text,), "regression")
    plain = Reading(("a",), ({"a": {"impute": {"category": "a"}}},), ("a",), "regression")
    script = render("6b1f", replace(specify_architecture("mlp"), reading=reading))
    data = keywords(find_call(script, "tablefit.keras.TableData"))
    assert (data["columns"], data["features"]) == ([text], [{text: {"impute": {"category": text}}}])
    assert shape(script) == shape(render("6b1f", replace(specify_architecture("mlp"), reading=plain)))


@pytest.mark.parametrize("text", HOSTILE)
def test_the_name_of_a_snapshot_stays_a_text(text):
    script = render("6b1f", specify(pin=Pin(text, 1, "ab" * 32)))
    assert keywords(find_call(script, "tablefit.keras.TableData"))["snapshot"] == text
    assert shape(script) == shape(render("6b1f", specify()))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_strange_job_id_is_left_out(text):
    assert render(text, specify()) == render("", specify())


@pytest.mark.parametrize("field", ["architecture", "optimizer"])
@pytest.mark.parametrize("text", HOSTILE)
def test_only_known_names_are_rendered_as_code(field, text):
    with pytest.raises((KeyError, ValueError)):
        render("6b1f", specify(**{field: text}))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1 + 2j, b"a"])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(TypeError, match="expected a text or a finite number"):
        render("6b1f", specify(learning_rate=value))


def test_unknown_parameters_are_not_rendered():
    hostile = PARAMETERS["mini_xception"] | {"x=1) or exec": 1.0}
    assert render("6b1f", specify(architecture_parameters=hostile)) == render("6b1f", specify())
