"""Sentences about what ended a training."""

import errno

import pytest
from tablefit.errors import NotFound
from tablefit.keras.failures import LossNotFiniteError, describe

ResourceExhaustedError = type("ResourceExhaustedError", (Exception,), {})


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NotFound("There is no table 'cats'."), "There is no table 'cats'."),
        (LossNotFiniteError("The loss became NaN at step 3."), "The loss became NaN at step 3."),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk of the training service is full; free some space"),
        (MemoryError(), "Training ran out of memory; try a smaller batch size"),
        (ResourceExhaustedError("OOM when allocating tensor"), "Training ran out of memory; try a smaller batch size"),
        (ValueError("bad shape\nsecond line"), "The script ended with ValueError: bad shape"),
        (
            Exception("URL fetch failure on https://storage: None -- timed out"),
            "The weights that the network shall start",
        ),
        (KeyError(), "The script ended with KeyError."),
    ],
)
def test_an_error_becomes_one_sentence(error, sentence):
    described = describe(error)
    assert described.startswith(sentence)
    assert "\n" not in described
