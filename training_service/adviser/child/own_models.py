"""What a caller's own model is: what it takes and gives, and how large it is."""

from typing import Any

import keras
from tablefit.errors import TablefitError
from tablefit.keras.own_models import load_own
from tablefit.models.code import find_code, read_config

from training_service.adviser.child.networks import sizes
from training_service.adviser.child.sentences import reason


def examine(path: str, sha256: str, allow_code: bool) -> dict[str, Any]:
    """{"problem": sentence or "", "runs_code", "inputs": {NAME: [shape, dtype]}, and the sizes of `networks.measure`}.

    Shapes are those of one row; a size that may be any is None. `path` is relative to this process's folder.
    """
    try:
        model = load_own(path, sha256=sha256, allow_code=allow_code)
        return {"problem": _problem(model), "runs_code": bool(find_code(read_config(path))), **_facts(model)}
    except TablefitError as error:
        return {"problem": error.message}
    except Exception as error:  # noqa: BLE001 - Keras's own reason is the answer
        return {"problem": f"Keras cannot load the model: {reason(error)}"}
    finally:
        keras.backend.clear_session()


def _problem(model: Any) -> str:
    if not model.built or not model.inputs:
        return "expected a model that knows the shapes of its inputs, received one without; begin it with keras.Input"
    if len(model.outputs) != 1:
        return f"expected a model with one output, received {len(model.outputs)}"
    return ""


def _facts(model: Any) -> dict[str, Any]:
    if _problem(model):
        return {}
    taken = model._inputs_struct if isinstance(getattr(model, "_inputs_struct", None), dict) else None
    named = taken or {tensor.name: tensor for tensor in model.inputs}
    inputs = {name: [list(tensor.shape[1:]), str(tensor.dtype)] for name, tensor in named.items()}
    return {"inputs": inputs, **sizes(model), "output_shape": list(model.outputs[0].shape[1:])}
