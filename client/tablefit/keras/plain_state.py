"""Python values as JSON beside a list of arrays, and back, exactly: what a checkpoint keeps of callbacks.

    None, bool, int, float, str    themselves
    list                           a list
    tuple, dict                    {"tuple": […]}, {"dict": [[key, value], …]}
    NumPy's numbers                {"number": type, "value": …}
    arrays                         {"array": place in the list}

Nothing of it can run code when it is read. Leaves the file to `checkpoint_files`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = list[NDArray[Any]]


class NotPlainError(TypeError):
    """A value that is neither one of the above nor made of them."""


def encode(value: Any, arrays: Arrays) -> Any:
    """The JSON of a value; copies of its arrays are added to `arrays`. Raises NotPlainError, perhaps after adding."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        arrays.append(value.copy())
        return {"array": len(arrays) - 1}
    if isinstance(value, np.bool_ | np.integer | np.floating):
        return {"number": value.dtype.name, "value": value.item()}
    if type(value) is list:
        return [encode(item, arrays) for item in value]
    if type(value) is tuple:
        return {"tuple": [encode(item, arrays) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[encode(key, arrays), encode(item, arrays)] for key, item in value.items()]}
    raise NotPlainError(f"expected a plain value, received {type(value).__name__}")


def decode(encoded: Any, arrays: Arrays) -> Any:
    """The value that `encode` was given."""
    if isinstance(encoded, list):
        return [decode(item, arrays) for item in encoded]
    if isinstance(encoded, dict):
        ((kind, content), *rest) = encoded.items()
        return _DECODERS[kind](content, dict(rest), arrays)
    return encoded


def plain_part(values: Mapping[str, Any], arrays: Arrays) -> dict[str, Any]:
    """The JSON of those values that are plain; the others are left out."""
    encoded = {}
    for name, value in values.items():
        count = len(arrays)
        try:
            encoded[name] = encode(value, arrays)
        except NotPlainError:
            # What it had added belongs to nothing.
            del arrays[count:]
    return encoded


def _number(kind: str, rest: Mapping[str, Any]) -> Any:
    return np.dtype(kind).type(rest["value"])


_DECODERS: Mapping[str, Callable[[Any, Mapping[str, Any], Arrays], Any]] = {
    "array": lambda place, _, arrays: arrays[place],
    "number": lambda kind, rest, _: _number(kind, rest),
    "tuple": lambda items, _, arrays: tuple(decode(item, arrays) for item in items),
    "dict": lambda items, _, arrays: {decode(key, arrays): decode(item, arrays) for key, item in items},
}
