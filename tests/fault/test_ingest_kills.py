"""kill -9 in the middle of an ingest, and going on: nothing lost, nothing doubled, exact rows in exact order."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from tablefit.data import DataClient
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

from tests.data_program import DataService, data_services
from tests.engines import Server
from tests.image_files import MadeImages, png
from tests.waiting import wait_until

pytestmark = pytest.mark.long

ROW_COUNT = 3_300
# Chunks hold 1,000 rows here, so a kill at these rows falls behind none, one and three committed or sent chunks.
KILLED_AT = (20, 1_500, 3_200)


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., DataService]]:
    with data_services(tmp_path) as start:
        yield start


@pytest.fixture
def server_url(database_server: Server) -> Iterator[str]:
    """The URL of an empty database on `database_server`."""
    url = database_server.create_database()
    yield url
    database_server.drop_database(url)


class OnceAtRows:
    """Calls `act` when the source gives one of `rows` for the first time."""

    def __init__(self, rows: tuple[int, ...], act: Callable[[], None]) -> None:
        self._rows = set(rows)
        self._act = act

    def __call__(self, number: int) -> None:
        if number in self._rows:
            self._rows.remove(number)
            self._act()


def assert_exact(data: DataClient, row_count: int = ROW_COUNT) -> None:
    rows = list(data.list_rows("digits", columns=["id", "label", "source_name", "image"]))
    expected = [(str(n % 10), f"{n}.png", png(n)) for n in range(row_count)]
    assert [(row.values["label"], row.values["source_name"], row.values["image"]) for row in rows] == expected
    ids = [row.id for row in rows]
    assert ids == sorted(set(ids))


def test_an_ingest_goes_on_when_the_service_is_killed(start_service, database_url):
    service = start_service("--database-url", database_url)

    def kill_and_start():
        service.kill()
        service.start()

    with DataClient(service.address) as data:
        data.create_table("digits")
        source = MadeImages(ROW_COUNT, OnceAtRows(KILLED_AT, kill_and_start))
        result = data.ingest("digits", source, upload_id="u", patience_s=60)
        assert (result.committed_rows, result.rejected_rows) == (ROW_COUNT, 0)
        assert_exact(data)


def test_an_ingest_goes_on_when_the_service_is_killed_while_it_writes(start_service, database_url):
    """The kill comes at the acknowledgements, while the chunks behind them are being verified and written."""
    service = start_service("--database-url", database_url)
    killed = threading.Semaphore(2)

    def kill_and_start(_progress):
        if killed.acquire(blocking=False):
            service.kill()
            service.start()

    with DataClient(service.address) as data:
        data.create_table("digits")
        result = data.ingest("digits", MadeImages(ROW_COUNT), upload_id="u", on_progress=kill_and_start, patience_s=60)
        assert result.committed_rows == ROW_COUNT
        assert_exact(data)


def test_an_ingest_goes_on_when_the_database_is_killed(start_service, database_server, server_url):
    service = start_service("--database-url", server_url)

    def kill_and_start():
        database_server.kill()
        database_server.start()

    with DataClient(service.address) as data:
        data.create_table("digits")
        source = MadeImages(ROW_COUNT, OnceAtRows(KILLED_AT, kill_and_start))
        result = data.ingest("digits", source, upload_id="u", patience_s=60)
        assert result.committed_rows == ROW_COUNT
        assert_exact(data)


def test_a_database_that_is_down_is_said_without_details_until_it_is_back(start_service, database_server, server_url):
    service = start_service("--database-url", server_url)
    with grpc.insecure_channel(service.address) as channel:
        stub = DataServiceStub(channel)
        stub.CreateTable(pb.CreateTableRequest(table=pb.Table(name="digits", kind=pb.TABLE_KIND_IMAGE)))
        database_server.kill()
        with pytest.raises(grpc.RpcError) as caught:
            stub.GetTable(pb.GetTableRequest(table="digits"), timeout=30)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert caught.value.details() == "The database cannot be reached at the moment; try again."
        database_server.start()
        assert stub.GetTable(pb.GetTableRequest(table="digits"), timeout=30).table.row_count == 0


def test_an_ingest_goes_on_when_its_caller_is_killed(start_service, database_url):
    """A caller that dies sends no more; the same ingest typed again goes on where the last one stopped."""
    service = start_service("--database-url", database_url)

    def die():
        raise KeyboardInterrupt

    with DataClient(service.address) as data:
        data.create_table("digits")
    for row in KILLED_AT:
        with DataClient(service.address) as data, pytest.raises(KeyboardInterrupt):
            data.ingest("digits", MadeImages(ROW_COUNT, OnceAtRows((row,), die)), upload_id="u")
    with DataClient(service.address) as data:
        data.ingest("digits", MadeImages(ROW_COUNT), upload_id="u")
        assert_exact(data)


@pytest.mark.parametrize("change", ["rename", "delete"])
def test_a_service_killed_while_it_changes_a_table_leaves_it_one_or_the_other(
    start_service, database_server, server_url, change
):
    """The statement waits for a lock of this test when the service is killed; the server may still carry it out."""
    service = start_service("--database-url", server_url)
    with DataClient(service.address) as data:
        data.create_table("digits")
        data.ingest("digits", MadeImages(20), upload_id="u")
    with database_server.connect(server_url.rpartition("/")[2]) as blocker, blocker.cursor() as cursor:
        blocker.begin()
        cursor.execute("SELECT count(*) FROM digits")
        with ThreadPoolExecutor(1) as pool, DataClient(service.address) as data:
            changing = (
                pool.submit(data.rename_table, "digits", "letters")
                if change == "rename"
                else pool.submit(data.delete_table, "digits")
            )
            wait_until(lambda: is_waiting_for_a_table(database_server))
            service.kill()
            assert changing.exception(30) is not None
        blocker.rollback()
    service.start()
    with DataClient(service.address) as data:
        names = [table.name for table in data.list_tables()]
        assert names in ([["digits"], ["letters"]] if change == "rename" else [[]])
        for name in names:
            assert data.get_table(name).row_count == 20
        data.create_table("another")
        shown = database_server.execute(f"SHOW TABLES IN {server_url.rpartition('/')[2]}")
        left = [name for (name,) in shown if not name.startswith("tablefit_")]
        assert sorted(left) == sorted([*names, "another"])


def is_waiting_for_a_table(server) -> bool:
    rows = server.execute("SELECT STATE FROM information_schema.PROCESSLIST")
    return any("metadata lock" in str(state) for (state,) in rows)
