"""Services as child processes: started, watched, started again, stopped, and gone when their starter is."""

import os
import queue
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tablefit.cli.supervision import ServiceCall, Supervisor
from tablefit.errors import Unavailable
from tablefit.rpc.probe import is_serving

HERE = Path(__file__).parent
TIMEOUT_S = 60.0


def small_service(tmp_path: Path, **environment: str) -> ServiceCall:
    """The call of a small service with these additions to its environment."""
    variables = (("PYTHONPATH", str(HERE)), *environment.items())
    return ServiceCall("small service", "small_service", "127.0.0.1:0", tmp_path / "address", environment=variables)


@pytest.fixture
def told() -> "queue.Queue[tuple[str, str, str]]":
    """What the supervisor tells."""
    return queue.Queue()


@pytest.fixture
def supervisor(told: "queue.Queue[tuple[str, str, str]]") -> Iterator[Supervisor]:
    """A supervisor that loses no time between starts, stopped at the end."""
    supervisor = Supervisor(lambda name, line: None, lambda *event: told.put(event), first_pause_s=0.01)
    yield supervisor
    supervisor.stop()


def wait_until_gone(pid: int) -> None:
    """Returns when the process is over, whoever's child it is."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], TIMEOUT_S)[0], f"process {pid} is still there"
    finally:
        os.close(descriptor)


def test_a_started_service_serves_until_it_is_stopped(supervisor: Supervisor, tmp_path: Path):
    address = supervisor.start(small_service(tmp_path))
    assert is_serving(address)
    supervisor.stop()
    assert not is_serving(address)


def test_a_killed_service_comes_back_at_its_address(
    supervisor: Supervisor, told: "queue.Queue[tuple[str, str, str]]", tmp_path: Path
):
    address = supervisor.start(small_service(tmp_path))
    os.kill(int((tmp_path / "address.pid").read_text()), signal.SIGKILL)
    events = [told.get(timeout=TIMEOUT_S) for _ in range(3)]
    assert events[0] == ("starting", "small service", "")
    assert events[1][0] == "ended"
    assert events[1][2].startswith("killed by SIGKILL")
    assert events[2] == ("restarted", "small service", address)
    assert is_serving(address)


def test_a_service_that_cannot_start_is_reported_with_its_own_words(supervisor: Supervisor, tmp_path: Path):
    with pytest.raises(Unavailable, match=r"^The small service did not start: Cannot listen on port 1\.$"):
        supervisor.start(small_service(tmp_path, FAIL="Cannot listen on port 1."))


def test_a_service_that_dies_again_and_again_is_given_up(supervisor: Supervisor, tmp_path: Path):
    supervisor.start(small_service(tmp_path, DIE_AFTER_S="0.3"))
    assert supervisor.stopping.wait(TIMEOUT_S)
    assert supervisor.failure == "The small service ended 5 times soon after its start; the last time: exit status 7"


def test_a_service_ends_with_a_starter_that_was_killed(tmp_path: Path):
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from tablefit.cli.supervision import ServiceCall, Supervisor\n"
        "call = ServiceCall('small service', 'small_service', '127.0.0.1:0', Path(sys.argv[1]),\n"
        "                   environment=(('PYTHONPATH', sys.argv[2]),))\n"
        "supervisor = Supervisor(lambda *_: None, lambda *_: None)\n"
        "print(supervisor.start(call), flush=True)\n"
        "supervisor.stopping.wait()\n"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "address"), str(HERE)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        address = starter.stdout.readline().strip()
        pid = int((tmp_path / "address.pid").read_text())
        starter.kill()
        starter.wait(TIMEOUT_S)
        wait_until_gone(pid)
    assert not is_serving(address)
