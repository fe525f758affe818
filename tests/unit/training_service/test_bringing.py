"""Files that are brought into the folder of a job that is being made."""

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from tablefit.errors import TooBusy, WrongState

from training_service.bringing import bring, set_up_aside
from training_service.deletion import settle_leftovers, take_back
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


def fill(aside: Path) -> None:
    aside.mkdir()
    (aside / "start.keras").touch()


def refuse() -> NoReturn:
    raise TooBusy("The records are in use.")


def fill_and_refuse(folder: Path, is_kept: Callable[[], bool]) -> None:
    with set_up_aside(folder, is_kept) as aside:
        fill(aside)
        raise WrongState("Choose another request_id.")


def test_what_was_brought_for_a_job_that_is_refused_is_removed(tmp_path):
    with pytest.raises(WrongState):
        fill_and_refuse(tmp_path / "new", lambda: False)
    assert list(tmp_path.iterdir()) == []


def test_why_a_job_is_refused_is_told_also_when_the_records_cannot_be_read(tmp_path):
    with pytest.raises(WrongState, match="another request_id"):
        fill_and_refuse(tmp_path / "new", refuse)
    settle_leftovers(tmp_path, [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("known", "left"), [([], []), (["new"], ["new"])])
def test_what_was_brought_before_a_kill_is_settled_at_the_next_start(tmp_path, known, left):
    with set_up_aside(tmp_path / "new", lambda: True) as aside:
        fill(aside)
    settle_leftovers(tmp_path, known)
    assert [path.name for path in tmp_path.iterdir()] == left


def test_the_folder_of_a_job_that_is_made_comes_to_its_place_whole(tmp_path):
    with set_up_aside(tmp_path / "new", lambda: True) as aside:
        fill(aside)
        assert [path.name for path in tmp_path.iterdir()] == [".deleted-new"]
        take_back(tmp_path / "new")
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.keras")] == ["new/start.keras"]
