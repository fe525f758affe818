"""The columns of tables of predictions."""

from dataclasses import replace

import numpy as np
import pytest
from tablefit.errors import InvalidInput

from training_service.inference.facts import ModelFacts
from training_service.inference.prediction_columns import PredictionColumns

FACTS = ModelFacts("classification", ("label",), ("ant", "bee", "cat"), ("image",), ("image",))


def names(facts: ModelFacts, class_count: int = 0) -> list[str]:
    return [column.name for column in PredictionColumns(facts, class_count).columns]


@pytest.mark.parametrize(
    "class_names",
    [("Cat", "cat"), ("a" * 60, "b"), ("a\nb", "c"), (" a", "b"), ("", "b"), ("a`b", "c"), ("\U0001f600", "c")],
)
def test_classes_whose_names_make_no_columns_are_numbered(class_names) -> None:
    assert names(replace(FACTS, class_names=class_names))[3:] == ["p_0", "p_1"]


def test_classes_whose_names_make_columns_have_them() -> None:
    assert names(replace(FACTS, class_names=("été", "New York", "<=50K")))[3:] == ["p_été", "p_New York", "p_<=50K"]


def test_many_classes_are_cut_to_the_most_probable_ones() -> None:
    many = replace(FACTS, class_names=tuple(f"class {number}" for number in range(101)))
    assert len(names(many)) == 1 + 2 * 5
    assert names(many, 1) == ["source_id", "prediction", "probability"]
    with pytest.raises(InvalidInput, match="class_count of 0 to 100, received 101"):
        names(many, 101)


def test_values_stand_in_the_columns_that_name_them() -> None:
    outputs = np.array([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]])
    chunk = PredictionColumns(FACTS, 2).chunk(np.array([7, 9]), outputs)
    assert {name: list(array.values) for name, array in chunk.columns.items()} == {
        "source_id": [7, 9],
        "prediction": ["bee", "ant"],
        "probability": [0.5, 0.4],
        "prediction_2": ["cat", "bee"],
        "probability_2": [0.3, 0.4],
    }


def test_labels_have_a_truth_value_and_a_probability_each() -> None:
    columns = PredictionColumns(ModelFacts("multi_label", ("wet", "cold"), (), ("x",), ("x",)), 0)
    chunk = columns.chunk(np.array([7, 9]), np.array([[0.2, 0.5], [0.9, 0.1]]))
    assert {name: list(array.values) for name, array in chunk.columns.items()} == {
        "source_id": [7, 9],
        "wet": [False, True],
        "p_wet": [0.2, 0.9],
        "cold": [True, False],
        "p_cold": [0.5, 0.1],
    }
