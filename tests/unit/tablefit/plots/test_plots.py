"""Pictures of trainings: what is written, and what is refused. That they look well was judged by eye."""

import builtins
from datetime import UTC, datetime

import pytest
from PIL import Image
from tablefit.errors import InvalidInput
from tablefit.plots import history_of, save_plots
from tablefit.training import EpochEvent, Progress, StepEvent

HISTORY = {"loss": (1.0, 0.5), "val_loss": (0.9, None), "accuracy": (0.1, 0.2), "f1": (0.0, float("nan"))}


def progress(epoch: int, loss: float, validation: dict[str, float]) -> Progress:
    return Progress(epoch * 4, 8, epoch, 2, loss, {"accuracy": loss / 2}, validation, 1.0, 0.0, None, 1.0)


def test_curves_and_matrix_are_written_where_there_is_something_to_draw(tmp_path):
    both = save_plots(tmp_path / "a", history=HISTORY, class_names=("$a", "b"), confusion=((3, 1), (0, 0)), title="$x$")
    assert [path.name for path in both] == ["learning-curves.png", "confusion-matrix.png"]
    for path in both:
        with Image.open(path) as picture:
            assert min(picture.size) > 400
            assert len(picture.convert("RGB").getcolors(1 << 24)) > 50
    assert [path.name for path in save_plots(tmp_path / "b", history=HISTORY)] == ["learning-curves.png"]


def test_very_many_classes_are_drawn(tmp_path):
    names = [f"class {number}" for number in range(100)]
    save_plots(tmp_path, history={}, class_names=names, confusion=[[1] * 100] * 100)


def test_a_training_without_an_epoch_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="a training that has finished an epoch, received one without any"):
        save_plots(tmp_path / "none", history={})
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InvalidInput, match=r"Cannot write into .*file: File exists"):
        save_plots(tmp_path / "file", history=HISTORY)


def test_a_missing_library_is_named_with_what_to_install(tmp_path, monkeypatch):
    known = builtins.__import__

    def without(name, *more):
        if name == "matplotlib":
            raise ImportError(name)
        return known(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InvalidInput, match=r'Plots need matplotlib: pip install "tablefit\[plots\]"'):
        save_plots(tmp_path, history=HISTORY)


def test_a_history_is_made_of_the_epochs_of_a_job():
    now = datetime(2026, 1, 2, tzinfo=UTC)
    events = [
        StepEvent(1, now, progress(1, 2.0, {})),
        EpochEvent(2, now, progress(1, 1.0, {"loss": 0.75})),
        EpochEvent(3, now, progress(2, 0.5, {"loss": 0.25})),
    ]
    assert history_of(events) == {"loss": (1.0, 0.5), "accuracy": (0.5, 0.25), "val_loss": (0.75, 0.25)}
