"""Checkpoints on disk: whole or not there, the newest two, and what is damaged passed over."""

import errno
import json
import logging
import zipfile

import numpy as np
import pytest
from tablefit.errors import WrongState
from tablefit.keras.checkpoint_files import Checkpoint, CheckpointFolder
from tablefit.keras.checkpoint_schedule import Schedule
from tablefit.keras.checkpoint_writer import CheckpointWriter


def make(step: int) -> Checkpoint:
    return Checkpoint(step, {"note": "é"}, [np.arange(step, dtype=np.float32), np.array(step), np.zeros((0, 3), bool)])


def test_a_checkpoint_is_read_as_it_was_written(tmp_path):
    with CheckpointFolder(tmp_path / "folder") as folder:
        size = folder.write(make(7))
        found = folder.find()
    assert (found.checkpoint.step, found.checkpoint.state["note"], found.damaged) == (7, "é", ())
    for array, expected in zip(found.checkpoint.arrays, make(7).arrays, strict=True):
        assert (array.dtype, array.shape, array.tobytes()) == (expected.dtype, expected.shape, expected.tobytes())
    assert [path.stat().st_size for path in (tmp_path / "folder").iterdir()] == [size]


def test_the_newest_two_stay(tmp_path):
    with CheckpointFolder(tmp_path) as folder:
        for step in (5, 9, 10, 120):
            folder.write(make(step))
        names = sorted(path.name for path in tmp_path.iterdir())
        folder.clear()
    assert names == ["checkpoint-000000000010.npz", "checkpoint-000000000120.npz"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", range(0, 100, 9))
def test_a_checkpoint_damaged_anywhere_is_passed_over(tmp_path, step):
    with CheckpointFolder(tmp_path) as folder:
        folder.write(make(3))
        size = folder.write(make(4))
        newest = max(tmp_path.iterdir())
        content = bytearray(newest.read_bytes())
        # One bit of what the archive's checksum covers: names and dates in its directory are not used.
        with zipfile.ZipFile(newest) as archive:
            entry = archive.infolist()[step % len(archive.infolist())]
        extra = int.from_bytes(content[entry.header_offset + 28 :][:2], "little")
        start = entry.header_offset + 30 + len(entry.filename) + extra
        content[start + step * entry.file_size // 100] ^= 1 << step % 8
        newest.write_bytes(content)
        found = folder.find()
    assert (size, found.checkpoint.step) == (len(content), 3)
    assert found.damaged[0].startswith("The checkpoint checkpoint-000000000004.npz is damaged (")


@pytest.mark.parametrize("kept", [0, 10, 500])
def test_a_checkpoint_cut_short_is_passed_over(tmp_path, kept):
    with CheckpointFolder(tmp_path) as folder:
        folder.write(make(3))
        folder.write(make(4))
        newest = max(tmp_path.iterdir())
        newest.write_bytes(newest.read_bytes()[:kept])
        assert folder.find().checkpoint.step == 3


def test_what_a_killed_process_has_half_written_goes(tmp_path):
    (tmp_path / ".checkpoint-000000000004.npz.part").write_bytes(b"half")
    with CheckpointFolder(tmp_path) as folder:
        assert folder.find().checkpoint is None
    assert list(tmp_path.iterdir()) == []


def test_nothing_in_a_checkpoint_is_run_when_it_is_read(tmp_path):
    with CheckpointFolder(tmp_path) as folder:
        folder.write(make(3))
        with zipfile.ZipFile(tmp_path / "checkpoint-000000000004.npz", "w") as archive:
            archive.writestr("state.json", json.dumps({"format": 1, "step": 4, "types": ["object"]}))
            with archive.open("0.npy", "w") as member:
                np.lib.format.write_array(member, np.array([print], dtype=object), allow_pickle=True)
        assert folder.find().checkpoint.step == 3


def test_a_folder_belongs_to_one_process(tmp_path):
    with CheckpointFolder(tmp_path), pytest.raises(WrongState, match="Another process trains"):
        CheckpointFolder(tmp_path).__enter__()
    with CheckpointFolder(tmp_path):
        pass


class FullOnce(CheckpointFolder):
    """A folder on a disk that is full at the first try."""

    is_full = True

    def write(self, checkpoint: Checkpoint) -> int:
        if self.is_full:
            self.is_full = False
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(checkpoint)


def test_a_full_disk_ends_no_training(tmp_path, caplog):
    written = []
    with FullOnce(tmp_path) as folder:
        writer = CheckpointWriter(folder, written.append)
        for step in (4, 8):
            writer.submit(make(step))
            writer.finish()
        writer.close()
        assert [one.step for one in written] == [8]
        assert folder.find().checkpoint.step == 8
    (record,) = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert record.getMessage() == "the checkpoint of step 4 cannot be written: [Errno 28] No space left on device"


def test_what_else_goes_wrong_is_raised_to_the_training(tmp_path):
    with CheckpointFolder(tmp_path) as folder:
        writer = CheckpointWriter(folder, lambda _: None)
        writer.submit(Checkpoint(1, {"note": object()}, []))
        with pytest.raises(TypeError, match="not JSON serializable"):
            writer.finish()
        writer.close()


def test_a_checkpoint_is_due_by_epoch_time_and_steps():
    schedule = Schedule(every_steps=4, every_s=60.0)
    schedule.start(0, 0.0)
    dues = [schedule.is_due(step, now, ends_epoch=ends) for step, now, ends in ((3, 1, 0), (3, 1, 1), (4, 1, 0))]
    assert dues == [False, True, True]
    schedule.take(6, 100.0)
    assert [schedule.is_due(7, now, ends_epoch=False) for now in (159.0, 160.0)] == [False, True]


def test_checkpoints_take_a_fiftieth_of_the_time_at_most():
    schedule = Schedule(every_steps=None, every_s=60.0)
    schedule.start(0, 0.0)
    schedule.take(3, 10.0)
    schedule.charge(0.1)
    schedule.charge(0.1)
    assert [schedule.is_due(6, now, ends_epoch=True) for now in (19.9, 20.0)] == [False, True]
