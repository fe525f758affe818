"""Ingest from the command line: once, again, interrupted, killed."""

import json
import os
import pty
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from tablefit.data import DataClient
from tablefit.rpc.settings import LIMIT_MESSAGE_BYTES

from tests.integration.cli.command_line import TABLEFIT, TIMEOUT_S, Run, Services, row_count, until, without_progress
from tests.integration.cli.images import write_folder, write_large_folder

# Enough to be in the middle of for a second or more.
LARGE_COUNT = 1_000


def test_a_folder_becomes_a_table(run: Run, tmp_path: Path):
    done = run("ingest", "fresh", write_folder(tmp_path / "source", 5))
    assert (done.returncode, done.stderr) == (0, "")
    assert without_progress(done.stdout) == "Stored 10 rows in fresh. The table has 10 rows now.\n"


def test_the_same_folder_again_wants_append(run: Run, run_json, tmp_path: Path):
    source = write_folder(tmp_path / "source", 5)
    run("ingest", "again", source)
    refused = run("ingest", "again", source)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--append" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert run_json("ingest", "again", source, "--append") == {
        "table": "again",
        "table_rows": 20,
        "committed_rows": 10,
        "rejected_rows": 0,
        "resumed_rows": 0,
        "rejections": [],
    }


def test_broken_images_are_named_and_the_rest_is_stored(run: Run, tmp_path: Path):
    source = write_folder(tmp_path / "source", 3)
    (source / "cat" / "0001.png").write_bytes((source / "cat" / "0001.png").read_bytes()[:60])
    (source / "dog" / "empty.png").touch()
    done = run("ingest", "broken", source)
    assert done.returncode == 0
    refused = [line.split(":")[0] for line in done.stderr.splitlines()]
    assert refused == ["refused cat/0001.png", "refused dog/empty.png"]
    assert without_progress(done.stdout) == "Stored 5 rows in broken, refused 2. The table has 5 rows now.\n"


def test_a_file_that_no_message_could_hold_is_refused_as_any_other_and_the_rest_is_stored(run: Run, tmp_path: Path):
    source = write_folder(tmp_path / "source", 3, ("cat",))
    # A hole, which takes no space on the disk.
    os.truncate(source / "cat" / "0001.png", LIMIT_MESSAGE_BYTES + 1)
    done = run("ingest", "heavy", source)
    assert done.returncode == 0
    assert done.stderr == "refused cat/0001.png: The image has more than the 16,777,216 bytes that one may have.\n"
    assert without_progress(done.stdout) == "Stored 2 rows in heavy, refused 1. The table has 2 rows now.\n"


def test_images_without_label_folders_are_refused(run: Run, tmp_path: Path):
    source = write_folder(tmp_path / "source", 1, ("cat",)) / "cat"
    refused = run("ingest", "loose", source)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "expected one folder for each label" in refused.stderr
    assert run("table", "show", "loose").returncode == 1


def test_an_empty_folder_is_refused(run: Run, tmp_path: Path):
    (tmp_path / "nothing").mkdir()
    refused = run("ingest", "empty", tmp_path / "nothing")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "holds no images" in refused.stderr


def test_after_ctrl_c_the_same_command_goes_on(services: Services, run_json, tmp_path: Path):
    source = write_large_folder(tmp_path / "source", LARGE_COUNT)
    status, error = stopped_in_the_middle(services, "interrupted", source, signal.SIGINT)
    assert (status, error) == (130, "Interrupted. The same command goes on where this one stopped.\n")
    assert_completed_by_the_same_command(run_json, "interrupted", source)


def test_after_kill_9_the_same_command_goes_on(services: Services, run_json, tmp_path: Path):
    source = write_large_folder(tmp_path / "source", LARGE_COUNT)
    status, _ = stopped_in_the_middle(services, "killed", source, signal.SIGKILL)
    assert status == -signal.SIGKILL
    assert_completed_by_the_same_command(run_json, "killed", source)


def stopped_in_the_middle(services: Services, table: str, source: Path, number: int) -> tuple[int, str]:
    """Begins to ingest, sends a signal once rows have arrived; the status and what stood on standard error."""
    process = subprocess.Popen(
        [*TABLEFIT, "ingest", table, str(source)], env=services.environment, stderr=subprocess.PIPE, text=True
    )
    with DataClient(services.data_address) as data:
        until(lambda: row_count(data, table) > 0)
        process.send_signal(number)
        _, error = process.communicate(timeout=TIMEOUT_S)
        assert 0 < row_count(data, table) < LARGE_COUNT
    return process.returncode, error


def assert_completed_by_the_same_command(run_json: Callable[..., dict], table: str, source: Path) -> None:
    """Each file is there once, in order, though only a part was stored now."""
    result = run_json("ingest", table, source)
    assert (result["committed_rows"], result["table_rows"]) == (LARGE_COUNT, LARGE_COUNT)
    assert 0 < result["resumed_rows"] < LARGE_COUNT
    names = [row["source_name"] for row in run_json("row", "list", table, "--limit", "0")]
    assert names == sorted(path.relative_to(source).as_posix() for path in source.glob("*/*.png"))


def test_a_terminal_shows_a_bar_with_rate(services: Services, tmp_path: Path):
    source = write_large_folder(tmp_path / "source", 200)
    ours, theirs = pty.openpty()
    environment = {**services.environment, "TERM": "xterm", "COLUMNS": "80"}
    arguments = [*TABLEFIT, "ingest", "barred", str(source)]
    with subprocess.Popen(arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = read_all(ours)
    assert process.returncode == 0
    assert "ingest barred" in shown
    assert "/200 rows" in shown
    assert " rows/s" in shown
    assert "Stored 200 rows in barred. The table has 200 rows now." in shown


def read_all(descriptor: int) -> str:
    """What arrives at a terminal until its other end is closed."""
    parts: list[bytes] = []
    try:
        while part := os.read(descriptor, 65_536):
            parts.append(part)
    except OSError:
        pass  # How Linux says that nobody is at the other end any more.
    os.close(descriptor)
    return b"".join(parts).decode()


def test_json_names_what_was_refused(run: Run, tmp_path: Path):
    source = write_folder(tmp_path / "source", 1)
    (source / "cat" / "0000.png").write_bytes(b"no image")
    result = json.loads(run("ingest", "named", source, "--json").stdout)
    assert [rejection["source_name"] for rejection in result["rejections"]] == ["cat/0000.png"]
    assert result["rejections"][0]["reason"]
