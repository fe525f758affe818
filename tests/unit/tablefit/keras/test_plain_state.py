"""Plain values as JSON beside arrays, and back."""

import json
import math

import numpy as np
import pytest
from tablefit.keras.plain_state import NotPlainError, decode, encode, plain_part


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -3,
        0.1,
        math.inf,
        "é",
        [1, [2.5, None]],
        (1, ("a", [2])),
        {"loss": [0.5], 3: (True,)},
        {"array": 1, "number": "float32"},
        np.float32(0.1),
        np.int64(7),
        np.bool_(False),
    ],
)
def test_a_value_comes_back_as_it_was(value):
    arrays = []
    back = decode(json.loads(json.dumps(encode(value, arrays))), arrays)
    assert (back, type(back)) == (value, type(value))


def test_arrays_come_back_bit_by_bit_and_are_copies():
    array, arrays = np.array([[0.1, math.nan]], np.float32), []
    encoded = encode({"best": [array, array[0]]}, arrays)
    before = array.tobytes()
    array[:] = 0
    first, second = decode(encoded, arrays)["best"]
    assert (first.tobytes(), second.tobytes(), first.shape) == (before, before, (1, 2))


@pytest.mark.parametrize("value", [object(), {1, 2}, np.array(["text"]), len, 1j])
def test_other_values_are_told(value):
    with pytest.raises(NotPlainError):
        encode([value], [])


def test_of_many_values_the_plain_ones_are_kept_with_their_arrays_only():
    arrays = []
    encoded = plain_part({"a": 1, "mixed": [np.zeros(2), object()], "b": np.ones(3)}, arrays)
    assert encoded == {"a": 1, "b": {"array": 0}}
    assert [array.tolist() for array in arrays] == [[1.0, 1.0, 1.0]]
