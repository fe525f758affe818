"""`tablefit ingest`: labelled images into a table."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data_of_client
from tablefit.cli.ending import Interrupted
from tablefit.cli.help_text import defaulting, examples
from tablefit.cli.meter import open_meter
from tablefit.cli.tables import NameArgument

if TYPE_CHECKING:
    from tablefit import Client
    from tablefit.data import IngestProgress, IngestResult, Rejection

commands = typer.Typer()

# So many refused images are named; the rest is counted.
LIMIT_NAMED_REJECTIONS = 20


@commands.command(
    epilog=examples(
        "tablefit ingest digits scans/",
        "tablefit ingest digits more-scans.tar.gz --append",
        "tablefit ingest digits mnist.zip --inside mnist/train",
        "tablefit ingest digits train-images-idx3-ubyte.gz",
        "ls scans/   # 0  1  2",
    )
)
def ingest(
    context: typer.Context,
    name: NameArgument,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="A folder with one folder of images for each label; a .zip or .tar archive of one (also .tar.gz, "
            ".tar.bz2, .tar.xz); one file of an IDX pair; an .npz file with x and y, or x.npy beside y.npy; "
            "a .csv or .tsv file of paths and labels.",
            show_default=False,
        ),
    ],
    inside: Annotated[
        str | None,
        typer.Option(
            "--inside",
            metavar="FOLDER",
            help=defaulting(
                "The folder within PATH that holds the label folders, such as mnist/train; for an .npz file with "
                "x_train and y_train: train.",
                "found out",
            ),
        ),
    ] = None,
    append: Annotated[bool, typer.Option("--append", help="Add to a table that holds rows already.")] = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Store labelled images in a table, which is created when it is absent.

    Interrupted at any point, the same command goes on where it stopped. Images that do not decode are refused one by
    one and named; the rest goes on.
    """
    from tablefit.sources import open_source

    open_source(path, inside)
    with open_data_of_client(context, data_service) as client:
        try:
            result = ingest_with_progress(client, name, path, append=append, inside=inside, json_output=json_output)
        except KeyboardInterrupt as error:
            raise Interrupted("Interrupted. The same command goes on where this one stopped.") from error
        row_count = client.data.get_table(name).row_count
    if json_output:
        output.print_json({"table": name, "table_rows": row_count, **output.to_json(result)})
    else:
        _tell(name, row_count, result)


def ingest_with_progress(
    client: "Client",
    name: str,
    path: Path,
    *,
    append: bool = False,
    inside: str | None = None,
    json_output: bool = False,
) -> "IngestResult":
    """Ingests with a bar or lines, and names what is refused as it happens; beside JSON neither."""
    with open_meter(f"ingest {output.printable(name)}", "rows", json_output=json_output) as update:

        def on_progress(progress: "IngestProgress") -> None:
            update(progress.committed_rows + progress.rejected_rows, progress.row_count)

        on_rejection = None if json_output else name_rejections()
        return client.ingest_folder(
            name, path, append=append, inside=inside, on_progress=on_progress, on_rejection=on_rejection
        )


def name_rejections() -> Callable[["Rejection"], None]:
    """A function that prints the refused images it is given, the first `LIMIT_NAMED_REJECTIONS` of them."""
    named = 0

    def name(rejection: "Rejection") -> None:
        nonlocal named
        named += 1
        if named <= LIMIT_NAMED_REJECTIONS:
            output.warn(f"refused {output.printable(rejection.source_name)}: {output.printable(rejection.reason)}")
        elif named == LIMIT_NAMED_REJECTIONS + 1:
            output.warn("refused more, which are counted only; --json names up to a thousand")

    return name


def _tell(name: str, row_count: int, result: "IngestResult") -> None:
    text = f"Stored {output.count(result.committed_rows, 'row')} in {name}"
    if result.rejected_rows:
        text += f", refused {result.rejected_rows:,}"
    if result.resumed_rows:
        text += f"; {result.resumed_rows:,} of these were done before"
    output.tell(f"{text}. The table has {output.count(row_count, 'row')} now.")
