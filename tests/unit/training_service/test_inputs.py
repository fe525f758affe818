"""Which columns a network takes where none are named, and the sentences for those that it cannot take."""

import pytest
from tablefit.data import BatchColumn, Column, SnapshotPin, StreamHeader, StreamOptions
from tablefit.data.tasks import Task
from tablefit.data.training_streams import TrainingStream
from tablefit.errors import InvalidInput

from training_service.architectures import ARCHITECTURES
from training_service.inputs import TableColumns, check_inputs, choose_inputs, of_snapshot
from training_service.reading import Reading

COLUMNS = (
    Column("age", "integer"),
    Column("pay", "float", nullable=True),
    Column("town", "category", nullable=True),
    Column("note", "text"),
    Column("member", "boolean"),
    Column("paid", "boolean", nullable=True),
    Column("seen", "timestamp"),
    Column("left", "timestamp", nullable=True),
    Column("photo", "image"),
    Column("raw", "bytes"),
    Column("vector", "tensor"),
)
PEOPLE = TableColumns("people", COLUMNS, is_image_table=False)
PHOTO = BatchColumn("photo", "uint8", (12, 10, 3), "image")
AGE = BatchColumn("age", "int64", (), "integer")
TOWN = BatchColumn("town", "int32", (), "category", class_names=("Bonn", "Ulm"))


def stream(*columns: BatchColumn) -> TrainingStream:
    """A stream of these inputs beside the target "town"."""
    image = {"mode": "RGB", "height": 12, "width": 10} if PHOTO in columns else {}
    pin = SnapshotPin("s1", 4, "ab" * 32)
    header = StreamHeader("people", "t1", pin, (*columns, TOWN), "town", row_count=4, step_count=2, **image)
    return TrainingStream(header, StreamOptions(), ("town",), Task.CLASSIFICATION)


def test_a_network_for_columns_gets_all_that_it_can_take():
    chosen = choose_inputs(Reading(targets=("age",)), ARCHITECTURES["mlp"], PEOPLE)
    assert chosen.columns == ("town", "member", "vector")
    assert chosen.features == (
        {"pay": {"impute": "median"}},
        {"pay": "standardize"},
        {"note": {"ordinal": {"limit": 10_000}}},
        {"paid": {"impute": "mode"}},
        {"seen": {"timestamp_parts": ["year", "month", "weekday", "hour"]}},
    )


def test_images_are_taken_by_a_network_for_both():
    assert "photo" in choose_inputs(Reading(), ARCHITECTURES["image_and_columns"], PEOPLE).columns


def test_an_image_network_gets_the_image():
    assert choose_inputs(Reading(targets=("age",)), ARCHITECTURES["simple_cnn"], PEOPLE).columns == ("photo",)


def test_what_is_named_stays():
    for reading in (Reading(columns=("age",)), Reading(features=({"age": "standardize"},))):
        assert choose_inputs(reading, ARCHITECTURES["mlp"], PEOPLE) is reading


def test_an_image_table_is_left_to_its_own_columns():
    columns = (Column("label", "category"), Column("image", "image"))
    digits = TableColumns("digits", columns, is_image_table=True)
    assert choose_inputs(Reading(), ARCHITECTURES["simple_cnn"], digits) == Reading()
    assert choose_inputs(Reading(targets=("label",)), ARCHITECTURES["simple_cnn"], digits).columns == ("image",)
    with pytest.raises(InvalidInput, match="the columns of the image table 'digits' that mlp shall take"):
        choose_inputs(Reading(), ARCHITECTURES["mlp"], digits)


@pytest.mark.parametrize(
    ("columns", "name", "sentence"),
    [
        (COLUMNS[:2], "simple_cnn", "which has no column of images; choose an architecture for columns such as mlp"),
        ((*COLUMNS, Column("x", "image")), "simple_cnn", "which has several: photo, x; name the one to take"),
        ((Column("raw", "bytes"),), "mlp", "columns beside the targets that mlp can take, found none"),
    ],
)
def test_a_table_without_what_a_network_takes_is_refused(columns, name, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        choose_inputs(Reading(), ARCHITECTURES[name], TableColumns("people", columns, is_image_table=False))


def test_columns_of_a_snapshot_are_those_of_its_stream():
    found = of_snapshot(stream(AGE).header)
    assert [(column.name, column.type) for column in found.columns] == [("age", "integer"), ("town", "category")]
    assert not found.is_image_table


@pytest.mark.parametrize(
    ("columns", "name"), [((PHOTO,), "simple_cnn"), ((AGE,), "mlp"), ((PHOTO, AGE), "image_and_columns")]
)
def test_what_a_network_takes_fits(columns, name):
    check_inputs(stream(*columns), ARCHITECTURES[name])


@pytest.mark.parametrize(
    ("columns", "name", "sentence"),
    [
        ((PHOTO, AGE), "simple_cnn", "one image column as input of simple_cnn, received photo, age"),
        ((AGE,), "simple_cnn", "one image column as input of simple_cnn, received age"),
        ((PHOTO, AGE), "mlp", "columns without images as inputs of mlp, received photo; .* choose image_and_columns"),
        ((AGE,), "image_and_columns", "an image column among the inputs of image_and_columns, received age"),
        ((PHOTO,), "MobileNet", "images of at least 32 x 32 pixels for MobileNet, received 12 x 10"),
        (
            (BatchColumn("pay", "float64", (), "float", nullable=True),),
            "mlp",
            "never NULL, received 'pay', which may be; give it a feature, such as {pay: {impute: median}}",
        ),
    ],
)
def test_inputs_that_a_network_cannot_take_are_refused_with_advice(columns, name, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        check_inputs(stream(*columns), ARCHITECTURES[name])
