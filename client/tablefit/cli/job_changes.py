"""`tablefit job rerun`, `update` and `delete`: jobs made again with changes, moved in the queue, and gone."""

import functools
from typing import Annotated

import typer

from tablefit.cli import ending, output
from tablefit.cli.confirmation import YesOption, confirm
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training
from tablefit.cli.drafting import changes_of, show_draft
from tablefit.cli.help_text import examples
from tablefit.cli.job_arguments import JobArgument, JobsArgument
from tablefit.cli.job_options import JobOptions, spec_fields, taking_job_options
from tablefit.cli.starting import start
from tablefit.errors import TablefitError

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "tablefit job rerun 6b1f02c4 --epochs 20",
        "tablefit job rerun 6b1f02c4 --learning-rate 0.01 --parameter momentum=0.99 --detach",
        "tablefit job rerun 6b1f02c4 --callback EarlyStopping:patience=3 --fresh-data",
        "tablefit job rerun 6b1f02c4 --resume --time-limit 4h",
        "tablefit job rerun 6b1f02c4 --spec changes.yaml --dry-run",
    )
)
@functools.partial(taking_job_options, default="as the earlier job has it")
def rerun(
    context: typer.Context,
    job: JobArgument,
    table: Annotated[str | None, typer.Option(metavar="NAME", help="Train from another table.")] = None,
    fresh_data: Annotated[
        bool, typer.Option("--fresh-data", help="Read the table as it is now, not as the earlier job read it.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the last checkpoint of the earlier job, which has failed.")
    ] = False,
    *,
    job_options: JobOptions,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Train once more with the options of an earlier job, but for those given here, and follow it until it ends.

    Reads the very rows that the earlier job read, whatever has become of the table, unless told otherwise.
    """
    changes = changes_of({**({"table": table} if table else {}), **spec_fields(job_options)}, job_options.spec_file)
    if job_options.dry_run:
        show_draft(
            context,
            training_service,
            lambda training: training.draft_rerun(job, changes, fresh_data=fresh_data, resume=resume),
            json_output=json_output,
        )
        return
    start(
        context,
        training_service,
        lambda training: training.rerun_job(job, changes, fresh_data=fresh_data, resume=resume),
        detach=job_options.detach,
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
