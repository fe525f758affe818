"""kill -9 in the middle of operations on whole tables: no leftovers, no half tables, and the same call works again."""

import grpc
import numpy as np
import pytest
import sqlalchemy as sql
from tablefit.rpc import tensors
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

from tests.data_program import data_services
from tests.waiting import wait_until

ROW_COUNT = 40_000
CHUNK_ROWS = 8_000
CATALOGUE = {"tablefit_tables", "tablefit_uploads", "tablefit_upload_chunks"}


@pytest.fixture
def service(tmp_path, database_url):
    with data_services(tmp_path) as start:
        yield start("--database-url", database_url)


@pytest.fixture
def tables(database_url):
    """The names of all tables that the database holds, and of those that are in the catalogue."""
    engine = sql.create_engine(database_url)

    def run():
        with engine.connect() as connection:
            present = {name for name in sql.inspect(connection).get_table_names() if not name.startswith("sqlite_")}
            entries = connection.exec_driver_sql("SELECT name, state FROM tablefit_tables ORDER BY name").all()
        return present - CATALOGUE, [tuple(entry) for entry in entries]

    yield run
    engine.dispose()


def fill(stub):
    columns = [pb.Column(name="n", type=pb.COLUMN_TYPE_INTEGER)]
    table = pb.Table(name="things", kind=pb.TABLE_KIND_GENERAL, columns=columns)
    stub.CreateTable(pb.CreateTableRequest(table=table))

    def messages():
        yield pb.IngestRowsRequest(start=pb.IngestStart(table="things", upload_id="u"))
        for number, first in enumerate(range(0, ROW_COUNT, CHUNK_ROWS)):
            values = tensors.encode(np.arange(first, first + CHUNK_ROWS))
            columns = [pb.ColumnValues(column="n", tensor=values)]
            yield pb.IngestRowsRequest(chunk=pb.RowChunk(number=number, row_count=CHUNK_ROWS, columns=columns))

    list(stub.IngestRows(messages()))


def split(stub, seed=0):
    shares = [pb.TableShare(table=name, fraction=0.5) for name in ("a", "b")]
    return stub.SplitTable(pb.SplitTableRequest(source="things", shares=shares, seed=seed))


def copy(stub):
    return stub.CopyTable(pb.CopyTableRequest(source="things", target="copy"))


@pytest.mark.parametrize(("operation", "made"), [(copy, ["copy"]), (split, ["a", "b"])])
def test_a_service_killed_while_it_makes_tables_leaves_nothing(service, tables, operation, made):
    with grpc.insecure_channel(service.address) as channel:
        stub = DataServiceStub(channel)
        fill(stub)
        steps = operation(stub)
        while next(steps).progress.done_rows < ROW_COUNT // 20:
            pass
        service.kill()
        with pytest.raises(grpc.RpcError):
            list(steps)
    present, entries = tables()
    assert present > {"things"}
    assert {state for _, state in entries} == {"ready", "building"}
    service.start()
    assert tables() == ({"things"}, [("things", "ready")])
    with grpc.insecure_channel(service.address) as channel:
        stub = DataServiceStub(channel)
        *_, last = operation(stub)
        rows = sum(stub.GetTable(pb.GetTableRequest(table=name)).table.row_count for name in made)
        assert (last.progress.done_rows, rows) == (ROW_COUNT, ROW_COUNT)
    assert tables() == ({"things", *made}, [(name, "ready") for name in sorted([*made, "things"])])


def test_a_caller_who_goes_away_while_tables_are_made_leaves_nothing(service, tables):
    with grpc.insecure_channel(service.address) as channel:
        fill(DataServiceStub(channel))
        steps = copy(DataServiceStub(channel))
        while next(steps).progress.done_rows < ROW_COUNT // 20:
            pass
        assert len(tables()[0]) == 2
        steps.cancel()
        wait_until(lambda: tables() == ({"things"}, [("things", "ready")]))
