"""Renders a job's specification to the Python script that is the job.

Values enter as literals of numbers and texts, never as code; a text that a user gave stands in one string literal and
nowhere else, not even in a comment. Leaves the network to the architecture's file and all that the script does
not show to `tablefit.keras`.
"""

import importlib.metadata
import math
import platform
import re
from functools import cache
from pathlib import Path

from training_service.architectures import ARCHITECTURES
from training_service.specification import OPTIMIZERS, Specification

MODEL_NAME = "model.keras"
_LIBRARIES = ("tablefit", "keras", "tensorflow-cpu", "tensorflow", "jax", "numpy")

_TEMPLATE = '''\
"""{title}: {architecture}, fitted to a table.

Made for {libraries}
on {cpu} with {threads}. Where these are the same, this script gives the same
weights, bit for bit. Run it by hand with

    python script.py

It reads the same rows again, shows how far it is and {result}.
"""

import tablefit.keras

tablefit.keras.prepare(seed={seed}, threads={thread_count})

import keras  # noqa: E402 - prepare comes first: it settles what Keras and TensorFlow read while they load


{build}

data = tablefit.keras.TableData(
    table={table},
    snapshot={snapshot},
    image_size=({height}, {width}),
    mode={mode},
    validation_fraction={validation_split},
    split_seed={seed},
    batch_size={batch_size},
    seed={seed},
    data_service={data_service},
)
model = build(data.input_shape, data.class_count{parameters})
model.compile(
    optimizer=keras.optimizers.{optimizer}(learning_rate={learning_rate}),
    loss="sparse_categorical_crossentropy",
    weighted_metrics=["accuracy"],
)
tablefit.keras.fit(model, data, epochs={epochs}{save})
'''


def render(job_id: str, specification: Specification) -> str:
    """The text of the script. `job_id` is empty for a job that is only looked at.

    Raises TypeError or ValueError when the specification holds a value that its type does not allow.
    """
    return _TEMPLATE.format(**_header(job_id, specification), **_values(specification))


def _header(job_id: str, specification: Specification) -> dict[str, str]:
    """What the docstring says. The architecture and the optimizer are looked up, so they are names of ours."""
    count = _literal(specification.thread_count)
    return {
        "title": f"Job {job_id} of tablefit" if re.fullmatch(r"[\w-]+", job_id, re.ASCII) else "A job of tablefit",
        "architecture": ARCHITECTURES[specification.architecture].name,
        "libraries": _versions(),
        "cpu": _cpu_model(),
        "threads": "1 thread" if count == "1" else f"{count} threads",
        "result": f"writes {MODEL_NAME} beside itself" if specification.save_model else "keeps no model",
    }


def _values(specification: Specification) -> dict[str, str]:
    architecture = ARCHITECTURES[specification.architecture]
    parameters = [
        f", {parameter.name}={_literal(specification.architecture_parameters[parameter.name])}"
        for parameter in architecture.parameters
    ]
    return {
        "build": architecture.source,
        "parameters": "".join(parameters),
        "optimizer": OPTIMIZERS[specification.optimizer].class_name,
        "save": f", save={_literal(MODEL_NAME)}" if specification.save_model else "",
        "table": _literal(specification.table),
        "snapshot": _literal(specification.pin.snapshot_id),
        "height": _literal(specification.image_height),
        "width": _literal(specification.image_width),
        "mode": _literal(specification.image_mode),
        "validation_split": _literal(specification.validation_split),
        "batch_size": _literal(specification.batch_size),
        "seed": _literal(specification.seed),
        "thread_count": _literal(specification.thread_count),
        "data_service": _literal(specification.data_service),
        "learning_rate": _literal(specification.learning_rate),
        "epochs": _literal(specification.epochs),
    }


def _literal(value: str | int | float) -> str:
    """The Python literal of a text or a finite number."""
    if isinstance(value, str):
        plain = repr(value)
        # Double quotes where that needs no other change, as a formatter would have it.
        return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in plain and "\\'" not in plain else plain
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"expected a text or a finite number, received {value!r}")
    return repr(value)


@cache
def _versions() -> str:
    """The libraries that a script runs with, by what is installed beside the service: it does not load them itself."""
    found = []
    for library in _LIBRARIES:
        try:
            found.append(f"{library} {importlib.metadata.version(library)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


@cache
def _cpu_model() -> str:
    """The CPU's name as the system gives it, reduced to characters that are harmless in a docstring."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
        found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
        name = found.group(1) if found else name
    return " ".join(re.sub(r"[^\w @().,+-]", " ", name, flags=re.ASCII).split()) or "an unknown CPU"
