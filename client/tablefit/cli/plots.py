"""`tablefit model plot` and `tablefit job plot`: pictures of trainings."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training
from tablefit.cli.help_text import examples
from tablefit.cli.job_arguments import JobArgument
from tablefit.cli.model_arguments import ModelArgument
from tablefit.errors import InvalidInput

if TYPE_CHECKING:
    from tablefit.training import TrainingClient, TrainingJob

model_commands = typer.Typer()
job_commands = typer.Typer()

OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the pictures; made if need be.")]


@model_commands.command(
    "plot", epilog=examples("tablefit model plot 6b1f02c4", "tablefit model plot 6b1f02c4 --out plots")
)
def plot_model(
    context: typer.Context,
    model: ModelArgument,
    out: OutOption = Path(),
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Draw a model's learning curves and confusion matrix as PNG files."""
    from tablefit.plots import save_plots

    with open_training(context, training_service) as training:
        found = training.get_model(model)
    if found.details is None:
        raise InvalidInput(f"Model {found.model_id} says nothing of its training; draw its job: tablefit job plot.")
    details = found.details
    written = save_plots(
        out,
        history=details.history,
        class_names=details.class_names,
        confusion=details.confusion,
        title=f"{found.name} ({found.model_id})",
    )
    _tell(written, json_output)


@job_commands.command("plot", epilog=examples("tablefit job plot 6b1f02c4 --out plots"))
def plot_job(
    context: typer.Context,
    job: JobArgument,
    out: OutOption = Path(),
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Draw a job's learning curves so far as a PNG file; with the confusion matrix when it has left a model."""
    from tablefit.plots import save_plots

    with open_training(context, training_service) as training:
        found = training.get_job(job)
        details = training.get_model(job).details if found.model_id else None
        history = _history_so_far(training, found)
    written = save_plots(
        out,
        history=history,
        class_names=details.class_names if details else (),
        confusion=details.confusion if details else (),
        title=f"{found.spec.table}, {found.spec.architecture} ({found.job_id})",
    )
    _tell(written, json_output)


def _history_so_far(training: "TrainingClient", job: "TrainingJob") -> dict[str, tuple[float, ...]]:
    from tablefit.plots import history_of

    events = []
    for event in training.watch_job(job.job_id):
        events.append(event)
        if event.sequence >= job.last_sequence:
            break
    return history_of(events)


def _tell(written: Sequence[Path], json_output: bool) -> None:
    if json_output:
        output.print_json({"files": written})
    else:
        output.say("\n".join(output.printable(str(path)) for path in written))
