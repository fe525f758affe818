"""Loads networks that others built, and refuses those that could run code while they are loaded or used.

Keras's own safe mode refuses Python lambdas. What is refused here beside them: layers that wrap code of other
libraries, custom objects, and paths of files to read. Leaves to `saving` what tablefit itself wrote.
"""

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import keras

from tablefit.errors import InvalidInput

# Layers that hold code, or load it from elsewhere.
_CODE = {"Lambda", "__lambda__", "__typespec__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}
# Arguments of layers that may be the path or the address of a file.
_PATHS = ("vocabulary", "idf_weights")
# Of all that a `.keras` file holds once it is unpacked.
LIMIT_UNPACKED_BYTES = 1024**3
_CONFIG_NAME = "config.json"


def load_own(path: str | os.PathLike[str], *, sha256: str = "", allow_code: bool = False) -> Any:
    """The model of a `.json` file, as `model.to_json()` writes it, or of a `.keras` file, with its weights.

    It is not compiled. Raises InvalidInput when the file is not that of `sha256`, is no model, or holds what could run
    code, such as a Lambda layer; not the last where `allow_code` says that the file is trusted.
    """
    content = Path(path).read_bytes()
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise InvalidInput(f"expected the file of SHA-256 {sha256} at {os.fspath(path)!r}, received another")
    config = read_config(path)
    code = "" if allow_code else find_code(config)
    if code:
        raise InvalidInput(f"expected a model that runs no code of its own, received {code}")
    if Path(path).suffix == ".json":
        config.pop("compile_config", None)
        model = keras.saving.deserialize_keras_object(config, safe_mode=not allow_code)
    else:
        model = keras.saving.load_model(path, compile=False, safe_mode=not allow_code)
    if not isinstance(model, keras.Model):
        raise InvalidInput(f"expected a Keras model, received {type(model).__name__}")
    return model


def read_config(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The configuration of a file that `load_own` takes. Raises InvalidInput."""
    try:
        config = json.loads(Path(path).read_bytes() if Path(path).suffix == ".json" else _unpack_config(path))
    except (ValueError, RecursionError) as error:
        raise InvalidInput("expected a model's configuration in JSON, received other text") from error
    if not isinstance(config, dict) or "class_name" not in config:
        raise InvalidInput("expected what model.to_json() gives, received other JSON")
    return config


def find_code(config: Any) -> str:
    """What in a configuration could run code or read a file, in words; empty when nothing could."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found = _code_of(value)
            if found:
                return found
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return ""


def _code_of(value: dict[str, Any]) -> str:
    name, module, registered = (value.get(key) for key in ("class_name", "module", "registered_name"))
    if isinstance(name, str):
        if name in _CODE:
            return f"{name!r}"
        if isinstance(registered, str) and ">" in registered:
            return f"the custom object {registered[:64]!r}"
        if isinstance(module, str) and module != "builtins" and module.partition(".")[0] != "keras":
            return f"{name[:64]!r} of the module {module[:64]!r}"
    for key in _PATHS:
        if isinstance(value.get(key), str):
            return f"{key}={value[key][:64]!r}, a file to read"
    return ""


def _unpack_config(path: str | os.PathLike[str]) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > LIMIT_UNPACKED_BYTES:
                raise InvalidInput(f"expected a file of at most {LIMIT_UNPACKED_BYTES:,} bytes, received {size:,}")
            return archive.read(_CONFIG_NAME)
    except (zipfile.BadZipFile, KeyError) as error:
        raise InvalidInput("expected a .keras file of a model, received another file") from error
