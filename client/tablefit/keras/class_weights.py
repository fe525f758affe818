"""How much the rows of each class count, as numbers in the order of the class indices."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tablefit.errors import InvalidInput


def weights_in_order(weights: Mapping[str, float] | None, class_names: Sequence[str]) -> NDArray[np.float32] | None:
    """The weight of each class as float32 (class,); 1 for one that is left out. Raises InvalidInput."""
    if weights is None:
        return None
    unknown = [name for name in weights if name not in class_names]
    if unknown or not class_names:
        known = ", ".join(class_names) or "none"
        received = repr(unknown[0]) if unknown else "weights"
        raise InvalidInput(
            f"expected weights of the classes, which are {known}; received {received}", field="class_weights"
        )
    if any(not 0 <= weight < float("inf") for weight in weights.values()) or not any(weights.values()):
        raise InvalidInput(
            f"expected finite class weights of at least 0, not all 0, received {dict(weights)}", field="class_weights"
        )
    return np.array([weights.get(name, 1.0) for name in class_names], np.float32)
