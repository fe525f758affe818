"""General tables and their rows over a real socket, with the generated stubs, as a caller in any language sees them."""

import grpc
import numpy as np
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from tablefit.rpc import tensors
from tablefit.rpc.times import to_timestamp
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

from data_service.convert.tables import encode_column
from data_service.schema import KEY_COLUMN, ColumnType
from tests import awkward

TABLE = pb.Table(
    name="things",
    kind=pb.TABLE_KIND_GENERAL,
    columns=[
        pb.Column(name="n", type=pb.COLUMN_TYPE_INTEGER),
        pb.Column(name="text", type=pb.COLUMN_TYPE_TEXT, nullable=True, description="What it says"),
        pb.Column(name="t", type=pb.COLUMN_TYPE_TENSOR, nullable=True, data_type=pb.DATA_TYPE_INT16, shape=[2]),
    ],
)


@pytest.fixture
def stub(start_service, database_url):
    with grpc.insecure_channel(start_service("--database-url", database_url).address) as channel:
        yield DataServiceStub(channel)


@pytest.fixture
def embedded(start_service):
    """A stub of a service on SQLite, for what does not depend on the engine."""
    with grpc.insecure_channel(start_service().address) as channel:
        yield DataServiceStub(channel)


def create(stub, table=TABLE):
    return stub.CreateTable(pb.CreateTableRequest(table=table)).table


def numbers(*values, texts=()):
    columns = [pb.ColumnValues(column="n", tensor=tensors.encode(np.array(values, np.int64)))]
    if texts:
        marks = bytes(text is None for text in texts)
        sent = pb.TextValues(values=[text or "" for text in texts])
        columns.append(pb.ColumnValues(column="text", texts=sent, is_null=marks))
    return pb.RowChunk(row_count=len(values), columns=columns)


def insert(stub, *values, texts=(), request_id=""):
    request = pb.InsertRowsRequest(table="things", rows=numbers(*values, texts=texts), request_id=request_id)
    return list(stub.InsertRows(request).ids)


def equals(column, value):
    return pb.Filter(comparison=pb.Comparison(column=column, comparator=pb.COMPARATOR_EQUAL, value=value))


def column_values(name, array):
    is_null = b"" if array.is_null is None else array.is_null.tobytes()
    values = array.values
    if not isinstance(values, list):
        return pb.ColumnValues(column=name, tensor=tensors.encode(values), is_null=is_null)
    if isinstance(values[0], str):
        return pb.ColumnValues(column=name, texts=pb.TextValues(values=values), is_null=is_null)
    return pb.ColumnValues(column=name, blobs=pb.BlobValues(values=values), is_null=is_null)


def value_of(cell, column):
    match cell:
        case None:
            return pb.Value()
        case bool():
            return pb.Value(boolean=cell)
        case int():
            return pb.Value(integer=cell)
        case float():
            # Zero has no sign.
            return pb.Value(float=cell + 0.0)
        case str():
            return pb.Value(text=cell)
        case bytes():
            return pb.Value(blob=cell)
    assert column.type is ColumnType.TIMESTAMP
    return pb.Value(timestamp=to_timestamp(cell))


def failure(call):
    with pytest.raises(grpc.RpcError) as caught:
        call()
    status = rpc_status.from_call(caught.value)
    fields = error_details_pb2.BadRequest()
    for detail in status.details:
        if detail.Is(fields.DESCRIPTOR):
            detail.Unpack(fields)
    return caught.value.code(), [violation.field for violation in fields.field_violations]


def test_values_of_every_type_go_in_and_out(stub):
    columns = [encode_column(column) for column in awkward.COLUMNS]
    made = create(stub, pb.Table(name="things", kind=pb.TABLE_KIND_GENERAL, columns=columns))
    assert list(made.columns) == [encode_column(KEY_COLUMN), *columns]
    assert (made.kind, made.origin, made.key_column) == (pb.TABLE_KIND_GENERAL, pb.TABLE_ORIGIN_SERVICE, "id")
    values = [column_values(name, array) for name, array in awkward.arrays().items()]
    chunk = pb.RowChunk(row_count=awkward.ROW_COUNT, columns=values)
    requests = [
        pb.IngestRowsRequest(start=pb.IngestStart(table="things", upload_id="u")),
        pb.IngestRowsRequest(chunk=chunk),
        pb.IngestRowsRequest(finish=pb.IngestFinish(chunk_count=1)),
    ]
    *_, end = stub.IngestRows(iter(requests))
    assert (end.state.finished, end.state.committed_rows) == (True, awkward.ROW_COUNT)
    page = stub.ListRows(pb.ListRowsRequest(table="things", columns=awkward.NAMES))
    assert [list(row.values) for row in page.rows] == [
        [value_of(cell, column) for cell, column in zip(cells, awkward.COLUMNS, strict=True)]
        for cells in awkward.cells()
    ]
    shown = stub.ListRows(pb.ListRowsRequest(table="things", page_size=1)).columns
    assert [column.name for column in shown] == ["id", *awkward.NAMES[:6]]


def test_rows_are_inserted_got_listed_changed_and_deleted(stub):
    create(stub)
    assert insert(stub, 3, 1, 2, texts=["c", None, "b"], request_id="r") == [1, 2, 3]
    assert insert(stub, 3, 1, 2, texts=["c", None, "b"], request_id="r") == [1, 2, 3]
    got = stub.GetRow(pb.GetRowRequest(table="things", id=2))
    assert [column.name for column in got.columns] == ["id", "n", "text", "t"]
    assert got.row == pb.Row(id=2, values=[pb.Value(integer=2), pb.Value(integer=1), pb.Value(), pb.Value()])

    order = [pb.RowOrder(column="text"), pb.RowOrder(column="n", descending=True)]
    where = pb.Filter(any=pb.FilterList(filters=[pb.Filter(is_null=pb.NullTest(column="text")), like("b%")]))
    request = pb.ListRowsRequest(table="things", columns=["n"], filter=where, order_by=order, page_size=1)
    first = stub.ListRows(request)
    assert [row.id for row in first.rows] == [2]
    request.page_token = first.next_page_token
    second = stub.ListRows(request)
    assert ([row.id for row in second.rows], second.next_page_token) == ([3], "")

    tensor = np.array([1, -1], "<i2").tobytes()
    values = [
        pb.NamedValue(column="t", value=pb.Value(blob=tensor)),
        pb.NamedValue(column="text", value=pb.Value(text="x")),
    ]
    update = pb.UpdateRowsRequest(table="things", ids=pb.RowIds(ids=[1, 2]), values=values)
    update.update_mask.paths.append("t")
    assert stub.UpdateRows(update).row_count == 2
    got = stub.GetRow(pb.GetRowRequest(table="things", id=1, columns=["t", "text"])).row
    assert list(got.values) == [pb.Value(blob=tensor), pb.Value(text="c")]

    delete = pb.DeleteRowsRequest(table="things", filter=equals("n", pb.Value(integer=1)), validate_only=True)
    assert stub.DeleteRows(delete).row_count == 1
    assert stub.GetTable(pb.GetTableRequest(table="things")).table.row_count == 3
    delete.validate_only = False
    assert stub.DeleteRows(delete).row_count == 1
    assert [row.id for row in stub.ListRows(pb.ListRowsRequest(table="things")).rows] == [1, 3]


def like(pattern):
    return pb.Filter(like=pb.PatternTest(column="text", pattern=pattern))


def is_refused(call, field):
    assert failure(call) == (grpc.StatusCode.INVALID_ARGUMENT, [field])


def test_columns_that_do_not_fit_are_refused_naming_the_field(embedded):
    integer = pb.Column(name="n", type=pb.COLUMN_TYPE_INTEGER)
    for columns, field in [
        ([], "table.columns"),
        ([pb.Column(name="n")], "table.columns[0].type"),
        ([integer, pb.Column(name="N", type=pb.COLUMN_TYPE_TEXT)], "table.columns[1].name"),
        ([pb.Column(name="t", type=pb.COLUMN_TYPE_TENSOR)], "table.columns[0].data_type"),
        ([pb.Column(name="t", type=pb.COLUMN_TYPE_TENSOR, data_type=99)], "table.columns[0].data_type"),
    ]:
        table = pb.Table(name="x", kind=pb.TABLE_KIND_GENERAL, columns=columns)
        is_refused(lambda table=table: create(embedded, table), field)


def test_lists_that_do_not_fit_are_refused_naming_the_field(embedded):
    create(embedded)
    for request, field in [
        ({"filter": pb.Filter()}, "filter"),
        ({"filter": pb.Filter(all=pb.FilterList(filters=[like("a"), pb.Filter()]))}, "filter.all[1]"),
        ({"filter": pb.Filter(comparison=pb.Comparison(column="n", value=pb.Value(integer=1)))}, "filter.comparison"),
        ({"filter": equals("n", pb.Value(timestamp=Timestamp(seconds=2**60)))}, "filter.comparison"),
        ({"filter": equals("n", pb.Value(timestamp=Timestamp(nanos=1)))}, "filter.comparison"),
        ({"filter": equals("n", pb.Value(text="1"))}, "filter.comparison"),
        ({"order_by": [pb.RowOrder(column="t")]}, "order_by"),
    ]:
        is_refused(lambda more=request: embedded.ListRows(pb.ListRowsRequest(table="things", **more)), field)
    is_refused(lambda: embedded.GetRow(pb.GetRowRequest(table="things", id=1, columns=["no"])), "columns")


def test_changes_that_do_not_fit_are_refused_naming_the_field(embedded):
    create(embedded)
    one, five = pb.RowIds(ids=[1]), pb.NamedValue(column="n", value=pb.Value(integer=5))
    masked = pb.UpdateRowsRequest(table="things", ids=one, values=[five])
    masked.update_mask.paths.append("text")
    is_refused(lambda: embedded.UpdateRows(masked), "update_mask")
    is_refused(lambda: embedded.UpdateRows(pb.UpdateRowsRequest(table="things", values=[five])), "selection")
    twice = pb.UpdateRowsRequest(table="things", ids=one, values=[five, five])
    is_refused(lambda: embedded.UpdateRows(twice), "values")
    is_refused(lambda: embedded.DeleteRows(pb.DeleteRowsRequest(table="things")), "selection")
    is_refused(lambda: embedded.DeleteRows(pb.DeleteRowsRequest(table="things", ids=pb.RowIds())), "ids")


def test_inserted_rows_that_do_not_fit_are_refused_naming_the_field(embedded):
    create(embedded)
    marked = numbers(1)
    marked.columns[0].is_null = b"\0\0"
    scalar = pb.RowChunk(row_count=1, columns=[pb.ColumnValues(column="n", tensor=tensors.encode(np.array(1)))])
    for rows in (marked, scalar):
        request = pb.InsertRowsRequest(table="things", rows=rows)
        is_refused(lambda request=request: embedded.InsertRows(request), "chunk.columns")
    is_refused(lambda: insert(embedded), "chunk.row_count")
    is_refused(lambda: insert(embedded, 1, texts=["\0"]), "rows")


def test_what_is_not_there_is_not_found(embedded):
    create(embedded)
    one = pb.RowIds(ids=[1])
    for call in (
        lambda: embedded.GetRow(pb.GetRowRequest(table="things", id=1)),
        lambda: embedded.GetRow(pb.GetRowRequest(table="nope", id=1)),
        lambda: embedded.DeleteRows(pb.DeleteRowsRequest(table="things", ids=one)),
        lambda: embedded.DeleteRows(pb.DeleteRowsRequest(table="nope", ids=one)),
        lambda: embedded.InsertRows(pb.InsertRowsRequest(table="nope", rows=numbers(1))),
    ):
        assert failure(call) == (grpc.StatusCode.NOT_FOUND, [])
