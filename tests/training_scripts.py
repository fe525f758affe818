"""Small scripts that speak the protocol of a job's process without Keras, for tests of queue, processes and events.

A script is chosen by the name of the job's table. A gate holds a script back: it reads one byte of a named pipe at each
`pass_gate()`, so a test decides when it goes on.
"""

import os
from pathlib import Path

from tablefit.errors import NotFound

from training_service.native import Native
from training_service.options import Options
from training_service.specification import Pin, Specification

_PRELUDE = """
import json, os, signal, sys, threading, time

GATE = {gate!r}
events = open(int(os.environ["TABLEFIT_JOB_EVENTS_FD"]), "w")
control = int(os.environ["TABLEFIT_JOB_CONTROL_FD"])
open("pid", "w").write(str(os.getpid()))
cancelled = threading.Event()

def listen():
    while True:
        if not os.read(control, 64):
            os._exit(70)
        cancelled.set()

def send(kind, **values):
    events.write(json.dumps(dict(kind=kind, **values)) + "\\n")
    events.flush()

def open_data(steps_per_epoch=4):
    send("data", class_names=["cat", "dog"], training_rows=8, validation_rows=2, steps_per_epoch=steps_per_epoch,
         input_shape=[28, 28, 1], pin=dict(snapshot_id="s1", row_count=10, digest="ab" * 32))
    send("model", parameter_count=1234)

def step(number, kind="step", epoch=1, loss=0.5, **values):
    send(kind, step=number, epoch=epoch, loss=loss, metrics=dict(accuracy=0.25), rows_per_second=100.0,
         input_wait_share=0.125, **values)

def epoch(number, steps_per_epoch=4):
    step(number * steps_per_epoch, "epoch", number, validation=dict(loss=0.75, accuracy=0.5), duration_s=0.1)

def pass_gate():
    os.read(os.open(GATE, os.O_RDWR), 1)

def finish(content=b""):
    import hashlib
    model = None
    if content:
        open("model.keras", "wb").write(content)
        model = dict(path="model.keras", sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
    send("finished", step=8, model=model)

def begin():
    # Which process of the job this is, from 1.
    open("starts", "a").write(".")
    return os.path.getsize("starts")

def checkpoint(number, steps_per_epoch=4):
    send("checkpoint", step=number, epoch=-(-number // steps_per_epoch), size_bytes=100, duration_s=0.5)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def stop(step):
    send("cancelled", step=step)
    sys.exit(0)

threading.Thread(target=listen, daemon=True).start()
"""

SCRIPTS = {
    # Two epochs of four steps, then a model.
    "quick": """
open_data()
step(1)
epoch(1)
epoch(2)
finish(b"weights" * 300_000)
""",
    "modelless": "open_data()\nstep(1)\nfinish()",
    # Trains step by step until it is cancelled.
    "endless": """
open_data()
number = 0
while not cancelled.wait(0.01):
    number += 1
    step(number)
stop(number)
""",
    # Reports three epochs, then waits for the gate, then finishes.
    "gated": "open_data()\nfor number in (1, 2, 3):\n    epoch(number)\npass_gate()\nfinish()",
    # A hundred epochs in about a second.
    "steady": "open_data()\nfor number in range(1, 101):\n    time.sleep(0.01)\n    epoch(number)\nfinish()",
    # Not yet trained: busy in an import, deaf to what it is told.
    "importing": "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\npass_gate()",
    # Training, but deaf.
    "deaf": "open_data()\nepoch(1)\npass_gate()",
    # Prints a thousand lines, waits for the gate, and prints a last one.
    "printing": """
open_data()
for number in range(1000):
    print(f"line {number:03}", file=sys.stderr if number % 2 else sys.stdout)
epoch(1)
pass_gate()
print("done\\rend")
finish()
""",
    "failing": "open_data()\nsend('failed', reason='The loss became NaN at step 3.')\nsys.exit(1)",
    "raising": "print('about to divide')\n1 / 0",
    "segfaulting": "open_data()\nepoch(2)\nos.kill(os.getpid(), signal.SIGSEGV)",
    "aborting": "open_data()\nos.abort()",
    # Dies in its second epoch, dies again after it, and goes on each time after the first.
    "dying": """
attempt = begin()
open_data()
send("start", step=0 if attempt == 1 else 4)
if attempt == 1:
    epoch(1)
    checkpoint(4)
    step(6, epoch=2)
    die()
step(5, epoch=2)
epoch(2)
if attempt == 2:
    die()
checkpoint(4)
checkpoint(8)
finish()
""",
    # Leaves as a native library does that gives up, and finishes the second time.
    "leaving_early": """
attempt = begin()
open_data()
send("start", step=0 if attempt == 1 else 4)
if attempt == 1:
    checkpoint(4)
    os._exit(1)
finish()
""",
    # Trains without end after a checkpoint, and finishes when it is taken up there.
    "unhurried": """
attempt = begin()
open_data()
if attempt == 1:
    os.mkdir("checkpoints")
    for name in ("checkpoints/checkpoint-000000000004.npz", "epochs.csv"):
        open(name, "w").write("kept")
    checkpoint(4)
    while not cancelled.wait(0.01):
        step(5)
    stop(5)
send("start", step=4)
print(open("checkpoints/checkpoint-000000000004.npz").read(), open("epochs.csv").read())
open("epochs.csv", "a").write(" and more")
finish()
""",
    # Dies five times, each time one checkpoint further.
    "stubborn": """
attempt = begin()
open_data()
send("start", step=attempt - 1)
if attempt == 6:
    finish()
else:
    checkpoint(attempt)
    die()
""",
    # Trains without end the first time, and finishes the second time.
    "surviving": """
attempt = begin()
open_data(1000)
send("start", step=attempt - 1)
number = attempt - 1
while attempt == 1 and not cancelled.wait(0.01):
    number += 1
    step(number)
stop(number) if cancelled.is_set() else finish()
""",
    "killed": "open_data()\nepoch(1)\nos.kill(os.getpid(), signal.SIGKILL)",
    # Finishes and crashes on its way out.
    "crashing_late": "open_data()\nfinish(b'weights')\nos.abort()",
    # Waits for the gate while its model is half written.
    "saving": """
open_data()
os.mkdir(".model-a1b2c3")
open(".model-a1b2c3/model.keras", "wb").write(b"wei")
epoch(1)
pass_gate()
""",
    "lying": "send('finished', step=8, model=dict(path='model.keras', sha256='0' * 64, size_bytes=7))",
    "damaged": """
open("model.keras", "wb").write(b"damaged")
send("finished", step=8, model=dict(path="model.keras", sha256="0" * 64, size_bytes=7))
""",
    "nan": """
open_data()
step(4, "epoch", loss=float("nan"), validation=dict(loss=float("inf"), accuracy=None), remaining_s=float("nan"))
finish()
""",
    # Much faster than events are wanted.
    "flooding": "open_data(10_000)\nfor number in range(1, 2001):\n    step(number)\nepoch(1, 10_000)\nfinish()",
    "babbling": """
open_data()
events.write("no json\\n[1]\\n" + "x" * 9_000_000 + "\\n")
send("unheard_of", step=1)
send("step", step="one")
epoch(1)
finish()
""",
    # Leaves a process of its own behind that holds the pipe open.
    "leaving": """
open_data()
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], pass_fds=[events.fileno()])
open("orphan.pid", "w").write(str(child.pid))
finish()
""",
    "lingering": "open_data()\nfinish()\ntime.sleep(600)",
    # Says what it sees of the service's environment and descriptors.
    "telling": """
open_data()
print("environment", json.dumps(dict(os.environ)))
pipes = 0
for name in os.listdir("/proc/self/fd"):
    try:
        pipes += os.readlink(f"/proc/self/fd/{name}").startswith("pipe:")
    except OSError:
        pass
print("pipes", pipes)
finish()
""",
}


class Gate:
    """A named pipe that scripts wait at. It stays open here, so that no byte is lost between two scripts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self._descriptor = os.open(path, os.O_RDWR)

    def open(self) -> None:
        """Lets one script pass, now or when it comes to the gate."""
        os.write(self._descriptor, b".")

    def close(self) -> None:
        """Gives the pipe back."""
        os.close(self._descriptor)


def renderer(gate: Path):
    """Renders the script that the table's name chooses."""

    def render(job_id: str, specification: Specification) -> str:
        return f"# job {job_id}\n" + _PRELUDE.replace("{gate!r}", repr(str(gate))) + SCRIPTS[specification.table]

    return render


def complete(options: Options) -> Specification:
    """A specification without a data service: the table is the script's name."""
    if options.table not in SCRIPTS:
        raise NotFound(f"There is no table {options.table!r}.")
    return Specification(
        table=options.table,
        architecture=options.architecture,
        architecture_parameters={"momentum": 0.9},
        optimizer="adam",
        learning_rate=0.001,
        validation_split=0.2,
        epochs=options.epochs or 2,
        batch_size=2,
        image_mode="L",
        image_height=28,
        image_width=28,
        seed=0,
        save_model=True,
        pin=Pin("s1", 10, "ab" * 32),
        data_service="127.0.0.1:1",
        thread_count=1,
        time_limit_s=options.time_limit_s,
        priority=options.priority or 0,
        native=Native(steps_per_epoch=4, output_count=2, inputs=(28, 28, 1)),
    )
