"""Files of blocks: stored once, checked once, bounded, and collected when nobody needs them."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from tablefit.errors import TooBusy

from data_service.snapshots import block_store
from data_service.snapshots.block_file import encode_block
from data_service.snapshots.block_store import BlockStore, BlockWriter, DamagedBlock, used_bytes
from data_service.snapshots.folder import SnapshotFolder
from tests.pinned_rows import COLUMNS, GIB, rows


@pytest.fixture
def folder(tmp_path: Path) -> SnapshotFolder:
    return SnapshotFolder(tmp_path)


@pytest.fixture
def writer(folder: SnapshotFolder) -> Iterator[BlockWriter]:
    with closing(BlockWriter(folder, GIB, lambda: None)) as writer:
        yield writer


def block(version: int = 0) -> list[np.ndarray]:
    return encode_block(COLUMNS, rows(range(1, 11), version))


def put(writer: BlockWriter, version: int = 0) -> str:
    digest = writer.put(block(version)).digest
    writer.settle()
    return digest


def test_a_block_lies_under_the_digest_of_its_file(folder, writer) -> None:
    content = np.concatenate(block()).tobytes()
    digest = hashlib.sha256(content).hexdigest()
    assert put(writer) == digest
    assert (folder.blocks / digest[:2] / f"{digest}.block").read_bytes() == content
    assert list(folder.parts.iterdir()) == []


def test_a_block_that_is_there_is_not_written_again(folder, writer) -> None:
    path = folder.block(put(writer))
    before = path.stat()
    again = writer.put(block())
    writer.settle()
    assert (again.is_new, again.size_bytes) == (False, before.st_size)
    assert path.stat() == before


def test_a_block_that_a_disk_cut_short_is_written_again(folder, writer) -> None:
    path = folder.block(put(writer))
    os.truncate(path, 10)
    assert writer.put(block()).is_new
    writer.settle()
    assert path.read_bytes() == np.concatenate(block()).tobytes()


def test_an_open_block_is_mapped_once(folder, writer) -> None:
    digest = put(writer)
    store = BlockStore(folder)
    assert store.open(digest).ids.tolist() == list(range(1, 11))
    assert store.open(digest) is store.open(digest)


def test_only_so_many_blocks_stay_mapped(folder, writer, monkeypatch) -> None:
    monkeypatch.setattr(block_store, "KEPT_BLOCKS", 2)
    digests = [put(writer, version) for version in range(3)]
    store = BlockStore(folder)
    first, second = store.open(digests[0]), store.open(digests[1])
    assert store.open(digests[0]) is first
    store.open(digests[2])
    assert store.open(digests[0]) is first
    assert store.open(digests[1]) is not second


def test_a_damaged_block_is_found_and_removed(folder, writer) -> None:
    digest = put(writer)
    path = folder.block(digest)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedBlock):
        BlockStore(folder).open(digest)
    assert not path.exists()
    with pytest.raises(DamagedBlock):
        BlockStore(folder).open(digest)


def test_blocks_that_nobody_names_are_collected(folder) -> None:
    with closing(BlockWriter(folder, GIB, lambda: None)) as writer:
        digests = [put(writer, version) for version in range(3)]
    store = BlockStore(folder)
    with folder.locked():
        store.collect({digests[1]})
    assert [folder.block(digest).exists() for digest in digests] == [False, True, False]


def test_blocks_that_are_claimed_are_spared_until_the_claim_ends(folder, writer) -> None:
    digest = put(writer)
    with closing(BlockWriter(folder, GIB, lambda: None)) as other:
        other.put(block())
        writer.close()
        with folder.locked():
            BlockStore(folder).collect(())
        assert folder.block(digest).exists()
    with folder.locked():
        BlockStore(folder).collect(())
    assert not folder.block(digest).exists()


def test_what_a_dead_process_did_not_complete_is_removed(folder, writer) -> None:
    dead = folder.parts / "0123456789abcdef.1.part"
    dead.write_bytes(b"half")
    alive = folder.parts / f"{next(folder.leases.iterdir()).stem}.1.part"
    alive.write_bytes(b"half")
    (folder.leases / "0123456789abcdef.writer").write_text("")
    with folder.locked():
        BlockStore(folder).collect(())
    assert list(folder.parts.iterdir()) == [alive]
    assert len(list(folder.leases.iterdir())) == 1


def test_what_does_not_fit_is_refused_with_the_numbers(folder, writer) -> None:
    put(writer)
    used = used_bytes(folder)
    calls: list[str] = []
    with closing(BlockWriter(folder, 2 * used, lambda: calls.append("made room"))) as other:
        put(other, 1)
        assert calls == []
        with pytest.raises(TooBusy, match="snapshot-limit, or ask for GUARANTEE_CHANGE_DETECTING") as caught:
            other.put(block(2))
    assert calls == ["made room"]
    assert {**caught.value.details, "free_bytes": ""} == {
        "needed_bytes": str(2 * used),
        "used_bytes": str(2 * used),
        "limit_bytes": str(2 * used),
        "free_bytes": "",
    }


def test_room_that_is_made_is_used(folder, writer) -> None:
    path = folder.block(put(writer))
    with closing(BlockWriter(folder, used_bytes(folder), path.unlink)) as other:
        put(other, 1)
    assert [path.stem for path in folder.blocks.glob("*/*.block")] == [put(writer, 1)]


def test_some_of_the_disk_is_left_to_others(folder, writer, monkeypatch) -> None:
    monkeypatch.setattr(block_store, "DISK_RESERVE_BYTES", 2**62)
    with pytest.raises(TooBusy, match="does not fit"):
        writer.put(block())


def test_a_full_disk_is_said_as_such(folder, writer, monkeypatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(block_store.os, "fsync", fail)
    writer.put(block())
    with pytest.raises(TooBusy, match="does not fit"):
        writer.settle()
