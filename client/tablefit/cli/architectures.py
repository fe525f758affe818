"""`tablefit architecture …`: the networks that a job can name."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tablefit.cli import output
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training
from tablefit.cli.help_text import examples
from tablefit.errors import NotFound

if TYPE_CHECKING:
    from tablefit.training import Architecture, ArchitectureParameter

_INPUTS = {"image": "an image", "columns": "columns", "image_and_columns": "images, columns"}

commands = typer.Typer(name="architecture", help="Architectures: list, show.", no_args_is_help=True)


@commands.command("list", epilog=examples("tablefit architecture list", "tablefit architecture list --json"))
def list_architectures(
    context: typer.Context, training_service: TrainingServiceOption = None, json_output: JsonOption = False
) -> None:
    """List the architectures that a job can train."""
    with open_training(context, training_service) as training:
        architectures = list(training.list_architectures())
    if json_output:
        output.print_json(architectures)
        return
    rows = [(found.name, _INPUTS[found.inputs], _smallest(found), found.description) for found in architectures]
    output.print_columns(("architecture", "takes", "smallest", "description"), rows)


@commands.command(
    epilog=examples("tablefit architecture show mini_xception", "tablefit architecture show simple_cnn --json")
)
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the architecture.", show_default=False)],
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show an architecture: its parameters, and the Python text that builds it."""
    with open_training(context, training_service) as training:
        found = {architecture.name: architecture for architecture in training.list_architectures()}
    if name not in found:
        raise NotFound(f"There is no architecture {name}; there are {', '.join(found)}.")
    architecture = found[name]
    if json_output:
        output.print_json(architecture)
        return
    output.print_fields(
        [
            ("architecture", architecture.name),
            ("description", architecture.description),
            ("takes", _INPUTS[architecture.inputs]),
            ("smallest image", _smallest(architecture)),
            ("tasks", ", ".join(architecture.tasks)),
        ]
    )
    output.say()
    parameters = [(p.name, _default(p), _allowed(p), p.description) for p in architecture.parameters]
    if parameters:
        output.print_columns(("parameter", "default", "range", "description"), parameters)
        output.say()
    output.say(architecture.source.rstrip("\n"))


def setting_text(value: Any) -> str:
    """The value of a parameter as `--parameter` takes it."""
    if isinstance(value, str):
        return output.printable(value)
    return ",".join(map(setting_text, value)) if isinstance(value, tuple | list) else f"{value:g}"


def _default(parameter: "ArchitectureParameter") -> str:
    return "-" if parameter.default is None else setting_text(parameter.default)


def _allowed(parameter: "ArchitectureParameter") -> str:
    if parameter.type == "choice":
        return ", ".join(parameter.choices)
    limits = f"{parameter.minimum:g} to {parameter.maximum:g}"
    return f"several of {limits}" if parameter.type == "integers" else limits


def _smallest(architecture: "Architecture") -> str | None:
    size = architecture.minimum_image_size
    return f"{size} x {size} pixels" if architecture.inputs != "columns" else None
