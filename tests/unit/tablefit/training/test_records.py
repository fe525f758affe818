"""Specifications as messages: what fits is taken over, what no message can hold is refused with its name."""

import pytest
from tablefit.errors import InvalidInput
from tablefit.training import TrainingSpec
from tablefit.training.records import to_spec_message
from tablefit.v1 import data_service_pb2 as data_pb
from tablefit.v1 import training_service_pb2 as pb


def test_what_is_left_out_stays_out_of_the_message():
    assert to_spec_message(TrainingSpec("digits", "simple_cnn")) == pb.TrainingSpec(
        table="digits", architecture="simple_cnn"
    )


def test_image_size_is_height_and_width():
    message = to_spec_message(TrainingSpec("digits", "simple_cnn", image_size=(6, 11), mode="RGB"))
    assert message.image == data_pb.ImageOptions(mode=data_pb.IMAGE_MODE_RGB, height=6, width=11)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"table": 7}, "table cannot be 7"),
        ({"epochs": 1.5}, "epochs cannot be 1.5"),
        ({"seed": -1}, "seed cannot be -1"),
        ({"image_size": (8,)}, r"image_size cannot be \(8,\)"),
        ({"image_size": ("8", "8")}, r"image_size cannot be \('8', '8'\)"),
        ({"image_size": (2**40, 1)}, r"image_size cannot be \(1099511627776, 1\)"),
        ({"architecture_parameters": {"momentum": 1j}}, "architecture_parameters cannot be {'momentum': 1j}"),
        ({"mode": "CMYK"}, "expected a mode out of L, RGB, received 'CMYK'"),
    ],
)
def test_what_no_message_can_hold_is_refused_with_its_name(options, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        to_spec_message(TrainingSpec(**{"table": "digits", "architecture": "simple_cnn"} | options))
