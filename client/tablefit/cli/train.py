"""`tablefit train`: starts a job and follows it."""

from typing import Annotated

import typer

from tablefit.cli.connections import JsonOption, TrainingServiceOption
from tablefit.cli.drafting import show_draft, with_file
from tablefit.cli.help_text import examples
from tablefit.cli.job_options import JobOptions, spec_fields, taking_job_options
from tablefit.cli.starting import start

TableArgument = Annotated[str | None, typer.Argument(metavar="NAME", help="Name of the table.", show_default=False)]

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "tablefit train digits --architecture mini_xception",
        "tablefit train digits --architecture simple_cnn --epochs 20 --batch-size 64 --parameter momentum=0.9",
        "tablefit train photos --architecture big_xception --image-size 64x96 --mode RGB --detach",
        "tablefit train adults --architecture mlp --target income",
        "tablefit train adults --architecture mlp --target hours --features features.yaml --parameter units=64,32",
        "tablefit train digits --architecture simple_cnn --optimizer sgd --optimizer-argument momentum=0.9 "
        "--schedule CosineDecay:initial_learning_rate=0.01,decay_steps=1000",
        "tablefit train digits --architecture mini_xception --callback EarlyStopping:patience=3",
        "tablefit train photos --architecture simple_cnn --augment RandomFlip:mode=horizontal --class-weights balanced",
        "tablefit train digits --architecture simple_cnn --start-from 6b1f02c4 --freeze 'conv2d*' --dry-run",
        "tablefit train digits --own-model net.json --image-size 16x16",
        "tablefit train --spec digits.yaml --epochs 20",
    )
)
@taking_job_options
def train(
    context: typer.Context,
    name: TableArgument = None,
    *,
    job_options: JobOptions,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Train a network on the rows of a table, and follow it until it ends.

    Ctrl-C leaves the job running; `tablefit job watch` shows it again. With --json each line is an event.

    What Keras has is given as NAME or NAME:ARGUMENT=VALUE,…, under its names there; values are numbers, texts, true,
    false, null or lists such as \\[-0.1, 0.1].
    """
    from tablefit.training import TrainingSpec

    spec = TrainingSpec(**{"table": name or "", "architecture": "", **spec_fields(job_options)})
    spec = with_file(spec, job_options.spec_file)
    if job_options.dry_run:
        show_draft(context, training_service, lambda training: training.draft_job(spec), json_output=json_output)
        return
    start(
        context,
        training_service,
        lambda training: training.create_job(spec),
        detach=job_options.detach,
        json_output=json_output,
    )
