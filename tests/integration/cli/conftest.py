"""Both services, and commands that talk to them."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.command_line import Run, Services, run_loaded, start_up, stop_up


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Both services with an embedded database, for all tests that leave them running."""
    services = start_up(tmp_path_factory.mktemp("up") / "kept")
    try:
        yield services
    finally:
        assert stop_up(services) == 0


@pytest.fixture
def run(services: Services, tmp_path: Path) -> Run:
    """Runs one command to its end in an empty folder; gives its status and what it printed."""

    def run_command(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        return run_loaded(*arguments, environment=services.environment, folder=tmp_path)

    return run_command


@pytest.fixture
def run_json(run: Run) -> Callable[..., Any]:
    """Runs one command with --json, which must succeed; gives the document."""

    def run_command(*arguments: str | Path) -> Any:
        done = run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))

    return run_command
