"""Jobs before they are made: specifications from files, and `--dry-run`."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tablefit.cli import output
from tablefit.cli.connections import open_training
from tablefit.cli.starting import naming_options

if TYPE_CHECKING:
    from tablefit.training import TrainingSpec


def with_file(spec: "TrainingSpec", path: Path | None) -> "TrainingSpec":
    """`spec`, and of the file what it leaves out. Raises InvalidInput; a usage error without table or architecture."""
    from tablefit.training import load_spec

    found = spec
    if path is not None:
        values = {field.name: getattr(spec, field.name) for field in dataclasses.fields(spec)}
        given = {name: value for name, value in values.items() if _is_given(value)}
        found = dataclasses.replace(load_spec(path), **given)
    if not found.table:
        raise typer.BadParameter("expected the name of a table, received none", param_hint="NAME")
    if not found.architecture and found.own_model is None:
        raise typer.BadParameter("expected the name of a network, received none", param_hint="--architecture")
    return found


def show_draft(
    context: typer.Context, training_service: str | None, spec: "TrainingSpec", *, json_output: bool
) -> None:
    """Prints what a job would be: all its options, its script, and what it takes."""
    with open_training(context, training_service) as training, naming_options():
        draft = training.draft_job(spec)
    if json_output:
        output.print_json({"spec": draft.job.spec, "script": draft.job.script, "estimate": draft.estimate})
        return
    estimate, spec = draft.estimate, draft.job.spec
    output.say(draft.job.script)
    size = output.format_size(estimate.memory_bytes)
    options = [(field.name.replace("_", " "), _cell(getattr(spec, field.name))) for field in dataclasses.fields(spec)]
    output.print_fields(
        [
            *((name, text) for name, text in options if text),
            ("weights", f"{estimate.parameter_count:,}, of which {estimate.trainable_parameter_count:,} are trained"),
            ("steps", f"{estimate.step_count:,}, {estimate.steps_per_epoch:,} an epoch"),
            ("memory", f"about {size}, and what Keras takes itself"),
        ]
    )


def _is_given(value: Any) -> bool:
    return value is not None and value != "" and value != () and value != {}


def _cell(value: Any) -> str:
    """An option as a person reads it; empty when it was left out."""
    from tablefit.training import Component

    if not _is_given(value):
        return ""
    if isinstance(value, Component):
        arguments = ", ".join(f"{name}={argument}" for name, argument in value.arguments.items())
        return f"{value.name}({arguments})" if arguments else value.name
    if isinstance(value, dict):
        return ", ".join(f"{name}={_cell(item) or item}" for name, item in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(map(_cell, value))
    return output.cell_text(value)
