"""What could run code in a model's file, told without Keras."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tablefit.errors import InvalidInput
from tablefit.models import code
from tablefit.models.code import check_unpacked, find_code, read_config

DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}, "registered_name": None}


def network(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"module": "keras", "class_name": "Sequential", "config": {"layers": list(layers)}, "registered_name": None}


def write(path: Path, weight_bytes: int) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(network(DENSE)))
        archive.writestr("model.weights.h5", bytes(weight_bytes))
    return path


def test_layers_of_keras_run_no_code() -> None:
    assert find_code(network(DENSE)) == ""


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"class_name": "Lambda"}, "'Lambda'"),
        ({"module": "keras", "class_name": "layers.Lambda"}, "'layers.Lambda'"),
        ({"module": "os", "class_name": "system"}, "'system' of the module 'os'"),
        ({"registered_name": "mine>Dense"}, "the custom object 'mine>Dense'"),
        ({"config": {"vocabulary": "/etc/passwd"}}, "vocabulary='/etc/passwd', a file to read"),
    ],
)
def test_what_runs_code_is_found_at_any_depth(changes: dict[str, Any], found: str) -> None:
    assert find_code(network(DENSE, {**DENSE, "config": {"layer": DENSE | changes}})) == found


def test_the_weights_of_an_own_model_may_be_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "LIMIT_UNPACKED_BYTES", 1_000)
    path = write(tmp_path / "model.keras", 2_000)
    assert read_config(path) == network(DENSE)
    with pytest.raises(InvalidInput, match="expected a file of at most 1,000 bytes, received 2,"):
        check_unpacked(path)
    check_unpacked(write(tmp_path / "small.keras", 100))
    monkeypatch.setattr(code, "LIMIT_CONFIG_BYTES", 10)
    with pytest.raises(InvalidInput, match="expected a configuration of at most 10 bytes, received"):
        read_config(path)


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(b"weights")
    for check in (read_config, check_unpacked):
        with pytest.raises(InvalidInput, match=r"expected a \.keras file of a model, received another file"):
            check(path)
