"""Files of pixels: bounded, made once, believed only when sound, and safe to delete."""

import os
import shutil
import threading
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from data_service import block_cache
from data_service.block_cache import BlockCache, MakeFile

BLOCK_BYTES = 100
FILE_BYTES = BLOCK_BYTES + 4


def block(value: int) -> np.ndarray:
    return np.full(BLOCK_BYTES, value, np.uint8)


def writes(value: int) -> MakeFile:
    """Makes a file full of `value`."""

    def write(path: Path) -> int:
        path.write_bytes(block(value).tobytes())
        return zlib.crc32(block(value).tobytes())

    return write


def make(cache: BlockCache, key: str, value: int = 1) -> list[int] | None:
    made = cache.make(key, BLOCK_BYTES, writes(value))
    return None if made is None else made.tolist()


def get(cache: BlockCache, key: str) -> list[int] | None:
    found = cache.get(key, BLOCK_BYTES)
    return None if found is None else found.tolist()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_block_is_made_once_and_then_found(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path, 10 * FILE_BYTES)
    assert get(cache, "a") is None
    assert make(cache, "a", 1) == [1] * BLOCK_BYTES
    assert make(cache, "a", 2) == [1] * BLOCK_BYTES
    assert get(cache, "a") == [1] * BLOCK_BYTES
    assert names(tmp_path) == ["a.pixels"]


def test_blocks_are_found_after_a_restart(tmp_path: Path) -> None:
    make(BlockCache(tmp_path, 10 * FILE_BYTES), "a", 7)
    assert get(BlockCache(tmp_path, 10 * FILE_BYTES), "a") == [7] * BLOCK_BYTES


def test_the_block_that_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path, 2 * FILE_BYTES)
    make(cache, "a")
    make(cache, "b")
    get(cache, "a")
    make(cache, "c")
    assert names(tmp_path) == ["a.pixels", "c.pixels"]
    assert get(cache, "b") is None


def test_a_restart_does_not_forget_which_block_was_used_last(tmp_path: Path) -> None:
    for place, key in enumerate("abc"):
        make(BlockCache(tmp_path, 3 * FILE_BYTES), key)
        os.utime(tmp_path / f"{key}.pixels", ns=(place, place))
    get(BlockCache(tmp_path, 3 * FILE_BYTES), "a")
    make(BlockCache(tmp_path, 3 * FILE_BYTES), "d")
    assert names(tmp_path) == ["a.pixels", "c.pixels", "d.pixels"]


def test_a_block_beyond_the_limit_is_not_made(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path, FILE_BYTES - 1)
    assert make(cache, "a") is None
    assert names(tmp_path) == []


def test_a_disk_without_room_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_cache, "DISK_RESERVE_BYTES", shutil.disk_usage(tmp_path).total)
    cache = BlockCache(tmp_path, 10 * FILE_BYTES)
    assert cache.allowed_bytes() < 0
    assert make(cache, "a") is None


def test_deleted_files_are_made_again_and_their_readers_read_on(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path, 10 * FILE_BYTES)
    reading = cache.make("a", BLOCK_BYTES, writes(1))
    (tmp_path / "a.pixels").unlink()
    assert reading.tolist() == [1] * BLOCK_BYTES
    # What is mapped is as good as the file.
    assert make(cache, "a", 2) == [1] * BLOCK_BYTES
    assert make(BlockCache(tmp_path, 10 * FILE_BYTES), "a", 2) == [2] * BLOCK_BYTES


def test_a_deleted_directory_is_made_again(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path / "blocks", 10 * FILE_BYTES)
    make(cache, "a")
    shutil.rmtree(tmp_path / "blocks")
    assert make(cache, "b", 3) == [3] * BLOCK_BYTES
    assert get(cache, "a") == [1] * BLOCK_BYTES


@pytest.mark.parametrize("damage", ["cut", "empty", "grown", "changed", "check sum"])
def test_a_damaged_file_is_made_again(tmp_path: Path, damage: str) -> None:
    make(BlockCache(tmp_path, 10 * FILE_BYTES), "a", 1)
    path = tmp_path / "a.pixels"
    content = bytearray(path.read_bytes())
    if damage in ("changed", "check sum"):
        content[50 if damage == "changed" else -1] ^= 1
    path.write_bytes({"cut": content[:-1], "empty": b"", "grown": content + b"\0"}.get(damage, content))
    cache = BlockCache(tmp_path, 10 * FILE_BYTES)
    assert get(cache, "a") is None
    assert make(cache, "a", 2) == [2] * BLOCK_BYTES


def test_what_was_not_completed_is_removed_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "a.x1.part").write_bytes(b"half")
    cache = BlockCache(tmp_path, 10 * FILE_BYTES)
    assert names(tmp_path) == []
    assert get(cache, "a") is None


def test_an_error_while_making_reaches_the_caller_and_leaves_nothing(tmp_path: Path) -> None:
    def fail(path: Path) -> int:
        path.write_bytes(b"half")
        raise LookupError("no rows")

    cache = BlockCache(tmp_path, FILE_BYTES)
    with pytest.raises(LookupError, match="no rows"):
        cache.make("a", BLOCK_BYTES, fail)
    assert names(tmp_path) == []
    assert make(cache, "b", 2) == [2] * BLOCK_BYTES


def test_blocks_that_do_not_fit_among_the_maps_are_mapped_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(block_cache, "KEPT_MAPS", 2)
    cache = BlockCache(tmp_path, 10 * FILE_BYTES)
    for value, key in enumerate("abcd"):
        make(cache, key, value)
    assert [get(cache, key)[0] for key in "abcd"] == [0, 1, 2, 3]


def test_two_readers_make_a_block_once(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path, 10 * FILE_BYTES)
    begun, go_on, made = threading.Event(), threading.Event(), []

    def wait_and_write(value: int, path: Path) -> int:
        made.append(value)
        begun.set()
        assert go_on.wait(30)
        return writes(value)(path)

    found: dict[int, list[int]] = {}
    readers = [
        threading.Thread(
            target=lambda value=value: found.update({value: cache.make("a", 100, partial(wait_and_write, value))})
        )
        for value in (1, 2)
    ]
    for reader in readers:
        reader.start()
    assert begun.wait(30)
    go_on.set()
    for reader in readers:
        reader.join(30)
    assert len(made) == 1
    assert found[1].tolist() == found[2].tolist() == [made[0]] * BLOCK_BYTES
