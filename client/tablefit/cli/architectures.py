"""`tablefit architecture …`: the networks that a job can name."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tablefit.cli import output
from tablefit.cli.connections import JsonOption, TrainingServiceOption, open_training
from tablefit.cli.help_text import examples
from tablefit.cli.pixels import ImageSizeOption, ModeOption
from tablefit.cli.training_options import ParameterOption, parse_parameter
from tablefit.errors import NotFound

if TYPE_CHECKING:
    from tablefit.training import Architecture, ArchitectureParameter, ParameterCount

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
    epilog=examples(
        "tablefit architecture show mini_xception",
        "tablefit architecture show simple_cnn --image-size 32x32 --mode RGB --classes 10",
        "tablefit architecture show mlp --inputs age,hours,town:12 --classes 2 --parameter units=64,32",
    )
)
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the architecture.", show_default=False)],
    image_size: ImageSizeOption = None,
    mode: ModeOption = None,
    inputs: Annotated[
        str | None,
        typer.Option(metavar="NAME[:N],…", help="Columns of the input to count for; with the number of categories."),
    ] = None,
    outputs: Annotated[
        int | None, typer.Option("--classes", metavar="N", help="Outputs to count the weights for.")
    ] = None,
    parameter: ParameterOption = None,
    training_service: TrainingServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show an architecture: its parameters, and the Python text that builds it.

    With --classes, says how many weights it has for an input: images of --image-size and --mode, or --inputs.
    """
    with open_training(context, training_service) as training:
        found = {architecture.name: architecture for architecture in training.list_architectures()}
        if name not in found:
            raise NotFound(f"There is no architecture {name}; there are {', '.join(found)}.")
        if outputs is not None:
            count = training.count_parameters(
                name,
                outputs,
                architecture_parameters=dict(parse_parameter(text) for text in parameter or ()),
                image_size=(image_size.height, image_size.width) if image_size else None,
                mode=mode,
                inputs=_parse_inputs(inputs),
            )
            _show_count(name, count, json_output)
            return
    architecture = found[name]
    if json_output:
        output.print_json(architecture)
        return
    _show(architecture)


def _show_count(name: str, count: "ParameterCount", json_output: bool) -> None:
    if json_output:
        output.print_json(count)
        return
    output.print_fields(
        [
            ("architecture", name),
            ("weights", f"{count.parameter_count:,}"),
            ("trainable", f"{count.trainable_count:,}"),
        ]
    )


def _parse_inputs(text: str | None) -> dict[str, tuple[tuple[int, ...], int]]:
    """{"age": ((1,), 0), "town": ((1,), 12)} from "age,town:12"; a usage error otherwise."""
    found: dict[str, tuple[tuple[int, ...], int]] = {}
    for part in (text or "").split(",") if text else ():
        name, _, count = part.strip().partition(":")
        if not name or (count and not count.isdecimal()):
            message = f"expected names of columns such as age,town:12, received {part!r}"
            raise typer.BadParameter(message, param_hint="--inputs")
        found[name] = ((1,), int(count or 0))
    return found


def _show(architecture: "Architecture") -> None:
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
