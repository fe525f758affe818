"""kill -9 while snapshots are taken and deleted: what was finished is whole, and nothing else is left."""

import random
import threading
from pathlib import Path

import pytest

from data_service.pinning import Pinning, pinned_columns
from data_service.readers import Readers
from data_service.snapshots import Snapshots
from data_service.store import open_store
from tests.engines import Server
from tests.pinned_rows import DAY_S, GIB, images
from tests.snapshot_program import images_of, running

SHORT_ROUNDS = 8
LONG_ROUNDS = 300
# Lines said in the time of three snapshots, about; and more than the time between two lines.
LIMIT_LINES = 36
LIMIT_DELAY_S = 0.02


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("round_count", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.campaign)])
def test_a_kill_leaves_finished_snapshots_whole_and_nothing_else(tmp_path: Path, round_count: int) -> None:
    chance = random.Random(3)
    kept: dict[str, int] = {}
    for number in range(1, round_count + 1):
        first_version = 1_000 * number
        lines = lines_until_killed(tmp_path, first_version, chance)
        taken = {line[2]: int(line[1]) for line in lines if line[0] == "taken"}
        deleting = {line[1] for line in lines if line[0] == "deleting"}
        snapshots = Snapshots(tmp_path, GIB)
        found = {record.snapshot_id for record in snapshots.list()}
        assert (kept.keys() | taken.keys()) - deleting <= found
        unsaid = dict.fromkeys(found - kept.keys() - taken.keys(), first_version + len(taken))
        assert len(unsaid) <= 1
        versions = {snapshot_id: {**kept, **taken, **unsaid}[snapshot_id] for snapshot_id in found}
        assert_whole(snapshots, versions)
        assert_nothing_else(tmp_path, snapshots)
        kept = dict(sorted(versions.items())[:1])
        for snapshot_id in found - kept.keys():
            snapshots.delete(snapshot_id)


def lines_until_killed(directory: Path, first_version: int, chance: random.Random) -> list[list[str]]:
    """What a process said that takes snapshots until it is killed, at a line and a delay left to chance."""
    line_count, delay_s = chance.randrange(LIMIT_LINES), chance.random() * LIMIT_DELAY_S
    with running(directory, "take-on", "digits", first_version) as process:
        lines = [process.stdout.readline() for _ in range(line_count)]
        threading.Event().wait(delay_s)
        process.kill()
        lines += process.stdout.readlines()
    # A last line may be cut short; then what it says had been done, or was about to be.
    return [line.split() for line in lines if line.endswith("\n")]


def assert_whole(snapshots: Snapshots, versions: dict[str, int]) -> None:
    for snapshot_id, version in versions.items():
        assert images(snapshots.open(snapshot_id)) == images_of(version)


def assert_nothing_else(directory: Path, snapshots: Snapshots) -> None:
    records = snapshots.list(include_expired=True)
    blocks = {
        directory / "blocks" / block.digest[:2] / f"{block.digest}.block"
        for record in records
        for block in record.blocks
    }
    manifests = {directory / "snapshots" / f"{record.snapshot_id}.json" for record in records}
    assert {path for path in directory.rglob("*") if path.is_file()} == blocks | manifests | {
        directory / "snapshots.lock"
    }


def test_a_snapshot_is_taken_when_its_database_is_killed_meanwhile(database_server: Server, tmp_path: Path) -> None:
    url = database_server.create_database()
    name = url.rpartition("/")[2]
    database_server.execute(f"CREATE TABLE {name}.many (k INT PRIMARY KEY, v VARCHAR(40))")
    for start in range(0, 40_000, 5_000):
        values = ", ".join(f"({n}, 'row {n}')" for n in range(start, start + 5_000))
        database_server.execute(f"INSERT INTO {name}.many VALUES {values}")
    store = open_store(url)
    snapshots = Snapshots(tmp_path, GIB)
    killed: list[int] = []

    def kill_once(done_rows: int) -> None:
        if not killed:
            killed.append(done_rows)
            database_server.kill()
            database_server.start()

    table = store.get_table("many")
    pinning = Pinning(store, snapshots, Readers(), DAY_S)
    record = pinning.take(table, pinned_columns(table), lambda: None, kill_once)
    assert 0 < killed[0] < 40_000
    pinned = snapshots.open(record.snapshot_id)
    ids = [row_id for block in pinned.blocks for row_id in block.ids.tolist()]
    assert ids == list(range(40_000))
    assert pinning.take(table, pinned_columns(table), lambda: None).snapshot_id == record.snapshot_id
    snapshots.close()
    store.close()
    database_server.drop_database(url)
