"""Whole tables as files and folders, and the way back."""

from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet
from tablefit.cli.column_values import parse_column
from tablefit.data import DataClient

from tests.integration.cli.command_line import Run, Services
from tests.integration.cli.images import png, write_folder

LABELS = ["../x", "CON", "Cat", "cat", "dot.", "a/b", "100%", "größe", "x" * 300]


@pytest.fixture
def people(services: Services) -> Iterator[str]:
    """A table of two people."""
    columns = ("age:integer?", "education:category", "seen:timestamp?", "vector:tensor:float32:2?")
    rows = [{"age": 39, "education": "b", "seen": "2024-05-01", "vector": [1, 2]}, {"education": "a"}]
    with DataClient(services.data_address) as data:
        data.create_table("exported_people", columns=list(map(parse_column, columns)))
        data.insert_rows("exported_people", rows)
        yield "exported_people"
        data.delete_table("exported_people")


def test_a_table_becomes_a_parquet_file(run: Run, people: str, tmp_path: Path):
    assert run("export", people, "out.parquet").stdout == "Wrote 2 rows of 5 columns to out.parquet.\n"
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table.column_names == ["id", "age", "education", "seen", "vector"]
    assert table.select(["id", "age", "education"]).to_pylist() == [
        {"id": 1, "age": 39, "education": "b"},
        {"id": 2, "age": None, "education": "a"},
    ]


def test_a_table_becomes_arrays(run_json, people: str, tmp_path: Path):
    assert run_json("export", people, "out.npz") == {
        "path": "out.npz",
        "table": people,
        "format": "npz",
        "row_count": 2,
        "columns": ["id", "age", "education", "seen", "vector"],
    }
    with np.load(tmp_path / "out.npz") as arrays:
        assert arrays["age"].tolist() == [39, 0]
        assert arrays["age_is_null"].tolist() == [False, True]
        assert [arrays["education_names"][code] for code in arrays["education"]] == ["b", "a"]


def test_a_folder_of_images_comes_back_with_the_same_bytes_and_labels(services: Services, run: Run, run_json):
    names = ["", "../../x.png", "cat/plain.png", "y" * 500]
    rows = [
        {"label": label, "image": png(number), "source_name": names[number % len(names)]}
        for number, label in enumerate(LABELS)
    ]
    with DataClient(services.data_address) as data:
        data.create_table("awkward")
        data.insert_rows("awkward", rows)
    assert run("export", "awkward", "folder/").stdout == "Wrote 9 images in 9 labels to folder.\n"
    run_json("ingest", "back", "folder")
    with DataClient(services.data_address) as data:
        back = [row.values for row in data.list_rows("back", columns=["label", "image", "source_name"])]
    assert sorted(back, key=itemgetter("label")) == sorted(rows, key=itemgetter("label"))
    assert run("export", "awkward", "folder").stderr == (
        "Error: folder exists already; give another name, or --overwrite to replace it.\n"
    )
    assert run("export", "awkward", "folder", "--overwrite").returncode == 0


def test_a_table_without_images_becomes_no_folder(run: Run, people: str, tmp_path: Path):
    refused = run("export", people, "folder")
    assert refused.returncode == 1
    assert refused.stderr == (
        "Error: A folder of images wants a column of type image as image; of table exported_people it has none. "
        "Name one (--image).\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_another_kind_is_refused(run: Run, people: str):
    refused = run("export", people, "out.csv")
    assert refused.stderr == (
        "Error: expected a name that ends in .npz or .parquet, or that of a folder, received out.csv\n"
    )


def test_images_in_a_parquet_file_are_the_files_as_given(run: Run, run_json, tmp_path: Path):
    run_json("ingest", "packed", write_folder(tmp_path / "source", 2))
    assert run("export", "packed", "out.parquet").returncode == 0
    table = parquet.read_table(tmp_path / "out.parquet", columns=["label", "image"])
    assert table.to_pydict() == {
        "label": ["cat", "cat", "dog", "dog"],
        "image": [png(0), png(1), png(1000), png(1001)],
    }
