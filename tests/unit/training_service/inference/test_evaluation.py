"""What is counted of a model's answers, against the definitions written out."""

import numpy as np
import pytest
from tablefit.errors import WrongState

from training_service.inference.evaluation import begin
from training_service.inference.facts import ModelFacts
from training_service.inference.outcomes import checked, to_predictions

CATS = ModelFacts("classification", ("label",), ("ant", "bee", "cat"), ("image",), ("image",))
LABELS = ModelFacts("multi_label", ("wet", "cold"), (), ("x",), ("x",))
BINARY = ModelFacts("binary", ("keeps",), (), ("x",), ("x",))
NUMBERS = ModelFacts("regression", ("a", "b"), (), ("x",), ("x",))
IDS = np.array([10, 20, 30, 40, 50])


def count(facts: ModelFacts, truth: np.ndarray, outputs: np.ndarray, worst_count: int = 3, step: int = 2):
    """The evaluation of rows that come `step` at a time."""
    counting = begin(facts, worst_count)
    for start in range(0, len(truth), step):
        rows = slice(start, start + step)
        counting.add(IDS[rows], truth[rows], outputs[rows].astype(np.float64))
    return counting.result()


def test_classes_have_precision_recall_and_f1_where_these_mean_anything() -> None:
    outputs = np.array([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.5, 0.4, 0.1], [0.3, 0.6, 0.1]])
    found = count(CATS, np.array([0, 0, 1, 1, 1]), outputs)
    ant, bee, cat = found.classes
    assert (ant.support, ant.predicted_count, ant.precision, ant.recall) == (2, 3, 2 / 3, 1.0)
    assert (bee.precision, bee.recall, bee.f1) == (1.0, 2 / 3, pytest.approx(0.8))
    assert (cat.precision, cat.recall, cat.f1) == (None, None, None)
    assert found.confusion.tolist() == [[2, 0, 0], [1, 2, 0], [0, 0, 0]]
    assert found.metrics["accuracy"] == 0.8
    assert found.metrics["macro_recall"] == pytest.approx((1 + 2 / 3) / 2)
    assert found.metrics["loss"] == pytest.approx(-np.log([0.7, 0.6, 0.8, 0.4, 0.6]).mean())
    # Of two that are equally bad, the first by id.
    assert [row.row_id for row in found.worst] == [40, 20, 50]
    assert count(CATS, np.array([0, 0, 1, 1, 1]), outputs, step=5).metrics == pytest.approx(found.metrics)


def test_answers_that_are_no_numbers_are_the_worst_and_spoil_the_loss() -> None:
    outputs = np.array([[0.7, 0.2, 0.1], [np.nan] * 3])
    found = count(CATS, np.array([0, 1]), outputs)
    assert np.isnan(found.metrics["loss"])
    assert [row.row_id for row in found.worst] == [20, 10]


def test_a_binary_task_is_one_of_two_classes() -> None:
    outputs = checked(np.array([[0.9], [0.2], [0.6]], np.float32), BINARY)
    found = count(BINARY, np.array([1, 0, 0]), outputs)
    assert found.confusion.tolist() == [[1, 1], [0, 1]]
    assert [one.class_name for one in found.classes] == ["false", "true"]
    assert found.metrics["loss"] == pytest.approx(-np.log([0.9, 0.8, 0.4]).mean(), rel=1e-6)
    assert [one.class_name for one in to_predictions(outputs, BINARY)] == ["true", "false", "true"]


def test_labels_are_counted_each_for_itself_and_together() -> None:
    truth = np.array([[True, False], [True, True], [False, False]])
    outputs = np.array([[0.9, 0.6], [0.4, 0.7], [0.1, 0.2]])
    found = count(LABELS, truth, outputs)
    wet, cold = found.classes
    assert (wet.support, wet.predicted_count, wet.precision, wet.recall) == (2, 1, 1.0, 0.5)
    assert (cold.support, cold.predicted_count, cold.precision, cold.recall) == (1, 2, 0.5, 1.0)
    assert found.metrics["accuracy"] == pytest.approx(4 / 6)
    assert found.metrics["subset_accuracy"] == pytest.approx(1 / 3)
    assert found.metrics["micro_f1"] == pytest.approx(2 * 2 / (3 + 3))
    assert [(row.row_id, row.truth) for row in found.worst][:2] == [(10, (True, False)), (20, (True, True))]


def test_numbers_have_errors_and_r2_for_each_target() -> None:
    truth = np.array([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0], [7.0, 5.0]]) + 1e9
    outputs = truth + np.array([[1.0, 0.0], [0.0, 0.0], [-1.0, 2.0], [0.0, 0.0]])
    found = count(NUMBERS, truth, outputs, worst_count=2, step=3)
    assert found.targets["a"]["mse"] == 0.5
    assert found.targets["a"]["r2"] == pytest.approx(1 - 2 / 21)
    assert "r2" not in found.targets["b"]
    assert (found.metrics["mae"], "r2" in found.metrics) == (0.5, False)
    assert [row.row_id for row in found.worst] == [30, 10]


def test_outputs_that_are_not_what_the_file_says_are_refused() -> None:
    with pytest.raises(WrongState, match="expected 3 outputs of the model for each row, as its file says, received 2"):
        checked(np.zeros((4, 2), np.float32), CATS)
