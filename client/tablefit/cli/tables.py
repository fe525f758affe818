"""`tablefit table …`: lists, shows, creates, renames and deletes tables."""

import shutil
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import output, statistics
from tablefit.cli.column_values import parse_column
from tablefit.cli.confirmation import confirm_name
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data
from tablefit.cli.help_text import defaulting, examples
from tablefit.cli.meter import open_meter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tablefit.data import Column, ColumnStatistics, DataClient, Table

commands = typer.Typer(name="table", help="Tables: list, show, create, rename, delete.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the table.", show_default=False)]


class Kind(StrEnum):
    """Kinds of table."""

    IMAGE = "image"
    GENERAL = "general"


class Origin(StrEnum):
    """Where tables come from."""

    SERVICE = "service"
    DATABASE = "database"
    VIEW = "view"
    QUERY = "query"


@commands.command(
    "list",
    epilog=examples(
        "tablefit table list",
        "tablefit table list --origin database --origin view",
        "tablefit table list --json | jq '.[].name'",
    ),
)
def list_tables(
    context: typer.Context,
    origin: Annotated[
        list[Origin] | None,
        typer.Option("--origin", help=defaulting("Only tables of this origin; may be given several times.", "all")),
    ] = None,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """List the tables in order of name: those that the service made, those that others made, views and datasets."""
    with open_data(context, data_service) as data:
        tables = list(data.list_tables([each.value for each in origin or ()]))
    if json_output:
        output.print_json(tables)
    elif tables:
        rows = [(t.name, t.kind, t.origin, row_count(t), t.update_time, t.description) for t in tables]
        output.print_columns(("table", "kind", "origin", "rows", "changed", "description"), rows)
    elif origin:
        output.tell("There are no tables of this origin.")
    else:
        output.tell("There are no tables yet. `tablefit ingest NAME PATH` makes one from a folder of images.")


@commands.command(
    epilog=examples(
        "tablefit table show digits", "tablefit table show people --stats", "tablefit table show digits --json"
    )
)
def show(
    context: typer.Context,
    name: NameArgument,
    stats: Annotated[bool, typer.Option("--stats", help="Also compute statistics of its columns.")] = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show a table: its row count, its times and its columns, with --stats also what they hold."""
    with open_data(context, data_service) as data:
        table = data.get_table(name)
        found = _compute_statistics(data, table.name, json_output) if stats else None
    if json_output:
        output.print_json(table if found is None else {**output.to_json(table), "statistics": found})
        return
    _print_table(table)
    for line in statistics.describe(found or (), shutil.get_terminal_size().columns):
        output.say(line)


@commands.command(
    epilog=examples(
        "tablefit table create digits",
        "tablefit table create digits --description 'Scans of 1998'",
        "tablefit table create people --column age:integer? --column education:category --column seen:timestamp",
        "tablefit table create vectors --column photo:image --column vector:tensor:float32:16",
    )
)
def create(
    context: typer.Context,
    name: NameArgument,
    kind: Annotated[
        Kind | None,
        typer.Option("--kind", help=defaulting("What the table is made for.", "general with --column, else image")),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="NAME:TYPE[?]",
            help="A column; may be given several times. Types: integer, float, boolean, text, category, timestamp, "
            "image, bytes, tensor (vec:tensor:float32:2x3). A ? at the end says that it may be NULL.",
        ),
    ] = None,
    description: Annotated[str, typer.Option(metavar="TEXT", help="Free text for people.")] = "",
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Create an empty table: of labelled images, or of the columns named."""
    columns = tuple(map(parse_column, column or ()))
    with open_data(context, data_service) as data:
        table = data.create_table(name, kind.value if kind else None, description, columns=columns)
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
        what = table.name if table.row_count < 0 else f"{table.name} and its {output.count(table.row_count, 'row')}"
        if not yes:
            confirm_name(what, table.name, json_output)
        data.delete_table(table.name)
    if json_output:
        output.print_json({"deleted": table.name, "row_count": row_count(table)})
    else:
        output.tell(f"Deleted {what}.")


def row_count(table: "Table") -> int | None:
    """Rows of a table; None for a view or dataset, which would have to be computed."""
    return table.row_count if table.row_count >= 0 else None


def _compute_statistics(data: "DataClient", name: str, json_output: bool) -> "tuple[ColumnStatistics, ...]":
    with open_meter(f"statistics of {output.printable(name)}", "columns", json_output=json_output) as update:
        return data.compute_statistics(name, on_progress=update)


def _print_table(table: "Table") -> None:
    fields = [
        ("table", table.name),
        ("kind", table.kind),
        ("origin", f"{table.origin}, read-only" if table.read_only else table.origin),
        ("description", table.description or None),
        ("rows", None if table.row_count < 0 else f"{table.row_count:,}"),
        ("key", table.key_column or None),
        ("created", table.create_time),
        ("changed", table.update_time),
    ]
    output.print_fields(fields + ([("query", table.query)] if table.query else []))
    output.say()
    columns = [(column.name, _type(column), column.nullable, column.description) for column in table.columns]
    output.print_columns(("column", "type", "nullable", "description"), columns)


def print_table_columns(columns: "Sequence[Column]") -> None:
    """Prints name, type and whether a value may be missing of each column."""
    rows = [(column.name, _type(column), column.nullable) for column in columns]
    output.print_columns(("column", "type", "nullable"), rows)


def _type(column: "Column") -> str:
    if column.type == "tensor":
        return f"tensor {column.data_type} {'x'.join(map(str, column.shape))}"
    return f"{column.type} ({column.sql_type})" if column.sql_type else column.type
