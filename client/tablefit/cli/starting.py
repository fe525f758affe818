"""Starts a job and follows it, or says how to. Leaves what the job is to `train` and `job_changes`."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from tablefit.cli import output
from tablefit.cli import training_options as given
from tablefit.cli.connections import open_training, options_given
from tablefit.cli.ending import Interrupted
from tablefit.cli.invocation import command_line
from tablefit.errors import InvalidInput

if TYPE_CHECKING:
    from tablefit.training import TrainingClient, TrainingJob

Create = Callable[["TrainingClient"], "TrainingJob"]


def start(
    context: typer.Context, training_service: str | None, create: Create, *, detach: bool, json_output: bool
) -> None:
    """Makes a job by `create`, and shows it until it ends unless `detach`."""
    from tablefit.cli.watching import follow

    options = options_given(context, training=training_service)
    with open_training(context, training_service) as training:
        job = _create(training, create)
        if detach:
            _tell_detached(job, json_output, options)
            return
        if json_output:
            output.print_json_line({"kind": "job", "job": dataclasses.replace(job, script="")})
        follow(training, job.job_id, json_output=json_output, options=options)


@contextmanager
def naming_options() -> Iterator[None]:
    """Says of which option a field was that the service refused."""
    try:
        yield
    except InvalidInput as error:
        option = given.option_of(error.field)
        if option is None:
            raise
        raise typer.BadParameter(error.message, param_hint=option) from error


def _create(training: "TrainingClient", create: Create) -> "TrainingJob":
    try:
        with naming_options():
            return create(training)
    except KeyboardInterrupt as error:
        found = command_line("job", "list")
        raise Interrupted(f"Interrupted while the job was being made; see with `{found}` whether it was.") from error


def _tell_detached(job: "TrainingJob", json_output: bool, options: tuple[str, ...]) -> None:
    if json_output:
        output.print_json(job)
        return
    output.say(f"Job {job.job_id} is {job.state}. See it with\n  {command_line('job', 'watch', job.job_id, *options)}")
