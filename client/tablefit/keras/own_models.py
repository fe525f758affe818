"""Loads networks that others built, and refuses those that could run code while they are loaded or used.

Leaves to `tablefit.models.code` what could, and to `saving` what tablefit itself wrote.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

import keras

from tablefit.errors import InvalidInput
from tablefit.models.code import check_unpacked, code_refused, find_code, read_config


def load_own(path: str | os.PathLike[str], *, sha256: str = "", allow_code: bool = False) -> Any:
    """The model of a `.json` file, as `model.to_json()` writes it, or of a `.keras` file, with its weights.

    It is not compiled. Raises InvalidInput when the file is not that of `sha256`, is no model, or holds what could run
    code, such as a Lambda layer; not the last where `allow_code` says that the file is trusted.
    """
    content = Path(path).read_bytes()
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise InvalidInput(f"expected the file of SHA-256 {sha256} at {os.fspath(path)!r}, received another")
    if Path(path).suffix != ".json":
        check_unpacked(path)
    config = read_config(path)
    code = "" if allow_code else find_code(config)
    if code:
        raise code_refused(code)
    if Path(path).suffix == ".json":
        config.pop("compile_config", None)
        model = keras.saving.deserialize_keras_object(config, safe_mode=not allow_code)
    else:
        model = keras.saving.load_model(path, compile=False, safe_mode=not allow_code)
    if not isinstance(model, keras.Model):
        raise InvalidInput(f"expected a Keras model, received {type(model).__name__}")
    return model
