"""`tablefit job …`: lists, shows, watches and cancels jobs, and prints their code. Leaves changes to `job_changes`."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import job_changes, job_comparison, job_log, output, plots
from tablefit.cli.architectures import setting_text
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training, options_given
from tablefit.cli.help_text import examples
from tablefit.cli.job_arguments import JobArgument

if TYPE_CHECKING:
    from tablefit.training import TrainingJob, TrainingSpec

LIMIT_NAMED_CLASSES = 20

commands = typer.Typer(
    name="job",
    help="Training jobs: list, show, watch, log, compare, code, cancel, update, rerun, delete, plot.",
    no_args_is_help=True,
)


class StateName(StrEnum):
    """Where a job stands, as an option takes it."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@commands.command(
    "list",
    epilog=examples(
        "tablefit job list",
        "tablefit job list --state running --state queued --table digits",
        "tablefit job list --model --limit 0 --json",
    ),
)
def list_jobs(
    context: typer.Context,
    state: Annotated[
        list[StateName] | None, typer.Option("--state", help="Only jobs in this state; may be given several times.")
    ] = None,
    table: Annotated[str, typer.Option(metavar="NAME", help="Only jobs that train from this table.")] = "",
    architecture: Annotated[str, typer.Option(metavar="NAME", help="Only jobs of this network.")] = "",
    model: Annotated[
        bool | None, typer.Option("--model/--no-model", help="Only jobs that left a model, or that left none.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Most jobs to list; 0 lists all.")] = 20,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """List the jobs, newest first."""
    from tablefit.training import JobState

    states = [JobState(name) for name in state or ()]
    with open_training(context, training_service) as training:
        jobs = []
        for job in training.list_jobs(states, table=table, architecture=architecture, has_model=model):
            jobs.append(job)
            if len(jobs) == limit:
                break
    if json_output:
        output.print_json(jobs)
    elif jobs:
        headings = ("job", "state", "table", "architecture", "epoch", "val acc", "created")
        output.print_columns(headings, [_row(job) for job in jobs])
    elif states or table or architecture or model is not None:
        output.tell("There are no such jobs.")
    else:
        output.tell("There are no jobs yet. `tablefit train NAME --architecture ARCHITECTURE` makes one.")


@commands.command(epilog=examples("tablefit job show 6b1f02c4", "tablefit job show 6b1f02c4 --json"))
def show(
    context: typer.Context,
    job: JobArgument,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show a job: what it trains, how far it is, what it left."""
    with open_training(context, training_service) as training:
        found = training.get_job(job)
    if json_output:
        output.print_json(found)
    else:
        output.print_fields([*_state_fields(found), *_spec_fields(found.spec), *_result_fields(found)])


@commands.command(epilog=examples("tablefit job watch 6b1f02c4", "tablefit job watch 6b1f02c4 --after 120 --json"))
def watch(
    context: typer.Context,
    job: JobArgument,
    after: Annotated[int, typer.Option(min=0, metavar="SEQUENCE", help="Show only events after this one.")] = 0,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show a job's events from the beginning and follow it until it ends.

    Ctrl-C leaves the job running. The exit status is 0 only when the job succeeded. With --json each line is an event.
    """
    from tablefit.cli.watching import follow

    options = options_given(context, training=training_service)
    with open_training(context, training_service) as training:
        follow(training, job, after_sequence=after, json_output=json_output, options=options)


@commands.command(epilog=examples("tablefit job cancel 6b1f02c4"))
def cancel(
    context: typer.Context,
    job: JobArgument,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ask a job to stop; a running one does so within one step."""
    with open_training(context, training_service) as training:
        found = training.cancel_job(job)
    if json_output:
        output.print_json(found)
    elif found.state == "cancelled":
        output.tell(f"Job {found.job_id} is cancelled.")
    else:
        output.tell(f"Job {found.job_id} stops within one step.")


@commands.command(epilog=examples("tablefit job code 6b1f02c4 > train_digits.py"))
def code(
    context: typer.Context,
    job: JobArgument,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Print the Python script that a job runs."""
    with open_training(context, training_service) as training:
        found = training.get_job(job)
    if json_output:
        output.print_json({"job_id": found.job_id, "script": found.script})
    else:
        output.say(found.script.rstrip("\n"))


def _row(job: "TrainingJob") -> tuple[output.Cell, ...]:
    progress, created = job.progress, output.format_moment(job.create_time)
    if progress is None:
        return (job.job_id, job.state, job.spec.table, job.spec.architecture, None, None, created)
    accuracy = progress.validation_metrics.get("accuracy")
    return (
        job.job_id,
        job.state,
        job.spec.table,
        job.spec.architecture,
        f"{progress.epoch}/{progress.epoch_count}",
        None if accuracy is None else output.format_figure(accuracy),
        created,
    )


def _state_fields(job: "TrainingJob") -> list[tuple[str, output.Cell]]:
    state = f"{job.state}, asked to stop" if job.cancel_requested else job.state
    fields: list[tuple[str, output.Cell]] = [("job", job.job_id), ("state", state)]
    fields += [("repeats", job.rerun_of)] if job.rerun_of else []
    if job.failure:
        fields.append(("failure", job.failure))
    return [*fields, ("created", job.create_time), ("started", job.start_time), ("ended", job.end_time)]


def _spec_fields(spec: "TrainingSpec") -> list[tuple[str, output.Cell]]:
    parameters = ", ".join(
        f"{name}={setting_text(value)}" for name, value in sorted(spec.architecture_parameters.items())
    )
    size = "x".join(map(str, spec.image_size)) if spec.image_size else None
    return [
        ("table", spec.table),
        ("architecture", spec.architecture),
        ("parameters", parameters or None),
        ("columns", _some(spec.columns) or None),
        ("features", _some(_outputs(spec)) or None),
        ("targets", ", ".join(spec.targets) or None),
        ("task", spec.task),
        ("optimizer", spec.optimizer),
        ("learning rate", spec.learning_rate),
        ("validation split", spec.validation_split),
        ("epochs", spec.epochs),
        ("batch size", spec.batch_size),
        ("image size", size),
        ("mode", spec.mode),
        ("seed", spec.seed),
        ("save model", spec.save_model),
        ("time limit", None if spec.time_limit_s is None else output.format_duration(spec.time_limit_s)),
        ("priority", spec.priority),
        ("checkpoints", _checkpoints(spec)),
        ("data patience", None if spec.data_patience_s is None else output.format_duration(spec.data_patience_s)),
    ]


def _checkpoints(spec: "TrainingSpec") -> str:
    """When a job takes checkpoints."""
    every_s, every_steps = spec.checkpoint_every_s, spec.checkpoint_every_steps
    times = ["each epoch"]
    times += [] if every_s is None else [f"every {every_s:g} s"]
    times += [] if every_steps is None else [f"every {output.count(every_steps, 'step')}"]
    return ", ".join(times)


def _outputs(spec: "TrainingSpec") -> list[str]:
    """The columns that features give."""
    from tablefit.features import as_feature_set

    return list(dict.fromkeys(feature.output for feature in as_feature_set(spec.features).features))


def _some(names: Iterable[str]) -> str:
    """The first names, and how many there are when not all are named."""
    names = [*names]
    named = ", ".join(names[:LIMIT_NAMED_CLASSES])
    return named if len(names) <= LIMIT_NAMED_CLASSES else f"{named}, … ({len(names):,} in all)"


def _result_fields(job: "TrainingJob") -> list[tuple[str, output.Cell]]:
    fields: list[tuple[str, output.Cell]] = []
    if job.data is not None:
        rows = f"{job.data.training_row_count:,} training, {job.data.validation_row_count:,} held out"
        fields += [("snapshot", job.data.pin.snapshot_id)] if job.data.pin.snapshot_id else []
        fields += [("rows", rows), ("classes", _some(job.data.class_names) or None)]
    if job.progress is not None:
        progress = job.progress
        metrics = {"loss": progress.loss, **progress.metrics}
        metrics |= {f"val {name}": value for name, value in progress.validation_metrics.items()}
        fields += [("step", f"{progress.step:,}/{progress.step_count:,}")]
        fields += [("epoch", f"{progress.epoch}/{progress.epoch_count}")]
        fields += [(name, output.format_figure(value)) for name, value in metrics.items()]
        figures = {"learning rate now": progress.learning_rate, "gradient norm": progress.gradient_norm}
        fields += [(name, output.format_figure(value)) for name, value in figures.items() if value is not None]
        fields += [("memory", output.format_size(progress.memory_bytes))] if progress.memory_bytes else []
    if job.resume_count:
        fields.append(("went on", output.count(job.resume_count, "time")))
    if job.checkpoint is not None:
        size = output.format_size(job.checkpoint.size_bytes)
        fields.append(("checkpoint", f"step {job.checkpoint.step:,}, epoch {job.checkpoint.epoch}, {size}"))
    if job.model is not None:
        size = output.format_size(job.model.size_bytes)
        fields += [("model", f"{job.model.file_name}, {size}, {job.model.parameter_count:,} weights")]
    return fields


for part in (job_log, job_comparison, job_changes):
    commands.add_typer(part.commands)
commands.add_typer(plots.job_commands)
