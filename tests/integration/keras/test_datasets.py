"""Batches in the form that TensorFlow takes."""

import itertools

import numpy as np
from tablefit.keras.arrangement import ArraySpec
from tablefit.keras.datasets import as_dataset

SPECS = (ArraySpec((2, 3, 4, 1), "uint8"), ArraySpec((2,), "int32"), ArraySpec((2,), "float32"))


def batches(count: int):
    """Batches of two images whose pixels, labels and weights are the batch's number."""
    for number in range(count):
        yield np.full((2, 3, 4, 1), number, "u1"), np.full(2, number, "i4"), np.full(2, number, "f4")


def test_a_dataset_begins_anew_every_time():
    dataset = as_dataset(lambda: batches(3), SPECS, 3)
    for _ in range(2):
        assert [images.numpy().tolist() for images, _, _ in dataset] == [
            np.full((2, 3, 4, 1), number).tolist() for number in range(3)
        ]
    assert int(dataset.cardinality()) == 3


def test_a_dataset_without_end_goes_on():
    dataset = as_dataset(lambda: itertools.chain.from_iterable(map(batches, itertools.repeat(2))), SPECS)
    labels = [labels.numpy().tolist() for _, labels, _ in itertools.islice(dataset, 5)]
    assert labels == [[0, 0], [1, 1], [0, 0], [1, 1], [0, 0]]


def test_no_thread_tunes_a_dataset():
    # Training would wait for its end.
    assert as_dataset(lambda: batches(1), SPECS).options().autotune.enabled is False
