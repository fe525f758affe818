"""Rows and exports by the client library, the same on each engine."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet
from tablefit.data import Column, DataClient
from tablefit.errors import InvalidInput, NotFound
from tablefit.exports import export_table
from tablefit.filters import Comparison, Or

COLUMNS = (
    Column("n", "integer", nullable=True),
    Column("x", "float", nullable=True),
    Column("yes", "boolean", nullable=True),
    Column("sort", "category", nullable=True),
    Column("note", "text", nullable=True),
    Column("seen", "timestamp", nullable=True),
    Column("raw", "bytes", nullable=True),
    Column("vector", "tensor", nullable=True, data_type="float16", shape=(2, 2)),
)
LATE = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
VECTOR = np.array([[1, 2.5], [-0.0, 65504]], np.float16)
ROWS = (
    {"n": 2**63 - 1, "x": 0.1, "yes": True, "sort": "Cat", "note": "it's 100%", "seen": LATE, "raw": b"\0\xff'"},
    {"n": -(2**63), "x": -1e308, "yes": False, "sort": "cat", "note": "a_b\\", "vector": VECTOR},
    {"n": 0, "x": 5e-324, "sort": "café", "note": "", "seen": datetime(2024, 5, 1, tzinfo=UTC), "raw": b""},
    {"sort": "cafe\u0301", "note": "🐈"},
)


@pytest.fixture
def data(start_service, database_url: str) -> Iterator[DataClient]:
    """A client of a service on each engine in turn, with a table of odd values."""
    with DataClient(start_service("--database-url", database_url).address) as client:
        client.create_table("odd", columns=COLUMNS)
        assert client.insert_rows("odd", ROWS) == [1, 2, 3, 4]
        yield client


def test_rows_are_read_changed_filtered_and_exported(data: DataClient, tmp_path: Path):
    check_values(data)
    check_filters(data)
    check_exports(data, tmp_path)
    check_changes(data)


def check_values(data: DataClient) -> None:
    names = [column.name for column in COLUMNS]
    rows = list(data.list_rows("odd", columns=names))
    for row, given in zip(rows, ROWS, strict=True):
        expected = {name: given.get(name) for name in names}
        vector, expected_vector = row.values.pop("vector"), expected.pop("vector")
        assert row.values == expected
        assert (vector is None) == (expected_vector is None)
        assert vector is None or vector.tobytes() == expected_vector.tobytes()
    with pytest.raises(NotFound):
        data.get_row("odd", 99)


def check_filters(data: DataClient) -> None:
    wanted = {
        "n = 9223372036854775807": [1],
        "n >= 0": [1, 3],
        "x between -1e308 and 0": [2],
        "x = 0.1": [1],
        "yes != true": [2],
        "sort = 'cat'": [2],
        "sort in ('café', 'Cat')": [1, 3],
        "sort > 'cafe'": [2, 3, 4],
        "note like '%100\\%'": [1],
        "note like 'a\\_b\\\\'": [2],
        "note = '🐈' or note = 'it''s 100%'": [1, 4],
        "seen > '9999-12-31T23:59:59.999998'": [1],
        "raw = x'00ff27'": [1],
        "n is null": [4],
        "not (n < 0 or n is null)": [1, 3],
    }
    found = {text: [row.id for row in data.list_rows("odd", filter=text)] for text in wanted}
    assert found == wanted
    either = Or((Comparison("id", "=", 2), Comparison("x", "=", 0.1)))
    assert [row.id for row in data.list_rows("odd", filter=either, order_by="sort desc")] == [2, 1]
    assert [row.id for row in data.list_rows("odd", order_by=["n desc", "id"])] == [4, 1, 3, 2]
    with pytest.raises(InvalidInput, match="expected a column that can be compared"):
        data.list_rows("odd", filter="vector = x'00'")


def check_exports(data: DataClient, folder: Path) -> None:
    assert export_table(data, "odd", folder / "odd.parquet").row_count == 4
    table = parquet.read_table(folder / "odd.parquet")
    for name in ("n", "x", "yes", "sort", "note", "seen", "raw"):
        assert table.column(name).to_pylist() == [row.get(name) for row in ROWS]
    export_table(data, "odd", folder / "odd.npz")
    with np.load(folder / "odd.npz") as arrays:
        assert arrays["sort_names"].tolist() == sorted(row["sort"] for row in ROWS)
        assert arrays["vector"][1].tobytes() == VECTOR.tobytes()


def check_changes(data: DataClient) -> None:
    assert data.update_rows("odd", {"note": "new", "vector": None}, filter="n < 1", validate_only=True) == 2
    assert data.update_rows("odd", {"note": "new", "vector": None}, filter="n < 1") == 2
    assert data.get_row("odd", 2, ["note", "vector"]).values == {"note": "new", "vector": None}
    assert data.delete_rows("odd", ids=[1, 4]) == 2
    assert [row.id for row in data.list_rows("odd")] == [2, 3]
