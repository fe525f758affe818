"""What the client asks of the service, and what it makes of the answers."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from google.protobuf.duration_pb2 import Duration
from tablefit.data import DataClient
from tablefit.errors import Internal, InvalidInput
from tablefit.v1 import data_service_pb2 as pb

from tests.canned_service import PEOPLE, CannedService, canned_service

PROGRESS = [pb.RowProgress(done_rows=3, total_rows=0), pb.RowProgress(done_rows=7, total_rows=7)]
ADULT = pb.Filter(
    comparison=pb.Comparison(column="age", comparator=pb.COMPARATOR_GREATER_OR_EQUAL, value=pb.Value(integer=18))
)


@pytest.fixture
def service() -> Iterator[CannedService]:
    with canned_service() as started:
        yield started


@pytest.fixture
def data(service: CannedService) -> Iterator[DataClient]:
    with DataClient(service.address) as client:
        yield client


def with_progress(kind, **last):
    """The messages of a stream: progress twice, then what is given."""
    return [*(kind(progress=progress) for progress in PROGRESS), kind(**last)]


def test_a_dataset_is_made_of_a_query(service: CannedService, data: DataClient):
    service.answers["CreateDataset"] = pb.CreateDatasetResponse(
        dataset=pb.Table(name="adults", origin=pb.TABLE_ORIGIN_QUERY, row_count=-1, query="SELECT `age` FROM `people`")
    )
    dataset = data.create_dataset("adults", "select age from people", "grown up", validate_only=True)
    assert (dataset.origin, dataset.query, dataset.row_count) == ("query", "SELECT `age` FROM `people`", -1)
    assert service.last_request == pb.CreateDatasetRequest(
        name="adults", query="select age from people", description="grown up", validate_only=True
    )


COPIES = {
    "CopyTable": (
        lambda data, tell: data.copy_table(
            "people", "adults", filter="age >= 18", columns=["age"], description="x", on_progress=tell
        ),
        pb.CopyTableRequest(source="people", target="adults", filter=ADULT, columns=["age"], description="x"),
        pb.CopyTableResponse,
    ),
    "AppendTable": (
        lambda data, tell: data.append_table("people", "adults", filter="age >= 18", on_progress=tell),
        pb.AppendTableRequest(source="people", target="adults", filter=ADULT),
        pb.AppendTableResponse,
    ),
    "SampleTable": (
        lambda data, tell: data.sample_table("people", "some", fraction=0.5, seed=7, on_progress=tell),
        pb.SampleTableRequest(source="people", target="some", fraction=0.5, seed=7),
        pb.SampleTableResponse,
    ),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_tells_of_its_progress_and_gives_the_table(service: CannedService, data: DataClient, name: str):
    call, request, response = COPIES[name]
    service.answers[name] = with_progress(response, table=PEOPLE)
    told = []
    assert call(data, lambda done, total: told.append((done, total))).name == "people"
    assert service.last_request == request
    assert told == [(3, 0), (7, 7)]


def test_a_split_names_its_tables_and_shares(service: CannedService, data: DataClient):
    service.answers["SplitTable"] = with_progress(pb.SplitTableResponse, tables=[PEOPLE, PEOPLE])
    made = data.split_table("people", {"a": 0.75, "b": 0.25}, stratify_by="sex", seed=3)
    assert [table.name for table in made] == ["people", "people"]
    shares = [pb.TableShare(table="a", fraction=0.75), pb.TableShare(table="b", fraction=0.25)]
    assert service.last_request == pb.SplitTableRequest(source="people", shares=shares, stratify_by="sex", seed=3)


def test_changes_to_many_rows_give_their_number(service: CannedService, data: DataClient):
    service.answers["RelabelRows"] = with_progress(pb.RelabelRowsResponse, done=True, row_count=5)
    service.answers["DeduplicateRows"] = with_progress(pb.DeduplicateRowsResponse, done=True, row_count=2)
    service.answers["TruncateTable"] = pb.TruncateTableResponse(row_count=7)
    assert data.relabel_rows("people", {"M": "F", "F": "M"}, column="sex", validate_only=True) == 5
    assert data.deduplicate_rows("people", columns=["age"]) == 2
    assert data.truncate_table("people") == 7
    assert service.requests == [
        pb.RelabelRowsRequest(table="people", column="sex", mapping={"M": "F", "F": "M"}, validate_only=True),
        pb.DeduplicateRowsRequest(table="people", columns=["age"]),
        pb.TruncateTableRequest(table="people"),
    ]


def test_rows_are_chosen_by_ids_or_a_filter_and_never_by_nothing(service: CannedService, data: DataClient):
    service.answers["DeleteRows"] = pb.DeleteRowsResponse(row_count=3)
    service.answers["UpdateRows"] = pb.UpdateRowsResponse(row_count=2)
    assert data.delete_rows("people", filter="age >= 18", validate_only=True) == 3
    assert service.last_request == pb.DeleteRowsRequest(table="people", filter=ADULT, validate_only=True)
    assert data.update_rows("people", {"age": None, "sex": "F"}, ids=[1, 2]) == 2
    values = [pb.NamedValue(column="age", value=pb.Value()), pb.NamedValue(column="sex", value=pb.Value(text="F"))]
    assert service.last_request == pb.UpdateRowsRequest(table="people", ids=pb.RowIds(ids=[1, 2]), values=values)
    for chosen in ({}, {"ids": [1], "filter": "age = 1"}):
        with pytest.raises(InvalidInput, match="expected either the ids of rows or a filter"):
            data.delete_rows("people", **chosen)


def test_pages_of_rows_follow_each_other_up_to_the_limit(service: CannedService, data: DataClient):
    row = pb.Row(id=1, values=[pb.Value(integer=5)])
    column = pb.Column(name="age", type=pb.COLUMN_TYPE_INTEGER)
    service.answers["ListRows"] = pb.ListRowsResponse(columns=[column], rows=[row, row], next_page_token="next")
    rows = list(data.list_rows("people", 3, ["age"], order_by="age desc"))
    assert [row.values for row in rows][:3] == [{"age": 5}] * 3
    order = [pb.RowOrder(column="age", descending=True)]
    assert service.requests == [
        pb.ListRowsRequest(table="people", columns=["age"], order_by=order, page_size=3),
        pb.ListRowsRequest(table="people", columns=["age"], order_by=order, page_size=1, page_token="next"),
    ]


def test_a_snapshot_is_made_found_kept_and_deleted(service: CannedService, data: DataClient):
    snapshot = pb.Snapshot(snapshot_id="3", table="people", row_count=7, guarantee=pb.GUARANTEE_EXACT)
    service.answers["CreateSnapshot"] = with_progress(pb.CreateSnapshotResponse, snapshot=snapshot)
    service.answers["UpdateSnapshot"] = pb.UpdateSnapshotResponse(snapshot=snapshot)
    service.answers["GetSnapshot"] = pb.GetSnapshotResponse(snapshot=snapshot)
    service.answers["ListSnapshots"] = pb.ListSnapshotsResponse(snapshots=[snapshot])
    service.answers["DeleteSnapshot"] = pb.DeleteSnapshotResponse()
    made = data.create_snapshot("people", guarantee="change-detecting", keep=timedelta(days=1), columns=["age"])
    assert made == data.get_snapshot("3") == data.update_snapshot("3", timedelta(hours=2))
    assert list(data.list_snapshots("people", include_expired=True)) == [made]
    data.delete_snapshot("3")
    assert service.requests == [
        pb.CreateSnapshotRequest(
            table="people",
            guarantee=pb.GUARANTEE_CHANGE_DETECTING,
            keep=Duration(seconds=86_400),
            columns=["age"],
        ),
        pb.GetSnapshotRequest(snapshot_id="3"),
        pb.UpdateSnapshotRequest(snapshot_id="3", keep=Duration(seconds=7200)),
        pb.ListSnapshotsRequest(table="people", page_size=500, include_expired=True),
        pb.DeleteSnapshotRequest(snapshot_id="3"),
    ]


def test_statistics_come_column_by_column(service: CannedService, data: DataClient):
    answers = [
        pb.ComputeStatisticsResponse(column=pb.ColumnStatistics(column=column), column_count=3)
        for column in PEOPLE.columns
    ]
    service.answers["ComputeStatistics"] = answers
    told = []
    wanted = {"columns": ["id", "age", "sex"], "quantiles": [0.5], "bin_count": 4, "limit_values": 9}
    found = data.compute_statistics("people", **wanted, on_progress=lambda *counts: told.append(counts))
    assert [each.column.name for each in found] == ["id", "age", "sex"]
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert service.last_request == pb.ComputeStatisticsRequest(table="people", **wanted)


def test_tables_are_listed_by_origin(service: CannedService, data: DataClient):
    service.answers["ListTables"] = pb.ListTablesResponse(tables=[PEOPLE])
    assert [table.name for table in data.list_tables(["view", "query"])] == ["people"]
    assert service.last_request.origins == [pb.TABLE_ORIGIN_VIEW, pb.TABLE_ORIGIN_QUERY]
    with pytest.raises(InvalidInput, match="expected an origin out of service, database, view, query"):
        list(data.list_tables(["elsewhere"]))


def test_work_that_ends_without_an_answer_is_a_fault(service: CannedService, data: DataClient):
    service.answers["CopyTable"] = []
    with pytest.raises(Internal, match="ended CopyTable without an answer"):
        data.copy_table("people", "adults")
