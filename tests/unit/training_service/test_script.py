"""The script that a specification is rendered to: its form, its values, and that no text becomes code."""

import ast
import dataclasses
import subprocess
import sys

import pytest

from training_service.architectures import ARCHITECTURES
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
        data_service="127.0.0.1:7501",
        thread_count=2,
    )
    return dataclasses.replace(specification, **changes)


def specify_architecture(name: str) -> Specification:
    return specify(architecture=name, architecture_parameters=PARAMETERS[name])


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
    assert keywords(find_call(script, "tablefit.keras.prepare")) == {"seed": 7, "threads": 2}
    assert keywords(find_call(script, "build")) == {"momentum": 0.9, "l2": 0.01}
    assert keywords(find_call(script, "keras.optimizers.SGD")) == {"learning_rate": 1e-05}
    assert keywords(find_call(script, "tablefit.keras.fit")) == {"epochs": 5, "save": "model.keras"}


def test_a_job_that_keeps_no_model_saves_none():
    assert keywords(find_call(render("6b1f", specify(save_model=False)), "tablefit.keras.fit")) == {"epochs": 5}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_is_rendered_by_its_class(name):
    class_name = OPTIMIZERS[name].class_name
    assert find_call(render("6b1f", specify(optimizer=name)), f"keras.optimizers.{class_name}")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_network_in_the_script_is_the_text_of_its_file(name):
    assert ARCHITECTURES[name].source in render("6b1f", specify_architecture(name))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_script_is_short(name):
    assert len(render("6b1f", specify_architecture(name)).splitlines()) < 80


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_script_is_formatted_and_has_no_lint(name, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(render("6b1f", specify_architecture(name)), encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--line-length=120", str(path)]
    subprocess.run([*ruff, "format", "--check", *options], check=True)
    subprocess.run([*ruff, "check", "--select=E,F,W,I,N,UP,B", *options], check=True)


@pytest.mark.parametrize("name", ARCHITECTURES)
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
    with pytest.raises(KeyError):
        render("6b1f", specify(**{field: text}))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, [1], {"a": 1}, 1 + 2j])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(TypeError, match="expected a text or a finite number"):
        render("6b1f", specify(learning_rate=value))


def test_unknown_parameters_are_not_rendered():
    hostile = PARAMETERS["mini_xception"] | {"x=1) or exec": 1.0}
    assert render("6b1f", specify(architecture_parameters=hostile)) == render("6b1f", specify())
