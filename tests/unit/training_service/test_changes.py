"""What is different in a job that is run again."""

import pytest
from tablefit.errors import InvalidInput
from tablefit.training.changes import to_change as to_message
from tablefit.v1 import training_service_pb2 as pb

from training_service.changes import FIELDS
from training_service.convert import to_change
from training_service.options import Options

ASKED = Options(
    "digits",
    "simple_cnn",
    {"momentum": 0.5, "dropout": 0.1},
    epochs=3,
    image_mode="L",
    image_height=28,
    image_width=30,
    time_limit_s=60,
)


def changed(changes: dict[str, object]) -> Options:
    """The options after changes that went through the contract."""
    spec, paths = to_message(changes)
    request = pb.RerunTrainingJobRequest(spec=spec)
    request.update_mask.paths.extend(paths)
    return to_change(request).apply(ASKED)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"epochs": 20, "seed": 0}, {"epochs": 20, "seed": 0}),
        ({"epochs": None}, {"epochs": None}),
        ({"mode": "RGB"}, {"image_mode": "RGB"}),
        ({"image_size": (6, 11)}, {"image_height": 6, "image_width": 11}),
        ({"image_size": None, "mode": None}, {"image_height": None, "image_width": None, "image_mode": None}),
        ({"time_limit_s": 90}, {"time_limit_s": 90}),
        ({"time_limit_s": None}, {"time_limit_s": None}),
        ({"checkpoint_every_s": 9, "data_patience_s": 8}, {"checkpoint_every_s": 9, "data_patience_s": 8}),
        ({"architecture_parameters": {"l2": 0.1}}, {"architecture_parameters": {"l2": 0.1}}),
        ({"architecture_parameters.momentum": 0.9}, {"architecture_parameters": {"momentum": 0.9, "dropout": 0.1}}),
        ({"architecture_parameters.momentum": None}, {"architecture_parameters": {"dropout": 0.1}}),
        ({"architecture_parameters.l2": None}, {}),
    ],
)
def test_only_what_is_named_changes(changes: dict[str, object], expected: dict[str, object]):
    assert changed(changes) == Options(**{**vars(ASKED), **expected})


def test_every_field_of_a_specification_can_be_changed():
    assert {field.name for field in pb.TrainingSpec.DESCRIPTOR.fields} <= {name.partition(".")[0] for name in FIELDS}


def test_a_set_of_features_brings_its_columns_and_targets():
    features = {"features": [{"age": "standardize"}], "columns": ["hours"], "target": "income"}
    found = changed({"features": features})
    assert (found.reading.columns, found.reading.targets, found.epochs) == (("hours",), ("income",), 3)


@pytest.mark.parametrize("path", ["epoch", "epochs.x", "image.depth", "", "image_mode", "."])
def test_a_path_that_names_no_field_is_refused(path: str):
    request = pb.RerunTrainingJobRequest(spec=pb.TrainingSpec(epochs=3))
    request.update_mask.paths.append(path)
    with pytest.raises(InvalidInput, match="expected fields of a specification") as refused:
        to_change(request).apply(ASKED)
    assert refused.value.field == "update_mask"


@pytest.mark.parametrize("name", ["epoch", "epochs.x", "job_id"])
def test_a_client_refuses_a_field_that_is_none(name: str):
    with pytest.raises(InvalidInput, match=f"expected fields of TrainingSpec, received '{name}'"):
        to_message({name: 1})
