"""The options of commands that make jobs that name what Keras has, and how their texts are read."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tablefit.cli.help_text import defaulting

if TYPE_CHECKING:
    from tablefit.training import Component

_PANEL = "Options of Keras"
_COMPONENT = "NAME[:…]"


def _option(*names: str, metavar: str, text: str, default: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=defaulting(text, default), rich_help_panel=_PANEL)


OptimizerArgumentOption = Annotated[
    list[str] | None,
    _option(
        "--optimizer-argument",
        metavar="NAME=VALUE",
        text="An argument of the optimizer, such as momentum=0.9 or clipnorm=1; may be given several times.",
        default="Keras's",
    ),
]
ScheduleOption = Annotated[
    str | None,
    _option("--schedule", metavar=_COMPONENT, text="A schedule in place of the learning rate.", default="one rate"),
]
LossOption = Annotated[
    str | None, _option("--loss", metavar=_COMPONENT, text="A loss.", default="what suits the target")
]
MetricOption = Annotated[
    list[str] | None,
    _option("--metric", metavar=_COMPONENT, text="A metric; may be given several times.", default="accuracy"),
]
CallbackOption = Annotated[
    list[str] | None,
    _option(
        "--callback",
        metavar=_COMPONENT,
        text="CSVLogger, EarlyStopping, ReduceLROnPlateau, TensorBoard or TerminateOnNaN; several times.",
        default="none",
    ),
]
AugmentOption = Annotated[
    list[str] | None,
    _option(
        "--augment",
        metavar=_COMPONENT,
        text="A layer that changes images at random while training; may be given several times, in order.",
        default="none",
    ),
]
ClassWeightsOption = Annotated[
    str | None,
    _option("--class-weights", metavar="balanced|NAME=WEIGHT,…", text="How much classes count.", default="all alike"),
]
StepsPerExecutionOption = Annotated[
    int | None,
    _option(
        "--steps-per-execution",
        metavar="N",
        text="Steps without coming back to Python; divides the steps of an epoch. Checkpoints and progress wait.",
        default="the largest such number up to 8",
    ),
]
JitCompileOption = Annotated[
    bool | None,
    typer.Option(
        "--jit-compile/--no-jit-compile",
        help=defaulting("Compile with XLA, which JAX always does.", "do not"),
        rich_help_panel=_PANEL,
    ),
]
DtypePolicyOption = Annotated[
    str | None,
    _option("--dtype-policy", metavar="NAME", text="float32, mixed_bfloat16, mixed_float16, …", default="float32"),
]
BackendOption = Annotated[
    str | None, _option("--backend", metavar="NAME", text="tensorflow or jax.", default="the service's, tensorflow")
]
ThreadsOption = Annotated[
    int | None,
    _option("--threads", metavar="N", text="Threads to compute with; the bits depend on it.", default="the service's"),
]
StartFromOption = Annotated[
    str | None,
    _option("--start-from", metavar="JOB", text="Start with the weights of an earlier job's model.", default="random"),
]
FreezeOption = Annotated[
    list[str] | None,
    _option("--freeze", metavar="PATTERN", text="With --start-from: layers not to train, as 'conv*'.", default="none"),
]

OwnModelOption = Annotated[
    Path | None,
    _option(
        "--own-model",
        metavar="FILE",
        text="Train a Keras model of your own in place of an architecture: NAME.json with what model.to_json() gives, "
        "or a NAME.keras file with weights to start from.",
        default="none",
    ),
]


def native_fields(
    optimizer_argument: Sequence[str] | None,
    schedule: str | None,
    loss: str | None,
    metric: Sequence[str] | None,
    callback: Sequence[str] | None,
    augment: Sequence[str] | None,
    class_weights: str | None,
    start_from: str | None,
    freeze: Sequence[str] | None,
) -> dict[str, Any]:
    """The fields of a TrainingSpec that these texts mean. Raises a usage error."""
    from tablefit.training import StartingWeights

    if freeze and not start_from:
        raise typer.BadParameter("expected --start-from JOB with --freeze, received none", param_hint="--freeze")
    return {
        "optimizer_arguments": dict(parse_argument(text, "--optimizer-argument") for text in optimizer_argument or ()),
        "learning_rate_schedule": parse_component(schedule, "--schedule") if schedule else None,
        "loss": parse_component(loss, "--loss") if loss else None,
        "metrics": tuple(parse_component(text, "--metric") for text in metric or ()),
        "callbacks": tuple(parse_component(text, "--callback") for text in callback or ()),
        "augmentation": tuple(parse_component(text, "--augment") for text in augment or ()),
        "class_weights": parse_class_weights(class_weights) if class_weights else None,
        "starting_weights": StartingWeights(start_from, tuple(freeze or ())) if start_from else None,
    }


def parse_component(text: str, option: str) -> "Component":
    """A component from "EarlyStopping:patience=3,monitor=loss"; a usage error otherwise."""
    from tablefit.training import Component

    name, colon, rest = text.partition(":")
    arguments = dict(parse_argument(part, option) for part in split_outside(rest)) if colon else {}
    if not name.strip():
        raise typer.BadParameter(f"expected NAME or NAME:ARGUMENT=VALUE,…, received {text!r}", param_hint=option)
    return Component(name.strip(), arguments)


def parse_argument(text: str, option: str) -> tuple[str, Any]:
    """("momentum", 0.9) from "momentum=0.9". A value that is no JSON is a text: mode=horizontal needs no quotes."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not re.fullmatch(r"[^\W\d]\w*", name):
        raise typer.BadParameter(f"expected NAME=VALUE such as patience=3, received {text!r}", param_hint=option)
    return name, parse_value(value)


def parse_value(text: str) -> Any:
    """A number, text, truth value, null, list or object."""
    words: Mapping[str, Any] = {"True": True, "False": False, "None": None}
    if text in words:
        return words[text]
    try:
        return json.loads(text)
    except ValueError:
        return text


def parse_class_weights(text: str) -> dict[str, float] | str:
    """ "balanced", or {"cat": 2.0} from "cat=2"; a usage error otherwise."""
    if text.strip() == "balanced":
        return "balanced"
    weights = {}
    for part in split_outside(text):
        name, equals, number = part.rpartition("=")
        try:
            weights[name.strip()] = float(number)
        except ValueError:
            equals = ""
        if not equals:
            message = f"expected balanced or NAME=WEIGHT,…, such as cat=2,dog=1, received {text!r}"
            raise typer.BadParameter(message, param_hint="--class-weights")
    return weights


def split_outside(text: str) -> Iterator[str]:
    """The parts between commas that stand outside brackets and quotes."""
    depth, quoted, start = 0, False, 0
    for position, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif not quoted:
            depth += (character in "[{(") - (character in "]})")
            if character == "," and depth == 0:
                yield text[start:position]
                start = position + 1
    yield text[start:]
