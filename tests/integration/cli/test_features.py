"""`tablefit features` against a real data service: what is learned, what is written, what is refused."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tablefit.data import Column, DataClient

from tests.integration.cli.command_line import Run, Services

FEATURES = """
features:
  - age: [{impute: median}, standardize]
  - city: one_hot
target: rich
"""


@pytest.fixture
def people(services: Services) -> Iterator[str]:
    """A table of four people, one of unknown age."""
    with DataClient(services.data_address) as data:
        columns = [Column("age", "float", True), Column("city", "category"), Column("rich", "category")]
        data.create_table("aged", columns=columns)
        rows = [(10.0, "Rom", "no"), (None, "Oslo", "no"), (30.0, "Rom", "yes"), (20.0, "Oslo", "yes")]
        data.insert_rows("aged", [dict(zip(("age", "city", "rich"), row, strict=True)) for row in rows])
        yield "aged"
        data.delete_table("aged")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "features.yaml"
    path.write_text(FEATURES)
    return path


def test_what_features_learn_is_shown(run: Run, people: str, file: Path) -> None:
    done = run("features", people, file)
    assert done.returncode == 0, done.stderr
    assert "value 20" in done.stdout
    assert "2 categories: Oslo, Rom" in done.stdout
    assert "Learned from 4 training rows" in done.stdout


def test_what_features_learn_is_json_for_programs(run_json: Callable[..., Any], people: str, file: Path) -> None:
    told = run_json("features", people, file)
    assert told["training_rows"] == 4
    assert told["features"][2]["vocabulary"] == ["Oslo", "Rom"]


def test_computed_columns_are_written(run: Run, people: str, file: Path, tmp_path: Path) -> None:
    target = tmp_path / "people.npz"
    done = run("features", people, file, "--output", target)
    assert done.returncode == 0, done.stderr
    arrays = np.load(target)
    ages = np.array([10.0, 20.0, 30.0, 20.0])
    np.testing.assert_array_equal(arrays["age"], ((ages - 20.0) / ages.std()).astype(np.float32))
    np.testing.assert_array_equal(arrays["city"], [[0, 1], [1, 0], [0, 1], [1, 0]])
    assert arrays["rich_names"].tolist() == ["no", "yes"]
    again = run("features", people, file, "--output", target)
    assert again.returncode == 1
    assert "exists already" in again.stderr


def test_a_mistake_in_the_file_is_told_with_its_place(run: Run, people: str, file: Path) -> None:
    file.write_text(FEATURES.replace("standardize", "standardise"))
    done = run("features", people, file)
    assert done.returncode != 0
    assert "did you mean standardize?" in done.stderr
