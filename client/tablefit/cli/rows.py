"""`tablefit row …`: single rows of a table, and some chosen by a condition."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import output
from tablefit.cli.column_values import parse_values, read_rows
from tablefit.cli.confirmation import DryRunOption, YesOption, confirm
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data
from tablefit.cli.help_text import examples
from tablefit.cli.selection import OrderByOption, WhereOption, columns_option, parse_columns
from tablefit.cli.tables import NameArgument

if TYPE_CHECKING:
    from tablefit.data import Row

commands = typer.Typer(name="row", help="Rows: get, list, insert, update, delete.", no_args_is_help=True)

# Left out of the columns that people see unless they ask; they fill a terminal and say little there.
WIDE_COLUMNS = ("sha256", "create_time")
# Rows are laid out together in blocks of this size, so that a long list starts at once and takes no memory.
BLOCK_ROWS = 500

IdArgument = Annotated[int, typer.Argument(metavar="ID", help="Id of the row.", show_default=False)]
IdsArgument = Annotated[
    list[int] | None, typer.Argument(metavar="[ID]...", help="Ids of the rows; or --where.", show_default=False)
]


@commands.command(epilog=examples("tablefit row get people 17", "tablefit row get people 17 --columns age,note --json"))
def get(
    context: typer.Context,
    name: NameArgument,
    row_id: IdArgument,
    columns: Annotated[str, columns_option("all")] = "",
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show one row with all its columns."""
    with open_data(context, data_service) as data:
        row = data.get_row(name, row_id, parse_columns(columns))
    if json_output:
        output.print_json({"id": row.id, **row.values})
    else:
        output.print_fields([("id", row.id), *((key, cell) for key, cell in row.values.items() if key != "id")])


@commands.command(
    "list",
    epilog=examples(
        "tablefit row list digits",
        "tablefit row list people --where \"age >= 30 and education = 'Masters'\" --order-by 'age desc'",
        "tablefit row list digits --limit 0 --json",
        "tablefit row list digits --columns label,sha256",
    ),
)
def list_rows(
    context: typer.Context,
    name: NameArgument,
    where: WhereOption = None,
    order_by: OrderByOption = "",
    columns: Annotated[
        str,
        columns_option("all but images, byte strings and tensors; without --json neither sha256 nor create_time"),
    ] = "",
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Most rows to list; 0 lists all.")] = 20,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """List the rows of a table, by default in order of id."""
    chosen = parse_columns(columns)
    with open_data(context, data_service) as data:
        rows = data.list_rows(name, limit or None, chosen, filter=where, order_by=order_by)
        if json_output:
            output.print_json_items({"id": row.id, **row.values} for row in rows)
            return
        shown = _print_blocks(rows, wide=bool(chosen))
        row_count = data.get_table(name).row_count
    _tell_rest(name, where, limit, shown, row_count)


@commands.command(
    epilog=examples(
        "tablefit row insert people age=39 education=Masters",
        "tablefit row insert digits label=7 image=@seven.png",
        "tablefit row insert people --from-file rows.json",
    )
)
def insert(
    context: typer.Context,
    name: NameArgument,
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[COLUMN=VALUE]...",
            help="One row. Images and byte strings are read from files (photo=@cat.png), tensors are lists ([1,2]). "
            "What is left out is NULL.",
            show_default=False,
        ),
    ] = None,
    from_file: Annotated[
        str | None,
        typer.Option(
            "--from-file",
            metavar="FILE",
            help="Up to 1,000 rows as a JSON array of objects, or one object in each line; - reads standard input.",
        ),
    ] = None,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Insert one row, or those of a file, all or none. Many rows go faster by `tablefit ingest`."""
    if bool(values) == bool(from_file):
        raise typer.BadParameter("expected either COLUMN=VALUE or --from-file")
    with open_data(context, data_service) as data:
        columns = data.get_table(name).columns
        rows = read_rows(from_file, columns) if from_file else [parse_values(values or (), columns)]
        ids = data.insert_rows(name, rows)
    if json_output:
        output.print_json({"table": name, "ids": ids})
    else:
        named = f"id {ids[0]}" if len(ids) == 1 else f"ids {ids[0]} to {ids[-1]}"
        output.tell(f"Inserted {output.count(len(ids), 'row')} into {output.printable(name)}: {named}.")


@commands.command(
    epilog=examples(
        "tablefit row update people 17 18 --set note=checked",
        "tablefit row update people --where \"education = 'HS'\" --set education=HS-grad --set-null note",
    )
)
def update(
    context: typer.Context,
    name: NameArgument,
    ids: IdsArgument = None,
    where: WhereOption = None,
    set_values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="COLUMN=VALUE", help="A new value; may be given several times."),
    ] = None,
    set_null: Annotated[
        list[str] | None,
        typer.Option("--set-null", metavar="COLUMN", help="A column to set to NULL; may be given several times."),
    ] = None,
    dry_run: DryRunOption = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Give rows new values: those with these ids, or all that fulfil a condition; in one transaction."""
    check_selection(ids, where)
    with open_data(context, data_service) as data:
        values = parse_values(set_values or (), data.get_table(name).columns) | dict.fromkeys(set_null or ())
        if not values:
            raise typer.BadParameter("expected at least one --set COLUMN=VALUE or --set-null COLUMN")
        count = data.update_rows(name, values, ids=ids or None, filter=where, validate_only=dry_run)
    tell_changed(name, "updated", count, dry_run, json_output)


@commands.command(
    epilog=examples(
        "tablefit row delete people 17 18",
        "tablefit row delete people --where 'age is null' --dry-run",
        "tablefit row delete people --where 'age is null' --yes",
    )
)
def delete(
    context: typer.Context,
    name: NameArgument,
    ids: IdsArgument = None,
    where: WhereOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Delete rows: those with these ids, or all that fulfil a condition; in one transaction.

    In a terminal it says how many they are and asks; elsewhere it wants --yes.
    """
    check_selection(ids, where)
    with open_data(context, data_service) as data:
        count = 0 if yes and not dry_run else data.delete_rows(name, ids=ids or None, filter=where, validate_only=True)
        if not yes and not dry_run:
            confirm(f"Delete {output.count(count, 'row')} of {name}", json_output)
        if not dry_run:
            count = data.delete_rows(name, ids=ids or None, filter=where)
    tell_changed(name, "deleted", count, dry_run, json_output)


def check_selection(ids: list[int] | None, where: str | None) -> None:
    """A usage error unless rows are chosen in one way."""
    if bool(ids) == (where is not None):
        raise typer.BadParameter("expected either ids of rows or --where CONDITION")


def tell_changed(name: str, deed: str, count: int, dry_run: bool, json_output: bool) -> None:
    """Says how many rows were changed, or would be; `deed` is a word such as "deleted"."""
    if json_output:
        output.print_json({"table": name, "row_count": count, "dry_run": dry_run})
    elif dry_run:
        output.tell(f"{output.count(count, 'row')} of {output.printable(name)} would be {deed}.")
    else:
        output.tell(f"{deed.capitalize()} {output.count(count, 'row')} of {output.printable(name)}.")


def _print_blocks(rows: Iterator["Row"], *, wide: bool) -> int:
    """Prints rows as columns, the heading once; returns how many there were."""
    shown = 0
    while block := list(islice(rows, BLOCK_ROWS)):
        names = [name for name in block[0].values if name != "id" and (wide or name not in WIDE_COLUMNS)]
        cells = [[row.id, *(row.values[name] for name in names)] for row in block]
        output.print_columns(["id", *names], cells, heading=not shown)
        shown += len(block)
    return shown


def _tell_rest(name: str, where: str | None, limit: int, shown: int, row_count: int) -> None:
    """Says what was not listed: how much of a whole table, or that there may be more that fulfil the condition."""
    if where is None and row_count > shown:
        output.warn(f"{shown:,} of {output.count(row_count, 'row')}; --limit 0 lists all.")
    elif where is not None and shown and shown == limit:
        output.warn(f"The first {output.count(shown, 'row')}; --limit 0 lists all that fulfil the condition.")
    elif not shown and where is not None:
        output.tell("No row fulfils the condition.")
    elif not shown:
        output.tell(f"Table {output.printable(name)} has no rows yet.")
