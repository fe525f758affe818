"""Sentences for people about what ended a training."""

import errno

from tablefit.errors import TablefitError

_LIMIT_CHARACTERS = 400


class LossNotFiniteError(ArithmeticError):
    """The loss or a weight is no longer a number, so that training on is of no use."""


def describe(error: BaseException) -> str:
    """One sentence that says what went wrong and, where it is known, what to do."""
    if isinstance(error, TablefitError | LossNotFiniteError):
        return str(error)
    if _is_out_of_memory(error):
        return "Training ran out of memory; try a smaller batch size or image size, or a smaller architecture."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk of the training service is full; free some space and start the job again."
    if "URL fetch failure on" in str(error):
        return (
            "The weights that the network shall start with could not be downloaded; choose weights none, or let the "
            "training service reach Keras's site."
        )
    if isinstance(error, KeyboardInterrupt):
        return "Training was interrupted."
    name = type(error).__name__
    first_line = next(iter(str(error).strip().splitlines()), "")
    return (
        f"The script ended with {name}: {first_line}"[:_LIMIT_CHARACTERS]
        if first_line
        else f"The script ended with {name}."
    )


def _is_out_of_memory(error: BaseException) -> bool:
    """TensorFlow's class is told by its name: this module must not load TensorFlow to say that something failed."""
    return isinstance(error, MemoryError) or any(
        kind.__name__ == "ResourceExhaustedError" for kind in type(error).__mro__
    )
