"""What commands print: JSON, figures and columns."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tablefit.cli import output
from tablefit.data import Column


def test_json_has_null_where_a_number_is_none():
    assert json.loads(output.json_text({"loss": float("nan"), "best": [float("inf"), 1.5]})) == {
        "loss": None,
        "best": [None, 1.5],
    }


def test_json_writes_records_times_and_bytes():
    record = Column("vector", "tensor", data_type="float32", shape=(2,))
    value = {
        "column": record,
        "time": datetime(2026, 3, 1, 12, 0, 0, 5, UTC),
        "image": b"\x00\xff",
        "file": Path("a/b"),
    }
    assert json.loads(output.json_text(value)) == {
        "column": {
            "name": "vector",
            "type": "tensor",
            "nullable": False,
            "description": "",
            "data_type": "float32",
            "shape": [2],
            "sql_type": "",
        },
        "time": "2026-03-01T12:00:00.000005Z",
        "image": "AP8=",
        "file": "a/b",
    }


def test_json_is_ascii_and_survives_a_file_name_that_is_no_utf8():
    text = output.json_text({"label": "größe", "path": "a\udcff"})
    assert text.isascii()
    assert json.loads(text) == {"label": "größe", "path": "a\\udcff"}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_streamed_array_is_one_document(count: int, capsys: pytest.CaptureFixture[str]):
    rows = [{"id": number} for number in range(count)]
    output.print_json_items(iter(rows))
    assert json.loads(capsys.readouterr().out) == rows


def test_control_characters_do_not_reach_the_terminal():
    assert output.printable("a\x1b[31m\nb\u202ec") == "a\\x1b[31m\\nb\\u202ec"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (True, "yes"), (1797, "1797"), (b"x" * 2048, "<2.0 KiB>"), ("größe", "größe")],
)
def test_cells_read_well(value: object, text: str):
    assert output.cell_text(value) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1,023 bytes"),
        (1024, "1.0 KiB"),
        (831_000, "812 KiB"),
        (5 << 40, "5.0 TiB"),
    ],
)
def test_sizes_read_well(size_bytes: int, text: str):
    assert output.format_size(size_bytes) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.44, "0.4 s"),
        (9.96, "10 s"),
        (59.6, "1:00"),
        (60, "1:00"),
        (185, "3:05"),
        (3729, "1:02:09"),
        (float("inf"), "-"),
    ],
)
def test_durations_read_well(seconds: float, text: str):
    assert output.format_duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5000"), (0.0, "0.0000"), (0.0000123, "1.23e-05"), (1e9, "1.00e+09"), (float("nan"), "nan")],
)
def test_figures_read_well(value: float, text: str):
    assert output.format_figure(value) == text


def test_columns_elsewhere_than_in_a_terminal_are_never_cut(capsys: pytest.CaptureFixture[str]):
    output.print_columns(("name", "rows", "description"), [("a", 5, "x" * 300), ("long name", 1_000, "")])
    assert capsys.readouterr().out.splitlines() == [
        "NAME       ROWS  DESCRIPTION",
        "a             5  " + "x" * 300,
        "long name  1000",
    ]


def test_a_moment_long_ago_has_its_year():
    time = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)
    assert output.format_moment(time, datetime(2026, 3, 1, tzinfo=UTC)).endswith("  2024")
    assert output.format_moment(time, datetime(2024, 4, 1, tzinfo=UTC)).startswith(("Mar 01 ", "Feb 29 ", "Mar 02 "))
