"""Saved models of tables: raw values in, the same as the network gives for the stream's batches."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image
from tablefit.data import Column, DataClient
from tablefit.errors import InvalidInput
from tablefit.features import fitted_to_json, parse_features
from tablefit.keras import TableData, fit, load_model
from tablefit.keras.raw_model import build_features
from tablefit.keras.saving import reading_of
from tablefit.models import NULL_TEXT, ModelImage, read_facts, to_arrays

from tests.data_program import DataService

ROWS = 120
TOWNS = ("Ulm", "Bonn", "Kiel", "a\nb", "", "été")
# Edges that float32 does not hold.
EDGES = [0.1, 0.3, 0.7]
FEATURES = [
    {"output": "scaled", "input": "share", "steps": [{"impute": "mean"}, "standardize"]},
    {"output": "range", "input": "age", "min_max": [-1, 1]},
    {"output": "sturdy", "input": "share", "robust": [0.1, 0.9]},
    {"output": "grown", "input": "age", "log1p": None},
    {"output": "cut", "input": "share", "clip": [0.2, None]},
    {"output": "flat", "input": "constant", "steps": ["standardize"]},
    {"output": "often", "input": "age", "impute": "mode"},
    {"output": "sure", "input": "married", "impute": "median"},
    {"output": "band", "input": "share", "bucketize": {"edges": EDGES}},
    {"output": "tenth", "input": "share", "bucketize": {"quantiles": 10, "one_hot": True}},
    {"output": "where", "input": "town", "one_hot": 4},
    {"output": "place", "input": "town", "steps": [{"impute": {"category": "Kiel"}}, "ordinal"]},
    {"output": "mode_town", "input": "town", "steps": [{"impute": "mode"}, "one_hot"]},
    {"output": "years", "input": "age", "one_hot": 20},
    {"output": "wed", "input": "married", "ordinal": None},
    {"output": "code", "input": "code", "ordinal": None},
    {"output": "band_code", "input": "band", "ordinal": None},
    {"output": "pair", "cross": ["band", "place"]},
    {"output": "hashed", "cross": ["pair", "code"], "buckets": 13},
    {"output": "when", "input": "seen", "timestamp_parts": ["year", "month", "weekday", "day_of_year", "second"]},
    {"output": "clear", "input": "photo", "image_normalization": None},
    {"output": "instant", "input": "seen", "timestamp_parts": ["epoch_second", "hour", "minute", "day"]},
]
# With names that Keras gives to operations of its own.
COLUMNS = ["age", "sum", "cast", "town", "married", "shape", "photo"]


def png(pixels: np.ndarray) -> bytes:
    """The file of an image."""
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "png")
    return file.getvalue()


def people() -> list[dict]:
    """Rows with NULLs, values on edges, awkward words, and times before 1970."""
    generator = np.random.default_rng(5)
    start = datetime(1965, 2, 27, 23, 59, 58, 250_000, tzinfo=UTC)
    rows = []
    for number in range(ROWS):
        row = {
            "age": int(generator.integers(0, 90)),
            "share": float(EDGES[number % 3] if number % 4 == 0 else generator.random()),
            "constant": 2.5,
            "married": bool(number % 3),
            "town": TOWNS[int(generator.integers(0, len(TOWNS)))],
            "code": int(generator.choice([-7, 0, 12, 2**40])),
            "seen": start + timedelta(days=int(generator.integers(0, 30_000)), microseconds=int(number * 7919)),
            "sum": float(generator.normal()),
            "cast": int(number),
            "shape": generator.random(2).astype(np.float32),
            "photo": png(generator.integers(0, 256, (3, 4, 3))),
            "income": ("low", "high")[number % 2],
        }
        for name in ("age", "share", "married", "town", "code", "seen"):
            if generator.random() < 0.15:
                row[name] = None
        rows.append(row)
    return rows


@pytest.fixture(scope="module")
def rows(data_service: DataService) -> list[dict]:
    """The rows of the table "census", by id from 1."""
    columns = [
        Column("age", "integer", nullable=True),
        Column("share", "float", nullable=True),
        Column("constant", "float"),
        Column("married", "boolean", nullable=True),
        Column("town", "category", nullable=True),
        Column("code", "integer", nullable=True),
        Column("seen", "timestamp", nullable=True),
        Column("sum", "float"),
        Column("cast", "integer"),
        Column("shape", "tensor", data_type="float32", shape=(2,)),
        Column("photo", "image"),
        Column("income", "category"),
    ]
    with DataClient(data_service.address) as data:
        data.create_table("census", columns=columns)
        made = people()
        data.insert_rows("census", made)
    return made


def open_census(service: DataService, **options) -> TableData:
    arguments = {"columns": COLUMNS, "features": parse_features({"features": FEATURES}).features, "target": "income"}
    arguments |= {"batch_size": 16, "validation_fraction": 0.2}
    return TableData(table="census", data_service=service.address, **(arguments | options))


def make_network(data: TableData) -> keras.Model:
    """One dense layer over everything, as it is streamed."""
    keras.utils.set_random_seed(3)
    inputs = {
        name: keras.Input(spec.shape[1:] or (1,), name=f"{name}_in", dtype=spec.data_type)
        for name, spec in data.arrangement.input_specs(16).items()
    }
    numbers = [keras.layers.Flatten()(keras.ops.cast(x, "float32")) for x in inputs.values()]
    joined = keras.ops.nan_to_num(keras.layers.Concatenate()(numbers))
    squashed = keras.layers.LayerNormalization()(keras.ops.log1p(keras.ops.abs(joined)))
    network = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(squashed), name="dense_net")
    network.compile("adam", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    return network


def streamed(data: TableData, training: bool) -> tuple[list[int], dict[str, np.ndarray]]:
    """Ids and columns of the real rows of a part."""
    batches = list(data.open_training(0) if training else data.open_validation(0))
    real = [batch.weights > 0 for batch in batches]
    ids = [int(one) for batch, known in zip(batches, real, strict=True) for one in batch.row_ids[known]]
    names = batches[0].columns
    return ids, {
        name: np.concatenate([batch.columns[name][known] for batch, known in zip(batches, real, strict=True)])
        for name in names
    }


def values_of(rows: list[dict], ids: list[int]) -> dict[str, list]:
    """The values of each column in these rows."""
    values = {name: [rows[one - 1][name] for one in ids] for name in rows[0]}
    return values | {"photo": [np.asarray(Image.open(io.BytesIO(photo))) for photo in values["photo"]]}


def check_equal(made: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    """Floats within 1e-5, everything else exactly."""
    for name, values in made.items():
        # Pixels are numbers to the network, whatever holds them.
        assert values.dtype == ("float32" if name == "photo" else expected[name].dtype), name
        tolerance = 1e-5 if values.dtype.kind == "f" else 0
        np.testing.assert_allclose(values, expected[name], rtol=tolerance, err_msg=name)


def test_features_in_a_model_are_those_of_the_stream(data_service, rows, tmp_path):
    with open_census(data_service) as data:
        model, inputs = build_features(reading_of(data))
        parts = [streamed(data, training) for training in (True, False)]
    model.save(tmp_path / "features.keras")
    for features in (model, keras.saving.load_model(tmp_path / "features.keras")):
        for ids, expected in parts:
            made = features.predict_on_batch(to_arrays(inputs, values_of(rows, ids)))
            assert sorted(made) == sorted({*COLUMNS, "town"} | {feature["output"] for feature in FEATURES})
            check_equal(made, expected)


@pytest.fixture(scope="module")
def census(data_service, rows, tmp_path_factory) -> SimpleNamespace:
    """A model of the table in its file, with what its network gives for the held-out rows."""
    path = tmp_path_factory.mktemp("census") / "census.keras"
    with open_census(data_service) as data:
        network = make_network(data)
        fit(network, data, epochs=2, save=path)
        ids, columns = streamed(data, training=False)
        of_stream = {one.name: columns[one.name] for one in data.arrangement.inputs}
        outputs = network.predict_on_batch(of_stream)
        return SimpleNamespace(
            path=path,
            of_stream=of_stream,
            outputs=outputs,
            values=values_of(rows, ids),
            features=data.training.features,
        )


def test_a_saved_model_of_a_table_takes_the_values_of_its_columns(census):
    trained = load_model(census.path)
    np.testing.assert_allclose(trained.predict(census.values, batch_size=10), census.outputs, rtol=1e-5)
    of_stream = {one.name: census.of_stream[one.name] for one in trained.facts.network_inputs}
    np.testing.assert_array_equal(trained.network.predict_on_batch(of_stream), census.outputs)


def test_what_a_model_says_of_itself_is_read_without_keras(census):
    facts = read_facts(census.path)
    assert list(map(fitted_to_json, facts.features)) == list(map(fitted_to_json, census.features))
    assert [column.name for column in facts.columns][:4] == ["age", "share", "constant", "married"]
    assert (facts.targets[0].name, facts.targets[0].type, facts.table) == ("income", "category", "census")
    assert (facts.class_names, facts.task) == (("high", "low"), "classification")
    assert facts.images == {"photo": ModelImage("RGB", 3, 4, "bilinear", "stretch")}
    assert sorted(facts.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    confusion = np.zeros((2, 2), int)
    known = [facts.class_names.index(name) for name in census.values["income"]]
    np.add.at(confusion, (known, census.outputs.argmax(axis=1)), 1)
    assert facts.confusion == tuple(map(tuple, confusion.tolist()))


def test_a_model_of_a_table_consists_of_what_keras_has(census):
    with zipfile.ZipFile(census.path) as archive:
        assert b"tablefit" not in archive.read("config.json")


def test_words_that_are_not_known_are_told_from_null(data_service, rows):
    features = [{"output": "place", "input": "town", "steps": [{"impute": {"category": "Kiel"}}, "ordinal"]}]
    chosen = {"columns": ["age"], "features": parse_features({"features": features}).features}
    with open_census(data_service, **chosen) as data:
        model, _ = build_features(reading_of(data))
    towns = np.array(["Kiel", NULL_TEXT, "Paris", ""], dtype=object)
    made = model.predict({"town": towns, "age": np.array([1.0, 2, np.nan, 3])}, verbose=0)
    kiel = made["place"][0]
    assert made["place"].tolist() == [kiel, kiel, 0, 1]
    assert made["age"].tolist() == [1, 2, 0, 3]


def test_a_feature_that_gives_texts_is_refused_before_training(data_service, rows, tmp_path):
    features = parse_features({"features": [{"town": {"impute": "mode"}}]}).features
    with (
        open_census(data_service, columns=["age"], features=features) as data,
        pytest.raises(InvalidInput, match="no texts as inputs of a network to save, received a feature of 'town'"),
    ):
        fit(None, data, epochs=1, save=tmp_path / "census.keras")
