"""`tablefit job rerun`, `update` and `delete`: jobs made again with changes, moved in the queue, and gone."""

from typing import Annotated, Any

import typer

from tablefit.cli import ending, output
from tablefit.cli import native_options as native
from tablefit.cli import reading_options as reading
from tablefit.cli import training_options as given
from tablefit.cli.confirmation import YesOption, confirm
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training
from tablefit.cli.help_text import examples
from tablefit.cli.job_arguments import JobArgument, JobsArgument
from tablefit.cli.pixels import ImageSizeOption, ModeOption
from tablefit.cli.starting import start
from tablefit.errors import TablefitError

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "tablefit job rerun 6b1f02c4 --epochs 20",
        "tablefit job rerun 6b1f02c4 --learning-rate 0.01 --parameter momentum=0.99 --detach",
        "tablefit job rerun 6b1f02c4 --callback EarlyStopping:patience=3 --fresh-data",
        "tablefit job rerun 6b1f02c4 --resume --time-limit 4h",
    )
)
def rerun(
    context: typer.Context,
    job: JobArgument,
    table: Annotated[str | None, typer.Option(metavar="NAME", help="Train from another table.")] = None,
    architecture: Annotated[str | None, typer.Option(metavar="NAME", help="Train another network.")] = None,
    parameter: given.ParameterOption = None,
    optimizer: given.OptimizerOption = None,
    learning_rate: given.LearningRateOption = None,
    validation_split: given.ValidationSplitOption = None,
    epochs: given.EpochsOption = None,
    batch_size: given.BatchSizeOption = None,
    image_size: ImageSizeOption = None,
    mode: ModeOption = None,
    seed: given.SeedOption = None,
    save_model: Annotated[
        bool | None, typer.Option("--save-model/--no-save-model", help="Keep the trained model, or do not.")
    ] = None,
    time_limit: given.TimeLimitOption = None,
    priority: given.PriorityOption = None,
    columns: reading.ColumnsOption = None,
    features: reading.FeaturesOption = None,
    target: reading.TargetOption = None,
    task: reading.TaskOption = None,
    split: reading.SplitOption = None,
    snapshot: reading.SnapshotOption = None,
    oversample: reading.OversampleOption = False,
    checkpoint_every: given.CheckpointEveryOption = None,
    checkpoint_every_steps: given.CheckpointEveryStepsOption = None,
    data_patience: given.DataPatienceOption = None,
    gradient_norm: Annotated[
        bool | None, typer.Option("--gradient-norm/--no-gradient-norm", help="Report the gradient's norm, or do not.")
    ] = None,
    optimizer_argument: native.OptimizerArgumentOption = None,
    schedule: native.ScheduleOption = None,
    loss: native.LossOption = None,
    metric: native.MetricOption = None,
    callback: native.CallbackOption = None,
    augment: native.AugmentOption = None,
    class_weights: native.ClassWeightsOption = None,
    steps_per_execution: native.StepsPerExecutionOption = None,
    jit_compile: Annotated[
        bool | None, typer.Option("--jit-compile/--no-jit-compile", help="Compile the steps with XLA, or do not.")
    ] = None,
    dtype_policy: native.DtypePolicyOption = None,
    backend: native.BackendOption = None,
    threads: native.ThreadsOption = None,
    start_from: native.StartFromOption = None,
    freeze: native.FreezeOption = None,
    own_model: native.OwnModelOption = None,
    fresh_data: Annotated[
        bool, typer.Option("--fresh-data", help="Read the table as it is now, not as the earlier job read it.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the last checkpoint of the earlier job, which has failed.")
    ] = False,
    detach: given.DetachOption = False,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Train once more with the options of an earlier job, but for those given here, and follow it until it ends.

    Reads the very rows that the earlier job read, whatever has become of the table, unless told otherwise.
    """
    named: dict[str, Any] = {
        "table": table,
        "architecture": architecture,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "validation_split": validation_split,
        "epochs": epochs,
        "batch_size": batch_size,
        "image_size": (image_size.height, image_size.width) if image_size else None,
        "mode": mode,
        "seed": seed,
        "save_model": save_model,
        "time_limit_s": time_limit.total_seconds() if time_limit else None,
        "priority": priority,
        "checkpoint_every_s": checkpoint_every.total_seconds() if checkpoint_every else None,
        "checkpoint_every_steps": checkpoint_every_steps,
        "data_patience_s": data_patience.total_seconds() if data_patience else None,
        "report_gradient_norm": gradient_norm,
        **reading.reading_fields(reading.ReadingOptions(columns, features, target, task, split, snapshot, oversample)),
        "steps_per_execution": steps_per_execution,
        "jit_compile": jit_compile,
        "dtype_policy": dtype_policy,
        "backend": backend,
        "thread_count": threads,
        **native.native_fields(
            optimizer_argument, schedule, loss, metric, callback, augment, class_weights, start_from, freeze
        ),
        "own_model": own_model,
        **{f"architecture_parameters.{key}": value for key, value in map(given.parse_parameter, parameter or ())},
    }
    changes = {name: value for name, value in named.items() if value not in (None, (), {})}
    start(
        context,
        training_service,
        lambda training: training.rerun_job(job, changes, fresh_data=fresh_data, resume=resume),
        detach=detach,
        json_output=json_output,
    )


@commands.command(epilog=examples("tablefit job update 6b1f02c4 --priority 10"))
def update(
    context: typer.Context,
    job: JobArgument,
    priority: Annotated[
        int, typer.Option(metavar="N", help="Queued jobs with more have their turn first; -100 to 100.")
    ],
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Change when a queued job has its turn."""
    with open_training(context, training_service) as training:
        found = training.prioritize_job(job, priority)
    if json_output:
        output.print_json(found)
    else:
        output.tell(f"Job {found.job_id} waits with priority {found.spec.priority}.")


@commands.command(
    epilog=examples("tablefit job delete 6b1f02c4 77a0e31d", "tablefit job delete 6b1f02c4 --model --yes")
)
def delete(
    context: typer.Context,
    jobs: JobsArgument,
    model: Annotated[bool, typer.Option("--model", help="Delete the models that they left, too.")] = False,
    yes: YesOption = False,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Delete ended jobs with their events and output.

    The models that they left stay, unless --model says that they go, too.
    """
    if not yes:
        what = "with events, output and models" if model else "with events and output"
        confirm(f"Delete {output.count(len(jobs), 'job')} {what}", json_output)
    deleted: list[str] = []
    failures: dict[str, str] = {}
    with open_training(context, training_service) as training:
        for job in dict.fromkeys(jobs):
            try:
                training.delete_job(job, delete_model=model)
                deleted.append(job)
            except TablefitError as error:
                failures[job] = ending.sentence(error)
    _tell_deleted(deleted, failures, json_output)


def _tell_deleted(deleted: list[str], failures: dict[str, str], json_output: bool) -> None:
    if json_output:
        output.print_json({"deleted": deleted, "failed": failures})
    elif deleted:
        output.tell(f"Deleted {output.count(len(deleted), 'job')}.")
    for failure in failures.values():
        output.warn(f"Error: {output.printable(failure)}")
    if failures:
        raise typer.Exit(ending.FAILURE)
