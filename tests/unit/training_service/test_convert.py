"""Requests as the service understands them."""

import json
import math
from dataclasses import asdict

import pytest
from google.protobuf import text_format
from google.protobuf.struct_pb2 import ListValue, Struct, Value
from tablefit.errors import InvalidInput
from tablefit.v1 import data_service_pb2 as data_pb
from tablefit.v1 import training_service_pb2 as pb

from training_service.architectures import ARCHITECTURES
from training_service.convert import to_options
from training_service.convert_reading import fill_reading
from training_service.options import Options, check_options
from training_service.reading import Reading


def test_what_is_left_out_is_none():
    spec = pb.TrainingSpec(table="digits", architecture="simple_cnn")
    assert to_options(spec) == Options("digits", "simple_cnn")


def test_zeros_that_were_given_are_zeros():
    spec = pb.TrainingSpec(table="t", architecture="a", validation_split=0, seed=0, epochs=0, save_model=False)
    options = to_options(spec)
    assert (options.validation_split, options.seed, options.epochs, options.save_model) == (0.0, 0, 0, False)


def test_the_image_is_taken_over():
    image = data_pb.ImageOptions(mode=data_pb.IMAGE_MODE_RGB, height=20, width=30)
    options = to_options(pb.TrainingSpec(table="t", architecture="a", image=image))
    assert (options.image_mode, options.image_height, options.image_width) == ("RGB", 20, 30)


@pytest.mark.parametrize(
    ("value", "received"),
    [
        (Value(number_value=math.nan), "nan"),
        (Value(string_value="0.9"), "'0.9'"),
        (Value(bool_value=True), "True"),
        (Value(null_value=0), "None"),
        (Value(list_value=ListValue()), r"\[\]"),
        (Value(struct_value=Struct()), "'struct'"),
        (Value(), "None"),
    ],
)
def test_a_parameter_that_is_no_number_is_refused(value, received):
    spec = pb.TrainingSpec(
        table="t", architecture="simple_cnn", architecture_parameters=Struct(fields={"dropout": value})
    )
    with pytest.raises(InvalidInput, match=f"from 0 to 0.95 for dropout, received {received}"):
        check_options(to_options(spec), ARCHITECTURES)


def test_an_unknown_mode_is_refused():
    image = data_pb.ImageOptions(mode=7)
    spec = pb.TrainingSpec(table="t", architecture="simple_cnn", image=image)
    with pytest.raises(InvalidInput, match="expected one of the image modes L, RGB, received 'number 7'"):
        check_options(to_options(spec), ARCHITECTURES)


def test_what_is_read_comes_back_as_it_was_asked_for():
    text = """
        table: "people" architecture: "mlp" columns: "hours" targets: "income" task: TASK_BINARY
        features { output: "age" inputs: "age" standardize {} }
        features { output: "job" inputs: "job" ordinal { limit_categories: 9 } }
        split { fold { fold_count: 5 fold: 1 seed: 3 } } balance: BALANCE_OVERSAMPLE
    """
    spec = text_format.Parse(text, pb.TrainingSpec())
    reading = to_options(spec).reading
    assert reading.features == ({"age": "standardize"}, {"job": {"ordinal": {"limit": 9}}})
    assert (reading.task, reading.balance) == ("binary", "oversample")
    assert Reading.read(json.loads(json.dumps(asdict(reading)))) == reading
    again = pb.TrainingSpec(table="people", architecture="mlp")
    fill_reading(again, reading)
    assert again == spec


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (pb.TrainingSpec(features=[data_pb.Feature(output="age")]), "spec.features[0]"),
        (pb.TrainingSpec(split=data_pb.Split()), "spec.split"),
        (pb.TrainingSpec(balance=9), "spec.balance"),
    ],
)
def test_what_says_nothing_is_refused(spec, field):
    with pytest.raises(InvalidInput) as refused:
        to_options(spec)
    assert refused.value.field == field
