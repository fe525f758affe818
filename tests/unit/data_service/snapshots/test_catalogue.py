"""Snapshots: taken once, shared, kept while they are used, and gone when their time is over."""

import errno
import os
import threading
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from tablefit.errors import NotFound, TooBusy, WrongState

from data_service.snapshots import Digested, Guarantee, Snapshots, block_store
from data_service.snapshots.folder import Lease, SnapshotFolder
from tests.pinned_rows import COLUMNS, DAY_S, GIB, START, Clock, images, rows, take

IDS = range(1, 20_001)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def snapshots(tmp_path: Path, clock: Clock) -> Snapshots:
    return Snapshots(tmp_path, GIB, now=clock)


def block_names(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("blocks/*/*.block")}


def names_of(record) -> set[str]:
    return {block.digest for block in record.blocks}


def test_all_rows_of_a_snapshot_come_back(snapshots) -> None:
    whole = rows(IDS)
    record = take(snapshots, rows(IDS[:7_000]), rows(IDS[7_000:]))
    pinned = snapshots.open(record.snapshot_id)
    assert pinned.record == record == snapshots.get(record.snapshot_id)
    assert (pinned.row_count, pinned.block_count) == (20_000, len(record.blocks))
    assert np.concatenate([block.ids for block in pinned.blocks]).tolist() == list(IDS)
    assert images(pinned) == whole.columns["image"].values
    starts = [0, *np.cumsum([block.row_count for block in record.blocks]).tolist()]
    assert pinned.block_starts.tolist() == starts
    assert [pinned.block(number).ids[0] for number in range(pinned.block_count)] == [
        IDS[start] for start in starts[:-1]
    ]


def test_a_record_says_what_was_pinned(snapshots, tmp_path) -> None:
    record = take(snapshots, rows(IDS), keep_s=60.0)
    sizes = [path.stat().st_size for path in tmp_path.glob("blocks/*/*.block")]
    assert (record.table, record.table_id, record.row_count) == ("digits", "id of digits", 20_000)
    assert (record.columns, record.guarantee, record.numbered) == (COLUMNS, Guarantee.EXACT, False)
    assert (record.size_bytes, record.new_bytes) == (sum(sizes), sum(sizes))
    assert (record.block_count, record.new_block_count) == (len(sizes), len(sizes))
    assert (record.create_time, record.expire_time) == (START, START + timedelta(minutes=1))
    assert [(block.first_id, block.last_id) for block in record.blocks][-1][1] == 20_000
    assert len(record.snapshot_id) == 16


def test_the_digest_of_a_snapshot_does_not_change_by_accident(snapshots) -> None:
    assert (
        take(snapshots, rows(range(1, 101))).digest
        == "a6580d5551a44add500608ef4e54e1c2881f3be2d85bbe7f238f37648a9f757e"
    )


def test_an_unchanged_table_costs_no_disk_and_gives_the_same_snapshot(snapshots, clock, tmp_path) -> None:
    first = take(snapshots, rows(IDS))
    files = {path: path.stat().st_mtime_ns for path in tmp_path.glob("blocks/*/*.block")}
    clock.advance(100)
    again = take(snapshots, *(rows(IDS[start : start + 999]) for start in range(0, 20_000, 999)))
    assert (again.snapshot_id, again.create_time) == (first.snapshot_id, START)
    assert again.expire_time == START + timedelta(seconds=DAY_S + 100)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("blocks/*/*.block")} == files
    assert snapshots.list() == [again]


def test_a_table_renamed_since_gives_its_snapshot_under_its_name_of_now(snapshots) -> None:
    first = take(snapshots, rows(IDS), table_id="5")
    again = take(snapshots, rows(IDS), name="letters", table_id="5")
    assert again == replace(first, table="letters")
    assert (snapshots.list("digits"), snapshots.list("letters")) == ([], [again])


def test_tables_with_equal_rows_share_their_files(snapshots) -> None:
    first = take(snapshots, rows(IDS))
    other = take(snapshots, rows(IDS), name="letters")
    assert (other.digest, other.new_bytes, other.new_block_count) == (first.digest, 0, 0)
    assert other.snapshot_id != first.snapshot_id


def test_one_changed_row_stores_one_block(snapshots) -> None:
    first = take(snapshots, rows(IDS))
    batch = rows(IDS)
    batch.columns["image"].values[11_111] = b"another"
    second = take(snapshots, batch)
    assert (second.new_block_count, len(names_of(second) - names_of(first))) == (1, 1)
    assert second.new_bytes < second.size_bytes / 2
    assert first.digest != second.digest
    assert images(snapshots.open(first.snapshot_id)) == rows(IDS).columns["image"].values


def test_a_table_without_rows_is_refused(snapshots) -> None:
    for batches in ([], [rows([])]):
        with pytest.raises(WrongState, match=r"Table 'digits' has no rows; ingest some first\."):
            take(snapshots, *batches)
    assert snapshots.list() == []


def test_progress_and_checks_come_with_every_batch(snapshots) -> None:
    progress: list[int] = []
    checks: list[None] = []
    take(snapshots, rows(IDS[:9]), rows(IDS[9:14]), on_progress=progress.append, check=lambda: checks.append(None))
    assert progress == [9, 14]
    assert len(checks) >= 2


def test_a_snapshot_given_up_leaves_nothing(snapshots, tmp_path) -> None:
    def give_up(row_count: int) -> None:
        if row_count > 15_000:
            raise NotFound("the caller is gone")

    with pytest.raises(NotFound, match="the caller is gone"):
        take(snapshots, *(rows(IDS[start : start + 1000]) for start in range(0, 20_000, 1000)), on_progress=give_up)
    assert block_names(tmp_path) != set()
    snapshots.expire()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "snapshots.lock"]


def test_a_change_detecting_snapshot_keeps_digests(snapshots) -> None:
    exact = take(snapshots, rows(IDS, image_bytes=300))
    detecting = take(snapshots, rows(IDS, image_bytes=300), guarantee=Guarantee.CHANGE_DETECTING)
    assert detecting.snapshot_id != exact.snapshot_id
    assert detecting.size_bytes < exact.size_bytes / 3
    view = snapshots.open(detecting.snapshot_id).block(0).column("image")
    assert isinstance(view, Digested)
    assert set(view.lengths.tolist()) == {300}


def test_what_does_not_fit_is_refused_and_leaves_the_others(tmp_path, clock) -> None:
    first = take(Snapshots(tmp_path, GIB, now=clock), rows(IDS))
    snapshots = Snapshots(tmp_path, first.size_bytes * 3 // 2, now=clock)
    with pytest.raises(TooBusy) as caught:
        take(snapshots, rows(IDS, version=1))
    assert caught.value.details["limit_bytes"] == str(first.size_bytes * 3 // 2)
    snapshots.expire()
    assert block_names(tmp_path) == names_of(first)
    assert snapshots.list() == [first]


def test_expired_snapshots_make_room(tmp_path, clock) -> None:
    first = take(Snapshots(tmp_path, GIB, now=clock), rows(IDS), keep_s=60)
    snapshots = Snapshots(tmp_path, first.size_bytes * 3 // 2, now=clock)
    ends = iter([clock.advance] * 1)

    def let_it_expire(_row_count: int) -> None:
        for advance in ends:
            advance(61)

    second = take(snapshots, rows(IDS, version=1), on_progress=let_it_expire)
    assert snapshots.list() == [second]
    assert block_names(tmp_path) == names_of(second)


def test_a_snapshot_expires(snapshots, clock, tmp_path) -> None:
    record = take(snapshots, rows(IDS))
    clock.advance(DAY_S - 1)
    snapshots.expire()
    assert snapshots.get(record.snapshot_id) == record
    clock.advance(1)
    snapshots.expire()
    assert snapshots.get(record.snapshot_id) == record.buried()
    assert (snapshots.list(), snapshots.list(include_expired=True)) == ([], [record.buried()])
    assert block_names(tmp_path) == set()
    for use in (snapshots.open, lambda name: snapshots.keep(name, 60), lambda name: enter(snapshots, name)):
        with pytest.raises(WrongState, match=r"of table 'digits' expired on 2026-05-05 at 12:00:00 UTC") as caught:
            use(record.snapshot_id)
        assert caught.value.details["table"] == "digits"
        assert caught.value.details["expire_time"] == "2026-05-05T12:00:00+00:00"


def enter(snapshots: Snapshots, snapshot_id: str) -> None:
    with snapshots.hold(snapshot_id, "a stream"):
        pass


def test_a_tombstone_stays_for_90_days(snapshots, clock) -> None:
    record = take(snapshots, rows(IDS))
    clock.advance(DAY_S)
    snapshots.expire()
    clock.advance(90 * DAY_S)
    snapshots.expire()
    assert snapshots.get(record.snapshot_id).expired
    clock.advance(1)
    snapshots.expire()
    with pytest.raises(NotFound):
        snapshots.get(record.snapshot_id)


def test_a_reader_of_an_expired_snapshot_is_told_so(snapshots, clock) -> None:
    pinned = snapshots.open(take(snapshots, rows(IDS)).snapshot_id)
    clock.advance(DAY_S)
    snapshots.expire()
    with pytest.raises(WrongState, match="expired on"):
        pinned.block(0)


def test_a_held_snapshot_neither_expires_nor_can_be_deleted(snapshots, clock) -> None:
    record = take(snapshots, rows(IDS))
    with snapshots.hold(record.snapshot_id, "job 6b1f"), snapshots.hold(record.snapshot_id, "a stream"):
        clock.advance(2 * DAY_S)
        snapshots.expire()
        with pytest.raises(WrongState, match="is being read by job 6b1f, a stream; wait") as caught:
            snapshots.delete(record.snapshot_id)
        assert caught.value.details["readers"] == "job 6b1f, a stream"
        assert len(images(snapshots.open(record.snapshot_id))) == 20_000
        clock.advance(DAY_S)
    assert snapshots.get(record.snapshot_id).expire_time == START + timedelta(days=4)
    snapshots.delete(record.snapshot_id)


def test_a_hold_that_outlives_the_service_leaves_nothing(snapshots, tmp_path) -> None:
    record = take(snapshots, rows(IDS))
    with snapshots.hold(record.snapshot_id, "a stream"):
        snapshots.close()
    assert list((tmp_path / "leases").iterdir()) == []


def test_each_use_moves_the_end(snapshots, clock) -> None:
    record = take(snapshots, rows(IDS))
    clock.advance(3600)
    with snapshots.hold(record.snapshot_id, "a stream") as held:
        assert held.expire_time == START + timedelta(days=1, hours=1)
    assert snapshots.get(record.snapshot_id) == held


def test_uses_that_follow_each_other_are_not_written_down_each_time(snapshots, clock, tmp_path) -> None:
    record = take(snapshots, rows(IDS))
    path = tmp_path / "snapshots" / f"{record.snapshot_id}.json"
    before = path.stat()
    clock.advance(59)
    enter(snapshots, record.snapshot_id)
    assert path.stat() == before


def test_a_snapshot_is_kept_as_long_as_asked(snapshots, clock) -> None:
    record = take(snapshots, rows(IDS))
    clock.advance(100)
    kept = snapshots.keep(record.snapshot_id, 60)
    assert (kept.keep_s, kept.expire_time) == (60, START + timedelta(seconds=160))
    assert snapshots.get(record.snapshot_id) == kept


def test_a_deleted_snapshot_gives_up_only_what_no_other_has(snapshots, tmp_path) -> None:
    first = take(snapshots, rows(IDS))
    batch = rows(IDS)
    batch.columns["image"].values[0] = b"another"
    second = take(snapshots, batch)
    snapshots.delete(first.snapshot_id)
    assert block_names(tmp_path) == names_of(second)
    for use in (snapshots.get, snapshots.open, snapshots.delete, lambda name: enter(snapshots, name)):
        with pytest.raises(NotFound, match="There is no snapshot"):
            use(first.snapshot_id)


@pytest.mark.parametrize("name", ["", "../secret", "a/b", "0" * 16, "a" * 300, "ä" * 16])
def test_names_of_no_snapshot_are_not_found(snapshots, name) -> None:
    with pytest.raises(NotFound):
        snapshots.get(name)


def test_snapshots_are_listed_newest_first_a_page_at_a_time(snapshots, clock) -> None:
    taken = []
    for version, name in enumerate(["a", "b", "a", "b", "a"]):
        taken.append(take(snapshots, rows([1, 2], version), name=name))
        clock.advance(1)
    newest_first = taken[::-1]
    assert snapshots.list() == newest_first
    assert snapshots.list("A") == newest_first[::2]
    page = snapshots.list(limit=2)
    assert page == newest_first[:2]
    assert snapshots.list(after=page[-1].place, limit=2) == newest_first[2:4]


def test_a_damaged_file_asks_for_a_new_snapshot_which_mends_it(snapshots, tmp_path, clock) -> None:
    record = take(snapshots, rows(IDS))
    path = next(tmp_path.glob(f"blocks/*/{record.blocks[0].digest}.block"))
    os.truncate(path, path.stat().st_size - 1)
    pinned = snapshots.open(record.snapshot_id)
    with pytest.raises(WrongState, match="is damaged or missing; take a new snapshot") as caught:
        pinned.block(0)
    assert caught.value.details == {"snapshot": record.snapshot_id, "table": "digits"}
    assert take(snapshots, rows(IDS)).snapshot_id == record.snapshot_id
    assert images(pinned) == rows(IDS).columns["image"].values


def test_a_manifest_that_cannot_be_understood_stops_collecting_and_nothing_else(snapshots, tmp_path) -> None:
    first = take(snapshots, rows(IDS))
    odd = tmp_path / "snapshots" / "odd.json"
    odd.write_text("{}")
    second = take(snapshots, rows(IDS, version=1))
    snapshots.delete(second.snapshot_id)
    assert names_of(first) < block_names(tmp_path)
    odd.unlink()
    snapshots.expire()
    assert block_names(tmp_path) == names_of(first)


def test_a_full_disk_does_not_keep_readers_out_nor_snapshots_in(snapshots, clock, tmp_path, monkeypatch) -> None:
    record = take(snapshots, rows(IDS))

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(block_store.os, "fsync", fail)
    clock.advance(DAY_S / 2)
    with snapshots.hold(record.snapshot_id, "a stream"):
        assert len(images(snapshots.open(record.snapshot_id))) == 20_000
    clock.advance(DAY_S)
    snapshots.expire()
    assert block_names(tmp_path) == set()


def test_expiry_runs_until_it_is_told_to_stop(snapshots, clock) -> None:
    record = take(snapshots, rows(IDS))
    clock.advance(DAY_S)
    stop = threading.Event()

    def has_expired() -> bool:
        if snapshots.get(record.snapshot_id).expired:
            stop.set()
        return stop.is_set()

    thread = threading.Thread(target=snapshots.run_expiry, args=(stop, 0.001))
    thread.start()
    while not has_expired():
        stop.wait(0.01)
    thread.join(30)
    assert not thread.is_alive()


def test_blocks_may_be_read_by_many_threads(snapshots) -> None:
    pinned = snapshots.open(take(snapshots, rows(IDS)).snapshot_id)
    expected = rows(IDS).columns["image"].values
    found: list[bool] = []
    with ExitStack() as stack:
        for _ in range(4):
            thread = threading.Thread(target=lambda: found.append(images(pinned) == expected))
            thread.start()
            stack.callback(thread.join, 30)
    assert found == [True] * 4


def test_snapshots_of_other_columns_do_not_hide_an_equal_one(snapshots) -> None:
    whole = take(snapshots, rows(range(1, 9)))
    some = take(snapshots, rows(range(1, 9)), columns=COLUMNS[:1])
    assert some.snapshot_id != whole.snapshot_id
    assert take(snapshots, rows(range(1, 9))).snapshot_id == whole.snapshot_id
    assert take(snapshots, rows(range(1, 9)), columns=COLUMNS[:1]).snapshot_id == some.snapshot_id


def test_a_full_disk_leaves_a_lease_as_it_was(tmp_path, monkeypatch) -> None:
    folder = SnapshotFolder(tmp_path)
    lease = Lease(folder, "readers")
    lease.replace('{"a": ["job 1", "job 2"]}')
    lease.replace('{"a": ["job 2"]}')
    assert folder.living_leases("readers")[lease.name] == '{"a": ["job 2"]}'

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(TooBusy):
        lease.replace('{"a": ["job 2"], "b": ["job 3"]}')
    assert folder.living_leases("readers")[lease.name] == '{"a": ["job 2"]}'
    lease.close()
