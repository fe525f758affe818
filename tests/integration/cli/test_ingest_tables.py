"""Tables of any columns from the command line: what a person sees and is told."""

import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tablefit.data import DataClient, StreamOptions

from tests.integration.cli.command_line import TABLEFIT, TIMEOUT_S, Run, Services, row_count, until, without_progress

CENSUS = "39, State-gov, 2174.0, <=50K\n50, ?, 0, >50K\n38, Private, 0, <=50K\n28, Private, 0, <=50K\n\n"
NAMES = "age,work,gain,income"
# Enough to be in the middle of for a moment.
LARGE_COUNT = 200_000


@pytest.fixture
def census(tmp_path: Path) -> Path:
    """A file without a header, as the census has it."""
    path = tmp_path / "census.csv"
    path.write_text(CENSUS)
    return path


def test_columns_are_shown_before_rows_are_stored(run: Run, census: Path):
    done = run("ingest", "census", census, "--names", NAMES, "--type", "age=float", "--type", "income=category")
    assert (done.returncode, done.stderr) == (0, "")
    assert without_progress(done.stdout) == (
        "Created table census with 4 columns:\n"
        "COLUMN  TYPE      NULLABLE\n"
        "age     float     no\n"
        "work    text      yes\n"
        "gain    float     no\n"
        "income  category  no\n"
        "To change a type: tablefit table delete census, then the same command with --type COLUMN=TYPE.\n"
        "Stored 4 rows in census. The table has 4 rows now.\n"
    )
    again = run("ingest", "census", census, "--names", NAMES, "--type", "age=float", "--type", "income=category")
    assert again.returncode == 1
    assert "census.csv is in table census already (4 rows)" in again.stderr


def test_the_table_is_shown_as_it_was_made(run_json, census: Path):
    run_json("ingest", "shown", census, "--names", NAMES, "--missing", "Private")
    table = run_json("table", "show", "shown")
    assert [(column["name"], column["type"], column["nullable"]) for column in table["columns"]] == [
        ("id", "integer", False),
        ("age", "integer", False),
        ("work", "text", True),
        ("gain", "float", False),
        ("income", "category", False),
    ]
    rows = run_json("row", "list", "shown", "--columns", "age,work")
    assert [(row["age"], row["work"]) for row in rows] == [(39, "State-gov"), (50, "?"), (38, None), (28, None)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--delimiter", ";"], "has no ';' in its first line"),
        (["--names", NAMES, "--type", "work=integer"], "in the column work; expected an integer"),
        (["--names", "a,b"], "has 4 columns; expected as many names, received 2."),
        (["--type", "wage=float"], "has no column 'wage'; it has column_1, column_2, column_3, column_4."),
        (["--type", "column_1=number"], "expected a type of column out of integer, float,"),
        (["--kind", "images"], "cannot be read as images; expected manifest or table."),
    ],
)
def test_wrong_options_are_said_in_one_line_and_make_no_table(run: Run, census: Path, options: list[str], said: str):
    refused = run("ingest", "refused", census, *options)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert run("table", "show", "refused").returncode == 1


def test_a_type_without_a_column_is_wrong_usage(run: Run, census: Path):
    refused = run("ingest", "refused", census, "--type", "age")
    assert refused.returncode == 2
    assert "expected COLUMN=TYPE such as age=integer, received 'age'" in refused.stderr


def test_a_header_may_be_denied_and_a_tab_given(run_json, tmp_path: Path):
    (tmp_path / "t.tsv").write_text("a\tb\n1\t2\n")
    run_json("ingest", "headless", "t.tsv", "--no-header", "--delimiter", "\\t")
    rows = run_json("row", "list", "headless")
    assert [(row["column_1"], row["column_2"]) for row in rows] == [("a", "b"), ("1", "2")]


def test_another_file_of_other_columns_is_refused_with_what_differs(run: Run, run_json, census: Path):
    run_json("ingest", "first", census, "--names", NAMES)
    refused = run("ingest", "first", census, "--append")
    assert refused.returncode == 1
    assert (
        "the table has no column column_1, column_2, column_3, column_4; it lacks age, gain, income" in refused.stderr
    )
    assert "Name its columns as before (names, --names)." in refused.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_table_is_gone_on_with_by_the_same_command(
    services: Services, run_json, tmp_path: Path, number: int
):
    path, table = tmp_path / "large.csv", f"large_{int(number)}"
    path.write_text("n,sort\n" + "".join(f"{n},{'abc'[n % 3]}\n" for n in range(LARGE_COUNT)))
    process = subprocess.Popen([*TABLEFIT, "ingest", table, str(path)], env=services.environment)
    with DataClient(services.data_address) as data:
        until(lambda: row_count(data, table) > 0)
        process.send_signal(number)
        process.wait(TIMEOUT_S)
        assert 0 < row_count(data, table) < LARGE_COUNT
        result = run_json("ingest", table, path)
        assert (result["committed_rows"], result["table_rows"]) == (LARGE_COUNT, LARGE_COUNT)
        assert 0 < result["resumed_rows"] < LARGE_COUNT
        batches = list(data.stream_batches(StreamOptions(table, columns=("n",), batch_size=4096)))
    assert np.concatenate([batch.columns["n"] for batch in batches]).tolist() == list(range(LARGE_COUNT))
