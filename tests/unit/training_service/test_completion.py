"""What is filled in for a job when its options leave it out, and which tables cannot be trained from."""

import json
from dataclasses import replace

import pytest
from tablefit.data import BatchColumn, SnapshotPin, StreamHeader, StreamOptions
from tablefit.data.tasks import Task
from tablefit.data.training_streams import TrainingStream
from tablefit.errors import InvalidInput, WrongState

from training_service.architectures import ARCHITECTURES
from training_service.completion import fill_in
from training_service.native import Native
from training_service.native_completion import Chosen
from training_service.options import Options
from training_service.reading import Reading
from training_service.specification import Pin, Specification

IMAGE = BatchColumn("image", "uint8", (20, 30, 1), "image")
LABEL = BatchColumn("label", "int32", (), "category", class_names=("cat", "dog"), class_row_counts=(40, 40))
HEADER = StreamHeader(
    table="digits",
    table_id="t1",
    pin=SnapshotPin("s1", 100, "ab" * 32),
    columns=(LABEL, IMAGE),
    target="label",
    row_count=80,
    step_count=3,
    padded_row_count=16,
    mode="L",
    height=20,
    width=30,
)
PLAIN = Options("digits", "mini_xception")


def filled_in(options: Options = PLAIN, **header) -> Specification:
    """With options that name nothing of Keras, so that nobody has to be asked about it."""
    architecture = ARCHITECTURES[options.architecture]
    stream = TrainingStream(replace(HEADER, **header), StreamOptions(), ("label",), Task.CLASSIFICATION)
    chosen = Chosen(options.optimizer or "adam", {}, options.learning_rate or 0.001, None)
    return fill_in(options, architecture, options.table, stream, "127.0.0.1:7501", 2, chosen, Native())


def test_everything_left_out_gets_its_default():
    assert filled_in() == Specification(
        table="digits",
        architecture="mini_xception",
        architecture_parameters={"momentum": 0.9, "l2": 0.01},
        optimizer="adam",
        learning_rate=0.001,
        validation_split=0.2,
        epochs=10,
        batch_size=32,
        image_mode="L",
        image_height=20,
        image_width=30,
        seed=0,
        save_model=True,
        pin=Pin("s1", 100, "ab" * 32),
        data_service="127.0.0.1:7501",
        thread_count=2,
        reading=Reading(columns=("image",), targets=("label",), task="classification"),
    )


def test_what_is_given_stays():
    options = replace(
        PLAIN,
        architecture_parameters={"momentum": 0.5},
        optimizer="sgd",
        learning_rate=0.5,
        validation_split=0.0,
        epochs=3,
        batch_size=7,
        seed=9,
        save_model=False,
    )
    filled = filled_in(options, row_count=100)
    assert filled.architecture_parameters == {"momentum": 0.5, "l2": 0.01}
    assert (filled.optimizer, filled.learning_rate, filled.validation_split) == ("sgd", 0.5, 0.0)
    assert (filled.epochs, filled.batch_size, filled.seed, filled.save_model) == (3, 7, 9, False)


@pytest.mark.parametrize(("step_count", "momentum"), [(1, 0.9), (499, 0.9), (500, 0.99), (9_999, 0.99)])
def test_momentum_follows_the_steps_of_an_epoch(step_count, momentum):
    assert filled_in(step_count=step_count).architecture_parameters["momentum"] == momentum


@pytest.mark.parametrize(
    ("names", "found"), [(("cat",), "found only 'cat'"), ((), "found none")], ids=["one class", "none"]
)
def test_a_table_of_one_class_cannot_be_trained_from(names, found):
    with pytest.raises(WrongState, match=f"at least two classes in column 'label', {found}"):
        filled_in(columns=(replace(LABEL, class_names=names), IMAGE))


def test_other_columns_are_no_input_of_an_image_network():
    age = BatchColumn("age", "float64", (), "float")
    with pytest.raises(InvalidInput, match=r"one image column as input of mini_xception, received age; .* such as mlp"):
        filled_in(columns=(LABEL, age), mode="", height=0, width=0)


def test_a_split_that_leaves_nothing_to_fit_is_refused():
    with pytest.raises(WrongState, match="the validation part takes them all; make validation_split smaller"):
        filled_in(replace(PLAIN, validation_split=0.999), row_count=0)


def test_a_tiny_table_is_trained_from_without_validation_unless_it_was_asked_for():
    assert filled_in(row_count=2, pin=SnapshotPin("s2", 2, "ab" * 32)).validation_split == 0.0
    with pytest.raises(WrongState, match=r"enough rows in table 'digits' to hold 0\.2 of them out .* found 2; ask for"):
        filled_in(replace(PLAIN, validation_split=0.2), row_count=2, pin=SnapshotPin("s2", 2, "ab" * 32))


def test_stored_images_that_are_too_small_are_refused_with_the_minimum():
    with pytest.raises(InvalidInput, match="at least 5 x 5 pixels for mini_xception, received 4 x 30"):
        filled_in(height=4)


def test_a_specification_survives_being_written():
    assert Specification.from_json(filled_in().to_json()) == filled_in()


def test_a_specification_without_a_snapshot_is_read():
    values = json.loads(filled_in().to_json()) | {"pin": {"row_count": 100, "last_id": 117, "digest": "ab" * 32}}
    assert Specification.from_json(json.dumps(values)).pin == Pin("", 100, "ab" * 32)
