"""`tablefit job compare`: jobs side by side."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from tablefit.cli import output
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training
from tablefit.cli.help_text import examples
from tablefit.cli.job_arguments import JobsArgument
from tablefit.errors import InvalidInput

if TYPE_CHECKING:
    from tablefit.training import Comparison, JobResult

commands = typer.Typer()

Row = tuple[output.Cell, ...]


@commands.command(
    epilog=examples("tablefit job compare 6b1f02c4 77a0e31d", "tablefit job compare 6b1f02c4 77a0e31d 01c4e02b --json")
)
def compare(
    context: typer.Context,
    jobs: JobsArgument,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show jobs side by side: in what they differ, their losses and metrics, and how long they took.

    The best epoch is the one with the lowest validation loss, or training loss where no rows are held out.
    """
    if len(set(jobs)) < 2:
        raise InvalidInput("expected the ids of at least two jobs")
    with open_training(context, training_service) as training:
        found = training.compare_jobs(list(dict.fromkeys(jobs)))
    if json_output:
        output.print_json(found)
    else:
        rows = rows_of(found)
        output.print_columns([""] * len(rows[0]), rows, heading=False)


def rows_of(comparison: "Comparison") -> list[Row]:
    """A column for each job: id, state, differences, figures, times."""

    def row(name: str, of: "Callable[[JobResult], Any]") -> Row:
        return (name, *(of(job) for job in comparison.jobs))

    rows = [row("job", lambda job: job.job_id), row("state", lambda job: job.state)]
    for name, values in comparison.differences.items():
        rows.append((_words(name), *(_setting(name, value) for value in values)))
    rows += [row("epoch", lambda job: f"{job.epoch}/{job.epoch_count}"), row("best epoch", lambda job: job.best_epoch)]
    for name in dict.fromkeys(name for job in comparison.jobs for name in job.best):
        rows.append((f"best {_words(name)}", *(_figure(job.best.get(name)) for job in comparison.jobs)))
        rows.append((f"last {_words(name)}", *(_figure(job.last.get(name)) for job in comparison.jobs)))
    rows += [
        row("queued", lambda job: _duration(job.queued_s)),
        row("trained", lambda job: _duration(job.training_s)),
        row("rows/s", lambda job: None if job.rows_per_second is None else output.format_rate(job.rows_per_second)),
        row("weights", lambda job: None if job.parameter_count is None else f"{job.parameter_count:,}"),
    ]
    return rows


def _words(name: str) -> str:
    return name.removeprefix("architecture_parameters.").removesuffix("_s").replace("_", " ")


def _setting(name: str, value: Any) -> output.Cell:
    if isinstance(value, float):
        return output.format_duration(value) if name.endswith("_s") else f"{value:g}"
    if isinstance(value, tuple):
        # Features by the columns that they give.
        texts = [str(getattr(item, "output", item)) for item in value]
        return ("x" if name == "image_size" else ", ").join(texts)
    return value


def _figure(value: float | None) -> str | None:
    return None if value is None else output.format_figure(value)


def _duration(seconds: float | None) -> str | None:
    return None if seconds is None else output.format_duration(seconds)
