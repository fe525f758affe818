"""Jobs before they are made: specifications from files, and `--dry-run`."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tablefit.cli import output
from tablefit.cli.connections import open_training
from tablefit.cli.starting import naming_options
from tablefit.cli.training_options import is_given

if TYPE_CHECKING:
    from tablefit.training import JobDraft, TrainingClient, TrainingSpec

Draft = Callable[["TrainingClient"], "JobDraft"]


def with_file(spec: "TrainingSpec", path: Path | None) -> "TrainingSpec":
    """`spec`, and of the file what it leaves out. Raises InvalidInput; a usage error without table or architecture."""
    from tablefit.training import load_spec

    found = spec
    if path is not None:
        found = dataclasses.replace(load_spec(path), **_given_fields(spec))
    if not found.table:
        raise typer.BadParameter("expected the name of a table, received none", param_hint="NAME")
    if not found.architecture and found.own_model is None:
        raise typer.BadParameter("expected the name of a network, received none", param_hint="--architecture")
    return found


def changes_of(fields: Mapping[str, Any], path: Path | None) -> dict[str, Any]:
    """The changes of an earlier job's specification: `fields`, and of the file what they leave out.

    Each parameter of the architecture is a change of its own. Raises InvalidInput.
    """
    from tablefit.training.spec_files import load_changes

    read = {name: value for name, value in load_changes(path).items() if is_given(value)} if path is not None else {}
    parameters = {**read.pop("architecture_parameters", {}), **fields.get("architecture_parameters", {})}
    named = {name: value for name, value in {**read, **fields}.items() if name != "architecture_parameters"}
    return {**named, **{f"architecture_parameters.{name}": value for name, value in parameters.items()}}


def show_draft(context: typer.Context, training_service: str | None, make: Draft, *, json_output: bool) -> None:
    """Prints what a job would be: all its options, its script, and what it takes."""
    with open_training(context, training_service) as training, naming_options():
        draft = make(training)
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


def _given_fields(spec: "TrainingSpec") -> dict[str, Any]:
    values = {field.name: getattr(spec, field.name) for field in dataclasses.fields(spec)}
    return {name: value for name, value in values.items() if is_given(value)}


def _cell(value: Any) -> str:
    """An option as a person reads it; empty when it was left out."""
    from tablefit.training import Component

    if not is_given(value):
        return ""
    if isinstance(value, Component):
        arguments = ", ".join(f"{name}={argument}" for name, argument in value.arguments.items())
        return f"{value.name}({arguments})" if arguments else value.name
    if isinstance(value, dict):
        return ", ".join(f"{name}={_cell(item) or item}" for name, item in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(map(_cell, value))
    return output.cell_text(value)
