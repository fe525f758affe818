"""Processes that have loaded Keras before their job comes."""

import os
import signal
from pathlib import Path

import pytest

from training_service.runner import Child
from training_service.starting import OUTPUT_NAME, SCRIPT_NAME, WarmProcesses, loaded_backend

TELL = """
import json, os, sys
loaded = "keras" in sys.modules
if loaded:
    import tensorflow
    # Refused once something was computed.
    tensorflow.config.threading.set_intra_op_parallelism_threads(3)
print("on the way")
with open(int(os.environ["TABLEFIT_JOB_EVENTS_FD"]), "w") as events:
    events.write(json.dumps({
        "kind": "told", "loaded": loaded, "argv": sys.argv, "name": __name__, "path": sys.path[0],
        "folder": os.getcwd(), "job": os.environ["TABLEFIT_JOB_ID"], "data": os.environ["TABLEFIT_DATA_SERVICE"],
        "pid": os.getpid(),
    }) + "\\n")
"""


@pytest.fixture
def warm():
    processes = WarmProcesses()
    yield processes
    processes.close()


def run(folder: Path, warm: WarmProcesses, backend: str) -> dict[str, object]:
    """What the script in a new folder tells of itself."""
    folder.mkdir()
    (folder / SCRIPT_NAME).write_text(TELL)
    messages: list[dict[str, object]] = []
    child = Child(folder, folder.name, "127.0.0.1:9", lambda *given: warm.start(*given, backend))
    assert child.follow(child.start(), messages.append).code == 0
    assert (folder / OUTPUT_NAME).read_text() == "on the way\n"
    return messages[0]


def test_a_waiting_process_serves_one_job_of_its_backend_as_a_fresh_one_would(warm: WarmProcesses, tmp_path: Path):
    warm.prepare()
    waiting = warm.process_id
    told = [
        run(tmp_path / "other", warm, "jax"),
        run(tmp_path / "first", warm, loaded_backend()),
        run(tmp_path / "second", warm, loaded_backend()),
    ]
    assert [one["loaded"] for one in told] == [False, True, False]
    assert [one["pid"] == waiting for one in told] == [False, True, False]
    for name, one in zip(("other", "first", "second"), told, strict=True):
        folder = str(tmp_path / name)
        assert (one["argv"], one["name"], one["path"], one["folder"]) == ([SCRIPT_NAME], "__main__", folder, folder)
        assert (one["job"], one["data"]) == (name, "127.0.0.1:9")


def test_a_waiting_process_that_was_killed_is_replaced_by_a_fresh_one(warm: WarmProcesses, tmp_path: Path):
    warm.prepare()
    assert warm.process_id is not None
    os.kill(warm.process_id, signal.SIGKILL)
    os.waitid(os.P_PID, warm.process_id, os.WEXITED | os.WNOWAIT)
    assert run(tmp_path / "job", warm, loaded_backend())["loaded"] is False


def test_nothing_waits_once_the_service_has_stopped(warm: WarmProcesses):
    warm.prepare()
    waiting = warm.process_id
    warm.close()
    warm.prepare()
    assert warm.process_id is None
    with pytest.raises(ProcessLookupError):
        os.kill(waiting, 0)
