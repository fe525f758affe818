"""Two processes at one directory: neither takes what the other needs, and a dead one holds nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tablefit.errors import TooBusy, WrongState

from data_service.snapshots import Snapshots, folder
from data_service.snapshots.folder import SnapshotFolder
from tests.pinned_rows import DAY_S, GIB, Clock, images, take
from tests.snapshot_program import batches_of, images_of, running


def test_a_snapshot_that_another_process_reads_stays_until_that_ends(tmp_path: Path) -> None:
    # The other process lives by the clock on the wall.
    clock = Clock(datetime.now(UTC))
    snapshots = Snapshots(tmp_path, GIB, now=clock)
    snapshot_id = take(snapshots, *batches_of(0)).snapshot_id
    with running(tmp_path, "hold", snapshot_id, "job 6b1f") as process:
        assert process.stdout.readline() == "holding\n"
        with pytest.raises(WrongState, match="is being read by job 6b1f; wait"):
            snapshots.delete(snapshot_id)
        clock.advance(2 * DAY_S)
        snapshots.expire()
        assert images(snapshots.open(snapshot_id)) == images_of(0)
    clock.advance(2 * DAY_S)
    snapshots.expire()
    assert snapshots.get(snapshot_id).expired
    assert [path.suffix for path in (tmp_path / "leases").iterdir()] == []


def test_processes_that_take_and_delete_equal_snapshots_do_not_harm_each_other(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, GIB)
    with running(tmp_path, "take", "a", 1) as first, running(tmp_path, "take", "b", 1) as second:
        ends = [ThreadPoolExecutor(1).submit(process.communicate) for process in (first, second)]
        while not all(end.done() for end in ends):
            snapshots.expire()
        assert [process.returncode for process in (first, second)] == [0, 0]
        taken = [line.split()[1:] for end in ends for line in end.result()[0].splitlines() if line.startswith("taken")]
    versions = {snapshot_id: int(version) for version, snapshot_id in taken}
    left = snapshots.list()
    assert sorted((record.table, versions[record.snapshot_id]) for record in left) == [
        ("a", 5),
        ("a", 6),
        ("b", 5),
        ("b", 6),
    ]
    for record in left:
        assert images(snapshots.open(record.snapshot_id)) == images_of(versions[record.snapshot_id])


def test_who_finds_the_directory_locked_too_long_is_told_so(tmp_path: Path) -> None:
    with SnapshotFolder(tmp_path).locked():
        for shared in (False, True):
            lock = SnapshotFolder(tmp_path).locked(shared=shared, wait_s=0.01)
            with pytest.raises(TooBusy, match="busy with the same snapshots; try again"), lock:
                pass


def test_collecting_is_skipped_while_others_are_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    snapshots = Snapshots(tmp_path, GIB, now=clock)
    record = take(snapshots, *batches_of(0))
    clock.advance(DAY_S)
    monkeypatch.setattr("data_service.snapshots.catalogue.COLLECT_WAIT_S", 0.0)
    with SnapshotFolder(tmp_path).locked(shared=True):
        snapshots.expire()
    assert snapshots.get(record.snapshot_id) == record
    snapshots.expire()
    assert snapshots.get(record.snapshot_id).expired


def test_claims_do_not_keep_each_other_waiting(tmp_path: Path) -> None:
    shared = SnapshotFolder(tmp_path)
    with shared.locked(shared=True), shared.locked(shared=True, wait_s=0.0):
        assert shared.living_leases("writer") == {}


def test_what_is_written_whole_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    folder.write_whole(path, "long before")
    folder.write_whole(path, "now")
    assert path.read_text() == "now"
    assert list(tmp_path.iterdir()) == [path]
