"""Snapshots over real sockets: taken with progress, listed, kept, expired, deleted, shared, refused when too large."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from tablefit.data import Column, DataClient, StreamOptions
from tablefit.errors import InvalidInput, NotFound, TooBusy, WrongState
from tablefit.rpc.channel import open_channel
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

from data_service.store import Store
from tests.data_program import DataService
from tests.stream_reading import content, read
from tests.stream_worlds import World, fill_digits, fill_many, open_world
from tests.waiting import wait_until

ROW_COUNT = 300
COLUMNS = (Column("n", "integer"), Column("kind", "category"))
MANY = StreamOptions("many", batch_size=40, shuffle_seed=2)


def fill(store: Store) -> None:
    for name in ("many", "listed", "other"):
        fill_many(store, ROW_COUNT, name)
    fill_digits(store, 20)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("sqlite")
    with open_world("sqlite", f"sqlite:///{folder / 'tables.db'}", folder, fill=fill) as opened:
        yield opened


def test_a_snapshot_is_taken_with_progress(world: World) -> None:
    seen: list[tuple[int, int]] = []
    snapshot = world.data.create_snapshot("many", on_progress=lambda *counts: seen.append(counts))
    assert seen[-1] == (ROW_COUNT, ROW_COUNT)
    assert (snapshot.table, snapshot.row_count, snapshot.guarantee) == ("many", ROW_COUNT, "exact")
    assert [column.name for column in snapshot.columns] == ["n", "x", "kind", "seen", "face"]
    assert re.fullmatch("[0-9a-f]{64}", snapshot.digest)
    assert not snapshot.row_ids_are_numbers
    assert not snapshot.expired
    assert world.data.get_snapshot(snapshot.snapshot_id) == snapshot


def test_a_snapshot_of_some_columns_streams_these(world: World) -> None:
    snapshot = world.data.create_snapshot("many", columns=["kind", "n"])
    assert [column.name for column in snapshot.columns] == ["n", "kind"]
    header, batches = read(world.data, MANY, snapshot=snapshot.snapshot_id)
    whole = read(world.data, MANY, columns=("n", "kind"))[1]
    assert [column.name for column in header.columns] == ["n", "kind"]
    assert content(batches) == content(whole)
    with pytest.raises(InvalidInput, match="expected a column out of n, kind; received 'x'"):
        read(world.data, MANY, snapshot=snapshot.snapshot_id, columns=("x",))


def test_what_cannot_be_pinned_is_refused(world: World) -> None:
    world.data.create_table("empty")
    refused: list[tuple[str, dict[str, Any], type[Exception], str]] = [
        ("", {}, InvalidInput, "expected the name of a table, received none"),
        ("nope", {}, NotFound, "There is no table 'nope'."),
        ("empty", {}, WrongState, "Table 'empty' has no rows; ingest some first."),
        ("many", {"columns": ["n", "y"]}, InvalidInput, "expected columns out of n, x, kind, seen, face, each once"),
        ("many", {"columns": ["n", "n"]}, InvalidInput, "each once; received n, n"),
        ("many", {"keep": timedelta(seconds=59)}, InvalidInput, "for at least 60 s and at most 100 years, received 59"),
        ("many", {"guarantee": "perfect"}, InvalidInput, "guarantee"),
    ]
    for table, more, error, message in refused:
        with pytest.raises(error, match=message):
            world.data.create_snapshot(table, **more)


def test_snapshots_are_listed_newest_first_a_page_at_a_time(world: World) -> None:
    taken = []
    for number in range(5):
        world.execute(f"UPDATE listed SET n = -{number + 1} WHERE id = 1")
        taken.append(world.data.create_snapshot("listed").snapshot_id)
    other = world.data.create_snapshot("other").snapshot_id
    assert [found.snapshot_id for found in world.data.list_snapshots("listed")] == taken[::-1]
    assert [found.snapshot_id for found in world.data.list_snapshots()][:6] == [other, *taken[::-1]]
    with open_channel(world.service.address) as channel:
        stub = DataServiceStub(channel)
        pages, token = [], ""
        while not pages or token:
            page = stub.ListSnapshots(pb.ListSnapshotsRequest(table="listed", page_size=2, page_token=token))
            pages.append([found.snapshot_id for found in page.snapshots])
            token = page.next_page_token
        assert pages == [taken[:2:-1], taken[2:0:-1], taken[:1]]
        with pytest.raises(grpc.RpcError) as refused:
            stub.ListSnapshots(pb.ListSnapshotsRequest(table="other", page_token="x"))
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_snapshot_is_kept_as_long_as_asked_for(world: World) -> None:
    world.execute("UPDATE other SET n = -8 WHERE id = 1")
    taken = world.data.create_snapshot("other", keep=timedelta(hours=1))
    assert taken.create_time is not None
    assert taken.expire_time is not None
    assert abs(taken.expire_time - taken.create_time - timedelta(hours=1)) < timedelta(seconds=30)
    kept = world.data.update_snapshot(taken.snapshot_id, timedelta(days=50))
    assert kept.expire_time is not None
    assert abs(kept.expire_time - datetime.now(UTC) - timedelta(days=50)) < timedelta(seconds=30)
    assert world.data.get_snapshot(taken.snapshot_id) == kept
    with pytest.raises(InvalidInput, match="for at least 60 s and at most 100 years, received 1"):
        world.data.update_snapshot(taken.snapshot_id, timedelta(seconds=1))
    with pytest.raises(NotFound):
        world.data.update_snapshot("nope", timedelta(days=1))


def test_a_deleted_snapshot_is_not_found(world: World) -> None:
    world.execute("UPDATE other SET n = -9 WHERE id = 1")
    taken = world.data.create_snapshot("other").snapshot_id
    world.data.delete_snapshot(taken)
    for call in (world.data.get_snapshot, world.data.delete_snapshot):
        with pytest.raises(NotFound, match=f"There is no snapshot '{taken}'"):
            call(taken)
    with pytest.raises(NotFound):
        read(world.data, StreamOptions(snapshot=taken))
    assert world.data.create_snapshot("other").snapshot_id != taken


def test_a_held_snapshot_is_not_deleted_until_its_holder_goes(world: World) -> None:
    taken = world.data.create_snapshot("digits").snapshot_id
    with open_channel(world.service.address) as channel:
        hold = DataServiceStub(channel).HoldTable(pb.HoldTableRequest(snapshot=taken, reader="job 6b1f"))
        next(hold)
        with pytest.raises(WrongState, match="is being read by job 6b1f; wait until that ends, or cancel it"):
            world.data.delete_snapshot(taken)
        # Its table may go.
        world.data.delete_table("digits")
        hold.cancel()

    def is_deleted() -> bool:
        try:
            world.data.delete_snapshot(taken)
        except WrongState:
            return False
        return True

    wait_until(is_deleted)


def test_an_expired_snapshot_is_told_with_its_table_and_date(tmp_path: Path) -> None:
    days = "0.00001"
    url = f"sqlite:///{tmp_path / 'tables.db'}"
    with open_world(
        "sqlite", url, tmp_path, "--snapshot-keep", days, fill=lambda store: fill_digits(store, 20)
    ) as world:
        header, _ = read(world.data, StreamOptions("digits"))
        taken = world.data.get_snapshot(header.pin.snapshot_id)
        end = taken.expire_time
        assert end is not None
        wait_until(lambda: datetime.now(UTC) > end)
        world.restart()
        expired = world.data.get_snapshot(taken.snapshot_id)
        assert (expired.expired, expired.table, expired.row_count) == (True, "digits", 20)
        with pytest.raises(WrongState) as refused:
            read(world.data, StreamOptions("digits"), snapshot=taken.snapshot_id)
        assert f"of table 'digits' expired on {expired.expire_time:%Y-%m-%d}" in refused.value.message
        with pytest.raises(WrongState, match="expired"):
            world.data.update_snapshot(taken.snapshot_id, timedelta(days=1))
        assert list(world.data.list_snapshots()) == []
        assert [found.snapshot_id for found in world.data.list_snapshots(include_expired=True)] == [taken.snapshot_id]
        again = world.data.create_snapshot("digits")
        assert again.digest == world.data.create_snapshot("digits").digest
        assert again.snapshot_id != taken.snapshot_id


def test_a_snapshot_that_does_not_fit_the_disk_limit_is_refused_with_the_numbers(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tables.db'}"
    with open_world("sqlite", url, tmp_path, "--snapshot-limit", "0.00002", fill=fill) as world:
        for call in (lambda: world.data.create_snapshot("many"), lambda: read(world.data, MANY)):
            with pytest.raises(TooBusy, match=r"21,474"):
                call()
        assert list(world.data.list_snapshots()) == []
        assert world.data.create_snapshot("many", columns=["kind"]).row_count == ROW_COUNT


@pytest.fixture
def services(
    start_service: Callable[..., DataService], mysql_server: Any, tmp_path: Path
) -> Iterator[tuple[DataClient, DataClient]]:
    """Clients of two services on one MySQL database that share a directory for snapshots."""
    url = mysql_server.create_database()
    started = [start_service("--database-url", url, "--shared-directory", str(tmp_path / "shared")) for _ in range(2)]
    with DataClient(started[0].address) as one, DataClient(started[1].address) as other:
        yield one, other
    mysql_server.drop_database(url)


def test_two_services_share_snapshots(services: tuple[DataClient, DataClient]) -> None:
    one, other = services
    table = one.create_table("pairs", columns=COLUMNS)
    one.insert_rows("pairs", [{"n": number, "kind": f"class {number % 3}"} for number in range(100)])
    taken = one.create_snapshot("pairs")
    assert other.create_snapshot("pairs").snapshot_id == taken.snapshot_id
    options = StreamOptions("pairs", batch_size=9, shuffle_seed=4)
    first, expected = read(one, options)
    second, found = read(other, options)
    assert first.pin == second.pin
    assert first.pin.snapshot_id == taken.snapshot_id
    assert first.table_id == table.table_id
    assert content(found) == content(expected)
    held = one.hold_snapshot(taken.snapshot_id, "job 7")
    with held, pytest.raises(WrongState, match="is being read by job 7"):
        other.delete_snapshot(taken.snapshot_id)
