"""The folders of deleted jobs."""

from pathlib import Path

import pytest
from tablefit.errors import TooBusy

from training_service.deletion import remove_folder, set_aside


def refuse(folder: Path) -> None:
    """What the records do on a full disk, once the folder is away."""
    assert not folder.exists()
    raise TooBusy("The disk is full.")


def test_a_deletion_that_cannot_be_kept_leaves_the_folder_as_it_was(tmp_path):
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / "output.log").write_text("line\n")
    with pytest.raises(TooBusy), set_aside(folder) as aside:
        refuse(folder)
    assert (folder / "output.log").read_text() == "line\n"
    assert not aside.exists()


def test_a_job_that_never_ran_has_no_folder_to_remove(tmp_path):
    with set_aside(tmp_path / "job") as aside:
        pass
    remove_folder(aside)
    assert list(tmp_path.iterdir()) == []
