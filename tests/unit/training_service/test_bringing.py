"""Files that are brought into the folder of a job that is being made."""

import pytest
from tablefit.errors import TooBusy, WrongState

from training_service.bringing import bring
from training_service.taking_up import bring_progress


def test_what_was_deleted_meanwhile_is_told_so(tmp_path):
    with pytest.raises(WrongState, match=r"^The model of job cafe was deleted meanwhile\.$"):
        bring(tmp_path / "models" / "cafe.keras", tmp_path / "jobs" / "new" / "start.keras", "The model of job cafe")
    with pytest.raises(WrongState, match=r"^Job cafe was deleted meanwhile\.$"):
        bring_progress(tmp_path / "jobs" / "cafe", tmp_path / "jobs" / "new")


def test_what_cannot_be_written_is_told_so(tmp_path):
    (tmp_path / "cafe").mkdir()
    (tmp_path / "cafe" / "epochs.csv").touch()
    (tmp_path / "new").touch()
    for bring_it in (
        lambda: bring(tmp_path / "cafe" / "epochs.csv", tmp_path / "new" / "start.keras", "The model of job cafe"),
        lambda: bring_progress(tmp_path / "cafe", tmp_path / "new"),
    ):
        with pytest.raises(TooBusy, match=r"cannot be written: .* Look at the disk"):
            bring_it()
