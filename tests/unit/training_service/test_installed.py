"""Networks that other packages bring along, read without importing them."""

import logging
import sys
from pathlib import Path

import pytest

from training_service.architecture import InputKind, Parameter, ParameterKind
from training_service.installed import installed_architectures

GOOD = '''"""Two layers, for
a test."""

import keras

raise RuntimeError("imported")


def build(inputs, output_count, activation="softmax", width: int = 8, rate=0.5, sizes=(4, 2)):
    """Builds it."""
    return keras.Model()


def other():
    pass
'''


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Installs a module with an entry point "mine" for its function."""
    monkeypatch.syspath_prepend(tmp_path)

    def install_one(text: str, function: str = "mynets.nets:build") -> None:
        (tmp_path / "mynets").mkdir()
        (tmp_path / "mynets" / "__init__.py").write_text("raise RuntimeError('imported')\n")
        (tmp_path / "mynets" / "nets.py").write_text(text)
        facts = tmp_path / "mynets-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: mynets\nVersion: 1.0\n")
        (facts / "entry_points.txt").write_text(f"[tablefit.architectures]\nmine = {function}\n")

    return install_one


def test_an_installed_network_is_listed_with_its_settings_and_its_text(install):
    install(GOOD)
    (found,) = installed_architectures()
    assert (found.name, found.description, found.inputs) == ("mine", "Two layers, for a test.", InputKind.COLUMNS)
    assert [(p.name, p.kind, p.default) for p in found.parameters] == [
        ("width", ParameterKind.INTEGER, 8),
        ("rate", ParameterKind.NUMBER, 0.5),
        ("sizes", ParameterKind.INTEGERS, [4, 2]),
    ]
    assert isinstance(found.parameters[0], Parameter)
    assert found.source.startswith("def build(inputs, output_count")
    assert found.source.endswith("return keras.Model()\n")
    assert "mynets" not in sys.modules


@pytest.mark.parametrize(
    ("text", "function", "sentence"),
    [
        (GOOD, "mynets.nets:other", "expected a function build in nets.py, received other"),
        (GOOD, "mynets.nothing:build", "expected a module mynets.nothing on Python's path, found none"),
        ("def build(x, n): pass", "mynets.nets:build", "received build(x, n)"),
        (
            "def build(input_shape, output_count, activation='softmax', name='a'): pass",
            "mynets.nets:build",
            "expected a number or a tuple of whole numbers as default of name, received 'a'",
        ),
        (
            "def build(input_shape, output_count, activation, width): pass",
            "mynets.nets:build",
            "expected a default for each setting of build",
        ),
        ("def build(", "mynets.nets:build", "expected a Python module, received nets.py"),
    ],
)
def test_one_that_cannot_be_used_is_left_out_with_the_reason(install, caplog, text, function, sentence):
    install(text, function)
    with caplog.at_level(logging.WARNING):
        assert list(installed_architectures()) == []
    assert sentence in caplog.text
