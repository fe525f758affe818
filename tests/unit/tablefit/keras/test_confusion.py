"""Confusion matrices of networks, counted over batches with rows that only fill them."""

from types import SimpleNamespace

import numpy as np
import pytest
from tablefit.keras.confusion import count_confusion


def network(outputs) -> SimpleNamespace:
    """A network of Keras, as far as it is used, that gives these outputs for row numbers."""
    return SimpleNamespace(predict_on_batch=lambda rows: np.asarray(outputs)[rows])


def test_the_largest_output_is_the_class_and_rows_without_weight_are_left_out():
    outputs = [[0.9, 0.1, 0.0], [0.2, 0.3, 0.5], [0.0, 0.6, 0.4]]
    batches = [([0, 1], [0, 0], [1.5, 1.5]), ([2, 0], [2, 0], [1.5, 0.0])]
    assert count_confusion(network(outputs), batches, 3) == ((1, 0, 1), (0, 0, 0), (0, 1, 0))


def test_one_output_is_the_second_class_from_a_half_on():
    batches = [([0, 1, 2], [[0.0], [1.0], [1.0]], [1, 1, 1])]
    assert count_confusion(network([[0.49], [0.5], [0.1]]), batches, 2) == ((1, 0), (1, 1))


@pytest.mark.parametrize(
    ("class_count", "batches", "outputs"),
    [(2, [], [[0.1]]), (0, [([0], [0.5], [1])], [[0.1]]), (3, [([0], [1], [1])], [[0.1, 0.2]])],
)
def test_there_is_no_matrix_without_held_out_rows_or_classes(class_count, batches, outputs):
    assert count_confusion(network(outputs), batches, class_count) == ()
