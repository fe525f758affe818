"""`tablefit dataset relabel`, `deduplicate` and `truncate`: changes to many rows of a table."""

import json
from pathlib import Path
from typing import Annotated

import typer

from tablefit.cli import output
from tablefit.cli.confirmation import DryRunOption, YesOption, confirm, confirm_name
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data
from tablefit.cli.help_text import defaulting, examples
from tablefit.cli.meter import open_meter
from tablefit.cli.rows import tell_changed
from tablefit.cli.selection import columns_option, parse_columns
from tablefit.cli.tables import NameArgument
from tablefit.cli.text_files import read_text
from tablefit.errors import InvalidInput

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "tablefit dataset relabel digits --map zero=0 --map one=1",
        "tablefit dataset relabel people --column education --map-file names.json --dry-run",
    )
)
def relabel(
    context: typer.Context,
    name: NameArgument,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OLD=NEW", help="A value and its new value; may be given several times."),
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map-file", metavar="FILE", help='A JSON object such as {"zero": "0"}.')
    ] = None,
    column: Annotated[
        str, typer.Option("--column", metavar="COLUMN", help=defaulting("A text or category.", "the label"))
    ] = "",
    dry_run: DryRunOption = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Replace values of a column by others, all at the same time, so that a swap works; in one transaction."""
    new_values = {**(_read_mapping(map_file) if map_file else {}), **dict(map(_parse_pair, mapping or ()))}
    if not new_values:
        raise typer.BadParameter("expected at least one --map OLD=NEW, or --map-file")
    with (
        open_data(context, data_service) as data,
        open_meter(f"relabel {output.printable(name)}", "rows", json_output=json_output) as update,
    ):
        count = data.relabel_rows(name, new_values, column=column, validate_only=dry_run, on_progress=update)
    tell_changed(name, "relabelled", count, dry_run, json_output)


@commands.command(
    epilog=examples(
        "tablefit dataset deduplicate digits --dry-run",
        "tablefit dataset deduplicate people --columns age,education --yes",
    )
)
def deduplicate(
    context: typer.Context,
    name: NameArgument,
    columns: Annotated[str, columns_option("the image of an image table, all of others")] = "",
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Delete rows whose content equals that of a row with a smaller id; in one transaction.

    In a terminal it says how many they are and asks; elsewhere it wants --yes.
    """
    chosen = parse_columns(columns)
    with open_data(context, data_service) as data:

        def run(*, validate_only: bool) -> int:
            with open_meter(f"deduplicate {output.printable(name)}", "rows", json_output=json_output) as update:
                return data.deduplicate_rows(name, columns=chosen, validate_only=validate_only, on_progress=update)

        count = run(validate_only=True) if dry_run or not yes else 0
        if not yes and not dry_run:
            confirm(f"Delete {output.count(count, 'row')} of {name}", json_output)
        if not dry_run:
            count = run(validate_only=False)
    tell_changed(name, "deleted", count, dry_run, json_output)


@commands.command(epilog=examples("tablefit dataset truncate people", "tablefit dataset truncate people --yes"))
def truncate(
    context: typer.Context,
    name: NameArgument,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Delete all rows of a table, which stays. In a terminal it asks for the name; elsewhere it wants --yes."""
    with open_data(context, data_service) as data:
        count = data.truncate_table(name, validate_only=True)
        if not yes and not dry_run:
            confirm_name(f"the {output.count(count, 'row')} of {name}", name, json_output)
        if not dry_run:
            count = data.truncate_table(name)
    tell_changed(name, "deleted", count, dry_run, json_output)


def _parse_pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"expected OLD=NEW such as zero=0, received {text!r}", param_hint="--map")
    return old, new


def _read_mapping(path: Path) -> dict[str, str]:
    try:
        found = json.loads(read_text(path))
    except ValueError as error:
        raise InvalidInput(f"{path} holds no JSON: {error}.") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise InvalidInput(f'expected an object of texts such as {{"zero": "0"}} in {path}')
    return found
