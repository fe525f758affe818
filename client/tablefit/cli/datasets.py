"""`tablefit dataset …`: queries under a name. Leaves work on whole tables to `dataset_copies` and `dataset_changes`."""

from pathlib import Path
from typing import Annotated

import typer

from tablefit.cli import dataset_changes, dataset_copies, output
from tablefit.cli.confirmation import YesOption, confirm
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data
from tablefit.cli.dataset_copies import DescriptionOption
from tablefit.cli.help_text import examples
from tablefit.cli.tables import NameArgument
from tablefit.cli.text_files import read_text
from tablefit.errors import InvalidInput

commands = typer.Typer(
    name="dataset",
    help="Datasets from queries, and whole tables: copy, append, split, sample, relabel, deduplicate, truncate.",
    no_args_is_help=True,
)


@commands.command(
    epilog=examples(
        "tablefit dataset create adults --query 'SELECT age, education FROM people WHERE age >= 18'",
        "tablefit dataset create joined --query-file joined.sql --description 'People with their orders'",
    )
)
def create(
    context: typer.Context,
    name: NameArgument,
    query: Annotated[str, typer.Option("--query", metavar="SELECT", help="One SELECT statement.")] = "",
    query_file: Annotated[
        Path | None, typer.Option("--query-file", metavar="FILE", help="A file with the statement.")
    ] = None,
    description: DescriptionOption = "",
    check: Annotated[bool, typer.Option("--check", help="Only check the statement.")] = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Give a query a name, by which its rows are listed, streamed and trained on as those of a table.

    The statement is checked and written anew: one SELECT over the tables of the database, with functions that only
    compute. Nothing is copied; each snapshot runs it again.
    """
    if bool(query) == (query_file is not None):
        raise typer.BadParameter("expected either --query or --query-file")
    statement = read_text(query_file) if query_file else query
    with open_data(context, data_service) as data:
        dataset = data.create_dataset(name, statement, description, validate_only=check)
    if json_output:
        output.print_json(dataset)
    else:
        columns = output.count(len(dataset.columns), "column")
        deed = "The statement is fine for dataset" if check else "Created dataset"
        output.tell(f"{deed} {output.printable(dataset.name)} with {columns}.")


@commands.command("list", epilog=examples("tablefit dataset list", "tablefit dataset list --json"))
def list_datasets(
    context: typer.Context, data_service: DataServiceOption = None, json_output: JsonOption = False
) -> None:
    """List the datasets in order of name, with their queries."""
    with open_data(context, data_service) as data:
        datasets = list(data.list_tables(["query"]))
    if json_output:
        output.print_json(datasets)
    elif datasets:
        rows = [(dataset.name, dataset.query, dataset.description) for dataset in datasets]
        output.print_columns(("dataset", "query", "description"), rows)
    else:
        output.tell("There are no datasets yet. `tablefit dataset create NAME --query 'SELECT …'` makes one.")


@commands.command(epilog=examples("tablefit dataset delete adults", "tablefit dataset delete adults --yes"))
def delete(
    context: typer.Context,
    name: NameArgument,
    yes: YesOption = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Delete a dataset; the tables that it reads stay."""
    with open_data(context, data_service) as data:
        dataset = data.get_table(name)
        if dataset.origin != "query":
            raise InvalidInput(f"{dataset.name} is no dataset but a table; `tablefit table delete` deletes tables.")
        if not yes:
            confirm(f"Delete dataset {dataset.name}", json_output)
        data.delete_table(dataset.name)
    if json_output:
        output.print_json({"deleted": dataset.name})
    else:
        output.tell(f"Deleted dataset {output.printable(dataset.name)}.")


for work in (dataset_copies, dataset_changes):
    commands.add_typer(work.commands)
