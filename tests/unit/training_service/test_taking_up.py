"""Which jobs are taken up by others, and what is brought along."""

from dataclasses import replace

import pytest
from tablefit.errors import InvalidInput

from tests.training_scripts import complete
from training_service.options import Options
from training_service.resumption import has_checkpoint
from training_service.taking_up import bring_progress, check_same_training

WHOLE = complete(Options("quick", "mini_xception"))


def test_a_checkpoint_of_step_0_holds_nothing_to_go_on_from(tmp_path):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for name, found in (("checkpoint-000000000000", False), ("checkpoint-000000000010", True)):
        (folder / f"{name}.npz").touch()
        assert has_checkpoint(tmp_path) == found


def test_what_changes_the_training_is_named():
    check_same_training(WHOLE, replace(WHOLE, time_limit_s=60.0, priority=3, checkpoint_every_s=5.0, thread_count=9))
    other = replace(WHOLE, native=replace(WHOLE.native, steps_per_execution=4), pin=replace(WHOLE.pin, digest="00"))
    with pytest.raises(InvalidInput, match="received another snapshot, steps_per_execution; run it again") as refused:
        check_same_training(WHOLE, replace(other, time_limit_s=60.0))
    assert refused.value.field == "resume"


def test_what_a_job_writes_anew_is_not_brought(tmp_path):
    earlier, later = tmp_path / "earlier", tmp_path / "later"
    for name in ("checkpoints/checkpoint-000000000004.npz", "tensorboard/train/events", "epochs.csv"):
        (earlier / name).parent.mkdir(parents=True, exist_ok=True)
        (earlier / name).write_text(name)
    for name in ("script.py", "output.log", "trained-seconds", "lock", "model.keras", ".model-a1", "start.keras"):
        (earlier / name).write_text("earlier")
    later.mkdir()
    (later / "start.keras").write_text("later")
    bring_progress(earlier, later)
    assert sorted(str(path.relative_to(later)) for path in later.rglob("*") if path.is_file()) == [
        "checkpoints/checkpoint-000000000004.npz",
        "epochs.csv",
        "start.keras",
        "tensorboard/train/events",
    ]
    assert (later / "start.keras").read_text() == "later"
