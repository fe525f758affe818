"""The optimizers that a job can name, as its script makes them."""

import keras
import numpy as np
import pytest

from training_service.specification import OPTIMIZERS


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_default_learning_rate_is_that_of_keras(name):
    optimizer = getattr(keras.optimizers, OPTIMIZERS[name].class_name)()
    assert float(optimizer.learning_rate) == pytest.approx(OPTIMIZERS[name].learning_rate, rel=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_trains_a_step(name):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    optimizer = getattr(keras.optimizers, OPTIMIZERS[name].class_name)(learning_rate=OPTIMIZERS[name].learning_rate)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    before = model.get_weights()
    model.train_on_batch(np.eye(4, dtype=np.float32), np.array([0, 1, 2, 0]))
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.isfinite(new).all()
        assert (old != new).any()
