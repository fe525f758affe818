"""`tablefit architecture …`: the networks that a job can name."""

from typing import Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training
from tablefit.cli.help_text import examples
from tablefit.errors import NotFound

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
    rows = [(found.name, f"{found.minimum_image_size} px", found.description) for found in architectures]
    output.print_columns(("architecture", "smallest", "description"), rows)


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
            ("smallest image", f"{architecture.minimum_image_size} x {architecture.minimum_image_size} pixels"),
        ]
    )
    output.say()
    parameters = [
        (p.name, "-" if p.default is None else f"{p.default:g}", f"{p.minimum:g} to {p.maximum:g}", p.description)
        for p in architecture.parameters
    ]
    if parameters:
        output.print_columns(("parameter", "default", "range", "description"), parameters)
        output.say()
    output.say(architecture.source.rstrip("\n"))
