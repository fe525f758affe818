"""`tablefit demo`, and what it says to try next, exactly as printed."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tablefit.rpc.probe import is_serving

from tests.integration.cli.command_line import TIMEOUT_S

pytestmark = pytest.mark.long

PROGRAM = Path(sys.executable).with_name("tablefit")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which the demo was run, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run([PROGRAM, "demo"], cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_demo_reaches_its_accuracy_and_leaves_a_model(demo: tuple[Path, str]):
    folder, printed = demo
    found = re.search(r"^held-out accuracy (0\.\d+|1\.0+)$", printed, re.MULTILINE)
    assert found is not None, printed
    assert float(found[1]) >= 0.95
    model = re.search(r"^The model lies in (\S+);", printed, re.MULTILINE)
    assert model is not None
    assert (folder / model[1]).stat().st_size > 100_000
    assert "licence CC BY 4.0" in printed
    assert len(list((folder / "tablefit-demo" / "digits").glob("[0-9]/*.png"))) == 1_797


def test_the_next_commands_work_as_printed(demo: tuple[Path, str]):
    folder, printed = demo
    lines = [line.strip() for line in printed.splitlines() if line.startswith("  ") and "tablefit" in line.split()[0]]
    assert len(lines) >= 5
    environment = {**os.environ, **free_addresses()}
    with subprocess.Popen(
        ["bash", "-c", f"exec {lines[0]}"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as up:
        assert up.stdout is not None
        assert any(line == "ready\n" for line in up.stdout)
        try:
            for line in lines[1:]:
                done = subprocess.run(
                    ["bash", "-c", line],
                    cwd=folder,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=TIMEOUT_S,
                    check=False,
                )
                assert (done.returncode, done.stderr.count("Error")) == (0, 0), f"{line}\n{done.stderr}"
        finally:
            up.send_signal(signal.SIGINT)
            up.stdout.read()
    assert up.returncode == 0


def test_a_second_demo_goes_on_with_the_folder_of_the_first(demo: tuple[Path, str]):
    folder, _ = demo
    done = subprocess.run(
        [PROGRAM, "demo", "--json"], cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
    )
    assert '"kind": "result"' in done.stdout.splitlines()[-1]
    assert len(list((folder / "tablefit-demo").glob("digits-*.keras"))) == 2


def test_ctrl_c_ends_the_demo_and_both_its_services(tmp_path: Path):
    with subprocess.Popen(
        [PROGRAM, "demo"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert any(line == f"Table digits has {1797:,} rows.\n" for line in process.stdout)
        addresses = [
            (tmp_path / "tablefit-demo" / name / "address").read_text().strip() for name in ("data", "training")
        ]
        assert all(map(is_serving, addresses))
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
    assert error.startswith("Interrupted. The demo goes on in the same folder with\n  ")
    assert not any(map(is_serving, addresses))


def test_the_demo_leaves_a_folder_of_somebody_else_alone(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    done = subprocess.run(
        [PROGRAM, "demo", "--directory", "mine"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: mine holds something else than a demo; give an empty or a new folder with --directory.\n"
    )
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def free_addresses() -> dict[str, str]:
    """Two addresses that are free, as the environment names them."""
    with socket.socket() as first, socket.socket() as second:
        for found in (first, second):
            found.bind(("127.0.0.1", 0))
        ports = [found.getsockname()[1] for found in (first, second)]
    return {
        "TABLEFIT_DATA_SERVICE": f"127.0.0.1:{ports[0]}",
        "TABLEFIT_TRAINING_SERVICE": f"127.0.0.1:{ports[1]}",
    }
