"""`tablefit table …`: lists, shows, creates, renames and deletes tables."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data
from tablefit.cli.help_text import examples
from tablefit.errors import InvalidInput

commands = typer.Typer(name="table", help="Tables: list, show, create, rename, delete.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the table.", show_default=False)]


class Kind(StrEnum):
    """Kinds of table."""

    IMAGE = "image"


@commands.command("list", epilog=examples("tablefit table list", "tablefit table list --json | jq '.[].name'"))
def list_tables(
    context: typer.Context, data_service: DataServiceOption = None, json_output: JsonOption = False
) -> None:
    """List the tables in order of name."""
    with open_data(context, data_service) as data:
        tables = list(data.list_tables())
    if json_output:
        output.print_json(tables)
    elif tables:
        rows = [(table.name, table.kind, table.row_count, table.update_time, table.description) for table in tables]
        output.print_columns(("table", "kind", "rows", "changed", "description"), rows)
    else:
        output.tell("There are no tables yet. `tablefit ingest NAME PATH` makes one from a folder of images.")


@commands.command(epilog=examples("tablefit table show digits", "tablefit table show digits --json"))
def show(
    context: typer.Context, name: NameArgument, data_service: DataServiceOption = None, json_output: JsonOption = False
) -> None:
    """Show a table: its row count, its times and its columns."""
    with open_data(context, data_service) as data:
        table = data.get_table(name)
    if json_output:
        output.print_json(table)
        return
    output.print_fields(
        [
            ("table", table.name),
            ("kind", table.kind),
            ("description", table.description or None),
            ("rows", f"{table.row_count:,}"),
            ("created", table.create_time),
            ("changed", table.update_time),
        ]
    )
    output.say()
    columns = [(column.name, column.type, column.nullable, column.description) for column in table.columns]
    output.print_columns(("column", "type", "nullable", "description"), columns)


@commands.command(
    epilog=examples("tablefit table create digits", "tablefit table create digits --description 'Scans of 1998'")
)
def create(
    context: typer.Context,
    name: NameArgument,
    kind: Annotated[Kind, typer.Option("--kind", help="What the table is made for.")] = Kind.IMAGE,
    description: Annotated[str, typer.Option(metavar="TEXT", help="Free text for people.")] = "",
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Create an empty table."""
    with open_data(context, data_service) as data:
        table = data.create_table(name, kind.value, description)
    if json_output:
        output.print_json(table)
    else:
        output.tell(f"Created {table.kind} table {table.name}.")


@commands.command(epilog=examples("tablefit table rename digits handwriting"))
def rename(
    context: typer.Context,
    name: NameArgument,
    new_name: Annotated[str, typer.Argument(metavar="NEW_NAME", help="Its name from now on.", show_default=False)],
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Rename a table; jobs that read it go on."""
    with open_data(context, data_service) as data:
        table = data.rename_table(name, new_name)
    if json_output:
        output.print_json(table)
    else:
        output.tell(f"Renamed {output.printable(name)} to {table.name}.")


@commands.command(epilog=examples("tablefit table delete digits", "tablefit table delete digits --yes"))
def delete(
    context: typer.Context,
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the name again.")] = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Delete a table and its rows for good.

    In a terminal it asks for the name again; elsewhere it wants --yes.
    """
    with open_data(context, data_service) as data:
        table = data.get_table(name)
        if not yes:
            _confirm(table.name, table.row_count, json_output)
        data.delete_table(table.name)
    if json_output:
        output.print_json({"deleted": table.name, "row_count": table.row_count})
    else:
        output.tell(f"Deleted {table.name} and its {output.count(table.row_count, 'row')}.")


def _confirm(name: str, row_count: int, json_output: bool) -> None:
    """Returns when the person at the terminal types the table's name; raises InvalidInput otherwise."""
    if json_output or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InvalidInput(f"Deleting {name} and its {output.count(row_count, 'row')} wants --yes outside a terminal.")
    output.tell(f"This deletes {name} and its {output.count(row_count, 'row')} for good.")
    try:
        typed = input("Type the table's name to go on: ")
    except EOFError:
        typed = ""
    if typed.strip() != name:
        raise InvalidInput(f"That is not the name; {name} was left as it is.")
