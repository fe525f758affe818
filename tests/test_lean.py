"""Keras loads lean in the tests' processes, and nobody else misses anything."""

import subprocess
import sys

import pytest

from tests.lean.sitecustomize import NothingMoreForKeras


def test_keras_does_not_find_what_it_need_not_load():
    finder = NothingMoreForKeras()
    inside_keras = {"__name__": "keras.src.wrappers.fixes", "finder": finder}
    with pytest.raises(ModuleNotFoundError, match="the tests keep sklearn from Keras"):
        eval("finder.find_spec('sklearn', None)", inside_keras)
    assert eval("finder.find_spec('scipy', None)", inside_keras) is None
    assert finder.find_spec("sklearn", None) is None


def test_every_python_that_a_test_starts_has_it():
    script = "import sys; print(*(type(finder).__name__ for finder in sys.meta_path))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split().count(NothingMoreForKeras.__name__) == 1
