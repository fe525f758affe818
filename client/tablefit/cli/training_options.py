"""The options of commands that make jobs, with the defaults that the training service fills in."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from tablefit.cli.help_text import defaulting
from tablefit.cli.spans import parse_span

OPTIMIZERS = ("adam", "adamw", "sgd", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "ftrl", "lion")

ArchitectureOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The network; `tablefit architecture list` has them.", show_default=False),
]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        metavar="NAME=VALUE",
        help=defaulting("A setting of the architecture; may be given several times.", "the architecture's"),
    ),
]
OptimizerOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help=defaulting(f"One of {', '.join(OPTIMIZERS)}, or another of Keras's.", "adam")),
]
LearningRateOption = Annotated[
    float | None,
    typer.Option(metavar="RATE", help=defaulting("Above 0, at most 10.", "the optimizer's in Keras; 0.001 for adam")),
]
ValidationSplitOption = Annotated[
    float | None, typer.Option(metavar="SHARE", help=defaulting("Share of the rows held out, 0 to below 1.", "0.2"))
]
EpochsOption = Annotated[int | None, typer.Option(metavar="N", help=defaulting("Passes over the training rows.", "10"))]
BatchSizeOption = Annotated[int | None, typer.Option(metavar="N", help=defaulting("Rows in a batch.", "32"))]
SeedOption = Annotated[int | None, typer.Option(metavar="N", help=defaulting("Fixes weights, shuffle and split.", "0"))]
SaveModelOption = Annotated[
    bool | None,
    typer.Option("--save-model/--no-save-model", help=defaulting("Keep the trained model, or do not.", "keep it")),
]
TimeLimitOption = Annotated[
    timedelta | None,
    typer.Option(
        metavar="SPAN",
        parser=parse_span,
        help=defaulting("Stop the job when it has trained for so long, such as 90m or 12h.", "no limit"),
    ),
]
PriorityOption = Annotated[
    int | None,
    typer.Option(metavar="N", help=defaulting("Queued jobs with more have their turn first; -100 to 100.", "0")),
]
CheckpointEveryOption = Annotated[
    timedelta | None,
    typer.Option(
        metavar="SPAN",
        parser=parse_span,
        help=defaulting("Beside each epoch's end, take a checkpoint after so long, such as 5m.", "60s"),
    ),
]
CheckpointEveryStepsOption = Annotated[
    int | None,
    typer.Option(metavar="N", help=defaulting("Also take a checkpoint every so many steps.", "none")),
]
DataPatienceOption = Annotated[
    timedelta | None,
    typer.Option(
        metavar="SPAN",
        parser=parse_span,
        help=defaulting("Wait so long for a data service that is away, such as 2h, before failing.", "10m"),
    ),
]
GradientNormOption = Annotated[
    bool | None,
    typer.Option(
        "--gradient-norm/--no-gradient-norm",
        help=defaulting("Report the norm of the gradient; costs a pass over it in each step.", "do not"),
    ),
]
SpecOption = Annotated[
    Path | None,
    typer.Option(
        "--spec",
        metavar="FILE",
        help="A whole specification in YAML or JSON, with the names of the API; options given beside it come first.",
        show_default=False,
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what the job would be, its script and what it takes, and start none.")
]
DetachOption = Annotated[bool, typer.Option("--detach", help="Start the job and do not wait for it.")]

# The fields of a job's specification that have an option of another name.
_OPTIONS = {
    "spec.architecture_parameters": "--parameter",
    "spec.image.height": "--image-size",
    "spec.image.width": "--image-size",
    "spec.image.mode": "--mode",
    "spec.table": None,
    "spec.targets": "--target",
    "spec.target": "--target",
    "spec.balance": "--oversample",
    "spec.checkpoints.every": "--checkpoint-every",
    "spec.checkpoints.every_steps": "--checkpoint-every-steps",
    "spec.optimizer_arguments": "--optimizer-argument",
    "spec.learning_rate_schedule": "--schedule",
    "spec.metrics": "--metric",
    "spec.callbacks": "--callback",
    "spec.augmentation": "--augment",
    "spec.thread_count": "--threads",
    "spec.starting_weights": "--start-from",
}


def option_of(field: str) -> str | None:
    """The option that sets a field of the job's specification, such as "spec.learning_rate"; None if none does."""
    if not field.startswith("spec."):
        return None
    # "spec.features[2].inputs" lies in what an option gives as a whole.
    field = re.match(r"spec\.(features|columns|targets?|split|snapshot|task|balance)\b|.*", field)[0]  # type: ignore[index]
    return _OPTIONS.get(field, f"--{field.removeprefix('spec.').replace('_', '-')}")


def is_given(value: Any) -> bool:
    """Whether a field of a specification says anything."""
    return value is not None and value != "" and value != () and value != {}


def parse_parameter(text: str) -> tuple[str, float | str | tuple[float, ...]]:
    """("momentum", 0.9) from "momentum=0.9", ("units", (64.0, 32.0)) from "units=64,32"; a usage error otherwise."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not value or not re.fullmatch(r"[^\W\d]\w*", name):
        message = f"expected NAME=VALUE such as momentum=0.9 or units=64,32, received {text!r}"
        raise typer.BadParameter(message, param_hint="--parameter")
    try:
        numbers = tuple(map(float, value.split(",")))
    except ValueError:
        return name, value
    return name, numbers if len(numbers) > 1 else numbers[0]
