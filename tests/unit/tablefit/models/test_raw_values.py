"""Values of a table made into a model's inputs, and what a model's file says of itself."""

import json
import zipfile
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from tablefit.errors import InvalidInput
from tablefit.features import Feature, FittedFeature
from tablefit.models import (
    MEMBER,
    NULL_TEXT,
    ModelColumn,
    ModelFacts,
    ModelImage,
    NetworkInput,
    RawInput,
    read_facts,
    to_arrays,
)
from tablefit.models.raw_values import time_parts


def made(form: str, data_type: str, values: list, **more) -> list:
    return to_arrays([RawInput("x", "x", form, data_type, **more)], {"x": values})["x"].tolist()


def test_numbers_and_truth_values_are_numbers():
    assert made("number", "float64", [1, 2.5, True]) == [1.0, 2.5, 1.0]
    assert np.isnan(made("number", "float64", [None])).all()


def test_null_is_a_text_of_its_own():
    assert made("text", "string", ["a\0", None, ""]) == ["a\0", NULL_TEXT, ""]


def test_codes_count_from_one_and_end_with_null():
    assert made("code", "int32", ["b", None, "c", "a"], words=("a", "b")) == [2, 3, 0, 1]
    assert made("code", "int32", [7, -1, True], words=("-1", "7")) == [2, 1, 0]


def test_parts_of_a_time_are_those_in_utc():
    time = datetime(2024, 3, 1, 0, 30, 1, 500_000, tzinfo=timezone(timedelta(hours=1)))
    parts = ("year", "month", "day", "weekday", "day_of_year", "hour", "minute", "second")
    assert time_parts(time, parts) == [2024, 2, 29, 3, 60, 23, 30, 1.5]
    assert time_parts(datetime(1970, 1, 1, 0, 1, tzinfo=UTC), ("epoch_second",)) == [60]
    assert np.isnan(time_parts(None, parts)).all()


def test_a_column_that_is_missing_is_named():
    with pytest.raises(InvalidInput, match="expected values of the columns age, town; 'town' is missing"):
        to_arrays([RawInput("age", "age", "number", "float64"), RawInput("t", "town", "text", "string")], {"age": [1]})


def test_a_value_of_another_kind_is_refused_by_its_column():
    with pytest.raises(InvalidInput, match="expected values of the column 'x' as number, received others"):
        made("number", "float64", ["much"])
    with pytest.raises(InvalidInput, match=r"rows of shape \(2,\), received \(3,\)"):
        made("tensor", "float32", [[1, 2, 3]], row_shape=(2,))


def test_facts_survive_their_file(tmp_path):
    fitted = FittedFeature(
        Feature("when", ("seen",), "timestamp_parts", {"parts": ("month", "hour")}),
        {"mean": np.array(0.1), "edges": np.array([0.1, 1 / 3])},
        ("a", "b"),
        7,
        sampled=True,
    )
    facts = ModelFacts(
        class_names=("a", "b"),
        table="people",
        pin={"snapshot_id": "1", "row_count": 3, "digest": "d"},
        inputs=(RawInput("seen", "seen", "time_parts", "float32", (2,), ("month", "hour")),),
        network="mlp",
        network_inputs=(NetworkInput("when", "float32", (2,)),),
        columns=(ModelColumn("seen", "timestamp", True),),
        targets=(ModelColumn("kind", "category", class_names=("a", "b")),),
        features=(fitted,),
        images={"photo": ModelImage("RGB", 8, 9, "bilinear", "stretch")},
        history={"loss": (0.5, None)},
        metrics={"loss": None},
        confusion=((1, 0), (0, 2)),
    )
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr(MEMBER, json.dumps(facts.to_json()))
    read = read_facts(tmp_path / "model.keras")
    assert read.to_json() == facts.to_json()
    assert (read.inputs, read.targets, read.confusion) == (facts.inputs, facts.targets, facts.confusion)
    assert read.features[0].feature == fitted.feature
    assert facts.to_json()["image"]["width"] == 9
