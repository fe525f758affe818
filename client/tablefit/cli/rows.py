"""`tablefit row …`: looks into a table."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data
from tablefit.cli.help_text import defaulting, examples
from tablefit.cli.tables import NameArgument

if TYPE_CHECKING:
    from tablefit.data import Row

commands = typer.Typer(name="row", help="Rows: list.", no_args_is_help=True)

# Left out of the columns that people see unless they ask; they fill a terminal and say little there.
WIDE_COLUMNS = ("sha256", "create_time")
# Rows are laid out together in blocks of this size, so that a long list starts at once and takes no memory.
BLOCK_ROWS = 500


@commands.command(
    "list",
    epilog=examples(
        "tablefit row list digits",
        "tablefit row list digits --limit 0 --json",
        "tablefit row list digits --column label --column sha256",
    ),
)
def list_rows(
    context: typer.Context,
    name: NameArgument,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Most rows to list; 0 lists all.")] = 20,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="COLUMN",
            help=defaulting(
                "A column to list; may be given several times.",
                "all but images; without --json neither sha256 nor create_time",
            ),
        ),
    ] = None,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """List the rows of a table in order of id."""
    with open_data(context, data_service) as data:
        rows = data.list_rows(name, limit or None, column or ())
        if json_output:
            output.print_json_items({"id": row.id, **row.values} for row in rows)
            return
        shown = _print_blocks(rows, wide=bool(column))
        row_count = data.get_table(name).row_count
    if row_count > shown:
        output.warn(f"{shown:,} of {output.count(row_count, 'row')}; --limit 0 lists all.")
    elif not row_count:
        output.tell(f"Table {output.printable(name)} has no rows yet.")


def _print_blocks(rows: Iterator["Row"], *, wide: bool) -> int:
    """Prints rows as columns, the heading once; returns how many there were."""
    shown = 0
    while block := list(islice(rows, BLOCK_ROWS)):
        names = [name for name in block[0].values if name != "id" and (wide or name not in WIDE_COLUMNS)]
        cells = [[row.id, *(row.values[name] for name in names)] for row in block]
        output.print_columns(["id", *names], cells, heading=not shown)
        shown += len(block)
    return shown
