"""The line between a job's process and its service, with a real process and real pipes."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_S = 30.0

START = """
import os, sys, threading
from tablefit.keras import job
running = job.current()
running.start()
"""
WAIT = "threading.Event().wait(60)\n"


@dataclass
class Line:
    """A process with the service's ends of its two pipes."""

    process: subprocess.Popen[str]
    events: int
    control: int

    def end_service(self) -> None:
        """Closes the control pipe, once."""
        if self.control >= 0:
            os.close(self.control)
        self.control = -1

    def read_messages(self) -> list[dict]:
        """All messages up to the end of the process."""
        with os.fdopen(os.dup(self.events)) as pipe:
            return [json.loads(line) for line in pipe]

    def read_message(self) -> dict:
        """The next message."""
        line = b""
        while not line.endswith(b"\n"):
            line += os.read(self.events, 1)
        return json.loads(line)


@contextmanager
def run(script: str, folder: Path | None = None) -> Iterator[Line]:
    """Runs a script as a job, in a folder of its own where none is given."""
    with tempfile.TemporaryDirectory() as own, run_script(folder or Path(own), START + script) as line:
        yield line


@contextmanager
def run_script(folder: Path, script: str) -> Iterator[Line]:
    """Runs all of a script as the job of a folder."""
    events, events_write = os.pipe()
    control_read, control = os.pipe()
    environment = {
        "TABLEFIT_JOB_ID": "6b1f",
        "TABLEFIT_JOB_DIRECTORY": str(folder),
        "TABLEFIT_JOB_EVENTS_FD": str(events_write),
        "TABLEFIT_JOB_CONTROL_FD": str(control_read),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        pass_fds=(events_write, control_read),
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(events_write)
    os.close(control_read)
    line = Line(process, events, control)
    try:
        yield line
    finally:
        process.kill()
        process.communicate()
        os.close(events)
        line.end_service()


def test_a_message_is_one_line_of_json():
    with run("running.send('model', parameter_count=7)\n") as line:
        assert line.read_messages() == [{"kind": "model", "parameter_count": 7}]
        assert line.process.wait(TIMEOUT_S) == 0


def test_a_cancel_ends_the_process_while_its_main_thread_is_busy():
    with run("running.step = 12\nrunning.send('model', parameter_count=7)\nwhile True: pass\n") as line:
        line.read_message()
        os.write(line.control, b"cancel\n")
        assert line.read_messages() == [{"kind": "cancelled", "step": 12}]
        assert line.process.wait(TIMEOUT_S) == 0


def test_the_end_of_the_service_ends_the_process_at_once():
    with run("running.send('model', parameter_count=7)\n" + WAIT) as line:
        line.read_message()
        line.end_service()
        assert line.process.wait(TIMEOUT_S) == 70
        assert line.read_messages() == []


def test_a_service_that_ended_before_the_process_started_ends_it_too():
    with run(WAIT) as line:
        line.end_service()
        assert line.process.wait(TIMEOUT_S) == 70


def test_an_exception_is_reported_with_its_sentence_and_logged_with_its_traceback():
    with run("from tablefit.errors import NotFound\nraise NotFound('There is no table.')\n") as line:
        assert line.read_messages() == [{"kind": "failed", "reason": "There is no table."}]
        assert line.process.wait(TIMEOUT_S) == 1
        assert "Traceback" in line.process.stderr.read()


def test_a_second_process_in_the_folder_of_a_job_waits_for_the_end_of_the_first(tmp_path):
    with run("running.send('model', parameter_count=1)\n" + WAIT, tmp_path) as first:
        first.read_message()
        with run("running.send('model', parameter_count=2)\n", tmp_path) as second:
            first.end_service()
            assert first.process.wait(TIMEOUT_S) == 70
            assert second.read_messages() == [{"kind": "model", "parameter_count": 2}]


def test_a_second_process_does_not_wait_for_ever(tmp_path):
    impatient = START.replace("running.start()", "job.LOCK_PATIENCE_S = 0.1\nrunning.start()")
    with run("running.send('model', parameter_count=1)\n" + WAIT, tmp_path) as first:
        first.read_message()
        with run_script(tmp_path, impatient) as second:
            (message,) = second.read_messages()
    assert message["kind"] == "failed"
    assert message["reason"].startswith(f"Another process trains job 6b1f in {tmp_path}; end it")


def test_nothing_follows_the_last_message():
    with run("running.finish(5, None)\nraise ValueError('late')\n") as line:
        assert line.read_messages() == [{"kind": "finished", "step": 5, "model": None}]
        assert line.process.wait(TIMEOUT_S) == 1


def test_children_of_the_process_get_neither_pipe():
    script = """
import subprocess
subprocess.Popen(["sleep", "5"], close_fds=False, stderr=subprocess.DEVNULL)
running.finish(0, None)
"""
    with run(script) as line:
        assert line.read_messages() == [{"kind": "finished", "step": 0, "model": None}]


def test_a_script_run_by_hand_has_no_job():
    script = "from tablefit.keras import job; assert job.current() is None"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TABLEFIT_")}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=TIMEOUT_S)


def test_importing_the_package_does_not_import_keras():
    script = "import sys, tablefit.keras; assert not {'keras', 'tensorflow'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=TIMEOUT_S)


def test_a_disk_without_room_for_what_is_printed_ends_nothing(tmp_path):
    printed = tmp_path / "output.log"
    limit_file = f"""
import os, resource
def limit(size_bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))
os.dup2(os.open({str(printed)!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
os.dup2(1, 2)
limit(4096)
"""
    printing = """
for number in range(1000):
    print(f"line {number:03}", file=sys.stderr if number % 2 else sys.stdout)
limit(resource.RLIM_INFINITY)
print("room")
print("again", file=sys.stderr)
running.finish(8, None)
"""
    with run_script(tmp_path, limit_file + START + printing) as line:
        assert [message["kind"] for message in line.read_messages()] == ["finished"]
        assert line.process.wait(TIMEOUT_S) == 0
    *whole, cut, first, room, _, second, again = printed.read_text().split("\n")[:-1]
    assert whole == [f"line {number:03}" for number in range(455)]
    assert (cut, room, again) == ("l", "room", "again")
    # Line 455 was begun on the standard error; both streams lost all that came after it.
    reason = "bytes of output could not be written: File too large)"
    assert [first, second] == [f"({272 * 9} {reason}", f"({273 * 9 - 1} {reason}"]
