"""What in a model's file could run code while the model is loaded or used, told without Keras.

Keras's own safe mode refuses Python lambdas. What is found here beside them: layers that wrap code of other libraries,
custom objects, and paths of files to read. Leaves loading to `tablefit.keras`.
"""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

from tablefit.errors import InvalidInput

# Layers that hold code, or load it from elsewhere.
_CODE = {"Lambda", "__lambda__", "__typespec__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}
# Arguments of layers that may be the path or the address of a file.
_PATHS = ("vocabulary", "idf_weights")
# Of all that a `.keras` file of somebody else holds once it is unpacked, and of its configuration alone.
LIMIT_UNPACKED_BYTES = 1024**3
LIMIT_CONFIG_BYTES = 256 * 1024**2
_CONFIG_NAME = "config.json"


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


def code_refused(code: str) -> InvalidInput:
    """What is raised for a model that holds such code, where nobody has allowed it."""
    return InvalidInput(
        f"expected a model that runs no code of its own, received {code}; whoever trusts its code says so: a script by "
        "allow_code=True, the operator of a training service by starting it with --allow-own-code"
    )


def refuse_code(path: str | os.PathLike[str], error: Exception, allow_code: bool) -> None:
    """Raises InvalidInput when a file that Keras has not loaded, for `error`, holds code that nobody has allowed."""
    code = "" if allow_code else find_code(read_config(path))
    if code:
        raise code_refused(code) from error


def read_config(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The configuration of a `.json` or `.keras` file. Raises InvalidInput."""
    try:
        config = json.loads(Path(path).read_bytes() if Path(path).suffix == ".json" else _unpack_config(path))
    except (ValueError, RecursionError) as error:
        raise InvalidInput("expected a model's configuration in JSON, received other text") from error
    if not isinstance(config, dict) or "class_name" not in config:
        raise InvalidInput("expected what model.to_json() gives, received other JSON")
    return config


def check_unpacked(path: str | os.PathLike[str]) -> None:
    """Raises InvalidInput when a `.keras` file unpacks to more than a model of somebody else may hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise _other_file() from error
    if size > LIMIT_UNPACKED_BYTES:
        raise InvalidInput(f"expected a file of at most {LIMIT_UNPACKED_BYTES:,} bytes, received {size:,}")


def _code_of(value: dict[str, Any]) -> str:
    name, module, registered = (value.get(key) for key in ("class_name", "module", "registered_name"))
    if isinstance(name, str):
        # Keras finds "layers.Lambda" of the module "keras", too.
        if name.rpartition(".")[2] in _CODE:
            return f"{name[:64]!r}"
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
            size = archive.getinfo(_CONFIG_NAME).file_size
            if size > LIMIT_CONFIG_BYTES:
                raise InvalidInput(
                    f"expected a configuration of at most {LIMIT_CONFIG_BYTES:,} bytes, received {size:,}"
                )
            return archive.read(_CONFIG_NAME)
    except (zipfile.BadZipFile, KeyError) as error:
        raise _other_file() from error


def _other_file() -> InvalidInput:
    return InvalidInput("expected a .keras file of a model, received another file")
