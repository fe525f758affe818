"""The lines of a script that name something of Keras. Leaves to `layout` how values and long calls are written.

Every value becomes a literal and every name is checked to be one, so that no text of a caller's becomes code.
"""

import keyword
import re
from collections.abc import Iterable, Mapping

from tablefit.data.tasks import Task

from training_service.layout import Code, call, lay_out, listed, literal, to_code
from training_service.native import Component, OwnModel
from training_service.native_defaults import losses_and_metrics
from training_service.specification import Specification

START_NAME = "start.keras"
_MODULES: Mapping[str, str] = {
    "optimizer": "keras.optimizers",
    "schedule": "keras.optimizers.schedules",
    "loss": "keras.losses",
    "metric": "keras.metrics",
    "callback": "keras.callbacks",
    "augmentation": "keras.layers",
}


def prepare_call(specification: Specification) -> str:
    """The call that comes before Keras is loaded."""
    native = specification.native
    arguments: list[tuple[str, Code]] = [
        ("seed", literal(specification.seed)),
        ("threads", literal(specification.thread_count)),
        ("backend", literal(native.backend)),
    ]
    if native.backend == "tensorflow" and native.jit_compile:
        # XLA does not compile what TensorFlow was told to keep deterministic.
        arguments.append(("deterministic", "False"))
    return lay_out(call("tablefit.keras.prepare", arguments))


def dtype_line(specification: Specification) -> str:
    """The line that sets what the network computes with; empty for Keras's default."""
    policy = specification.native.dtype_policy
    return "" if policy == "float32" else f"\nkeras.config.set_dtype_policy({literal(policy)})\n"


def own_line(own: OwnModel) -> str:
    """The line that loads a model of the caller's, in place of `build`."""
    arguments = [("", literal(own.file_name)), ("sha256", literal(own.sha256))]
    leave = [("allow_code", "True")] if own.runs_code else []
    return lay_out(call("tablefit.keras.load_own", [*arguments, *leave]), before="model = ")


def adapting_lines(specification: Specification) -> str:
    """What is done to the network between `build` and `compile`."""
    native = specification.native
    lines = []
    if native.augmentation:
        layers = listed(component("augmentation", layer) for layer in native.augmentation)
        lines.append(lay_out(call("tablefit.keras.augment", [("", "model"), ("", layers)]), before="model = "))
    if native.starting_weights is not None:
        frozen = ("frozen", to_code([*native.starting_weights.frozen_layers]))
        arguments = [("", "model"), ("", literal(START_NAME)), *([frozen] if frozen[1] != to_code([]) else [])]
        if native.starting_weights.runs_code:
            arguments.append(("allow_code", "True"))
        lines.append(lay_out(call("tablefit.keras.start_from", arguments)))
    return "".join(f"{line}\n" for line in lines)


def compile_call(specification: Specification, task: Task) -> str:
    """The call that gives the network its optimizer, loss and metrics, which suit the task where none are named."""
    native = specification.native
    loss, metrics = losses_and_metrics(native, task, len(specification.reading.targets))
    rate = component("schedule", native.schedule) if native.schedule else literal(specification.learning_rate)
    given = [(_name(name), to_code(value)) for name, value in native.optimizer_arguments.items()]
    optimizer = call(
        f"{_MODULES['optimizer']}.{_name(specification.optimizer_class)}", [("learning_rate", rate), *given]
    )
    arguments: list[tuple[str, Code]] = [
        ("optimizer", optimizer),
        ("loss", component("loss", loss)),
        ("weighted_metrics", listed(component("metric", metric) for metric in metrics)),
        ("steps_per_execution", literal(native.steps_per_execution)),
        ("jit_compile", literal(native.jit_compile)),
    ]
    return lay_out(call("model.compile", arguments, spread=True))


def fit_call(specification: Specification, save: str, more: Iterable[tuple[str, Code]]) -> str:
    """The call that trains. `save` is the file for the model, empty for none; `more` is said of other concerns."""
    native = specification.native
    arguments: list[tuple[str, Code]] = [("", "model"), ("", "data"), ("epochs", literal(specification.epochs))]
    if save:
        arguments.append(("save", literal(save)))
    arguments.extend(more)
    if native.callbacks:
        arguments.append(("callbacks", listed(component("callback", callback) for callback in native.callbacks)))
    return lay_out(call("tablefit.keras.fit", arguments))


def component(kind: str, value: Component) -> Code:
    """The call that makes a component, or the word that Keras takes in its place."""
    if re.fullmatch(r"[a-z]+(_[a-z]+)*", value.name, re.ASCII) and not value.arguments:
        return literal(value.name)
    arguments = [(_name(name), to_code(argument)) for name, argument in value.arguments.items()]
    return call(f"{_MODULES[kind]}.{_name(value.name)}", arguments)


def _name(text: str) -> str:
    """The text itself, which must be a Python name. Raises ValueError."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text, re.ASCII) or keyword.iskeyword(text):
        raise ValueError(f"expected a name, received {text!r:.64}")
    return text
