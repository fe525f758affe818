"""`fit` on tables for every task, with a small dense network, beside NumPy on the held-out rows."""

import keras
import numpy as np
import pytest
from tablefit.data import Column, DataClient
from tablefit.errors import WrongState
from tablefit.keras import TableData, fit, rescale_outputs

from tests.data_program import DataService


@pytest.fixture(scope="module")
def plants(data_service: DataService) -> str:
    """40 plants with a number, a text of two values, two booleans and a number that one row lacks."""
    kinds = {"height": "float", "kind": "text", "tall": "boolean", "green": "boolean", "weight": "float"}
    columns = [Column(name, kind, nullable=name == "weight") for name, kind in kinds.items()]
    rows = [
        {
            "height": float(number),
            "kind": "tree" if number > 25 else "herb",
            "tall": number > 20,
            "green": number % 2 == 0,
            "weight": None if number == 7 else 3.0 * number + 100,
        }
        for number in range(40)
    ]
    with DataClient(data_service.address) as data:
        data.create_table("plants", columns=columns)
        data.insert_rows("plants", rows)
    return data_service.address


def open_plants(address: str, targets: list[str], **options) -> TableData:
    """32 plants to train on, 8 held out."""
    arguments = {"columns": ["height"], "features": [{"height": "standardize"}], "batch_size": 10, "seed": 1}
    split = {"validation_fraction": 0.2, "split_seed": 3}
    return TableData(table="plants", targets=targets, **(arguments | split | options), data_service=address)


def make_model(data: TableData, activation: str) -> keras.Model:
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(data.output_count, activation=activation)])


def held_out(data: TableData) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets of the held-out rows, each once."""
    (batch,) = data.open_validation(0)
    inputs, targets, weights = data.validation_arrays(batch)
    return inputs[weights > 0], targets[weights > 0]


def test_a_text_is_learned_as_classes(plants):
    with open_plants(plants, ["kind"]) as data:
        assert (data.task, data.class_names) == ("classification", ("herb", "tree"))
        model = make_model(data, "softmax")
        model.compile("adam", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
        history = fit(model, data, epochs=2).history
        inputs, targets = held_out(data)
        (batch,) = data.open_validation(0)
    named = {int(index) for index in targets}
    assert named <= {0, 1}
    # The split is stratified by the text: 26 herbs and 14 trees.
    assert np.bincount(targets).tolist() == [5, 3]
    right = (np.asarray(model(inputs)).argmax(axis=1) == targets).mean()
    assert history["val_accuracy"][-1] == pytest.approx(right, abs=1e-6)
    assert batch.columns["kind"].min() >= 1


def test_one_boolean_is_one_output(plants):
    with open_plants(plants, ["tall"]) as data:
        assert (data.task, data.output_count, data.class_names) == ("binary", 1, ("false", "true"))
        model = make_model(data, "sigmoid")
        model.compile("adam", "binary_crossentropy", weighted_metrics=["accuracy", keras.metrics.AUC(name="auc")])
        history = fit(model, data, epochs=2).history
        inputs, targets = held_out(data)
    assert targets.shape == (8, 1)
    right = ((np.asarray(model(inputs)) > 0.5) == targets).mean()
    assert history["val_accuracy"][-1] == pytest.approx(right, abs=1e-6)
    assert {"auc", "val_auc"} <= set(history)


def test_several_booleans_are_an_output_each(plants):
    with open_plants(plants, ["green", "tall"]) as data:
        assert (data.task, data.output_count, data.class_names) == ("multi_label", 2, ())
        model = make_model(data, "sigmoid")
        area = keras.metrics.AUC(multi_label=True, num_labels=2, name="auc")
        model.compile("adam", "binary_crossentropy", weighted_metrics=["binary_accuracy", area])
        history = fit(model, data, epochs=2).history
        inputs, targets = held_out(data)
    right = ((np.asarray(model(inputs)) > 0.5) == targets).mean()
    assert targets.shape == (8, 2)
    assert history["val_binary_accuracy"][-1] == pytest.approx(right, abs=1e-6)


def test_numbers_are_predicted_in_their_own_units(plants):
    features = [{"weight": {"impute": "mean"}}, {"weight": "standardize"}]
    with open_plants(plants, ["height"], features=features) as data:
        assert (data.task, data.output_count) == ("regression", 1)
        model = rescale_outputs(make_model(data, "linear"), [11.5], [19.5])
        model.compile("adam", "mean_squared_error", weighted_metrics=["mean_absolute_error"])
        history = fit(model, data, epochs=2).history
        inputs, targets = held_out(data)
    error = np.abs(np.asarray(model(inputs)) - targets).mean()
    assert history["val_mean_absolute_error"][-1] == pytest.approx(error, rel=1e-5)
    # Before it has learned anything, a network is about as wrong as the mean is.
    assert history["mean_absolute_error"][0] < 30


def test_a_row_without_a_target_ends_training_with_its_number(plants):
    with open_plants(plants, ["weight"], validation_fraction=0.0) as data:
        model = make_model(data, "linear")
        model.compile("adam", "mean_squared_error")
        with pytest.raises(WrongState, match="expected a value of 'weight' in every row, found none in row 8"):
            fit(model, data, epochs=1)
