"""Which sources fit a table, and what is said of those that do not."""

import pytest
from tablefit.column_fit import differences, renamed, types_to_read
from tablefit.data import Column, Table
from tablefit.sources import from_rows
from tablefit.sources.columns import SourceColumn

COLUMNS = (
    Column("id", "integer"),
    Column("age", "integer"),
    Column("name", "category", nullable=True),
    Column("vector", "tensor", nullable=True, data_type="float32", shape=(2,)),
)
TABLE = Table("people", "t1", "general", "", COLUMNS, 0, None, None)
AGE = SourceColumn("age", "integer")


@pytest.mark.parametrize(
    ("columns", "different"),
    [
        ([AGE], []),
        ([AGE, SourceColumn("name", "text", nullable=True)], []),
        ([AGE, SourceColumn("vector", "tensor", False, "float32", (2,))], []),
        ([SourceColumn("Age", "integer")], ["the table has no column Age", "it lacks age"]),
        ([SourceColumn("age", "float")], ["its column 'age' is float, that of the table integer"]),
        (
            [SourceColumn("age", "integer", nullable=True)],
            ["its column 'age' has missing values, which that of the table may not have"],
        ),
        (
            [AGE, SourceColumn("vector", "tensor", False, "float64", (3, 1))],
            ["its column 'vector' is tensor of float64 3x1, that of the table tensor of float32 2"],
        ),
    ],
)
def test_what_differs_is_named(columns: list[SourceColumn], different: list[str]):
    assert differences(columns, TABLE) == different


def test_many_columns_are_named_in_part():
    columns = [AGE, *(SourceColumn(f"c{number}", "float") for number in range(8))]
    assert differences(columns, TABLE) == ["the table has no column c0, c1, c2, c3, c4 and 3 more"]


def test_columns_of_another_form_are_read_in_the_type_of_the_table():
    source = from_rows([{"age": 1.0, "name": "x"}])
    assert types_to_read(source, TABLE) == {"age": "integer"}


def test_a_column_with_the_name_of_the_key_gets_another():
    source = renamed(from_rows([{"ID": 5, "cafe\u0301": "x"}]), "id")
    assert [column.name for column in source.columns] == ["source_ID", "café"]
    assert [row.values for row in source.rows()] == [{"source_ID": 5, "café": "x"}]
    (chunk,) = source.chunks(0, 10, 1000)
    assert list(chunk.columns) == ["source_ID", "café"]
    assert (source.row_count, source.origin) == (1, "rows")


def test_names_that_a_table_takes_stay():
    source = from_rows([{"a": 1}])
    assert renamed(source, "id") is source
