"""`fit` on a real data service, with networks that take no time. All in one process, which loads Keras once."""

import json
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing

import keras
import numpy as np
import pytest
from tablefit.errors import InvalidInput, NotFound, Unavailable, WrongState
from tablefit.keras import TableData, fit, load_model, read_class_names
from tablefit.keras.failures import LossNotFiniteError

from tests.data_program import DataService
from tests.integration.keras.shades import store_shades

TIMEOUT_S = 120


def open_data(service: DataService, **options) -> TableData:
    """A table of 27 rows: 22 to train on, in 3 steps of 8 with 2 rows repeated, and 5 held out, in 1 step."""
    arguments = {"table": "shades", "batch_size": 8, "validation_fraction": 0.2, "seed": 1, "split_seed": 2}
    return TableData(**(arguments | options), data_service=service.address)


def make_model(data: TableData, learning_rate: float = 0.01, l2: float = 0.0) -> keras.Model:
    """One dense layer over the pixels, compiled as a script compiles its network."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input(data.input_shape)
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs))
    dense = keras.layers.Dense(data.class_count, activation="softmax", kernel_regularizer=keras.regularizers.L2(l2))
    model = keras.Model(inputs, dense(x), name="dense")
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        weighted_metrics=["accuracy"],
    )
    return model


def read_rows(stream) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Images, class indices and ids of the rows of a stream, without the repeated ones."""
    images, labels, ids = [], [], []
    for batch in stream:
        real = batch.weights > 0
        images.append(batch.columns["image"][real])
        labels.append(batch.columns["label"][real])
        ids += batch.row_ids[real].tolist()
    return np.concatenate(images), np.concatenate(labels), ids


class CallingBack(keras.callbacks.Callback):
    """Calls a function at the start of an epoch."""

    def __init__(self, epoch: int, function) -> None:
        super().__init__()
        self.epoch, self.function = epoch, function

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            self.function()


class StepCounting(keras.callbacks.Callback):
    """Counts training and validation steps."""

    def __init__(self) -> None:
        super().__init__()
        self.training = self.validation = 0

    def on_train_batch_end(self, batch, logs=None):
        self.training += 1

    def on_test_batch_end(self, batch, logs=None):
        self.validation += 1


def test_the_data_is_described_before_anything_is_read(data_service):
    with open_data(data_service) as data:
        assert data.input_shape == (8, 8, 1)
        assert data.class_names == ("black", "grey", "white")
        assert (data.training.row_count, data.steps_per_epoch) == (22, 3)
        assert (data.validation_rows, data.validation_steps) == (5, 1)


def test_every_epoch_has_every_training_row_once_and_in_an_order_of_its_own(data_service):
    with open_data(data_service) as data:
        first, second = (read_rows(data.open_training(epoch))[2] for epoch in range(2))
        held_out = read_rows(data.open_validation(0))[2]
    assert sorted(first) == sorted(second)
    assert first != second
    assert sorted(first + held_out) == list(range(1, 28))


def test_weights_of_a_training_batch_sum_up_to_its_size(data_service):
    with open_data(data_service) as data:
        weights = [data.training_arrays(batch)[2] for batch in data.open_training(0)]
    assert [weight.tolist() for weight in weights[:2]] == [[1.0] * 8] * 2
    assert weights[2].tolist() == pytest.approx([8 / 6] * 6 + [0.0] * 2)


def test_fit_trains_and_validates_as_many_steps_as_the_epochs_have(data_service):
    with open_data(data_service) as data:
        counting = StepCounting()
        history = fit(make_model(data), data, epochs=4, callbacks=[counting])
    assert (counting.training, counting.validation) == (12, 4)
    assert sorted(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]


@pytest.mark.parametrize("batch_size", [2, 3, 5, 64])
def test_validation_is_exact_whatever_the_padding(data_service, batch_size):
    with open_data(data_service, batch_size=batch_size, validation_fraction=0.4) as data:
        model = make_model(data, l2=0.01)
        history = fit(model, data, epochs=3).history
        images, labels, _ = read_rows(data.open_validation(0))
    probabilities = np.asarray(model(images), np.float64)
    penalty = 0.01 * np.sum(np.square(model.get_weights()[0], dtype=np.float64))
    loss = -np.log(probabilities[np.arange(len(labels)), labels]).mean() + penalty
    assert history["val_accuracy"][-1] == pytest.approx((probabilities.argmax(axis=1) == labels).mean(), abs=1e-7)
    assert history["val_loss"][-1] == pytest.approx(loss, rel=1e-5)


def test_padding_trains_as_a_short_last_batch_in_memory_does(data_service):
    with open_data(data_service) as data:
        model = make_model(data)
        fit(model, data, epochs=2)
        in_memory = make_model(data)
        for epoch in range(2):
            images, labels, _ = read_rows(data.open_training(epoch))
            in_memory.fit(images, labels, batch_size=8, shuffle=False, verbose=0)
    for expected, trained in zip(in_memory.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(trained, expected, rtol=1e-5, atol=1e-7)


def test_the_same_fit_gives_the_same_bits(data_service):
    weights = []
    for _ in range(2):
        with open_data(data_service) as data:
            model = make_model(data)
            fit(model, data, epochs=2)
            weights.append([array.tobytes() for array in model.get_weights()])
    assert weights[0] == weights[1]


def test_a_loss_that_is_no_number_ends_training_at_its_step(data_service):
    with open_data(data_service) as data, pytest.raises(LossNotFiniteError, match="at step 2; try a smaller"):
        fit(make_model(data, learning_rate=1e38, l2=1.0), data, epochs=2)


def test_a_weight_that_is_no_number_after_the_last_step_is_not_saved(data_service, tmp_path):
    with open_data(data_service, batch_size=32, validation_fraction=0) as data:
        model = make_model(data, learning_rate=1e38, l2=1e3)
        with pytest.raises(LossNotFiniteError, match="The weights became NaN or infinite at step 1; try a smaller"):
            fit(model, data, epochs=1, save=tmp_path / "shades.keras")
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_that_is_trained_on_cannot_be_deleted(data_service):
    with open_data(data_service) as data:
        refusals = []

        def delete() -> None:
            with pytest.raises(WrongState) as refused:
                data.client.delete_snapshot(data.training.pin.snapshot_id)
            refusals.append(refused.value.message)

        fit(make_model(data), data, epochs=2, callbacks=[CallingBack(1, delete)])
    assert "a training script" in refusals[0]


def test_a_table_renamed_and_deleted_during_training_goes_unnoticed(data_service, tmp_path):
    store_shades(data_service.address, "passing", tmp_path)
    with open_data(data_service, table="passing") as data:
        counting = StepCounting()

        def delete() -> None:
            data.client.rename_table("passing", "gone")
            data.client.delete_table("gone")

        # More epochs than are read ahead.
        fit(make_model(data), data, epochs=40, callbacks=[CallingBack(1, delete), counting])
    assert (counting.training, counting.validation) == (120, 40)


def test_a_named_snapshot_is_read_after_its_table_has_gone(data_service, tmp_path):
    store_shades(data_service.address, "left", tmp_path)
    with open_data(data_service, table="left") as data:
        before = read_rows(data.open_training(0))
        data.client.delete_table("left")
        with open_data(data_service, table="left", snapshot=data.training.pin.snapshot_id) as again:
            after = read_rows(again.open_training(0))
    for expected, read in zip(before, after, strict=True):
        np.testing.assert_array_equal(read, expected)


def test_rows_added_during_training_are_not_read(data_service, tmp_path):
    store_shades(data_service.address, "growing", tmp_path / "first")
    with open_data(data_service, table="growing") as data:
        add = CallingBack(1, lambda: store_shades(data_service.address, "growing", tmp_path / "more"))
        counting = StepCounting()
        fit(make_model(data), data, epochs=40, callbacks=[add, counting])
        assert counting.training == 120
        with open_data(data_service, table="growing") as grown:
            assert grown.training.pin.row_count == 2 * data.training.pin.row_count


def test_a_data_service_that_does_not_come_is_told_with_the_time_of_the_last_answer():
    with pytest.raises(Unavailable, match=r"data service at 127.0.0.1:1: .*; there has been no answer since \d{4}-"):
        TableData(table="shades", data_service="127.0.0.1:1", patience_s=0.01)


def test_what_the_data_service_says_is_raised_as_it_is(data_service):
    with pytest.raises(NotFound, match="nothing"):
        open_data(data_service, table="nothing")


def test_a_row_changed_during_training_is_read_as_it_was(data_service, service_directory, tmp_path):
    store_shades(data_service.address, "changing", tmp_path / "images")

    def change() -> None:
        with closing(sqlite3.connect(service_directory / "tablefit.sqlite")) as connection, connection:
            connection.execute("UPDATE changing SET label = 'white' WHERE id = 3")

    with open_data(data_service, table="changing") as data:
        before = read_rows(data.open_training(50))
        fit(make_model(data), data, epochs=40, callbacks=[CallingBack(1, change)])
        after = read_rows(data.open_training(50))
    for expected, read in zip(before, after, strict=True):
        np.testing.assert_array_equal(read, expected)


def test_a_saved_model_knows_what_it_takes_and_gives(data_service, tmp_path):
    path = tmp_path / "shades.keras"
    with open_data(data_service) as data:
        model = make_model(data)
        fit(model, data, epochs=1, save=path)
        images, _, _ = read_rows(data.open_validation(0))
    trained = load_model(path)
    assert (trained.class_names, trained.mode, trained.height, trained.width) == (("black", "grey", "white"), "L", 8, 8)
    np.testing.assert_array_equal(np.asarray(trained.model(images)), np.asarray(model(images)))
    assert read_class_names(path) == ("black", "grey", "white")
    facts = json.loads(zipfile.ZipFile(path).read("tablefit.json"))
    assert (facts["table"], facts["architecture"], facts["pin"]["row_count"]) == ("shades", "dense", 27)
    assert [entry.name for entry in tmp_path.iterdir()] == ["shades.keras"]


def test_keras_opens_a_saved_model_without_tablefit(data_service, tmp_path):
    with open_data(data_service) as data:
        fit(make_model(data), data, epochs=1, save=tmp_path / "shades.keras")
    script = """
import sys
sys.modules["tablefit"] = None
import keras, numpy
model = keras.saving.load_model(sys.argv[1])
assert model.predict(numpy.full((2, 8, 8, 1), 255, "uint8"), verbose=0).shape == (2, 3)
"""
    subprocess.run([sys.executable, "-c", script, tmp_path / "shades.keras"], check=True, timeout=TIMEOUT_S)


def test_a_file_of_another_kind_is_told_from_a_model(tmp_path):
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "plain.keras")
    (tmp_path / "text.keras").write_text("no archive")
    for name in ("plain.keras", "text.keras"):
        with pytest.raises(InvalidInput, match="expected a model that tablefit saved"):
            read_class_names(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("model.h5", r"ends in \.keras, received 'model.h5'"), ("nowhere/model.keras", "a folder that exists, received")],
)
def test_a_place_where_no_model_can_be_saved_is_refused_before_training(data_service, tmp_path, name, sentence):
    with open_data(data_service) as data:
        counting = StepCounting()
        with pytest.raises(InvalidInput, match=sentence):
            fit(make_model(data), data, epochs=1, save=tmp_path / name, callbacks=[counting])
    assert counting.training == 0
