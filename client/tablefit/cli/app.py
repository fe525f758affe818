"""The `tablefit` command: all groups of commands under one roof, and the options before them."""

from importlib import metadata
from typing import Annotated, Any

import typer

from tablefit.cli import (
    architectures,
    datasets,
    demo,
    evaluate,
    export,
    features,
    ingest,
    jobs,
    models,
    predict,
    rows,
    snapshots,
    tables,
    train,
    up,
)
from tablefit.cli.connections import Addresses, DataServiceOption, TrainingServiceOption
from tablefit.cli.help_text import examples, tidy

app = typer.Typer(name="tablefit", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich")
for group in (demo, up, ingest, export, features, train, evaluate, predict):
    app.add_typer(group.commands)
for group in (tables, rows, datasets, snapshots, architectures, jobs, models):
    app.add_typer(group.commands)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tablefit {metadata.version('tablefit')}")
        raise typer.Exit


def build() -> Any:
    """The whole command, ready to run."""
    return tidy(typer.main.get_command(app))


@app.callback(epilog=examples("tablefit demo", "tablefit up", "tablefit ingest digits scans/"))
def options(
    context: typer.Context,
    data_service: DataServiceOption = None,
    training_service: TrainingServiceOption = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Fit Keras models to the rows of a MySQL table.

    New here? `tablefit demo` shows everything once on handwritten digits. `tablefit up` runs both services; the other
    commands talk to them.
    """
    context.obj = Addresses(data_service, training_service)
