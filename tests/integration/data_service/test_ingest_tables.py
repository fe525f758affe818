"""Tables of any columns from the client library to each engine and back: exact rows, whatever is interrupted."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from tablefit import Client, Column, InvalidInput, WrongState
from tablefit.data import FractionSplit, IngestProgress, Rejection, StreamOptions
from tablefit.features import parse_features
from tablefit.sources import from_rows

from tests.image_files import MadeImages

NOBODY = "127.0.0.1:1"
# More than two chunks of the service's largest.
ROW_COUNT = 20_000
CENSUS = "39, State-gov, 77516, <=50K\n50, ?, 83311, >50K\n38, Private, 215646, <=50K\n\n"


@pytest.fixture
def service(start_service, database_url: str):
    """A service on each engine in turn."""
    return start_service("--database-url", database_url)


@pytest.fixture
def client(service) -> Iterator[Client]:
    with Client(service.address, NOBODY) as client:
        yield client


@pytest.fixture
def plain_client(start_service) -> Iterator[Client]:
    """A client of a service on SQLite, for what does not depend on the engine."""
    with Client(start_service().address, NOBODY) as client:
        yield client


def write_csv(path: Path, row_count: int = ROW_COUNT) -> Path:
    lines = (f"{n},{n * 0.1!r},{'abc'[n % 3]},text {n}\n" for n in range(row_count))
    path.write_text("n,x,sort,note\n" + "".join(lines))
    return path


def assert_exact(client: Client, table: str, row_count: int = ROW_COUNT) -> None:
    arrays = client.to_arrays(table)
    assert arrays["n"].tolist() == list(range(row_count))
    assert arrays["x"].tolist() == [n * 0.1 for n in range(row_count)]
    assert arrays["sort_names"][arrays["sort"]].tolist() == ["abc"[n % 3] for n in range(row_count)]
    assert arrays["note"].tolist() == [f"text {n}" for n in range(row_count)]


def test_a_file_of_census_becomes_a_table(client: Client, tmp_path: Path):
    path = tmp_path / "census.csv"
    path.write_text(CENSUS)
    made = []
    client.ingest("census", path, names=("age", "work", "weight", "income"), on_create=made.append)
    shown = [(column.name, column.type, column.nullable) for column in made[0].columns]
    assert shown == [
        ("id", "integer", False),
        ("age", "integer", False),
        ("work", "text", True),
        ("weight", "integer", False),
        ("income", "text", False),
    ]
    rows = [tuple(row.values.values()) for row in client.list_rows("census")]
    assert rows == [
        (1, 39, "State-gov", 77516, "<=50K"),
        (2, 50, None, 83311, ">50K"),
        (3, 38, "Private", 215646, "<=50K"),
    ]


def test_an_ingest_goes_on_when_client_and_service_are_killed(client: Client, service, tmp_path: Path):
    path = write_csv(tmp_path / "t.csv")

    def die(progress: IngestProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.ingest("t", path, on_progress=die)
    killed = []

    def kill(progress: IngestProgress) -> None:
        if not killed:
            killed.append(progress.committed_rows)
            service.kill()
            service.start()

    result = client.ingest("t", path, on_progress=kill)
    assert (result.committed_rows, result.rejected_rows) == (ROW_COUNT, 0)
    assert 0 < result.resumed_rows < ROW_COUNT
    assert killed
    assert_exact(client, "t")
    with pytest.raises(WrongState, match=r"t\.csv is in table t already \(20000 rows\)"):
        client.ingest("t", path)


def test_a_data_frame_comes_back_with_its_missing_values(client: Client):
    frame = pd.DataFrame(
        {
            "n": [1, 2, 3],
            "x": [1.5, np.nan, -0.0],
            "seen": pd.to_datetime(["2024-01-01T12:00:00", None, "1969-12-31T00:00:00"]),
            "sort": pd.Categorical(["a", None, "b"]),
            "note": ["it's", "", None],
        }
    )
    client.ingest("frame", frame)
    found = [tuple(row.values.values())[1:] for row in client.list_rows("frame")]
    assert found == [
        (1, 1.5, datetime(2024, 1, 1, 12, tzinfo=UTC), "a", "it's"),
        (2, None, None, None, ""),
        (3, 0.0, datetime(1969, 12, 31, tzinfo=UTC), "b", None),
    ]
    with pytest.raises(WrongState, match="dataframe is in table frame already"):
        client.ingest("frame", frame)


def test_an_export_is_taken_in_again_with_the_same_values(client: Client, tmp_path: Path):
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    rows = [{"v": vector, "raw": bytes([n]), "n": n or None} for n, vector in enumerate(vectors)]
    client.ingest("first", rows)
    client.export_table("first", tmp_path / "first.parquet")
    client.ingest("second", tmp_path / "first.parquet")
    names = ["v", "raw", "n"]
    for row, given in zip(client.list_rows("second", columns=[*names, "source_id"]), rows, strict=True):
        assert row.values["v"].tobytes() == given["v"].tobytes()
        assert (row.values["raw"], row.values["n"], row.values["source_id"]) == (given["raw"], given["n"], row.id)


def test_rows_that_cannot_be_stored_are_refused_by_their_place(plain_client: Client):
    refused: list[Rejection] = []
    rows = [{"a": "x"}, {"a": "\0"}, {"a": "y" * 1_000_001}, {"a": "z"}]
    result = plain_client.ingest("texts", rows, types={"a": "text"}, on_rejection=refused.append)
    assert [rejection.source_name for rejection in refused] == ["rows#1", "rows#2"]
    assert (result.committed_rows, result.rejected_rows) == (2, 2)
    assert [row.values["a"] for row in plain_client.list_rows("texts")] == ["x", "z"]


def test_a_refused_row_is_named_by_its_place_also_after_a_break(plain_client: Client):
    rows = [{"n": n, "a": "\0" if n == 19_000 else "x"} for n in range(ROW_COUNT)]
    source = from_rows(rows, types={"a": "text"})

    def die(progress: IngestProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plain_client.ingest("broken", source, on_progress=die)
    result = plain_client.ingest("broken", source)
    assert [rejection.source_name for rejection in result.rejections] == ["rows#19000"]
    assert plain_client.to_arrays("broken")["n"].tolist() == [n for n in range(ROW_COUNT) if n != 19_000]


def test_columns_that_differ_are_said_before_anything_is_sent(plain_client: Client, tmp_path: Path):
    plain_client.ingest("people", [{"age": 39, "name": "x"}])
    with pytest.raises(InvalidInput, match="does not fit table people: the table has no column years; it lacks age"):
        plain_client.ingest("people", [{"years": 39, "name": "x"}], append=True)
    with pytest.raises(InvalidInput, match="its column 'age' has missing values"):
        plain_client.ingest("people", [{"age": None, "name": "x"}, {"age": 1, "name": "x"}], append=True)
    path = tmp_path / "people.csv"
    path.write_text("age,name\n1,a\nold,b\n")
    with pytest.raises(InvalidInput, match=r"has 'old' in the column age; expected an integer"):
        plain_client.ingest("people", path, append=True)
    assert plain_client.get_table("people").row_count == 1


def test_a_file_whose_header_is_no_other_than_its_rows_has_that_of_the_table(plain_client: Client, tmp_path: Path):
    path = tmp_path / "more.csv"
    path.write_text("name,city\nAda,London\nBo,Paris\n")
    plain_client.create_table("people", columns=[Column("name", "text"), Column("city", "category")])
    plain_client.ingest("people", path)
    assert [row.values["name"] for row in plain_client.list_rows("people")] == ["Ada", "Bo"]


def test_whole_numbers_fit_a_column_of_floats(plain_client: Client):
    plain_client.ingest("sizes", [{"size": 1.5}])
    plain_client.ingest("sizes", pa.table({"size": [2, 3]}), append=True)
    assert plain_client.to_arrays("sizes")["size"].tolist() == [1.5, 2.0, 3.0]


def test_a_table_of_columns_does_not_go_into_one_of_images(plain_client: Client):
    plain_client.create_table("images")
    with pytest.raises(InvalidInput, match="Table images holds labelled images, rows the columns a"):
        plain_client.ingest("images", [{"a": 1}])


def test_what_cannot_be_read_again_is_refused(plain_client: Client):
    with pytest.raises(InvalidInput, match="Give the function that makes it"):
        plain_client.ingest("t", ({"a": n} for n in range(3)))
    plain_client.ingest("t", lambda: ({"a": n} for n in range(3)))
    assert plain_client.to_arrays("t")["a"].tolist() == [0, 1, 2]


def test_arrays_are_those_of_a_stream_with_the_same_features(client: Client, tmp_path: Path):
    client.ingest("t", write_csv(tmp_path / "t.csv", 500))
    forms = [{"output": "z", "input": "x", "standardize": True}, {"output": "hot", "input": "sort", "one_hot": True}]
    wanted = {
        "columns": ("n", "note"),
        "features": parse_features({"features": forms}).features,
        "target": "sort",
        "split": FractionSplit(0.2, seed=3),
        "part": "training",
    }
    arrays = client.to_arrays("t", **wanted)
    batches = list(client.data.stream_batches(StreamOptions("t", **wanted, batch_size=64)))
    streamed = {name: np.concatenate([batch.columns[name] for batch in batches]) for name in batches[0].columns}
    assert {name: values.tolist() for name, values in streamed.items()} == {
        name: values.tolist() for name, values in arrays.items() if name != "id"
    }
    assert set(arrays) == {"n", "note", "z", "hot", "id"}
    assert (arrays["z"].dtype, arrays["hot"].shape) == (np.float32, (400, 3))
    assert arrays["id"].tolist() == (arrays["n"] + 1).tolist()


def test_images_are_arrays_by_either_way(plain_client: Client):
    plain_client.create_table("images")
    plain_client.data.ingest("images", MadeImages(5), "u")
    x, y, class_names = plain_client.to_numpy("images")
    arrays = plain_client.to_arrays("images")
    assert (x.tolist(), y.tolist()) == (arrays["image"].tolist(), arrays["label"].tolist())
    assert class_names == tuple(arrays["label_names"])


def test_a_table_of_other_columns_is_no_table_of_images(plain_client: Client):
    plain_client.ingest("people", [{"age": 39}])
    with pytest.raises(InvalidInput, match="people has the columns age; expected labelled images"):
        plain_client.to_numpy("people")


def test_views_and_tables_without_a_key_are_exported_with_numbers(client: Client, plain_sql, tmp_path: Path):
    plain_sql("CREATE TABLE keyless (a INTEGER, b VARCHAR(20))")
    plain_sql("INSERT INTO keyless VALUES (7, 'x'), (9, NULL)")
    assert client.export_table("keyless", tmp_path / "k.parquet").columns == ("id", "a", "b")
    rows = parquet.read_table(tmp_path / "k.parquet").to_pylist()
    assert sorted(row["a"] for row in rows) == [7, 9]
    assert len({row["id"] for row in rows}) == 2
    assert {row["a"]: row["b"] for row in rows} == {7: "x", 9: None}


def test_an_empty_table_becomes_empty_arrays(plain_client: Client, tmp_path: Path):
    plain_client.create_table("t", columns=[Column("a", "integer"), Column("sort", "category")])
    assert plain_client.export_table("t", tmp_path / "t.npz").row_count == 0
    with np.load(tmp_path / "t.npz") as arrays:
        assert {name: len(arrays[name]) for name in arrays} == {"id": 0, "a": 0, "sort": 0, "sort_names": 0}
