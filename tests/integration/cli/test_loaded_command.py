"""A command that was loaded beforehand does what a process of its own does."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.command_line import TABLEFIT, TIMEOUT_S, run_loaded


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--version",), 0),
        (("table", "list", "--data-service", "127.0.0.1:1"), 1),
        (("train", "digits", "--dry-run=maybe"), 2),
    ],
)
def test_a_loaded_command_says_and_ends_as_one_of_its_own(tmp_path: Path, arguments: tuple[str, ...], status: int):
    environment = {**os.environ, "COLUMNS": "80"}
    loaded = run_loaded(*arguments, environment=environment, folder=tmp_path)
    own = subprocess.run(
        [*TABLEFIT, *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (loaded.returncode, loaded.stdout, loaded.stderr) == (own.returncode, own.stdout, own.stderr)
    assert own.returncode == status
