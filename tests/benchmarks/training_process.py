"""A job's network fitted to the same rows in memory, in a process of its own, as `model.fit` does it by itself.

`python -m tests.benchmarks.training_process SCRIPT ARRAYS WAY` loads Keras and the arrays, then fits, and writes to
standard output the seconds from just before the network is built to the end of `fit`. SCRIPT is the job's, of which the
network and the settings are used; ARRAYS an .npz file with the batches of all epochs one after the other: inputs,
targets, weights, and those of the validation. WAY is "", or one of these:

    plain    nothing is settled beforehand: Keras's own threads, operations, compilation and order of the rows
    start    the seconds are those to the end of the first step
"""

import ast
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import numpy as np

ROOT = Path(__file__).resolve().parents[2]


def seconds_in_memory(script: Path, arrays: Path, way: Literal["", "plain", "start"] = "") -> float:
    """Starts the process; returns what it measured."""
    command = [sys.executable, "-m", __name__, str(script), str(arrays), way]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(ended.stdout.splitlines()[-1])


def _statements(script: Path, plain: bool) -> tuple[str, str]:
    """Of a job's script what comes before Keras is loaded, and the network with its compilation."""
    prepare, network = [], []
    for node in ast.parse(script.read_text()).body:
        text = ast.unparse(node)
        if text.startswith("tablefit.keras.prepare("):
            prepare.append(text)
        elif text.startswith("model.compile(") and plain:
            network.append(_without_settings(node))
        elif not text.startswith(("data = ", "import ", "tablefit.keras.fit(")):
            network.append(text)
    return "\n".join(prepare), "\n".join(network)


def _without_settings(node: ast.stmt) -> str:
    """The compilation as Keras has it when only optimizer, loss and metrics are named."""
    assert isinstance(node, ast.Expr)
    assert isinstance(node.value, ast.Call)
    settings = ("steps_per_execution", "jit_compile")
    node.value.keywords = [keyword for keyword in node.value.keywords if keyword.arg not in settings]
    return ast.unparse(node)


class _Data:
    """What a script asks its data for."""

    def __init__(self, arrays: Any) -> None:
        self.input_shape = tuple(arrays["inputs"].shape[1:])
        self.class_count = self.output_count = int(arrays["class_count"])


def main(script: str, arrays_file: str, way: str) -> None:
    """Fits and writes the seconds."""
    plain = way == "plain"
    prepare, network = _statements(Path(script), plain)
    import tablefit.keras

    names: dict[str, Any] = {"tablefit": tablefit, "__name__": "script"}
    if not plain:
        exec(prepare, names)
    import keras

    names["keras"] = keras
    with np.load(arrays_file) as loaded:
        arrays = {name: loaded[name] for name in loaded.files}
    names["data"] = _Data(arrays)
    start = perf_counter()
    exec(network, names)
    ends: list[float] = []
    first = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: ends.append(perf_counter()))
    names["model"].fit(**_fitted(arrays, plain), callbacks=[first] if way == "start" else [], verbose=0)
    print((ends[0] if way == "start" else perf_counter()) - start, flush=True)


def _fitted(arrays: dict[str, Any], plain: bool) -> dict[str, Any]:
    """What `fit` is given."""
    epochs, steps = int(arrays["epochs"]), int(arrays["steps_per_epoch"])
    rows = len(arrays["inputs"]) // epochs
    validation = arrays["validation_inputs"], arrays["validation_targets"], arrays["validation_weights"]
    fitted = {
        "epochs": epochs,
        "batch_size": rows // steps,
        "validation_data": validation,
        "validation_batch_size": rows // steps,
    }
    if plain:
        # The rows of one epoch, which Keras shuffles for each.
        return fitted | {"x": arrays["inputs"][:rows], "y": arrays["targets"][:rows]}
    return fitted | {
        "x": arrays["inputs"],
        "y": arrays["targets"],
        "sample_weight": arrays["weights"],
        "steps_per_epoch": steps,
        "shuffle": False,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
