"""Operations on whole tables and statistics over a real socket, as a caller in any language sees them."""

import grpc
import numpy as np
import pytest
from tablefit.rpc import tensors
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

COLUMNS = [
    pb.Column(name="n", type=pb.COLUMN_TYPE_INTEGER),
    pb.Column(name="word", type=pb.COLUMN_TYPE_CATEGORY),
]
ROW_COUNT = 300


@pytest.fixture
def stub(start_service):
    """A stub of a service with a table "things" of 300 rows: n from 0, word one of two."""
    with grpc.insecure_channel(start_service().address) as channel:
        stub = DataServiceStub(channel)
        table = pb.Table(name="things", kind=pb.TABLE_KIND_GENERAL, columns=COLUMNS)
        stub.CreateTable(pb.CreateTableRequest(table=table))
        words = pb.TextValues(values=["even", "odd"] * (ROW_COUNT // 2))
        values = [
            pb.ColumnValues(column="n", tensor=tensors.encode(np.arange(ROW_COUNT))),
            pb.ColumnValues(column="word", texts=words),
        ]
        rows = pb.RowChunk(row_count=ROW_COUNT, columns=values)
        stub.InsertRows(pb.InsertRowsRequest(table="things", rows=rows))
        yield stub


def word_is(text):
    value = pb.Value(text=text)
    return pb.Filter(comparison=pb.Comparison(column="word", comparator=pb.COMPARATOR_EQUAL, value=value))


def test_a_copy_answers_with_progress_and_at_last_with_the_table(stub):
    request = pb.CopyTableRequest(
        source="things", target="odd", filter=word_is("odd"), columns=["n"], description="Every second one"
    )
    *steps, last = stub.CopyTable(request)
    assert not any(step.HasField("table") for step in steps)
    assert steps[0].progress == pb.RowProgress(total_rows=150)
    assert last.progress == pb.RowProgress(done_rows=150, total_rows=150)
    assert (last.table.name, last.table.row_count, last.table.description) == ("odd", 150, "Every second one")
    assert [column.name for column in last.table.columns] == ["id", "n"]


def test_a_split_answers_with_its_tables_in_order(stub):
    shares = [pb.TableShare(table=name, fraction=fraction) for name, fraction in (("z", 0.8), ("a", 0.2))]
    *_, last = stub.SplitTable(pb.SplitTableRequest(source="things", shares=shares, stratify_by="word", seed=2**63))
    assert [(table.name, table.row_count) for table in last.tables] == [("z", 240), ("a", 60)]


def test_a_sample_is_drawn_by_count_or_by_share(stub):
    *_, last = stub.SampleTable(pb.SampleTableRequest(source="things", target="a", row_count=7))
    assert last.table.row_count == 7
    *_, last = stub.SampleTable(pb.SampleTableRequest(source="things", target="b", fraction=0.5))
    assert last.table.row_count == 150
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.SampleTable(pb.SampleTableRequest(source="things", target="c")))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_rows_are_appended_relabelled_and_deduplicated(stub):
    *_, appended = stub.AppendTable(pb.AppendTableRequest(source="things", target="things", filter=word_is("odd")))
    assert appended.table.row_count == ROW_COUNT + 150
    relabel = pb.RelabelRowsRequest(table="things", column="word", mapping={"odd": "even", "even": "odd"})
    *steps, relabelled = stub.RelabelRows(relabel)
    assert [step.done for step in steps] == [False]
    assert (relabelled.done, relabelled.row_count) == (True, ROW_COUNT + 150)
    counted = list(stub.DeduplicateRows(pb.DeduplicateRowsRequest(table="things", validate_only=True)))[-1]
    *_, deduplicated = stub.DeduplicateRows(pb.DeduplicateRowsRequest(table="things"))
    assert (counted.done, counted.row_count, deduplicated.row_count) == (True, 150, 150)


def test_a_table_is_emptied(stub):
    assert stub.TruncateTable(pb.TruncateTableRequest(table="things", validate_only=True)).row_count == ROW_COUNT
    assert stub.TruncateTable(pb.TruncateTableRequest(table="things")).row_count == ROW_COUNT
    assert stub.GetTable(pb.GetTableRequest(table="things")).table.row_count == 0


def test_statistics_come_column_by_column(stub):
    request = pb.ComputeStatisticsRequest(table="things", columns=["n", "word"], quantiles=[0.5], bin_count=2)
    number, word = stub.ComputeStatistics(request)
    assert (number.column_count, number.column.column.name, number.column.row_count) == (2, "n", ROW_COUNT)
    assert number.column.mean == 149.5
    assert number.column.standard_deviation == pytest.approx(np.arange(ROW_COUNT).std(), rel=1e-12)
    assert (number.column.minimum.integer, number.column.maximum.integer) == (0, 299)
    assert list(number.column.quantiles) == [pb.Quantile(fraction=0.5, value=149.5)]
    assert [bar.row_count for bar in number.column.histogram] == [150, 150]
    expected = [pb.ValueCount(value=pb.Value(text=text), row_count=150) for text in ("even", "odd")]
    assert list(word.column.value_counts) == expected
    assert not word.column.HasField("mean")
    assert word.column.byte_sizes == pb.ByteSizes(minimum=3, maximum=4, total=1050)
