"""The data service over a real socket, with the generated stubs, as a caller in any language sees it."""

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status
from tablefit.rpc.channel import open_channel
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

from data_service.schema import IMAGE_COLUMNS
from tests.image_files import png
from tests.waiting import wait_until

SERVICE = "tablefit.v1.DataService"


@pytest.fixture
def service(start_service, database_url):
    return start_service("--database-url", database_url)


@pytest.fixture
def channel(service):
    with grpc.insecure_channel(service.address) as opened:
        yield opened


@pytest.fixture
def stub(channel):
    return DataServiceStub(channel)


@pytest.fixture
def embedded(start_service):
    """A stub of a service on SQLite, for what does not depend on the engine."""
    with grpc.insecure_channel(start_service().address) as opened:
        yield DataServiceStub(opened)


def create(stub, name="digits", **more):
    wanted = pb.Table(name=name, kind=pb.TABLE_KIND_IMAGE, **more)
    return stub.CreateTable(pb.CreateTableRequest(table=wanted)).table


def start(upload_id="u", table="digits"):
    return pb.IngestRowsRequest(start=pb.IngestStart(table=table, upload_id=upload_id))


def chunk(number, *seeds, images=()):
    columns = [
        pb.ColumnValues(column="label", texts=pb.TextValues(values=[str(seed) for seed in seeds])),
        pb.ColumnValues(column="image", blobs=pb.BlobValues(values=images or [png(seed) for seed in seeds])),
    ]
    names = [f"{seed}.png" for seed in seeds]
    return pb.IngestRowsRequest(
        chunk=pb.RowChunk(number=number, row_count=len(seeds), source_names=names, columns=columns)
    )


def finish(chunk_count):
    return pb.IngestRowsRequest(finish=pb.IngestFinish(chunk_count=chunk_count))


def failure(call):
    """Code, reason, metadata and field of the status with which `call` fails."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in rpc_status.from_call(caught.value).details:
        detail.Unpack(info) or detail.Unpack(bad_request)
    assert info.domain == "tablefit"
    fields = [violation.field for violation in bad_request.field_violations]
    return caught.value.code(), info.reason, dict(info.metadata), fields


def test_tables_are_created_listed_changed_and_deleted(stub):
    made = create(stub, "Digits", description="d")
    assert (made.name, made.kind, made.description, made.row_count) == ("Digits", pb.TABLE_KIND_IMAGE, "d", 0)
    assert [(column.name, pb.ColumnType.Name(column.type)) for column in made.columns] == [
        ("id", "COLUMN_TYPE_INTEGER"),
        ("label", "COLUMN_TYPE_CATEGORY"),
        ("image", "COLUMN_TYPE_IMAGE"),
        ("width", "COLUMN_TYPE_INTEGER"),
        ("height", "COLUMN_TYPE_INTEGER"),
        ("channels", "COLUMN_TYPE_INTEGER"),
        ("media_type", "COLUMN_TYPE_TEXT"),
        ("sha256", "COLUMN_TYPE_TEXT"),
        ("source_name", "COLUMN_TYPE_TEXT"),
        ("create_time", "COLUMN_TYPE_TIMESTAMP"),
    ]
    assert stub.GetTable(pb.GetTableRequest(table="digits")).table == made
    create(stub, "letters")
    page = stub.ListTables(pb.ListTablesRequest(page_size=1))
    assert page.tables[0] == made
    page = stub.ListTables(pb.ListTablesRequest(page_size=1, page_token=page.next_page_token))
    assert ([table.name for table in page.tables], page.next_page_token) == (["letters"], "")
    request = pb.UpdateTableRequest(table="digits", update=pb.Table(name="数字", description="ignored"))
    request.update_mask.paths.append("name")
    renamed = stub.UpdateTable(request).table
    assert (renamed.name, renamed.description, renamed.table_id) == ("数字", "d", made.table_id)
    stub.DeleteTable(pb.DeleteTableRequest(table="数字"))
    assert [table.name for table in stub.ListTables(pb.ListTablesRequest()).tables] == ["letters"]


def test_rows_go_in_by_chunks_and_come_out_by_pages(stub):
    create(stub)
    requests = [start(), chunk(0, 3, 1), chunk(1, 4, 1, images=[b"broken", png(9)]), finish(2)]
    opened, first, second, end = stub.IngestRows(iter(requests))
    assert (opened.state.next_chunk, opened.state.finished, opened.state.table_rows) == (0, False, 0)
    assert (opened.state.limit_rows, opened.state.limit_bytes, opened.state.window_chunks) == (1000, 4 * 1024**2, 4)
    assert first.acknowledgement == pb.ChunkAcknowledgement(number=0, committed_rows=2)
    (rejection,) = second.acknowledgement.rejections
    assert (second.acknowledgement.committed_rows, rejection.index, rejection.source_name) == (3, 0, "4.png")
    assert (end.state.finished, end.state.committed_rows, end.state.rejected_rows) == (True, 3, 1)
    assert end.state.table_rows == 3

    columns = ["label", "image", "create_time"]
    page = stub.ListRows(pb.ListRowsRequest(table="digits", page_size=2, columns=columns))
    assert [column.name for column in page.columns] == columns
    assert [(row.id, row.values[0].text, row.values[1].blob) for row in page.rows] == [
        (1, "3", png(3)),
        (2, "1", png(1)),
    ]
    assert page.rows[0].values[2].timestamp.seconds > 0
    token = page.next_page_token
    page = stub.ListRows(pb.ListRowsRequest(table="digits", page_size=2, columns=columns, page_token=token))
    assert ([row.values[1].blob for row in page.rows], page.next_page_token) == ([png(9)], "")


def test_an_upload_goes_on_where_its_caller_vanished(stub):
    create(stub)
    call = stub.IngestRows(iter([start(), chunk(0, 0), chunk(1, 1)]))
    assert [next(call).acknowledgement.number for _ in range(3)][1:] == [0, 1]
    call.cancel()
    state = next(stub.IngestRows(iter([start()]))).state
    assert (state.next_chunk, state.committed_rows) == (2, 2)
    answers = list(stub.IngestRows(iter([start(), chunk(0, 0), chunk(1, 1), chunk(2, 2), finish(3)])))
    assert [answer.acknowledgement.repeated_chunk for answer in answers[1:4]] == [True, True, False]
    rows = stub.ListRows(pb.ListRowsRequest(table="digits", columns=["label"])).rows
    assert [row.values[0].text for row in rows] == ["0", "1", "2"]


def test_a_page_of_images_is_bounded_by_bytes_but_holds_at_least_one(start_service):
    with open_channel(start_service().address) as channel:
        stub = DataServiceStub(channel)
        create(stub)
        images = [png(seed) + b"\0" * size for seed, size in enumerate([1_000_000] * 4 + [3_500_000, 10])]
        requests = [start(), *(chunk(n, n, images=[image]) for n, image in enumerate(images)), finish(6)]
        assert list(stub.IngestRows(iter(requests)))[-1].state.committed_rows == 6
        pages = list(pages_of(stub, columns=["image"]))
        assert [[row.values[0].blob for row in page.rows] for page in pages] == [
            images[:3],
            images[3:4],
            images[4:5],
            images[5:],
        ]
        (page,) = pages_of(stub)
        assert [column.name for column in page.columns] == [
            column.name for column in IMAGE_COLUMNS if column.name != "image"
        ]
        assert len(page.rows) == 6


def test_a_page_of_long_texts_is_bounded_by_bytes_too(start_service):
    # gRPC's own limit for a message, which callers in other languages have.
    with grpc.insecure_channel(start_service().address) as channel:
        stub = DataServiceStub(channel)
        create(stub)
        label, name = "😀" * 1000, "🦊" * 1000
        for number in range(4):
            rows = pb.RowChunk(number=number, row_count=300, source_names=[name] * 300)
            rows.columns.add(column="label").texts.values.extend([label] * 300)
            rows.columns.add(column="image").blobs.values.extend([png(1)] * 300)
            requests = [start(), pb.IngestRowsRequest(chunk=rows)]
            assert len(list(stub.IngestRows(iter(requests)))) == 2
        pages = list(pages_of(stub, columns=["label", "source_name"], page_size=1000))
    assert [[cell.text for cell in row.values] for page in pages for row in page.rows] == [[label, name]] * 1200
    assert [len(page.rows) for page in pages] == [391, 391, 391, 27]


def pages_of(stub, **more):
    token = ""
    while True:
        page = stub.ListRows(pb.ListRowsRequest(table="digits", page_token=token, **more))
        yield page
        token = page.next_page_token
        if not token:
            return


def test_failures_say_what_is_wrong_in_a_form_for_programs(embedded):
    create(embedded)
    create(embedded, "letters")
    token = embedded.ListTables(pb.ListTablesRequest(page_size=1)).next_page_token
    update = pb.UpdateTableRequest(table="digits", update=pb.Table(name="x", kind=pb.TABLE_KIND_IMAGE))
    update.update_mask.paths.append("kind")
    invalid = [
        (lambda: create(embedded, "x'); DROP TABLE digits; --"), "table.name"),
        (lambda: create(embedded, "tablefit_uploads"), "table.name"),
        (lambda: create(embedded, "x", description="d" * 1001), "table.description"),
        (lambda: embedded.CreateTable(pb.CreateTableRequest(table=pb.Table(name="x"))), "table.kind"),
        (lambda: embedded.CreateTable(pb.CreateTableRequest(table=pb.Table(name="x", kind=99))), "table.kind"),
        (lambda: embedded.UpdateTable(update), "update_mask"),
        (lambda: embedded.UpdateTable(pb.UpdateTableRequest(table="digits")), "update_mask"),
        (lambda: embedded.GetTable(pb.GetTableRequest()), "table"),
        (lambda: embedded.ListTables(pb.ListTablesRequest(page_size=-1)), "page_size"),
        (lambda: embedded.ListTables(pb.ListTablesRequest(page_token="x")), "page_token"),
        (lambda: embedded.ListRows(pb.ListRowsRequest(table="digits", page_token=token)), "page_token"),
        (lambda: embedded.ListRows(pb.ListRowsRequest(table="digits", columns=["nope"])), "columns"),
        (lambda: embedded.ListRows(pb.ListRowsRequest(table="digits", columns=["id", "id"])), "columns"),
        (lambda: list(embedded.IngestRows(iter([finish(0)]))), "start"),
        (lambda: list(embedded.IngestRows(iter([start(), pb.IngestRowsRequest()]))), "content"),
        (lambda: list(embedded.HoldTable(pb.HoldTableRequest(table="digits"))), "reader"),
    ]
    for call, field in invalid:
        assert failure(call) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_INPUT", {}, [field])
    taken = failure(lambda: create(embedded, "DIGITS"))
    assert taken == (grpc.StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS", {"table": "digits"}, [])
    missing = (grpc.StatusCode.NOT_FOUND, "NOT_FOUND", {"table": "nope"}, [])
    for call in (
        lambda: embedded.GetTable(pb.GetTableRequest(table="nope")),
        lambda: embedded.DeleteTable(pb.DeleteTableRequest(table="nope")),
        lambda: embedded.ListRows(pb.ListRowsRequest(table="nope")),
        lambda: list(embedded.IngestRows(iter([start(table="nope")]))),
        lambda: list(embedded.HoldTable(pb.HoldTableRequest(table="nope", reader="r"))),
    ):
        assert failure(call) == missing
    gap = failure(lambda: list(embedded.IngestRows(iter([start(), chunk(1, 1)]))))
    assert gap == (grpc.StatusCode.OUT_OF_RANGE, "OUT_OF_ORDER", {}, [])
    other = failure(lambda: list(embedded.IngestRows(iter([start(), chunk(0, 1), chunk(0, 2)]))))
    assert other == (grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE", {}, [])


def test_a_repeated_creation_with_one_request_id_makes_one_table(embedded):
    request = pb.CreateTableRequest(table=pb.Table(name="digits", kind=pb.TABLE_KIND_IMAGE), request_id="r")
    assert embedded.CreateTable(request) == embedded.CreateTable(request)


def test_a_held_table_is_not_deleted_until_its_holder_goes(embedded):
    table = create(embedded)
    delete = pb.DeleteTableRequest(table="digits")
    hold = embedded.HoldTable(pb.HoldTableRequest(table="digits", reader="job 6b1f"))
    assert next(hold).table == table
    refused = failure(lambda: embedded.DeleteTable(delete))
    assert refused == (grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE", {"readers": "job 6b1f"}, [])
    hold.cancel()

    def is_deleted():
        try:
            embedded.DeleteTable(delete)
        except grpc.RpcError:
            return False
        return True

    wait_until(is_deleted)


def test_holders_that_vanish_with_their_connection_give_the_table_free(start_service):
    service = start_service()
    with grpc.insecure_channel(service.address) as other:
        create(DataServiceStub(other))
        with grpc.insecure_channel(service.address, options=[("grpc.use_local_subchannel_pool", 1)]) as own:
            next(DataServiceStub(own).HoldTable(pb.HoldTableRequest(table="digits", reader="r")))

        def is_deleted():
            try:
                DataServiceStub(other).DeleteTable(pb.DeleteTableRequest(table="digits"))
            except grpc.RpcError:
                return False
            return True

        wait_until(is_deleted)


def test_health_can_be_asked_and_watched(start_service):
    service = start_service()
    with grpc.insecure_channel(service.address) as channel:
        check_health(health_pb2_grpc.HealthStub(channel), service)


def check_health(stub, service):
    for name in ("", SERVICE):
        assert stub.Check(health_pb2.HealthCheckRequest(service=name)).status == health_pb2.HealthCheckResponse.SERVING
    watch = stub.Watch(health_pb2.HealthCheckRequest(service=SERVICE))
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    assert service.end() == 0
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
    with pytest.raises(grpc.RpcError):
        next(watch)


def test_reflection_tells_of_the_service(start_service):
    with grpc.insecure_channel(start_service().address) as channel:
        check_reflection(reflection_pb2_grpc.ServerReflectionStub(channel))


def check_reflection(stub):
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    (response,) = stub.ServerReflectionInfo(iter([request]))
    assert SERVICE in [service.name for service in response.list_services_response.service]
    request = reflection_pb2.ServerReflectionRequest(file_containing_symbol=SERVICE)
    (response,) = stub.ServerReflectionInfo(iter([request]))
    assert b"data_service.proto" in response.file_descriptor_response.file_descriptor_proto[0]
