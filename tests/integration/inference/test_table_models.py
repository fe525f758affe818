"""Models of table columns at work: classes and numbers, from rows of a call and from rows of a table."""

from pathlib import Path

import numpy as np
import pytest
from tablefit.data import Column, DataClient
from tablefit.errors import InvalidInput, WrongState
from tablefit.training import TrainingClient

from tests.data_program import DataService
from tests.inference_program import start_inference
from training_service.inference.process import PROGRAM

ROWS = 40
TOWNS = ("Ulm", "Bonn", "Kiel")
COLUMNS = (
    Column("age", "integer", nullable=True),
    Column("hours", "float"),
    Column("town", "category"),
    Column("income", "text"),
    Column("height", "float"),
    Column("weight", "float"),
)


def people(towns: tuple[str, ...]) -> list[dict]:
    generator = np.random.default_rng(7)
    return [
        {
            "age": None if number % 9 == 8 else int(generator.integers(18, 80)),
            "hours": float(generator.integers(0, 60)),
            "town": towns[number % len(towns)],
            "income": ("low", "high")[number % 2],
            "height": float(generator.normal(170, 10)),
            "weight": float(generator.normal(70, 10)),
        }
        for number in range(ROWS)
    ]


@pytest.fixture(scope="module")
def tables(data: DataClient, squares) -> None:
    """The table "people", "others" of towns that sort otherwise, of which one is unknown, and "pictures"."""
    data.create_table(
        "pictures", columns=[Column("image", "image"), Column("hour", "float"), Column("label", "category")]
    )
    rows = enumerate(zip(squares[0], squares[2], strict=True))
    data.insert_rows("pictures", [{"image": image, "hour": float(n % 5), "label": label} for n, (image, label) in rows])
    for name, towns in (("people", TOWNS), ("others", ("Aachen", *TOWNS))):
        data.create_table(name, columns=COLUMNS)
        data.insert_rows(name, people(towns))


@pytest.fixture(scope="module")
def folder(tables: None, data_service: DataService, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models of one step of training: "classes", "numbers" and "mixed"."""
    folder = tmp_path_factory.mktemp("table_models")
    save(data_service, folder / "classes.keras", ["income"], "softmax", "sparse_categorical_crossentropy")
    save(data_service, folder / "numbers.keras", ["height", "weight"], "linear", "mse")
    save_mixed(data_service, folder / "mixed.keras")
    return folder


def save(service: DataService, path: Path, targets: list[str], activation: str, loss: str) -> None:
    import keras
    from tablefit.keras import TableData, fit

    features = [{"age": [{"impute": "mean"}, "standardize"]}, {"hours": "standardize"}]
    with TableData(
        table="people",
        columns=["town"],
        features={"features": features},
        targets=targets,
        batch_size=ROWS,
        data_service=service.address,
    ) as data:
        keras.utils.set_random_seed(5)
        inputs = {name: keras.Input(shape, name=name) for name, (shape, _) in data.inputs.items()}
        # Each town counts, and so does none.
        joined = keras.layers.Concatenate()([inputs["age"], inputs["hours"], inputs["town"] * 0.7])
        network = keras.Model(inputs, keras.layers.Dense(2, activation=activation)(joined), name="small")
        network.compile("sgd", loss)
        fit(network, data, epochs=1, save=path)


def save_mixed(service: DataService, path: Path) -> None:
    """A model of images and a column beside them: the mean brightness and the hour make the shade."""
    import keras
    from tablefit.keras import TableData, fit

    with TableData(
        table="pictures", columns=["image", "hour"], target="label", batch_size=27, data_service=service.address
    ) as data:
        keras.utils.set_random_seed(5)
        inputs = {name: keras.Input(shape, name=name) for name, (shape, _) in data.inputs.items()}
        brightness = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(inputs["image"]))
        outputs = keras.layers.Dense(3, activation="softmax")(keras.layers.Concatenate()([brightness, inputs["hour"]]))
        network = keras.Model(inputs, outputs, name="mixed")
        network.compile("sgd", "sparse_categorical_crossentropy")
        fit(network, data, epochs=1, save=path)


@pytest.fixture(scope="module")
def client(folder: Path, data_service: DataService, tmp_path_factory: pytest.TempPathFactory):
    service = start_inference(
        tmp_path_factory.mktemp("used"), data_service.address, folder, loaded_models=3, program=PROGRAM
    )
    with TrainingClient(service.address) as opened:
        yield opened
    service.stop()


def given(rows: list[dict]) -> list[dict]:
    """The rows with the columns that the models read, as a CSV file would have them."""
    return [{name: str(row[name]) for name in ("age", "hours", "town") if row[name] is not None} for row in rows]


def test_classes_of_a_text_are_evaluated_and_predicted_alike_from_rows_and_tables(client, data) -> None:
    found = client.evaluate_model("classes", "people", worst_count=3)
    assert [one.class_name for one in found.classes] == ["high", "low"]
    assert found.confusion.sum(axis=1).tolist() == [20, 20]
    rows = people(TOWNS)
    predicted = list(client.predict_stream("classes", given(rows)))
    right = sum(one.class_name == row["income"] for one, row in zip(predicted, rows, strict=True))
    assert found.metrics["accuracy"] == pytest.approx(right / ROWS)
    loss = -np.mean([np.log(one.probabilities[row["income"]]) for one, row in zip(predicted, rows, strict=True)])
    assert found.metrics["loss"] == pytest.approx(loss, rel=1e-4)
    client.predict_table("classes", "people", target_table="incomes")
    written = [row.values for row in data.list_rows("incomes")]
    assert [row["prediction"] for row in written] == [one.class_name for one in predicted]
    np.testing.assert_allclose([row["p_high"] for row in written], [p.probabilities["high"] for p in predicted], 1e-5)


def test_categories_are_known_by_name_whatever_table_they_come_from(client, data) -> None:
    """Aachen, which sorts first and moves the others' indices there, is unknown to the model: as NULL is."""
    client.predict_table("classes", "others", target_table="others_incomes")
    written = [row.values for row in data.list_rows("others_incomes")]
    expected = client.predict("classes", given(people(("Aachen", *TOWNS))))
    np.testing.assert_allclose([row["p_low"] for row in written], [one.probabilities["low"] for one in expected], 1e-5)
    data.create_dataset("renamed", "SELECT age, hours, town, town AS income FROM others")
    with pytest.raises(WrongState, match=r"labels 'Aachen' \(10\), 'Bonn' \(10\), 'Kiel' \(10\), 'Ulm' \(10\); its"):
        client.evaluate_model("classes", "renamed")


def test_numbers_are_evaluated_target_by_target(client, data) -> None:
    rows = people(TOWNS)
    numbers = client.evaluate_model("numbers", "people", worst_count=2)
    values = np.array([one.values for one in client.predict("numbers", given(rows))])
    truth = np.array([[row["height"], row["weight"]] for row in rows])
    errors = np.abs(values - truth)
    assert numbers.metrics["mae"] == pytest.approx(errors.mean(), rel=1e-5)
    assert numbers.targets["weight"]["mse"] == pytest.approx((errors[:, 1] ** 2).mean(), rel=1e-5)
    r2 = 1 - (errors**2).sum(axis=0) / ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    assert numbers.metrics["r2"] == pytest.approx(r2.mean(), rel=1e-5)
    worst = (errors / truth.std(axis=0)).max(axis=1)
    assert [row.row_id for row in numbers.worst_rows] == (np.argsort(-worst)[:2] + 1).tolist()
    done = client.predict_table("numbers", "people", target_table="sizes")
    assert [column.name for column in done.columns] == ["source_id", "predicted_height", "predicted_weight"]


def test_images_and_columns_together_are_predicted_alike_from_rows_and_tables(client, data, squares) -> None:
    rows = [{"image": image, "hour": number % 5} for number, image in enumerate(squares[0])]
    answers = list(client.predict_stream("mixed", [*rows, {"image": b"broken", "hour": 1}]))
    client.predict_table("mixed", "pictures", target_table="shown")
    written = [row.values for row in data.list_rows("shown")]
    for name in ("black", "grey", "white"):
        told = [one.probabilities[name] for one in answers[:-1]]
        np.testing.assert_allclose([row[f"p_{name}"] for row in written], told, 1e-5)
    assert "not an image" in answers[-1].failure


def test_rows_that_do_not_fit_are_told_by_column(client) -> None:
    fitting = {"age": 39, "hours": 1.5, "town": "Ulm"}
    wrong = {
        "expected an integer in the column 'age', received 'old'": {**fitting, "age": "old"},
        "expected a value of the column 'hours', received none": {"town": "Ulm"},
        "received 'twon'; did you mean 'town'": {**fitting, "twon": "Ulm"},
        "expected a text in the column 'town', received 5": {**fitting, "town": 5},
    }
    answers = list(client.predict_stream("classes", [*wrong.values(), fitting, b"image"]))
    for sentence, answer in zip(wrong, answers, strict=False):
        assert sentence in answer.failure
    assert answers[4].class_name in ("high", "low")
    assert "a row with the columns age, hours, town" in answers[5].failure
    with pytest.raises(InvalidInput, match="input 0: expected an integer"):
        client.predict("classes", [wrong["expected an integer in the column 'age', received 'old'"]])
