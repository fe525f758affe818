"""The truth about rows, by the values of a batch."""

import numpy as np
import pytest
from tablefit.data import Batch, BatchColumn, SnapshotPin, StreamHeader
from tablefit.errors import WrongState

from training_service.inference.facts import ModelFacts
from training_service.inference.labels import LabelOptions, truth_of
from training_service.inference.reading import translation

IDS = np.array([10, 20, 30])


def header(*columns: BatchColumn) -> StreamHeader:
    return StreamHeader("t", "t1", SnapshotPin("s", 3, ""), columns, columns[0].name, 3, 1)


def batch(is_null: dict[str, list[bool]] | None = None, **columns: list) -> Batch:
    nulls = {name: np.array(flags) for name, flags in (is_null or {}).items()}
    return Batch(0, IDS, {name: np.array(values) for name, values in columns.items()}, None, nulls)


def facts(task: str, *targets: str, class_names: tuple[str, ...] = ()) -> ModelFacts:
    return ModelFacts(task, targets, class_names, ("x",), ("x",))


def test_labels_are_truth_values_target_by_target() -> None:
    columns = (BatchColumn("wet", "bool", (), "boolean"), BatchColumn("cold", "bool", (), "boolean"))
    truth = truth_of(facts("multi_label", "wet", "cold"), header(*columns), LabelOptions())
    places, values = truth.of(batch(wet=[True, False, True], cold=[False, False, True]))
    assert (places.tolist(), values.tolist()) == ([0, 1, 2], [[True, False], [False, False], [True, True]])


def test_rows_without_a_value_are_refused_or_left_out() -> None:
    columns = (BatchColumn("a", "float64", (), "float"), BatchColumn("b", "float64", (), "float"))
    rows = batch({"b": [False, True, False]}, a=[1.0, 2.0, 3.0], b=[4.0, np.nan, 6.0])
    numbers = facts("regression", "a", "b")
    with pytest.raises(WrongState, match=r"a value of 'b' in every row, found none in row 20; have such rows skipped"):
        truth_of(numbers, header(*columns), LabelOptions()).of(rows)
    places, values = truth_of(numbers, header(*columns), LabelOptions(skip_unknown=True)).of(rows)
    assert (places.tolist(), values.tolist()) == ([0, 2], [[1.0, 4.0], [3.0, 6.0]])


@pytest.mark.parametrize(
    ("values", "data_type", "names"),
    [
        ([True, False, True], "bool", ("false", "true")),
        ([7, -1, 7], "int64", ("-1", "7")),
        (list("bab"), "text", ("a", "b")),
    ],
)
def test_classes_of_any_type_are_known_by_their_names(values: list, data_type: str, names: tuple[str, ...]) -> None:
    known = facts("classification", "y", class_names=names)
    truth = truth_of(known, header(BatchColumn("y", data_type, (), data_type)), LabelOptions())
    assert truth.of(batch(y=values))[1].tolist() == [1, 0, 1]


def test_indices_are_translated_by_name_and_null_stays_null() -> None:
    table = translation(["Aachen", "Bonn", "Kiel"], ["Bonn", "Kiel", "Ulm"])
    assert table[np.array([2, 0, 1, -1])].tolist() == [1, -1, 0, -1]
