"""Commands on datasets, snapshots and statistics: what they ask and what they print."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from tablefit.cli import run
from tablefit.rpc.times import to_timestamp
from tablefit.v1 import data_service_pb2 as pb

from tests.canned_service import PEOPLE, CannedService, canned_service

SNAPSHOT = pb.Snapshot(
    snapshot_id="3",
    table="people",
    row_count=7,
    guarantee=pb.GUARANTEE_EXACT,
    size_bytes=2048,
    new_bytes=1024,
    block_count=2,
    new_block_count=1,
    digest="ab",
    columns=PEOPLE.columns,
    create_time=to_timestamp(datetime(2026, 3, 1, 12, tzinfo=UTC)),
    expire_time=to_timestamp(datetime(2026, 4, 1, 12, tzinfo=UTC)),
)
DATASET = pb.Table(
    name="adults",
    kind=pb.TABLE_KIND_GENERAL,
    origin=pb.TABLE_ORIGIN_QUERY,
    row_count=-1,
    query="SELECT `age` FROM `people`",
    columns=PEOPLE.columns[1:2],
    read_only=True,
)

STATISTICS = (
    pb.ColumnStatistics(
        column=PEOPLE.columns[1],
        row_count=7,
        null_count=1,
        distinct_count=6,
        minimum=pb.Value(integer=17),
        maximum=pb.Value(integer=1234),
        mean=38.58,
        standard_deviation=13.64,
        quantiles=[pb.Quantile(fraction=0.5, value=37.5)],
        histogram=[
            pb.HistogramBin(lower=17, upper=625.5, row_count=5),
            pb.HistogramBin(lower=625.5, upper=1234, row_count=1),
        ],
    ),
    pb.ColumnStatistics(
        column=PEOPLE.columns[2],
        row_count=7,
        distinct_count=2,
        value_counts=[
            pb.ValueCount(value=pb.Value(text="M"), row_count=4),
            pb.ValueCount(value=pb.Value(text="F"), row_count=3),
        ],
    ),
)

Command = Callable[..., str]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[CannedService]:
    monkeypatch.setenv("TZ", "UTC")
    with canned_service() as started:
        monkeypatch.setenv("TABLEFIT_DATA_SERVICE", started.address)
        yield started


@pytest.fixture
def command(service: CannedService, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command that must succeed; gives what it prints."""

    def run_command(*arguments: str | Path) -> str:
        status = run(list(map(str, arguments)))
        printed = capsys.readouterr()
        assert (status, printed.err) == (0, "")
        return printed.out

    return run_command


@pytest.fixture
def refused(service: CannedService, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command that must fail without printing a result; gives its sentence."""

    def run_command(*arguments: str | Path) -> str:
        status = run(list(map(str, arguments)))
        printed = capsys.readouterr()
        assert (status in (1, 2), printed.out) == (True, "")
        return printed.err

    return run_command


def test_a_dataset_is_created_from_a_text_or_a_file(service: CannedService, command: Command, tmp_path: Path):
    service.answers["CreateDataset"] = pb.CreateDatasetResponse(dataset=DATASET)
    assert command("dataset", "create", "adults", "--query", "SELECT 1") == "Created dataset adults with 1 column.\n"
    (tmp_path / "q.sql").write_text("SELECT\n2")
    assert command("dataset", "create", "adults", "--query-file", tmp_path / "q.sql", "--check") == (
        "The statement is fine for dataset adults with 1 column.\n"
    )
    assert service.requests == [
        pb.CreateDatasetRequest(name="adults", query="SELECT 1"),
        pb.CreateDatasetRequest(name="adults", query="SELECT\n2", validate_only=True),
    ]


@pytest.mark.parametrize("given", [(), ("--query", "SELECT 1", "--query-file", "q.sql")])
def test_a_dataset_wants_one_query(refused: Command, given: tuple[str, ...]):
    assert "expected either --query or --query-file" in refused("dataset", "create", "adults", *given)


def test_datasets_are_listed_with_their_queries(service: CannedService, command: Command):
    service.answers["ListTables"] = pb.ListTablesResponse(tables=[DATASET])
    assert command("dataset", "list").splitlines() == [
        "DATASET  QUERY                       DESCRIPTION",
        "adults   SELECT `age` FROM `people`",
    ]
    assert service.last_request.origins == [pb.TABLE_ORIGIN_QUERY]
    service.answers["ListTables"] = pb.ListTablesResponse()
    assert command("dataset", "list").startswith("There are no datasets yet.")


def test_a_table_is_no_dataset_to_delete(service: CannedService, command: Command, refused: Command):
    assert refused("dataset", "delete", "people", "--yes") == (
        "Error: people is no dataset but a table; `tablefit table delete` deletes tables.\n"
    )
    service.answers["GetTable"] = pb.GetTableResponse(table=DATASET)
    service.answers["DeleteTable"] = pb.DeleteTableResponse()
    assert refused("dataset", "delete", "adults") == (
        "Error: Delete dataset adults: this wants --yes outside a terminal.\n"
    )
    assert command("dataset", "delete", "adults", "--yes") == "Deleted dataset adults.\n"
    assert service.last_request == pb.DeleteTableRequest(table="adults")


def test_rows_are_copied_appended_sampled_and_split(service: CannedService, command: Command):
    service.answers["CopyTable"] = [pb.CopyTableResponse(table=PEOPLE)]
    service.answers["AppendTable"] = [pb.AppendTableResponse(table=PEOPLE)]
    service.answers["SampleTable"] = [pb.SampleTableResponse(table=PEOPLE)]
    service.answers["SplitTable"] = [pb.SplitTableResponse(tables=[PEOPLE, PEOPLE])]
    created = "Created table people with 7 rows.\n"
    assert command("dataset", "copy", "a", "b", "--columns", "age, sex", "--description", "x") == created
    assert command("dataset", "append", "a", "b") == "Appended a to people, which has 7 rows now.\n"
    assert command("dataset", "sample", "a", "b", "--rows", "5", "--seed", "2") == created
    assert command("dataset", "split", "a", "--into", "b=0.75", "--into", "c=0.25", "--stratify-by", "sex") == (
        created * 2
    )
    shares = [pb.TableShare(table="b", fraction=0.75), pb.TableShare(table="c", fraction=0.25)]
    assert service.requests == [
        pb.CopyTableRequest(source="a", target="b", columns=["age", "sex"], description="x"),
        pb.AppendTableRequest(source="a", target="b"),
        pb.SampleTableRequest(source="a", target="b", row_count=5, seed=2),
        pb.SplitTableRequest(source="a", shares=shares, stratify_by="sex"),
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("split", "a", "--into", "b"), "expected TABLE=SHARE such as train=0.8, received 'b'"),
        (("split", "a", "--into", "b=1.5"), "expected TABLE=SHARE such as train=0.8, received 'b=1.5'"),
        (("sample", "a", "b"), "expected either --rows or --fraction"),
        (("sample", "a", "b", "--rows", "1", "--fraction", "0.5"), "expected either --rows or --fraction"),
        (("relabel", "a"), "expected at least one --map OLD=NEW, or --map-file"),
        (("relabel", "a", "--map", "x"), "expected OLD=NEW such as zero=0, received 'x'"),
        (("relabel", "a", "--map-file", "none.json"), "Cannot read none.json: No such file or directory."),
    ],
)
def test_a_mistake_is_told_in_a_sentence(refused: Command, arguments: tuple[str, ...], sentence: str):
    assert sentence in refused("dataset", *arguments)


def test_values_are_replaced_as_the_options_and_a_file_say(service: CannedService, command: Command, tmp_path: Path):
    service.answers["RelabelRows"] = [pb.RelabelRowsResponse(done=True, row_count=2)]
    (tmp_path / "map.json").write_text('{"F": "f", "M": "m"}')
    options = ("--map-file", tmp_path / "map.json", "--map", "M=x=y", "--column", "sex")
    assert command("dataset", "relabel", "people", *options, "--dry-run") == ("2 rows of people would be relabelled.\n")
    assert command("dataset", "relabel", "people", *options) == "Relabelled 2 rows of people.\n"
    assert service.last_request == pb.RelabelRowsRequest(table="people", column="sex", mapping={"F": "f", "M": "x=y"})


def test_duplicates_are_counted_before_they_are_deleted(service: CannedService, command: Command, refused: Command):
    service.answers["DeduplicateRows"] = [pb.DeduplicateRowsResponse(done=True, row_count=2)]
    assert command("dataset", "deduplicate", "people", "--dry-run") == "2 rows of people would be deleted.\n"
    assert refused("dataset", "deduplicate", "people") == (
        "Error: Delete 2 rows of people: this wants --yes outside a terminal.\n"
    )
    assert [request.validate_only for request in service.requests] == [True, True]
    assert command("dataset", "deduplicate", "people", "--yes") == "Deleted 2 rows of people.\n"
    assert [request.validate_only for request in service.requests] == [True, True, False]


def test_a_table_is_emptied_only_when_that_is_agreed_to(service: CannedService, command: Command, refused: Command):
    service.answers["TruncateTable"] = pb.TruncateTableResponse(row_count=7)
    assert refused("dataset", "truncate", "people") == (
        "Error: Deleting the 7 rows of people wants --yes outside a terminal.\n"
    )
    assert json.loads(command("dataset", "truncate", "people", "--yes", "--json")) == {
        "table": "people",
        "row_count": 7,
        "dry_run": False,
    }
    assert [request.validate_only for request in service.requests] == [True, True, False]


@pytest.mark.parametrize(("typed", "deleted"), [("y", True), ("n", False), ("", False)])
def test_in_a_terminal_it_asks(service: CannedService, typed: str, deleted: bool):
    service.answers["DeleteRows"] = pb.DeleteRowsResponse(row_count=2)
    ours, theirs = pty.openpty()
    arguments = [sys.executable, "-m", "tablefit.cli", "row", "delete", "people", "--where", "age > 1"]
    with subprocess.Popen(arguments, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        os.write(ours, f"{typed}\n".encode())
        assert process.wait(60) == (0 if deleted else 1)
    os.close(ours)
    asked = [request.validate_only for request in service.requests if isinstance(request, pb.DeleteRowsRequest)]
    assert asked == ([True, False] if deleted else [True])


def test_a_snapshot_is_told_of(service: CannedService, command: Command):
    service.answers["CreateSnapshot"] = [pb.CreateSnapshotResponse(snapshot=SNAPSHOT)]
    service.answers["GetSnapshot"] = pb.GetSnapshotResponse(snapshot=SNAPSHOT)
    service.answers["ListSnapshots"] = pb.ListSnapshotsResponse(snapshots=[SNAPSHOT])
    service.answers["UpdateSnapshot"] = pb.UpdateSnapshotResponse(snapshot=SNAPSHOT)
    service.answers["DeleteSnapshot"] = pb.DeleteSnapshotResponse()
    assert command("snapshot", "create", "people", "--keep", "90d") == (
        "Snapshot 3 of people: 7 rows, 2.0 KiB, 1.0 KiB of them new; exact, kept until 2026-04-01 12:00:00.\n"
    )
    assert service.last_request.keep == Duration(seconds=90 * 86_400)
    assert command("snapshot", "list").splitlines() == [
        "SNAPSHOT  TABLE   ROWS  SIZE     CREATED              KEPT UNTIL",
        "3         people     7  2.0 KiB  2026-03-01 12:00:00  2026-04-01 12:00:00",
    ]
    shown = command("snapshot", "show", "3").splitlines()
    assert shown[:7] == [
        "snapshot    3",
        "table       people",
        "rows        7",
        "guarantee   exact",
        "row ids     those of the table",
        "size        2.0 KiB in 2 files",
        "new         1.0 KiB in 1 file",
    ]
    assert command("snapshot", "keep", "3", "12h") == "Snapshot 3 is kept until 2026-04-01 12:00:00.\n"
    assert service.last_request == pb.UpdateSnapshotRequest(snapshot_id="3", keep=Duration(seconds=43_200))
    assert command("snapshot", "delete", "3", "--yes") == "Deleted snapshot 3.\n"


def test_a_span_that_is_none_is_refused(refused: Command):
    assert "expected a span such as 90m, 12h, 30d or 4w, received 'long'" in refused("snapshot", "keep", "3", "long")


def test_statistics_stand_below_the_table(service: CannedService, command: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "60")
    service.answers["ComputeStatistics"] = [
        pb.ComputeStatisticsResponse(column=statistics, column_count=2) for statistics in STATISTICS
    ]
    shown = command("table", "show", "people", "--stats").splitlines()
    assert shown[-9:] == [
        "age  (integer)  7 rows, 1 null, 6 values",
        "  min 17 · 50% 37.5 · max 1,234 · mean 38.58 ·",
        "  deviation 13.64",
        f"  17 to 625.5     5  {'█' * 39}",
        "  625.5 to 1,234  1  ███████▊",
        "",
        "sex  (category)  7 rows, 2 values",
        f"  M  4  {'█' * 40}",
        f"  F  3  {'█' * 30}",
    ]
