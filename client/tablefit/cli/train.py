"""`tablefit train`: starts a job and follows it."""

import dataclasses
from typing import TYPE_CHECKING

import typer

from tablefit.cli import output
from tablefit.cli import training_options as given
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training, options_given
from tablefit.cli.ending import Interrupted
from tablefit.cli.help_text import examples
from tablefit.cli.invocation import command_line
from tablefit.cli.pixels import ImageSizeOption, ModeOption
from tablefit.cli.tables import NameArgument
from tablefit.errors import InvalidInput

if TYPE_CHECKING:
    from tablefit.training import TrainingClient, TrainingJob, TrainingSpec

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "tablefit train digits --architecture mini_xception",
        "tablefit train digits --architecture simple_cnn --epochs 20 --batch-size 64 --parameter momentum=0.9",
        "tablefit train photos --architecture big_xception --image-size 64x96 --mode RGB --detach",
    )
)
def train(
    context: typer.Context,
    name: NameArgument,
    architecture: given.ArchitectureOption,
    parameter: given.ParameterOption = None,
    optimizer: given.OptimizerOption = None,
    learning_rate: given.LearningRateOption = None,
    validation_split: given.ValidationSplitOption = None,
    epochs: given.EpochsOption = None,
    batch_size: given.BatchSizeOption = None,
    image_size: ImageSizeOption = None,
    mode: ModeOption = None,
    seed: given.SeedOption = None,
    no_save_model: given.NoSaveModelOption = False,
    time_limit: given.TimeLimitOption = None,
    priority: given.PriorityOption = None,
    detach: given.DetachOption = False,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Train a network on the rows of a table, and follow it until it ends.

    Ctrl-C leaves the job running; `tablefit job watch` shows it again. With --json each line is an event.
    """
    from tablefit.training import TrainingSpec

    spec = TrainingSpec(
        table=name,
        architecture=architecture,
        architecture_parameters=dict(given.parse_parameter(text) for text in parameter or ()),
        optimizer=optimizer,
        learning_rate=learning_rate,
        validation_split=validation_split,
        epochs=epochs,
        batch_size=batch_size,
        image_size=(image_size.height, image_size.width) if image_size else None,
        mode=mode,
        seed=seed,
        save_model=not no_save_model,
        time_limit_s=time_limit.total_seconds() if time_limit else None,
        priority=priority,
    )
    _start(context, training_service, spec, detach, json_output)


def _start(
    context: typer.Context, training_service: str | None, spec: "TrainingSpec", detach: bool, json_output: bool
) -> None:
    from tablefit.cli.watching import follow

    options = options_given(context, training=training_service)
    with open_training(context, training_service) as training:
        job = _create(training, spec)
        if detach:
            _tell_detached(job, json_output, options)
            return
        if json_output:
            output.print_json_line({"kind": "job", "job": dataclasses.replace(job, script="")})
        follow(training, job.job_id, json_output=json_output, options=options)


def _create(training: "TrainingClient", spec: "TrainingSpec") -> "TrainingJob":
    try:
        return training.create_job(spec)
    except InvalidInput as error:
        option = given.option_of(error.field)
        if option is None:
            raise
        raise typer.BadParameter(error.message, param_hint=option) from error
    except KeyboardInterrupt as error:
        found = command_line("job", "list")
        raise Interrupted(f"Interrupted while the job was being made; see with `{found}` whether it was.") from error


def _tell_detached(job: "TrainingJob", json_output: bool, options: tuple[str, ...]) -> None:
    if json_output:
        output.print_json(job)
        return
    output.say(f"Job {job.job_id} is {job.state}. See it with\n  {command_line('job', 'watch', job.job_id, *options)}")
