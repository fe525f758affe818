"""The figures of a training's progress, against the truth."""

import json
import math
import os
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from tablefit.keras import TableData
from tablefit.keras.fitting import Fitting
from tablefit.keras.job import Job
from tablefit.keras.measures import GradientNorm, learning_rate, resident_bytes
from tablefit.keras.pace import Plan

# Long beside what Keras itself takes for a step, also on a busy machine.
STEP_S = 0.2
EPOCHS = 3


class Busy(keras.layers.Layer):
    """Takes its time, as a large network does."""

    def call(self, inputs):
        # Given the inputs, lest TensorFlow begins with it while it waits for them.
        passed = tf.py_function(lambda _: threading.Event().wait(STEP_S), [inputs], tf.bool)
        with tf.control_dependencies([passed]):
            return tf.identity(inputs)


class Paced(TableData):
    """Rows that come every `interval_s` seconds, once training has begun."""

    interval_s = 0.0
    began: threading.Event

    def open_training(self, epoch, start_step=0):
        stream = super().open_training(epoch, start_step)
        return Pacing(stream, self) if self.interval_s else stream


class Pacing:
    """The batches of a stream, paced."""

    def __init__(self, stream, data: Paced) -> None:
        self.stream, self.data = stream, data

    def __iter__(self):
        for batch in self.stream:
            if batch.step or self.data.began.is_set():
                self.data.began.wait(60)
                threading.Event().wait(self.data.interval_s)
            yield batch

    def close(self) -> None:
        self.stream.close()


class Beginning(keras.callbacks.Callback):
    """Tells that the first step is done."""

    def __init__(self, began: threading.Event) -> None:
        super().__init__()
        self.began = began

    def on_train_batch_end(self, batch, logs=None):
        self.began.set()


def epochs_of(service, tmp_path, interval_s: float) -> list[dict]:
    """What a job tells of its epochs; a step takes STEP_S, a batch comes every `interval_s` seconds."""
    events, events_write = os.pipe()
    with Paced(table="shades", batch_size=2, seed=1, data_service=service.address) as data:
        data.interval_s, data.began = interval_s, threading.Event()
        inputs = keras.Input(data.input_shape)
        x = keras.layers.Flatten()(Busy()(keras.layers.Rescaling(1 / 255)(inputs)))
        model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
        model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
        plan = Plan(EPOCHS, data.steps_per_epoch, data.training.row_count, 0)
        Fitting(model, data, plan, Job("1", tmp_path, events_write, -1), None, None).run([Beginning(data.began)])
    os.close(events_write)
    with os.fdopen(events) as pipe:
        return [message for message in map(json.loads, pipe) if message["kind"] == "epoch"]


@pytest.mark.parametrize(("interval_s", "share"), [(2 * STEP_S, 0.5), (0.0, 0.0)], ids=["half speed", "full speed"])
def test_the_share_of_waiting_is_told_as_it_is(data_service, tmp_path, interval_s, share):
    told = [epoch["input_wait_share"] for epoch in epochs_of(data_service, tmp_path, interval_s)[1:]]
    assert told == pytest.approx([share] * (EPOCHS - 1), abs=0.05)


def make_model(optimizer) -> keras.Model:
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer, loss="sparse_categorical_crossentropy")
    return model


def test_the_norm_of_the_gradient_is_the_length_of_a_step_at_rate_one():
    model = make_model(keras.optimizers.SGD(1.0))
    norm = GradientNorm(model.optimizer)
    before = model.get_weights()
    model.train_on_batch(np.eye(4, dtype=np.float32), np.array([0, 1, 2, 0]))
    moved = [new - old for old, new in zip(before, model.get_weights(), strict=True)]
    assert norm() == pytest.approx(math.sqrt(sum(float(np.square(step).sum()) for step in moved)), rel=1e-5)
    norm.close()


def test_the_norm_is_the_one_before_clipping_and_changes_no_weight():
    clipped = {"learning_rate": 0.5, "clipnorm": 1e-3}
    plain, measured = (make_model(keras.optimizers.SGD(**clipped)) for _ in range(2))
    norm = GradientNorm(measured.optimizer)
    for model in (plain, measured):
        model.train_on_batch(10 * np.eye(4, dtype=np.float32), np.array([0, 1, 2, 0]))
    assert norm() > 0.1
    for expected, weights in zip(plain.get_weights(), measured.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected)


def test_the_norm_is_without_the_scale_of_the_loss():
    plain = make_model(keras.optimizers.SGD(0.1))
    scaled = make_model(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=1024.0))
    norms = [GradientNorm(model.optimizer) for model in (plain, scaled)]
    for model in (plain, scaled):
        model.train_on_batch(np.eye(4, dtype=np.float32), np.array([0, 1, 2, 0]))
    assert norms[1]() == pytest.approx(norms[0](), rel=1e-5)


def test_the_learning_rate_is_that_of_the_next_step():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    model = make_model(keras.optimizers.SGD(schedule))
    assert learning_rate(model.optimizer) == pytest.approx(0.1)
    model.train_on_batch(np.eye(4, dtype=np.float32), np.array([0, 1, 2, 0]))
    assert learning_rate(model.optimizer) == pytest.approx(0.05)


def test_memory_is_what_this_process_holds():
    assert 2**26 < resident_bytes() < 2**36
