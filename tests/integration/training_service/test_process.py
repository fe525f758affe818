"""`python -m training_service`: how it starts, what it holds, how it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tablefit.errors import NotFound, Unavailable
from tablefit.rpc.probe import is_serving
from tablefit.training import TrainingClient, TrainingSpec

# Nothing listens there.
NO_SERVICE = "127.0.0.1:1"


class Process:
    """The service as a process; `lines` are what it logged up to being ready."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "training_service", *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TABLEFIT_")}
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        self.lines: list[str] = []
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))
            if "ready at" in line:
                break

    @property
    def address(self) -> str:
        return self.lines[-1].rpartition(" ")[2]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(20)
        self.process.stderr.close()
        return status


@pytest.fixture
def run(tmp_path):
    """Runs the service in a directory of its own on a free port, where nothing else is asked without a warm process."""
    processes: list[Process] = []

    def run_one(*arguments: str, address: str = "127.0.0.1:0", warm_process: bool = False) -> Process:
        common = ("--directory", str(tmp_path / "training"), "--data-service", NO_SERVICE, "--address", address)
        processes.append(Process(*common, *([] if warm_process else ["--no-warm-process"]), *arguments))
        return processes[-1]

    yield run_one
    for process in processes:
        process.end(signal.SIGKILL)


def test_it_serves_says_where_and_ends_on_sigterm(run, tmp_path):
    service = run("--address-file", str(tmp_path / "address"), warm_process=True)
    assert (tmp_path / "address").read_text() == f"{service.address}\n"
    assert is_serving(service.address)
    with TrainingClient(service.address) as training:
        assert next(training.list_architectures()).name == "big_xception"
    assert service.end() == 0


def test_it_never_loads_keras(run):
    service = run()
    with TrainingClient(service.address) as training, pytest.raises(Unavailable, match="Cannot reach the data service"):
        training.create_job(TrainingSpec("digits", "mini_xception"))
    mapped = Path(f"/proc/{service.process.pid}/maps").read_text()
    assert "grpc" in mapped
    assert "tensorflow" not in mapped
    code = "import sys, training_service.__main__; sys.exit(bool({'keras', 'tensorflow', 'jax'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_does_not_fit_is_refused_before_the_data_service_is_asked(run):
    with (
        TrainingClient(run().address) as training,
        pytest.raises(NotFound, match=r"no architecture 'mini_exception'.* Did you mean mini_xception"),
    ):
        training.create_job(TrainingSpec("digits", "mini_exception"))


def test_a_second_service_in_the_same_directory_is_told_so(run, tmp_path):
    run()
    second = run()
    assert second.end() == 1
    (line,) = second.lines
    assert line == (
        f"Another training service uses the directory {tmp_path / 'training'}; stop it, or name another by --directory."
    )


def test_a_directory_is_free_again_after_kill_9(run):
    run(warm_process=True).end(signal.SIGKILL)
    assert is_serving(run().address)


def test_an_address_in_use_is_said_in_a_sentence(run, tmp_path):
    first = run()
    second = run("--directory", str(tmp_path / "other"), address=first.address)
    assert second.end() == 1
    assert second.lines[-1] == f"Cannot listen on {first.address}: the address is in use or not this machine's."


def test_it_warns_when_other_machines_can_reach_it(run):
    service = run(address="0.0.0.0:0")
    assert "can be reached from other machines" in service.lines[0]
    assert "WARNING" in service.lines[0]


def test_it_ends_with_the_process_that_started_it(tmp_path):
    read, write = os.pipe()
    command = [sys.executable, "-m", "training_service", "--directory", str(tmp_path), "--address", "127.0.0.1:0"]
    environment = {**os.environ, "TABLEFIT_LIFELINE_FD": str(read)}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, pass_fds=[read])
    assert "ready at" in process.stderr.readline()
    os.close(write)
    os.close(read)
    assert process.wait(20) == 0
    process.stderr.close()
