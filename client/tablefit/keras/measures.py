"""Figures of a training that its progress shows: learning rate, norm of the gradient, memory."""

import os
import resource
import sys
from pathlib import Path
from typing import Any

import keras


def learning_rate(optimizer: Any) -> float | None:
    """The rate of the next step; None where several optimizers have one each."""
    if hasattr(optimizer, "optimizers"):
        return None
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))


def resident_bytes() -> int:
    """Memory that this process holds; on systems that do not say, the most that it has held."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class GradientNorm:
    """The Euclidean norm of the latest step's gradient over all weights, as it comes to the optimizer.

    So it is the one before clipping, and without the scale of mixed_float16. It costs a pass over the gradient in each
    step.
    """

    def __init__(self, optimizer: Any) -> None:
        self._norm = keras.Variable(0.0, trainable=False, dtype="float32", name="gradient_norm")
        self._told = 0.0
        # One that scales the loss hands the gradient on as it would be without.
        self._optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        self._apply, self._optimizer.apply = self._optimizer.apply, self._measure_and_apply

    def __call__(self) -> float:
        """The norm."""
        if keras.backend.backend() == "jax":
            import jax

            # JAX calls back when it comes to it; without this the norm could be that of an earlier step.
            jax.effects_barrier()
            return self._told
        return float(keras.ops.convert_to_numpy(self._norm))

    def close(self) -> None:
        """Leaves the optimizer as it was."""
        del self._optimizer.apply

    def _measure_and_apply(self, grads: Any, trainable_variables: Any = None) -> Any:
        squares = [keras.ops.sum(keras.ops.square(keras.ops.cast(one, "float32"))) for one in grads if one is not None]
        norm = keras.ops.sqrt(sum(squares))
        if keras.backend.backend() == "jax":
            import jax

            # A variable that is no part of the step's state cannot be set within it.
            jax.debug.callback(self._take, norm)
        else:
            self._norm.assign(norm)
        return self._apply(grads, trainable_variables)

    def _take(self, norm: Any) -> None:
        self._told = float(norm)
