"""Evaluations over sockets, of a model whose answers are known, on rows whose labels are."""

import numpy as np
import pytest
from tablefit.data import FractionSplit
from tablefit.errors import InvalidInput, WrongState
from tablefit.training import TrainingClient

from tests.integration.keras.shades import SHADES
from tests.shade_model import CLASSES, probabilities


@pytest.fixture(scope="module")
def mislabelled(data) -> str:
    """The squares with three labels wrong, and two that no model knows."""
    data.copy_table("shades", "mislabelled")
    ids = [row.id for row in data.list_rows("mislabelled")]
    data.update_rows("mislabelled", {"label": "white"}, ids=ids[:3])
    data.update_rows("mislabelled", {"label": "beige"}, ids=ids[11:13])
    return "mislabelled"


def test_metrics_classes_and_confusion_of_a_model_that_is_always_right(training: TrainingClient, squares) -> None:
    progress = []
    found = training.evaluate_model("shades", "shades", on_progress=lambda *counts: progress.append(counts))
    truth = np.repeat(np.arange(3), list(SHADES.values()))
    likelihood = probabilities(squares[1])[np.arange(27), truth]
    assert (progress[0], progress[-1]) == ((0, 27), (27, 27))
    assert (found.table, found.task, found.row_count, found.skipped_row_count) == ("shades", "classification", 27, 0)
    assert found.metrics["loss"] == pytest.approx(-np.log(likelihood).mean(), rel=1e-5)
    assert {name: found.metrics[name] for name in ("accuracy", "macro_f1")} == {"accuracy": 1.0, "macro_f1": 1.0}
    assert found.confusion.tolist() == np.diag(list(SHADES.values())).tolist()
    assert [(one.class_name, one.support, one.recall) for one in found.classes] == [
        (name, count, 1.0) for name, count in SHADES.items()
    ]
    worst = np.argsort(likelihood, kind="stable")
    assert [row.row_id for row in found.worst_rows] == (worst[:20] + 1).tolist()
    assert found.worst_rows[0].prediction.probabilities[CLASSES[truth[worst[0]]]] == pytest.approx(likelihood[worst[0]])


def test_labels_that_the_model_does_not_know_are_listed_and_refused(training, mislabelled) -> None:
    with pytest.raises(WrongState, match=r"labels 'beige' \(2\); its classes are black, grey, white\. Map"):
        training.evaluate_model("shades", mislabelled)
    with pytest.raises(InvalidInput, match=r"'beige' to be mapped .* received 'gray'; did you mean 'grey'"):
        training.evaluate_model("shades", mislabelled, classes_by_label={"beige": "gray"})


def test_unknown_labels_are_mapped_or_left_out(training, mislabelled) -> None:
    mapped = training.evaluate_model("shades", mislabelled, classes_by_label={"beige": "grey"}, worst_count=4)
    assert mapped.confusion.tolist() == [[8, 0, 0], [0, 9, 0], [3, 0, 7]]
    assert [(row.row_id, row.truth, row.prediction.class_name) for row in mapped.worst_rows[:3]] == [
        (row_id, "white", "black") for row_id in sorted((1, 2, 3), key=lambda row_id: mapped_order(mapped, row_id))
    ]
    white = mapped.classes[2]
    assert (white.support, white.predicted_count, white.precision, white.recall) == (10, 7, 1.0, 0.7)
    skipped = training.evaluate_model("shades", mislabelled, skip_unknown_labels=True, worst_count=0)
    assert (skipped.row_count, skipped.skipped_row_count, skipped.worst_rows) == (25, 2, ())
    assert skipped.confusion.tolist() == [[8, 0, 0], [0, 7, 0], [3, 0, 7]]
    renamed = training.evaluate_model("tones", "shades", classes_by_label={"grey": "gray"})
    assert renamed.metrics["accuracy"] == 1.0


def mapped_order(evaluation, row_id: int) -> int:
    return [row.row_id for row in evaluation.worst_rows].index(row_id)


def test_parts_of_a_split_snapshots_and_datasets_are_evaluated(training, data) -> None:
    split = FractionSplit(0.25, 3)
    parts = [
        training.evaluate_model("shades", "shades", split=split, part=part).row_count
        for part in ("training", "validation")
    ]
    assert sum(parts) == 27
    assert training.evaluate_model("shades", held_out=True).row_count == parts[1]
    snapshot = data.create_snapshot("shades")
    assert training.evaluate_model("shades", snapshot=snapshot.snapshot_id).snapshot_id == snapshot.snapshot_id
    data.create_dataset("dark", "SELECT label, image FROM shades WHERE label <> 'white'")
    assert training.evaluate_model("shades", "dark").confusion.tolist() == [[11, 0, 0], [0, 9, 0], [0, 0, 0]]


def test_what_does_not_fit_is_refused_with_a_sentence(training) -> None:
    with pytest.raises(InvalidInput, match="the name of a table or the id of a snapshot, received neither"):
        training.evaluate_model("shades")
    with pytest.raises(InvalidInput, match="worst_count of 0 to 1,000, received 1,001"):
        training.evaluate_model("shades", "shades", worst_count=1001)
    with pytest.raises(InvalidInput, match="nothing beside held_out"):
        training.evaluate_model("shades", "shades", held_out=True)
