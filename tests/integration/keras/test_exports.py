"""Saved models in other formats give what the network gives that was trained."""

import json
import zipfile
from types import SimpleNamespace

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow
from tablefit.data import Column, DataClient
from tablefit.errors import InvalidInput
from tablefit.features import parse_features
from tablefit.keras import TableData, fit, load_model, reserve_names
from tablefit.keras.exporting import export_model
from tablefit.keras.saving import save_model
from tablefit.models import ModelFacts, read_facts, to_arrays

from tests.integration.keras.people import PEOPLE
from training_service.architectures import ARCHITECTURES
from training_service.starting_weights import EarlierModels

# Columns and features that are called as Keras calls layers, networks and the parts of exported models.
FEATURES = [
    {"output": "years of", "input": "age of", "steps": [{"impute": "mean"}, "standardize"]},
    {"output": "flatten", "input": "dense", "bucketize": {"edges": [1.5, 4.1]}},
    {"output": "dropout", "input": "dense", "steps": [{"clip": [0, None]}, "log1p", "robust"]},
    {"output": "embedding_1", "input": "concatenate", "steps": [{"impute": {"category": "Ulm"}}, "ordinal"]},
    {"output": "batch_normalization", "input": "concatenate", "one_hot": None},
    {"output": "mlp", "cross": ["flatten", "embedding_1"], "buckets": 5},
    {"output": "dense_2", "input": "raw", "timestamp_parts": ["month", "weekday"]},
    {"output": "activation", "input": "age of", "one_hot": 12},
]


def store(address: str) -> list[dict]:
    """The people with awkward column names and NULLs, as the table "guests"; returns its rows."""
    columns = [
        Column("age of", "integer", nullable=True),
        Column("dense", "float"),
        Column("concatenate", "category", nullable=True),
        Column("raw", "timestamp"),
        Column("keeps", "category"),
    ]
    rows = [
        {
            "age of": None if number % 11 == 0 else age,
            "dense": hours,
            "concatenate": None if number % 7 == 0 else town,
            "raw": f"2024-0{1 + number % 9}-17T12:00:00",
            "keeps": "yes" if age < 50 else "no",
        }
        for number, (age, hours, town) in enumerate(PEOPLE)
    ]
    with DataClient(address) as data:
        data.create_table("guests", columns=columns)
        data.insert_rows("guests", rows)
    return rows


@pytest.fixture(scope="module")
def guests(data_service, tmp_path_factory) -> SimpleNamespace:
    """A model of a table in its file, raw values, and what the network gives for them."""
    rows = store(data_service.address)
    path = tmp_path_factory.mktemp("guests") / "guests.keras"
    features = parse_features({"features": FEATURES}).features
    with TableData(
        table="guests", features=features, columns=["concatenate"], target="keeps", data_service=data_service.address,
        batch_size=len(rows), seed=None,
    ) as data:  # fmt: skip
        keras.utils.set_random_seed(3)
        reserve_names(data.inputs)
        scope = {"keras": keras}
        exec(ARCHITECTURES["mlp"].source, scope)
        network = scope["build"](data.inputs, 2, units=(3,))
        network.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
        fit(network, data, epochs=1, save=path)
        arrays, _, _ = data.training_arrays(next(iter(data.open_training(0))))
    values = {name: [row[name] for row in rows] for name in rows[0]}
    return SimpleNamespace(path=path, values=values, outputs=network.predict_on_batch(arrays), tolerance=1e-4)


@pytest.fixture(scope="module")
def shades(data_service, tmp_path_factory) -> SimpleNamespace:
    """The same of an image table."""
    path = tmp_path_factory.mktemp("shades") / "shades.keras"
    with TableData(table="shades", data_service=data_service.address, batch_size=27, seed=None) as data:
        inputs = keras.Input(data.input_shape)
        # What changes images at random, and mixed precision, are of training alone.
        x = keras.layers.Rescaling(1 / 255)(keras.layers.RandomFlip()(inputs))
        x = keras.layers.Conv2D(4, 3, dtype="mixed_bfloat16")(x)
        x = keras.layers.Flatten()(keras.layers.BatchNormalization()(x))
        network = keras.Model(
            inputs, keras.layers.Dense(data.class_count, activation="softmax", dtype="float32")(x), name="image"
        )
        network.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
        fit(network, data, epochs=1, save=path)
        images, _, _ = data.training_arrays(next(iter(data.open_training(0))))
    outputs = network.predict_on_batch(images)
    return SimpleNamespace(path=path, values={"image": images}, outputs=outputs, tolerance=2e-2)


@pytest.fixture(params=["guests", "shades"])
def model(request) -> SimpleNamespace:
    return request.getfixturevalue(request.param)


def test_a_model_of_columns_that_are_called_as_layers_takes_their_values(guests):
    made = load_model(guests.path).predict(guests.values)
    np.testing.assert_allclose(made, guests.outputs, rtol=guests.tolerance)


def test_a_saved_model_of_tensorflow_takes_what_the_model_takes(model, tmp_path):
    export_model(model.path, tmp_path / "model.zip", "saved-model")
    facts = read_facts(tmp_path / "model.zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        archive.extractall(tmp_path / "model")
    served = tensorflow.saved_model.load(tmp_path / "model")
    arrays = {name: tensorflow.constant(array) for name, array in to_arrays(facts.inputs, model.values).items()}
    made = served.signatures["serving_default"](**arrays)
    np.testing.assert_allclose(next(iter(made.values())), model.outputs, rtol=model.tolerance)


def test_an_onnx_file_takes_numbers_and_codes(model, tmp_path):
    export_model(model.path, tmp_path / "model.onnx", "onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    facts = ModelFacts.from_json(json.loads(session.get_modelmeta().custom_metadata_map["tablefit"]))
    made = session.run(None, to_arrays(facts.inputs, model.values))
    np.testing.assert_allclose(made[0], model.outputs, rtol=model.tolerance)
    assert facts.class_names == read_facts(model.path).class_names


def test_a_litert_file_takes_numbers_and_codes(model, tmp_path):
    export_model(model.path, tmp_path / "model.tflite", "litert")
    facts = read_facts(tmp_path / "model.tflite")
    runner = tensorflow.lite.Interpreter(str(tmp_path / "model.tflite")).get_signature_runner("serving_default")
    made = runner(**to_arrays(facts.inputs, model.values))
    np.testing.assert_allclose(next(iter(made.values())), model.outputs, rtol=model.tolerance)


def test_a_model_that_runs_code_is_opened_only_where_that_is_allowed(shades, tmp_path):
    path = tmp_path / "code.keras"
    layers = [keras.Input((2, 3, 1)), keras.layers.Lambda(lambda x: x / 1), keras.layers.Flatten()]
    save_model(keras.Sequential(layers), path, read_facts(shades.path))
    refusals = [
        lambda: load_model(path),
        lambda: export_model(path, tmp_path / "model.zip", "saved-model"),
        lambda: EarlierModels(None, tmp_path).check_code(path),
    ]
    for refused in refusals:
        with pytest.raises(InvalidInput, match=r"no code of its own, received 'Lambda'.* with --allow-own-code"):
            refused()
    assert load_model(path, allow_code=True).model.predict(np.ones((1, 2, 3, 1)), verbose=0).tolist() == [[1] * 6]
