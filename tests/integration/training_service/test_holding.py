"""Snapshots stay for as long as jobs need them, on a real data service that comes and goes."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tablefit.data import DataClient, StreamOptions
from tablefit.errors import WrongState
from tablefit.rpc.calls import call_patiently

from tests.data_program import DataService
from tests.integration.keras.people import store_people
from tests.waiting import TIMEOUT_S, wait_until
from training_service import holding
from training_service.holding import SnapshotHolds


@pytest.fixture
def data_service(tmp_path: Path) -> Iterator[DataService]:
    service = DataService(tmp_path / "data")
    yield service
    service.kill()


@pytest.fixture
def data(data_service: DataService) -> Iterator[DataClient]:
    with DataClient(data_service.address) as client:
        yield client


@pytest.fixture
def holds(data: DataClient) -> Iterator[SnapshotHolds]:
    holds = SnapshotHolds(data)
    yield holds
    holds.close()


def pin(data: DataClient, table: str) -> str:
    """The snapshot of a new table with 30 rows, which is gone."""
    store_people(data.address, table)
    snapshot_id = data.describe_stream(StreamOptions(table=table)).pin.snapshot_id
    data.delete_table(table)
    return snapshot_id


def is_deleted(data: DataClient, snapshot_id: str) -> bool:
    """Deletes a snapshot, unless it is held."""
    try:
        data.delete_snapshot(snapshot_id)
    except WrongState:
        return False
    return True


def wait_until_held(data: DataClient, snapshot_id: str) -> None:
    """Waits until the service knows of a hold, while the snapshot cannot be deleted."""
    hold = data.hold_snapshot(snapshot_id, "the test")
    with ExitStack() as stack:
        call_patiently(lambda: stack.enter_context(hold), TIMEOUT_S)
        wait_until(lambda: holding.READER in readers(data, snapshot_id))


def readers(data: DataClient, snapshot_id: str) -> str:
    """Who keeps a snapshot that is held from being deleted."""
    with pytest.raises(WrongState) as refused:
        data.delete_snapshot(snapshot_id)
    return refused.value.message


def test_a_snapshot_is_held_until_the_last_of_its_jobs_has_ended(data, holds):
    snapshot_id = pin(data, "people")
    holds.add("one", snapshot_id)
    wait_until_held(data, snapshot_id)
    holds.add("two", snapshot_id)
    holds.drop("one")
    assert holding.READER in readers(data, snapshot_id)
    holds.drop("two")
    wait_until(lambda: is_deleted(data, snapshot_id))


def test_a_snapshot_is_held_again_after_a_restart_of_the_data_service(data, data_service, holds):
    snapshot_id = pin(data, "people")
    holds.add("one", snapshot_id)
    wait_until_held(data, snapshot_id)
    data_service.kill()
    data_service.start()
    wait_until_held(data, snapshot_id)


def test_a_snapshot_is_held_as_soon_as_the_data_service_is_there(data, data_service, holds):
    snapshot_id = pin(data, "people")
    data_service.kill()
    holds.add("one", snapshot_id)
    data_service.start()
    wait_until_held(data, snapshot_id)


def test_later_snapshots_are_held_when_earlier_jobs_have_ended(data, holds, monkeypatch):
    monkeypatch.setattr(holding, "LIMIT_HOLDS", 1)
    first, second = pin(data, "first"), pin(data, "second")
    holds.add("one", first)
    wait_until_held(data, first)
    with data.hold_snapshot(second, "the test"):
        holds.add("two", second)
        assert holding.READER not in readers(data, second)
        holds.drop("one")
        wait_until(lambda: holding.READER in readers(data, second))
