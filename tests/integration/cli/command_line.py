"""`tablefit` as people use it, in a process of its own, and both services under `tablefit up`."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tablefit.data import DataClient
from tablefit.errors import NotFound

from tests.nursery import nursery
from tests.waiting import wait_until

TABLEFIT = (sys.executable, "-m", "tablefit.cli")
TIMEOUT_S = 240.0

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Services:
    """`tablefit up` and what it says when it is ready."""

    process: "subprocess.Popen[str]"
    data_address: str
    training_address: str
    directory: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a command that talks to these services."""
        found = {"TABLEFIT_DATA_SERVICE": self.data_address, "TABLEFIT_TRAINING_SERVICE": self.training_address}
        return {**os.environ, **found, "COLUMNS": "200"}


def run_loaded(*arguments: str | Path, environment: dict[str, str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Runs one command to its end in `folder`, without input; gives its status and what it printed.

    Tests of signals, terminals and pipes start TABLEFIT themselves.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as error:
        words = list(map(str, arguments))
        started = nursery("tablefit.cli").start(words, environment, folder, output.fileno(), error.fileno())
        try:
            status = started.wait(TIMEOUT_S)
        finally:
            started.send_signal(signal.SIGKILL)
        output.seek(0)
        error.seek(0)
        return subprocess.CompletedProcess(words, status, output.read().decode(), error.read().decode())


def start_up(directory: Path, *, warm_process: bool = True) -> Services:
    """Starts `tablefit up` on free ports and waits until it is ready. Who trains nothing needs no warm process."""
    addresses = ("--data-address", "127.0.0.1:0", "--training-address", "127.0.0.1:0")
    log = (directory.parent / f"{directory.name}.log").open("w")
    with log:
        process = subprocess.Popen(
            [*TABLEFIT, "up", "--json", "--directory", str(directory), *addresses],
            env={**os.environ, "TABLEFIT_NO_WARM_PROCESS": "0" if warm_process else "1"},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    event = wait_for(process, "ready")
    return Services(process, event["data_service"], event["training_service"], directory)


def wait_for(process: "subprocess.Popen[str]", kind: str) -> dict[str, Any]:
    """The next event of this kind among the JSON lines of `process`."""
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["kind"] == kind:
            return event
    raise AssertionError(f"it ended with status {process.wait()} before it said {kind!r}")


def stop_up(services: Services) -> int:
    """Ends `tablefit up` as Ctrl-C does; returns its exit status."""
    services.process.send_signal(signal.SIGINT)
    assert services.process.stdout is not None
    services.process.stdout.read()
    return services.process.wait(TIMEOUT_S)


def without_progress(printed: str) -> str:
    """What an ingest prints, but for the lines that come every few seconds on a slow machine."""
    return "".join(line for line in printed.splitlines(keepends=True) if not line.startswith("ingest "))


def row_count(data: DataClient, table: str) -> int:
    """Rows in the table; 0 before there is one."""
    try:
        return data.get_table(table).row_count
    except NotFound:
        return 0


def until(condition: Callable[[], bool]) -> None:
    """Returns when the condition holds."""
    wait_until(condition, TIMEOUT_S)
