"""Predictions of whole tables: what is written, what is refused, and how a call that broke off goes on."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tablefit.data import DataClient
from tablefit.errors import AlreadyExists, InvalidInput, NotFound, TablefitError
from tablefit.training import TrainingClient

from tests.data_program import DataService
from tests.inference_program import InferenceService, start_inference
from tests.quick_model import save_quick_model
from tests.shade_model import CLASSES, probabilities
from tests.waiting import wait_until

# Several times what one commit of an upload holds.
MANY_ROWS = 27 * 222


@pytest.fixture(scope="module")
def many(data: DataClient, squares) -> str:
    """A table of 5,994 squares."""
    data.create_table("many")
    rows = [{"label": label, "image": image} for image, label in zip(squares[0], squares[2], strict=True)] * 37
    for _ in range(6):
        data.insert_rows("many", rows)
    return "many"


def rows_of(data: DataClient, table: str) -> list[dict]:
    return [row.values for row in data.list_rows(table)]


def test_each_row_gets_its_class_and_all_probabilities(training, data, squares) -> None:
    progress = []
    done = training.predict_table(
        "shades", "shades", target_table="told", on_progress=lambda *counts: progress.append(counts)
    )
    assert (done.row_count, done.rejected_row_count, done.resumed_row_count) == (27, 0, 0)
    assert [(column.name, column.type) for column in done.columns] == [
        ("source_id", "integer"),
        ("prediction", "category"),
        ("probability", "float"),
        ("p_black", "float"),
        ("p_grey", "float"),
        ("p_white", "float"),
    ]
    rows = rows_of(data, "told")
    expected = probabilities(squares[1])
    assert [row["source_id"] for row in rows] == list(range(1, 28))
    assert [row["prediction"] for row in rows] == squares[2]
    np.testing.assert_allclose([[row[f"p_{name}"] for name in CLASSES] for row in rows], expected, atol=1e-6)
    assert [row["probability"] for row in rows] == [max(row[f"p_{name}"] for name in CLASSES) for row in rows]
    assert (progress[0], progress[-1]) == ((0, 27), (27, 27))


def test_a_part_of_a_split_is_the_one_that_is_evaluated(training, data) -> None:
    worst = training.evaluate_model("shades", held_out=True, worst_count=27).worst_rows
    training.predict_table("shades", held_out=True, target_table="held_out")
    assert [row["source_id"] for row in rows_of(data, "held_out")] == sorted(row.row_id for row in worst)


def test_a_finished_prediction_is_told_again_and_nothing_is_written_twice(training, data) -> None:
    first = training.predict_table("shades", "shades", target_table="twice", class_count=2)
    again = training.predict_table("shades", "shades", target_table="twice", class_count=2)
    assert [column.name for column in again.columns[1:]] == [
        "prediction",
        "probability",
        "prediction_2",
        "probability_2",
    ]
    assert (again.row_count, again.resumed_row_count, again.snapshot_id) == (27, 27, first.snapshot_id)
    assert data.get_table("twice").row_count == 27


def test_a_target_with_anything_else_in_it_is_refused(training, data) -> None:
    training.predict_table("shades", "shades", target_table="taken")
    with pytest.raises(AlreadyExists, match="holds predictions of another request"):
        training.predict_table("shades", "shades", target_table="taken", class_count=1)
    with pytest.raises(AlreadyExists, match="'shades' has other columns than source_id, prediction"):
        training.predict_table("shades", "twice", target_table="shades")
    with pytest.raises(InvalidInput, match="another table to write into than the one that is read"):
        training.predict_table("shades", "shades", target_table="Shades")
    with pytest.raises(InvalidInput, match="class_count of 0 to 3, received 4"):
        training.predict_table("shades", "shades", target_table="new", class_count=4)
    with pytest.raises(NotFound, match="no table 'nowhere'"):
        training.predict_table("shades", "nowhere", target_table="new")
    assert not has(data, "new")


def has(data: DataClient, table: str) -> bool:
    return any(found.name == table for found in data.list_tables())


def test_it_goes_on_with_new_processes_when_the_models_is_killed(
    training: TrainingClient, service: InferenceService, data: DataClient, many: str
) -> None:
    # The process may have answered other tests before: it dies the sooner.
    with service.pool.open(service.find("mortal")) as first:
        started = len(service.processes)
    assert training.predict_table("mortal", many, target_table="survived").row_count == MANY_ROWS
    assert first.ended
    assert len(service.processes) > started
    check_complete(data, labels_of(data, many), "survived")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_goes_on_where_it_was_when_the_service_has_ended(
    data: DataClient, data_service: DataService, many: str, tmp_path: Path, number: signal.Signals
) -> None:
    target, labels = f"resumed_{number.name}", labels_of(data, many)
    directory, models, gate = tmp_path / "service", tmp_path / "models", tmp_path / "gate"
    models.mkdir()
    save_quick_model(models / "gated.keras", CLASSES, gate=gate)
    arguments = (str(directory), data_service.address, str(models))
    command = [sys.executable, "-m", "tests.inference_program", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    children: list[int] = []

    def kill(done: int, total: int) -> None:
        if done and not children:
            # It does not get to the end, however late the signal comes.
            gate.touch()
            children.extend(children_of(process.pid))
            process.send_signal(number)

    with TrainingClient(process.stdout.readline().strip()) as client, pytest.raises(TablefitError):
        client.predict_table("gated", many, target_table=target, on_progress=kill, patience_s=0)
    process.wait(20)
    process.stdout.close()
    assert len(children) == 1
    wait_until(lambda: not Path(f"/proc/{children[0]}").exists())
    # What is read is the snapshot that the first call found.
    data.delete_rows(many, ids=[min(labels)])
    before = data.get_table(target).row_count
    assert 0 < before < len(labels)
    gate.unlink()
    second = start_inference(directory, data_service.address, models)
    with TrainingClient(second.address) as client:
        done = client.predict_table("gated", many, target_table=target)
    second.stop()
    assert (done.row_count, done.resumed_row_count >= before) == (len(labels), True)
    check_complete(data, labels, target)


def children_of(pid: int) -> list[int]:
    return [int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if parent_of(stat) == pid]


def parent_of(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def labels_of(data: DataClient, table: str) -> dict[int, str]:
    return {row.id: row.values["label"] for row in data.list_rows(table)}


def check_complete(data: DataClient, labels: dict[int, str], target: str) -> None:
    """Every row is there once, in order, with the class of its label."""
    rows = rows_of(data, target)
    assert [row["source_id"] for row in rows] == sorted(labels)
    assert [row["prediction"] for row in rows] == [labels[row["source_id"]] for row in rows]
