"""`tablefit ingest`: a folder of images into a table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data_of_client
from tablefit.cli.ending import Interrupted
from tablefit.cli.help_text import examples
from tablefit.cli.meter import open_meter
from tablefit.cli.tables import NameArgument

if TYPE_CHECKING:
    from tablefit import Client
    from tablefit.data import IngestProgress, IngestResult

commands = typer.Typer()

# So many refused images are named; the rest is counted.
LIMIT_NAMED_REJECTIONS = 20


@commands.command(
    epilog=examples(
        "tablefit ingest digits scans/", "tablefit ingest digits more-scans/ --append", "ls scans/   # 0  1  2"
    )
)
def ingest(
    context: typer.Context,
    name: NameArgument,
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A folder with one folder of images for each label.", show_default=False),
    ],
    append: Annotated[bool, typer.Option("--append", help="Add to a table that holds rows already.")] = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Store a folder of images in a table, which is created when it is absent.

    Interrupted at any point, the same command goes on where it stopped. Images that do not decode are refused one by
    one and named; the rest goes on.
    """
    from tablefit.sources import open_source

    open_source(path)
    with open_data_of_client(context, data_service) as client:
        try:
            result = ingest_with_progress(client, name, path, append=append, json_output=json_output)
        except KeyboardInterrupt as error:
            raise Interrupted("Interrupted. The same command goes on where this one stopped.") from error
        row_count = client.data.get_table(name).row_count
    if json_output:
        output.print_json({"table": name, "table_rows": row_count, **output.to_json(result)})
    else:
        _tell(name, row_count, result)


def ingest_with_progress(
    client: "Client", name: str, path: Path, *, append: bool = False, json_output: bool = False
) -> "IngestResult":
    """Ingests with a bar or lines; beside JSON without."""
    with open_meter(f"ingest {output.printable(name)}", "rows", json_output=json_output) as update:

        def on_progress(progress: "IngestProgress") -> None:
            update(progress.committed_rows + progress.rejected_rows, progress.row_count)

        return client.ingest_folder(name, path, append=append, on_progress=on_progress)


def _tell(name: str, row_count: int, result: "IngestResult") -> None:
    for rejection in result.rejections[:LIMIT_NAMED_REJECTIONS]:
        output.warn(f"refused {output.printable(rejection.source_name)}: {output.printable(rejection.reason)}")
    unnamed = result.rejected_rows - min(len(result.rejections), LIMIT_NAMED_REJECTIONS)
    if unnamed > 0 and result.rejections:
        output.warn(f"refused {unnamed:,} more; --json names them all up to a thousand")
    text = f"Stored {output.count(result.committed_rows, 'row')} in {name}"
    if result.resumed_rows:
        text += f" ({result.resumed_rows:,} of the source's were done before)"
    if result.rejected_rows:
        text += f", refused {result.rejected_rows:,}"
    output.say(f"{text}. The table has {output.count(row_count, 'row')} now.")
