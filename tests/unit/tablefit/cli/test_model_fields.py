"""What the command prints of a trained model."""

from datetime import UTC, datetime

from tablefit.cli.model_fields import confusion_table, list_row, show_fields
from tablefit.training import Model, ModelDetails, ModelFile, Progress, TrainingSpec

PROGRESS = Progress(8, 8, 2, 2, 0.5, {"accuracy": 0.75}, {"loss": 0.625, "accuracy": 0.5}, 1.0, 0.0, None, 1.0)


def details(names: tuple[str, ...], confusion: tuple[tuple[int, ...], ...]) -> ModelDetails:
    return ModelDetails({}, confusion, names, "classification", ("label",), (), (), {"keras": "3.15.1"}, "")


def model(**changes) -> Model:
    values = {
        "model_id": "6b1f",
        "name": "pets",
        "tags": ("best", "old"),
        "job_id": "6b1f",
        "create_time": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        "spec": TrainingSpec("pets", "mini_xception"),
        "data": None,
        "progress": PROGRESS,
        "file": ModelFile("pets-mini_xception.keras", 2048, "ab" * 32, 1234),
        "script": "",
        "details": None,
    }
    return Model(**(values | changes))


def test_a_model_is_a_row_of_a_list():
    row = list_row(model())
    assert row[:6] == ("6b1f", "pets", "pets", "mini_xception", "0.6250", "0.5000")
    assert row[7] == "best, old"
    assert list_row(model(progress=None, tags=()))[4:8:3] == (None, None)


def test_a_model_is_shown_with_what_is_known_of_it():
    shown = dict(show_fields(model(details=details(("cat", "dog"), ()))))
    assert (shown["tags"], shown["val loss"], shown["accuracy"]) == ("best, old", "0.6250", "0.7500")
    assert (shown["file"], shown["classes"]) == ("pets-mini_xception.keras, 2.0 KiB, 1,234 weights", "cat, dog")
    assert (shown["takes"], shown["made with"]) == (None, "keras 3.15.1")
    assert "classes" not in dict(show_fields(model()))


def test_a_confusion_matrix_of_many_classes_is_told_by_class():
    headings, rows = confusion_table(details(("cat", "a very long name"), ((3, 1), (0, 2))))
    assert headings == ("held out \\ taken for", "cat", "a very long ")
    assert rows == [("cat", 3, 1), ("a very long name", 0, 2)]
    names = tuple(map(str, range(20)))
    headings, rows = confusion_table(details(names, tuple(tuple(range(20)) for _ in names)))
    assert headings == ("class", "held out", "right")
    assert rows[3] == ("3", 190, 3)
