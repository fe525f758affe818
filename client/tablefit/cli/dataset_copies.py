"""`tablefit dataset copy`, `append`, `split` and `sample`: rows of one table into others."""

from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data
from tablefit.cli.help_text import defaulting, examples
from tablefit.cli.meter import open_meter
from tablefit.cli.selection import WhereOption, columns_option, parse_columns

if TYPE_CHECKING:
    from tablefit.data import Table

commands = typer.Typer()

SourceArgument = Annotated[
    str, typer.Argument(metavar="SOURCE", help="The table, view or dataset with the rows.", show_default=False)
]
TargetArgument = Annotated[str, typer.Argument(metavar="TARGET", help="The new table.", show_default=False)]
DescriptionOption = Annotated[str, typer.Option("--description", metavar="TEXT", help="Free text for people.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Chooses which rows.")]


@commands.command(
    epilog=examples(
        "tablefit dataset copy people people_of_2024",
        "tablefit dataset copy people adults --where 'age >= 18' --columns age,education",
    )
)
def copy(
    context: typer.Context,
    source: SourceArgument,
    target: TargetArgument,
    where: WhereOption = None,
    columns: Annotated[str, columns_option("all")] = "",
    description: DescriptionOption = "",
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Copy rows into a new table, which appears when it is complete; Ctrl-C leaves nothing behind."""
    with (
        open_data(context, data_service) as data,
        open_meter(f"copy {output.printable(source)}", "rows", json_output=json_output) as update,
    ):
        table = data.copy_table(
            source,
            target,
            filter=where,
            columns=parse_columns(columns),
            description=description,
            on_progress=update,
        )
    _tell_made([table], json_output)


@commands.command(epilog=examples("tablefit dataset append new_people people --where 'age is not null'"))
def append(
    context: typer.Context,
    source: SourceArgument,
    target: Annotated[str, typer.Argument(metavar="TARGET", help="The table that gets them.", show_default=False)],
    where: WhereOption = None,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Append the rows of one table to another with the same columns, all or none."""
    with (
        open_data(context, data_service) as data,
        open_meter(f"append {output.printable(source)}", "rows", json_output=json_output) as update,
    ):
        table = data.append_table(source, target, filter=where, on_progress=update)
    if json_output:
        output.print_json(table)
    else:
        name, rows = output.printable(table.name), output.count(table.row_count, "row")
        output.tell(f"Appended {output.printable(source)} to {name}, which has {rows} now.")


@commands.command(
    epilog=examples(
        "tablefit dataset split digits --into digits_train=0.8 --into digits_test=0.2",
        "tablefit dataset split people --into a=0.5 --into b=0.5 --stratify-by education --seed 7",
    )
)
def split(
    context: typer.Context,
    source: SourceArgument,
    into: Annotated[
        list[str],
        typer.Option("--into", metavar="TABLE=SHARE", help="A new table and its share; twice or more, 1 in all."),
    ],
    stratify_by: Annotated[
        str,
        typer.Option(
            "--stratify-by",
            metavar="COLUMN",
            help=defaulting("Divide the rows of each value in these shares.", "the label of an image table"),
        ),
    ] = "",
    seed: SeedOption = 0,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Divide the rows of a table into new tables, which appear together when they are complete."""
    shares = dict(map(_parse_share, into))
    with (
        open_data(context, data_service) as data,
        open_meter(f"split {output.printable(source)}", "rows", json_output=json_output) as update,
    ):
        tables = data.split_table(source, shares, stratify_by=stratify_by, seed=seed, on_progress=update)
    _tell_made(list(tables), json_output)


@commands.command(
    epilog=examples(
        "tablefit dataset sample people some_people --rows 1000",
        "tablefit dataset sample people tenth --fraction 0.1 --seed 7",
    )
)
def sample(
    context: typer.Context,
    source: SourceArgument,
    target: TargetArgument,
    rows: Annotated[int | None, typer.Option("--rows", min=1, metavar="N", help="So many rows.")] = None,
    fraction: Annotated[
        float | None, typer.Option("--fraction", metavar="SHARE", help="This share of the rows, above 0 up to 1.")
    ] = None,
    seed: SeedOption = 0,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Copy rows drawn at random, each at most once, into a new table."""
    if (rows is None) == (fraction is None):
        raise typer.BadParameter("expected either --rows or --fraction")
    with (
        open_data(context, data_service) as data,
        open_meter(f"sample {output.printable(source)}", "rows", json_output=json_output) as update,
    ):
        table = data.sample_table(source, target, row_count=rows, fraction=fraction, seed=seed, on_progress=update)
    _tell_made([table], json_output)


def _tell_made(tables: "list[Table]", json_output: bool) -> None:
    if json_output:
        output.print_json(tables if len(tables) > 1 else tables[0])
        return
    for table in tables:
        output.tell(f"Created table {output.printable(table.name)} with {output.count(table.row_count, 'row')}.")


def _parse_share(text: str) -> tuple[str, float]:
    """("digits_train", 0.8) from "digits_train=0.8"; a usage error otherwise."""
    name, _, share = text.rpartition("=")
    try:
        fraction = float(share)
    except ValueError:
        fraction = -1.0
    if not name or not 0 < fraction < 1:
        raise typer.BadParameter(f"expected TABLE=SHARE such as train=0.8, received {text!r}", param_hint="--into")
    return name, fraction
