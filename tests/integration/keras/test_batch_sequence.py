"""`batches` and `to_dataset` on a real data service, beside the streams of a client with the same options."""

import itertools

import keras
import numpy as np
import pytest
import tablefit.keras
from tablefit.data import DataClient, FractionSplit, StreamOptions, ValueSplit
from tablefit.errors import InvalidInput
from tablefit.features import parse_features
from tablefit.keras.batch_sequence import Batches

from tests.integration.keras.people import store_people

FEATURES = [{"age": "standardize"}, {"town": "one_hot"}]
SPLIT = FractionSplit(0.2, seed=3)


@pytest.fixture(scope="module")
def people(data_service) -> str:
    store_people(data_service.address)
    return data_service.address


def open_people(address: str, **options) -> Batches:
    """30 people: 24 to train on, in 5 steps of 5 with one row repeated, and 6 held out, in 2 steps."""
    reading = {"features": FEATURES, "target": "keeps", "split": SPLIT, "batch_size": 5, "seed": 7}
    return tablefit.keras.batches("people", **(reading | options), data_service=address)


def stream(address: str, **options) -> list:
    """The batches that a client receives."""
    plain = {
        "snapshot": options.pop("snapshot"),
        "features": parse_features({"features": FEATURES}).features,
        "target": "keeps",
        "split": SPLIT,
        "batch_size": 5,
        "tail": "pad",
    }
    with DataClient(address) as data:
        return list(data.stream_batches(StreamOptions(**plain, **options)))


def make_model(inputs: list[keras.Input], joined) -> keras.Model:
    """One dense layer, compiled for class indices."""
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(joined))
    model.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    return model


def people_model(feed: Batches) -> keras.Model:
    """A network over the columns and features of the people."""
    keras.utils.set_random_seed(1)
    inputs = {name: keras.Input(spec.shape[1:] or (1,), name=name) for name, spec in feed.input_specs.items()}
    return make_model(inputs, keras.layers.Concatenate()(list(inputs.values())))


def equal(one, other) -> bool:
    """Whether two batches for Keras are the same, bit for bit."""
    return all(
        left.dtype == right.dtype and left.tobytes() == right.tobytes()
        for left, right in zip(keras.tree.flatten(one), keras.tree.flatten(other), strict=True)
    )


def test_batches_hold_what_a_client_receives_epoch_after_epoch(people):
    with open_people(people) as feed:
        snapshot = feed.data.training.pin.snapshot_id
        received = [
            batch
            for epoch in range(2)
            for batch in stream(people, snapshot=snapshot, part="training", shuffle_seed=7, epoch=epoch)
        ]
        given = list(itertools.islice(feed, 10))
    assert len(received) == 10
    for batch, (inputs, targets, weights) in zip(received, given, strict=True):
        assert sorted(inputs) == ["age", "hours", "town"]
        assert equal(inputs, {name: batch.columns[name] for name in inputs})
        assert equal(targets, batch.columns["keeps"])
        np.testing.assert_allclose(weights, batch.weights * 5 / batch.weights.sum(), rtol=1e-6)


def test_any_batch_is_given_by_its_index(people):
    with open_people(people) as feed:
        in_order = list(itertools.islice(feed, 12))
        for index in (11, 0, 1, 2, 7, 8, 4, 5):
            assert equal(feed[index], in_order[index])


def test_batches_of_some_epochs_come_to_an_end(people):
    with open_people(people, epochs=3) as feed:
        assert (feed.steps_per_epoch, len(list(feed))) == (5, 15)
        with pytest.raises(IndexError, match="the first 3 epochs, received 15"):
            feed[15]


def test_one_input_is_an_array(people):
    with open_people(people, features=[{"town": "one_hot"}], columns=["keeps"]) as feed:
        inputs, targets, weights = feed[0]
    assert (inputs.shape, inputs.dtype, targets.dtype, weights.dtype) == ((5, 3), "float32", "int32", "float32")


def test_a_network_over_columns_learns_from_a_feed(people):
    with open_people(people) as feed:
        history = people_model(feed).fit(
            feed,
            steps_per_epoch=feed.steps_per_epoch,
            epochs=4,
            shuffle=False,
            validation_data=feed.validation,
            validation_steps=feed.validation_steps,
            verbose=0,
        )
    assert sorted(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert len(history.history["loss"]) == 4
    assert history.history["loss"][-1] < history.history["loss"][0]


def test_a_feed_and_a_dataset_train_to_the_same_bits(people):
    weights = []
    with open_people(people) as feed:
        snapshot = feed.data.training.pin.snapshot_id
        reading = {"features": FEATURES, "target": "keeps", "split": SPLIT, "batch_size": 5, "seed": 7}
        dataset = tablefit.keras.to_dataset(snapshot=snapshot, **reading, data_service=people)
        for given in (feed, dataset):
            model = people_model(feed)
            model.fit(given, steps_per_epoch=feed.steps_per_epoch, epochs=3, verbose=0, shuffle=False)
            weights.append([array.tobytes() for array in model.get_weights()])
    assert weights[0] == weights[1]


def test_validation_by_a_feed_is_exact(people):
    with open_people(people) as feed:
        model = people_model(feed)
        history = model.fit(
            feed,
            steps_per_epoch=5,
            epochs=2,
            shuffle=False,
            verbose=0,
            validation_data=feed.validation,
            validation_steps=feed.validation_steps,
        )
        held_out = stream(people, snapshot=feed.data.training.pin.snapshot_id, part="validation")
    rows = [batch.weights > 0 for batch in held_out]
    inputs = {
        name: np.concatenate([batch.columns[name][real] for batch, real in zip(held_out, rows, strict=True)])
        for name in ("hours", "age", "town")
    }
    labels = np.concatenate([batch.columns["keeps"][real] for batch, real in zip(held_out, rows, strict=True)])
    right = model.predict(inputs, verbose=0).argmax(axis=1) == labels
    assert len(labels) == 6
    assert history.history["val_accuracy"][-1] == pytest.approx(right.mean(), abs=1e-6)


def test_a_dataset_says_what_its_elements_are(people):
    dataset = tablefit.keras.to_dataset("people", features=FEATURES, target="keeps", batch_size=5, data_service=people)
    inputs, targets, weights = dataset.element_spec
    shapes = {name: (tuple(spec.shape), spec.dtype.name) for name, spec in inputs.items()}
    assert shapes == {"hours": ((5,), "float64"), "age": ((5,), "float32"), "town": ((5, 3), "float32")}
    assert (tuple(targets.shape), targets.dtype.name, weights.dtype.name) == ((5,), "int32", "float32")


def test_a_dataset_of_texts_and_of_the_held_out_rows_holds_them(people):
    reading = {"columns": ["hours"], "target": "town", "split": ValueSplit("town", ["Ulm"]), "batch_size": 10}
    dataset = tablefit.keras.to_dataset("people", part="validation", **reading, data_service=people)
    ((hours, towns, weights),) = [[array.numpy().tolist() for array in batch] for batch in dataset]
    assert hours == [1.5 * (number % 7) for number in range(0, 30, 3)]
    assert (towns, weights) == ([2] * 10, [1.0] * 10)


def test_a_network_over_images_learns_from_a_feed(data_service):
    options = {"validation_fraction": 0.2, "batch_size": 8, "seed": 1}
    with tablefit.keras.batches("shades", **options, data_service=data_service.address) as feed:
        inputs = keras.Input(feed.data.input_shape)
        model = make_model(inputs, keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs)))
        model.fit(
            feed,
            steps_per_epoch=feed.steps_per_epoch,
            epochs=2,
            shuffle=False,
            validation_data=feed.validation,
            validation_steps=feed.validation_steps,
            verbose=0,
        )
        images, labels, _ = feed[0]
        snapshot = feed.data.training.pin.snapshot_id
        with DataClient(data_service.address) as data:
            plain = StreamOptions(
                snapshot=snapshot, validation_fraction=0.2, part="training", shuffle_seed=1, batch_size=8, tail="pad"
            )
            first = next(iter(data.stream_batches(plain)))
    assert equal((images, labels), (first.columns["image"], first.columns["label"]))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"target": ""}, "the column to predict as target, received none; the columns are"),
        ({"features": (), "columns": ["keeps"]}, "expected a column beside the target 'keeps'"),
    ],
)
def test_what_no_network_can_be_fitted_to_is_refused(people, options, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        open_people(people, **options)


def test_a_dataset_of_held_out_rows_wants_a_split(people):
    with pytest.raises(InvalidInput, match="expected a split that holds rows out"):
        tablefit.keras.to_dataset("people", part="validation", target="keeps", data_service=people)
