"""`tablefit up`: ready, kept alive, refused."""

import json
import os
import select
import signal
import subprocess
from pathlib import Path

import pytest
from tablefit.data import DataClient
from tablefit.rpc.probe import is_serving

from tests.integration.cli.command_line import (
    TABLEFIT,
    TIMEOUT_S,
    Services,
    row_count,
    start_up,
    stop_up,
    until,
    wait_for,
)
from tests.integration.cli.images import write_large_folder


@pytest.fixture
def up(tmp_path: Path):
    """A `tablefit up` of a test's own."""
    services = start_up(tmp_path / "own", warm_process=False)
    try:
        yield services
    finally:
        services.process.kill()
        services.process.communicate()


def test_both_services_serve_when_it_says_ready_and_stop_on_ctrl_c(up: Services):
    assert is_serving(up.data_address)
    assert is_serving(up.training_address)
    assert stop_up(up) == 0
    assert not is_serving(up.data_address)
    assert not is_serving(up.training_address)


def test_sigterm_stops_it_too(up: Services):
    up.process.send_signal(signal.SIGTERM)
    assert wait_for(up.process, "stopped")
    assert up.process.wait(TIMEOUT_S) == 0


def test_tables_are_there_again_after_a_stop(up: Services, tmp_path: Path):
    with DataClient(up.data_address) as data:
        data.create_table("kept")
    stop_up(up)
    again = start_up(tmp_path / "own", warm_process=False)
    with DataClient(again.data_address) as data:
        assert [table.name for table in data.list_tables()] == ["kept"]
    assert stop_up(again) == 0


@pytest.mark.parametrize("module", ["data_service", "training_service"])
def test_a_service_that_was_killed_is_started_again_at_its_address(up: Services, module: str):
    os.kill(child_of(up.process.pid, module), signal.SIGKILL)
    event = wait_for(up.process, "restarted")
    assert event["message"] == (up.data_address if module == "data_service" else up.training_address)
    assert is_serving(event["message"])


def test_an_ingest_survives_the_killing_of_the_data_service(up: Services, tmp_path: Path):
    source = write_large_folder(tmp_path / "source", 1_000)
    arguments = [*TABLEFIT, "ingest", "survived", str(source), "--json"]
    with (
        subprocess.Popen(arguments, env=up.environment, stdout=subprocess.PIPE, text=True) as process,
        DataClient(up.data_address) as data,
    ):
        until(lambda: row_count(data, "survived") > 0)
        os.kill(child_of(up.process.pid, "data_service"), signal.SIGKILL)
        result, _ = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 0
        assert json.loads(result)["committed_rows"] == 1_000
        names = [row.values["source_name"] for row in data.list_rows("survived")]
    assert names == sorted(path.relative_to(source).as_posix() for path in source.glob("*/*.png"))


def test_services_do_not_outlive_a_killed_up(up: Services):
    children = [child_of(up.process.pid, module) for module in ("data_service", "training_service")]
    descriptors = [os.pidfd_open(child) for child in children]
    up.process.kill()
    for descriptor in descriptors:
        assert select.select([descriptor], [], [], TIMEOUT_S)[0]
        os.close(descriptor)
    assert not is_serving(up.data_address)


def test_a_port_in_use_is_one_sentence(up: Services, tmp_path: Path):
    done = subprocess.run(
        [*TABLEFIT, "up", "--directory", tmp_path / "other", "--data-address", up.data_address],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"Error: The data service did not start: Cannot listen on {up.data_address}: "
        "the address is in use or not this machine's."
    )
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_one_sentence_without_its_password(tmp_path: Path):
    url = "mysql+pymysql://reader:secret-word@127.0.0.1:1/tables"
    done = subprocess.run(
        [*TABLEFIT, "up", "--directory", tmp_path / "other", "--data-address", "127.0.0.1:0", "--database-url", url],
        env={**os.environ, "TABLEFIT_DATABASE_WAIT": "0"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Error: The data service did not start: ")
    assert "secret-word" not in done.stderr
    assert "Traceback" not in done.stderr


def child_of(parent: int, module: str) -> int:
    """The child that runs `module`."""
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            return int(pid)
    raise AssertionError(f"no child of {parent} runs {module}")
