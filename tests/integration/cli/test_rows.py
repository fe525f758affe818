"""Tables of any columns and their rows from the command line."""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tablefit.cli.column_values import parse_column
from tablefit.data import DataClient

from tests.integration.cli.command_line import TABLEFIT, TIMEOUT_S, Run, Services
from tests.integration.cli.images import png

COLUMNS = (
    "age:integer?",
    "education:category",
    "wage:float?",
    "paid:boolean?",
    "seen:timestamp?",
    "note:text?",
    "photo:image?",
    "vector:tensor:float32:2?",
)
PEOPLE = [
    {"age": 39, "education": "Masters", "wage": 1.5, "paid": True, "seen": "2024-05-01T12:00:00", "vector": [1, 2.5]},
    {"age": None, "education": "HS-grad", "note": "it's"},
    {"age": 17, "education": "HS-grad", "paid": False, "photo": png(1)},
]


@pytest.fixture
def people(services: Services) -> Iterator[str]:
    """A table of three people."""
    with DataClient(services.data_address) as data:
        data.create_table("people", columns=list(map(parse_column, COLUMNS)))
        assert data.insert_rows("people", PEOPLE) == [1, 2, 3]
        yield "people"
        data.delete_table("people")


def lines(run: Run, *arguments: str) -> list[list[str]]:
    """What a command prints, in words."""
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return [line.split() for line in done.stdout.splitlines()]


def test_a_table_has_the_columns_that_were_named(run: Run, run_json):
    words = [word for column in COLUMNS for word in ("--column", column)]
    assert run("table", "create", "of_all_types", *words).stdout == "Created general table of_all_types.\n"
    found = {column["name"]: column for column in run_json("table", "show", "of_all_types")["columns"]}
    assert list(found) == ["id", "age", "education", "wage", "paid", "seen", "note", "photo", "vector"]
    assert (found["age"]["type"], found["age"]["nullable"], found["education"]["nullable"]) == ("integer", True, False)
    assert (found["vector"]["data_type"], found["vector"]["shape"]) == ("float32", [2])


@pytest.mark.parametrize("column", ["age", ":integer", "age:number", "v:tensor", "v:tensor:float32", "v:tensor:f:0"])
def test_a_column_that_is_none_is_refused(run: Run, column: str):
    refused = run("table", "create", "none", "--column", column)
    assert refused.returncode in (1, 2)
    assert refused.stderr.startswith("Error: ")
    assert "expected" in refused.stderr


def test_rows_are_chosen_ordered_and_cut(run: Run, people: str):
    assert lines(run, "row", "list", people, "--where", "age >= 17", "--order-by", "age desc", "--columns", "age") == [
        ["ID", "AGE"],
        ["1", "39"],
        ["3", "17"],
    ]
    where = "note = 'it''s' or not paid = false"
    assert lines(run, "row", "list", people, "--where", where, "--columns", "note,seen") == [
        ["ID", "NOTE", "SEEN"],
        ["1", "-", "2024-05-01", "12:00:00"],
        ["2", "it's", "-"],
    ]
    first = run("row", "list", people, "--where", "education like 'H%'", "--limit", "1", "--columns", "education")
    assert first.stdout.split() == ["ID", "EDUCATION", "2", "HS-grad"]
    assert first.stderr == "The first 1 row; --limit 0 lists all that fulfil the condition.\n"
    assert run("row", "list", people, "--where", "age > 99").stdout == "No row fulfils the condition.\n"


def test_a_condition_that_is_not_understood_is_pointed_at(run: Run, people: str):
    refused = run("row", "list", people, "--where", "age >> 30")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "Error: expected a value at position 5, received >\n  age >> 30\n       ^\n"
    refused = run("row", "list", people, "--where", "age = 1 and seen > 'noon'")
    assert refused.stderr == (
        "Error: expected a time such as '2024-05-01T12:00:00' for the column 'seen', received 'noon'\n"
        "  age = 1 and seen > 'noon'\n"
        "              ^\n"
    )


def test_a_row_is_shown_with_all_columns(run: Run, run_json, people: str):
    assert run_json("row", "get", people, "1", "--columns", "age,vector,seen") == {
        "id": 1,
        "age": 39,
        "vector": [1.0, 2.5],
        "seen": "2024-05-01T12:00:00.000000Z",
    }
    assert base64.b64decode(run_json("row", "get", people, "3")["photo"]) == png(1)
    assert ["vector", "<float32", "2>"] in lines(run, "row", "get", people, "1")
    gone = run("row", "get", people, "99")
    assert (gone.returncode, gone.stdout) == (1, "")


def test_a_row_is_inserted_value_by_value(run: Run, run_json, people: str, tmp_path: Path):
    (tmp_path / "cat.png").write_bytes(png(9))
    values = ["age=40", "education=a=b", "wage=1e3", "paid=no", "note=", "photo=@cat.png", "vector=[3,4]"]
    assert run("row", "insert", people, *values).stdout == "Inserted 1 row into people: id 4.\n"
    assert run_json("row", "get", people, "4") == {
        "id": 4,
        "age": 40,
        "education": "a=b",
        "wage": 1000.0,
        "paid": False,
        "seen": None,
        "note": "",
        "photo": base64.b64encode(png(9)).decode(),
        "vector": [3.0, 4.0],
    }


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("age=old", "expected an integer for the column 'age', received 'old'"),
        ("agee=1", "There is no column 'agee'; expected one of id, age, education"),
        ("photo=cat.png", "expected photo=@FILE, since its values are bytes; received 'cat.png'"),
        ("photo=@none.png", "Cannot read none.png: No such file or directory."),
        ("vector=[1]", "expected float32 values of shape [2] for the column 'vector', received [1]"),
        ("age", "expected COLUMN=VALUE such as age=39, received 'age'"),
    ],
)
def test_a_value_that_does_not_fit_is_named_and_nothing_inserted(run: Run, people: str, value: str, sentence: str):
    refused = run("row", "insert", people, "education=x", value)
    assert refused.returncode in (1, 2)
    assert sentence in refused.stderr
    assert len(lines(run, "row", "list", people, "--columns", "age")) == 4


def test_rows_are_read_from_a_file(run_json, people: str, tmp_path: Path):
    rows = [{"education": "x", "photo": base64.b64encode(png(7)).decode(), "vector": [1, 2]}, {"education": "y"}]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    assert run_json("row", "insert", people, "--from-file", "rows.json") == {"table": "people", "ids": [4, 5]}
    found = run_json("row", "get", people, "4", "--columns", "education,photo,vector")
    assert found == {"id": 4, **rows[0], "vector": [1.0, 2.0]}


def test_rows_are_read_from_standard_input(services: Services, people: str):
    text = '{"education": "x"}\n\n{"education": "y", "age": 5}\n'
    done = subprocess.run(
        [*TABLEFIT, "row", "insert", people, "--from-file", "-"],
        env=services.environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    assert done.stdout == "Inserted 2 rows into people: ids 4 to 5.\n"


def test_rows_are_updated_by_condition_or_by_id(run: Run, run_json, people: str):
    where = ("--where", "education = 'HS-grad'")
    assert run("row", "update", people, *where, "--set", "wage=2", "--dry-run").stdout == (
        "2 rows of people would be updated.\n"
    )
    assert run("row", "update", people, *where, "--set", "wage=2", "--set-null", "note").stdout == (
        "Updated 2 rows of people.\n"
    )
    assert run_json("row", "update", people, "1", "--set", "seen=2024-01-01") == {
        "table": "people",
        "row_count": 1,
        "dry_run": False,
    }
    rows = run_json("row", "list", people, "--columns", "wage,note,seen")
    assert rows == [
        {"id": 1, "wage": 1.5, "note": None, "seen": "2024-01-01T00:00:00.000000Z"},
        {"id": 2, "wage": 2.0, "note": None, "seen": None},
        {"id": 3, "wage": 2.0, "note": None, "seen": None},
    ]


def test_rows_are_deleted_only_when_that_is_agreed_to(run: Run, run_json, people: str):
    where = ("--where", "age is null or age < 18")
    assert run("row", "delete", people, *where, "--dry-run").stdout == "2 rows of people would be deleted.\n"
    refused = run("row", "delete", people, *where)
    assert (refused.returncode, refused.stdout, refused.stderr) == (
        1,
        "",
        "Error: Delete 2 rows of people: this wants --yes outside a terminal.\n",
    )
    assert run("row", "delete", people, *where, "--yes").stdout == "Deleted 2 rows of people.\n"
    assert [row["id"] for row in run_json("row", "list", people)] == [1]


@pytest.mark.parametrize("command", ["update", "delete"])
def test_rows_are_chosen_in_one_way(run: Run, people: str, command: str):
    for chosen in ((), ("1", "--where", "age = 1")):
        refused = run("row", command, people, *chosen)
        assert refused.returncode == 2
        assert "expected either ids of rows or --where CONDITION" in refused.stderr
