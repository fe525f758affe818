"""Renders a job's specification to the Python script that is the job.

Values enter as literals of numbers and texts, never as code; a text that a user gave stands in one string literal and
nowhere else, not even in a comment. Leaves the network to the architecture's file and all that the script does
not show to `tablefit.keras`.
"""

import importlib.metadata
import platform
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tablefit.data.tasks import Task

from training_service import native_script
from training_service.architecture import InputKind
from training_service.architectures import ARCHITECTURES
from training_service.layout import Code, call, lay_out, listed, literal, to_code
from training_service.reading import write_split
from training_service.specification import CHECKPOINT_EVERY_S, DATA_PATIENCE_S, Specification

MODEL_NAME = "model.keras"
_LIBRARIES = ("tablefit", "keras", "tensorflow-cpu", "tensorflow", "jax", "numpy")

_TEMPLATE = '''\
"""{title}: {architecture}, fitted to a table.

Made for {libraries}
on {cpu} with {threads}. Where these are the same, `python script.py` gives
the same weights, bit for bit. It reads the same rows again, shows how far it is and {result}.
"""

import tablefit.keras

{prepare}

import keras  # noqa: E402 - prepare comes first: it settles what Keras and its backend read while they load
{dtype}
{build}{data}
{reserving}{model}{scaling}
{adapting}{compile}
{fit}
'''


def render(job_id: str, specification: Specification) -> str:
    """The text of the script. `job_id` is empty for a job that is only looked at.

    Raises TypeError or ValueError when the specification holds a value that its type does not allow.
    """
    return _TEMPLATE.format(**_header(job_id, specification), **_values(specification))


def _header(job_id: str, specification: Specification) -> dict[str, str]:
    """What the docstring says. The architecture and the optimizer are looked up, so they are names of ours."""
    count = literal(specification.thread_count)
    return {
        "title": f"Job {job_id} of tablefit" if re.fullmatch(r"[\w-]+", job_id, re.ASCII) else "A job of tablefit",
        "architecture": _title(specification),
        "libraries": _versions(),
        "cpu": _cpu_model(),
        "threads": "1 thread" if count == "1" else f"{count} threads",
        "result": f"writes {MODEL_NAME} beside itself" if specification.save_model else "keeps no model",
    }


def _values(specification: Specification) -> dict[str, str]:
    own = specification.native.own_model
    return {
        "build": "" if own else f"\n{ARCHITECTURES[specification.architecture].source}\n\n",
        "data": lay_out(
            call("tablefit.keras.TableData", _data_arguments(specification), spread=True), before="data = "
        ),
        "model": native_script.own_line(own)
        if own
        else lay_out(call("build", _build_arguments(specification)), before="model = "),
        "reserving": _reserving_line(specification),
        "scaling": _scaling_line(specification),
        "prepare": native_script.prepare_call(specification),
        "dtype": native_script.dtype_line(specification),
        "adapting": native_script.adapting_lines(specification),
        "compile": native_script.compile_call(specification, _task(specification)),
        "fit": native_script.fit_call(
            specification, MODEL_NAME if specification.save_model else "", _endurance(specification)
        ),
    }


def _title(specification: Specification) -> str:
    """A name of ours, or of the file that lies beside the script."""
    own = specification.native.own_model
    return f"the model in own.{own.kind}" if own else ARCHITECTURES[specification.architecture].name


def _task(specification: Specification) -> Task:
    """What is predicted. Jobs that an earlier release left queued are classifications."""
    return Task(specification.reading.task or Task.CLASSIFICATION)


def _data_arguments(specification: Specification) -> Iterator[tuple[str, Code]]:
    reading = specification.reading
    yield "table", to_code(specification.table)
    yield "snapshot", to_code(specification.pin.snapshot_id)
    if reading.columns:
        yield "columns", to_code([*reading.columns])
    if reading.features:
        yield "features", listed(map(to_code, reading.features), spread=len(reading.features) > 1)
    if reading.targets:
        yield "targets", to_code([*reading.targets])
        yield "task", to_code(reading.task)
    if specification.image_mode:
        size = (to_code(specification.image_height), to_code(specification.image_width))
        yield "image_size", f"({size[0]}, {size[1]})"
        yield "mode", to_code(specification.image_mode)
    yield from _split_arguments(specification)
    if reading.balance != "none":
        yield "balance", to_code(reading.balance)
    if specification.native.class_weights is not None:
        yield "class_weights", to_code(specification.native.class_weights)
    yield "batch_size", to_code(specification.batch_size)
    yield "seed", to_code(specification.seed)
    yield "data_service", to_code(specification.data_service)
    if specification.data_patience_s != DATA_PATIENCE_S:
        yield "patience_s", to_code(specification.data_patience_s)


def _split_arguments(specification: Specification) -> Iterator[tuple[str, Code]]:
    split = specification.reading.split_record
    if split is None:
        yield "validation_fraction", to_code(specification.validation_split)
        yield "split_seed", to_code(specification.seed)
        return
    values = {name: value for name, value in write_split(split).items() if name != "rule"}
    fields = [(name, to_code(value)) for name, value in values.items()]
    yield "split", call(f"tablefit.keras.{type(split).__name__}", fields)


def _scaling_line(specification: Specification) -> str:
    """The line that gives outputs in the targets' own units; empty unless numbers are predicted."""
    reading = specification.reading
    if not reading.target_scales:
        return ""
    scales = [("scale", to_code([*reading.target_scales])), ("offset", to_code([*reading.target_means]))]
    return lay_out(call("tablefit.keras.rescale_outputs", [("", "model"), *scales]), before="\nmodel = ")


def _reserving_line(specification: Specification) -> str:
    """The line that lets columns be called as layers are; empty where no input has the name of a column."""
    architecture = ARCHITECTURES.get(specification.architecture)
    is_needed = architecture is not None and architecture.inputs is not InputKind.IMAGE
    return "tablefit.keras.reserve_names(data.inputs)\n" if is_needed else ""


def _build_arguments(specification: Specification) -> Iterator[tuple[str, Code]]:
    architecture = ARCHITECTURES[specification.architecture]
    yield "", "data.input_shape" if architecture.inputs is InputKind.IMAGE else "data.inputs"
    yield "", "data.output_count"
    yield "activation", to_code(_task(specification).activation)
    for parameter in architecture.parameters:
        value = specification.architecture_parameters[parameter.name]
        # What equals the function's own default stands in its first lines.
        if value != parameter.default:
            yield parameter.name, to_code(value)


def _endurance(specification: Specification) -> Iterator[tuple[str, Code]]:
    """What is said of checkpoints and progress, where that is not as `tablefit.keras` has it anyway."""
    every_steps, every_s = specification.checkpoint_every_steps, specification.checkpoint_every_s
    if every_steps is not None:
        yield "checkpoint_every_steps", literal(every_steps)
    if every_s != CHECKPOINT_EVERY_S:
        yield "checkpoint_every_s", literal(every_s)
    if specification.report_gradient_norm:
        yield "report_gradient_norm", "True"


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
