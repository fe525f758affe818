"""`tablefit ingest`: labelled images, or a table of any columns, into a table of the service."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tablefit.cli import output
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data_of_client
from tablefit.cli.ending import Interrupted
from tablefit.cli.help_text import defaulting, examples
from tablefit.cli.meter import open_meters
from tablefit.cli.tables import NameArgument, print_table_columns

if TYPE_CHECKING:
    from tablefit import Client
    from tablefit.data import IngestProgress, IngestResult, Rejection, Table

commands = typer.Typer()

# So many refused rows are named; the rest is counted.
LIMIT_NAMED_REJECTIONS = 20
_TAB = "\\t"


class ReadAs(StrEnum):
    """What a file is read as, where its content allows several."""

    TABLE = "table"
    IMAGES = "images"
    MANIFEST = "manifest"


@commands.command(
    epilog=examples(
        "tablefit ingest digits scans/",
        "tablefit ingest digits more-scans.tar.gz --append",
        "tablefit ingest digits mnist.zip --inside mnist/train",
        "tablefit ingest digits train-images-idx3-ubyte.gz",
        "tablefit ingest people people.csv",
        "tablefit ingest adults adult.csv --names age,work,pay --type age=float --missing '?'",
        "tablefit ingest trips trips.parquet",
    )
)
def ingest(
    context: typer.Context,
    name: NameArgument,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="Images: a folder with one folder of images for each label; a .zip or .tar archive of one (also "
            ".tar.gz, .tar.bz2, .tar.xz); one file of an IDX pair; an .npz file with x and y, or x.npy beside y.npy; "
            "a .csv or .tsv file of paths and labels. Tables: .csv or .tsv, .parquet, .npz with an array "
            "for each column.",
            show_default=False,
        ),
    ],
    kind: Annotated[
        ReadAs | None,
        typer.Option(
            "--kind", help=defaulting("Read PATH as a table, as images, or as paths and labels.", "found out")
        ),
    ] = None,
    column_types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="COLUMN=TYPE",
            help="The type of a column; may be given several times. Types: integer, float, boolean, text, category, "
            "timestamp, bytes, image.",
        ),
    ] = None,
    header: Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header", help=defaulting("Whether a CSV file begins with names of columns.", "found out")
        ),
    ] = None,
    names: Annotated[
        str | None,
        typer.Option(
            "--names",
            metavar="A,B,C",
            help=defaulting("Names of the columns of a CSV file.", "its header's, else column_1 and so on"),
        ),
    ] = None,
    missing: Annotated[
        list[str] | None,
        typer.Option(
            "--missing",
            metavar="MARK",
            help=defaulting(
                "A text that means a missing value in CSV, instead of the usual ones; may be given several times.",
                "empty, ?, NA, N/A, NaN, null, None and their like",
            ),
        ),
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(
            "--delimiter",
            metavar="CHARACTER",
            help=defaulting(r"What stands between the fields of a CSV file, \\t for a tab.", "found out"),
        ),
    ] = None,
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
    """Store labelled images or a table of any columns in a table of the service, which is created when it is absent.

    Types of columns follow from all rows and are shown before any is sent; --type says otherwise. A column id is stored
    as source_id, since the service numbers the rows.

    Interrupted at any point, the same command goes on where it stopped. Rows that cannot be stored, such as images that
    do not decode, are refused one by one and named; the rest goes on.
    """
    from tablefit.sources import open_source

    reading: dict[str, Any] = {"kind": kind.value if kind else None, "inside": inside}
    # Before any service is asked, so that a wrong path is what is complained about.
    open_source(path, **reading)
    reading |= {
        "types": _types(column_types or ()),
        "has_header": header,
        "names": names.split(",") if names is not None else None,
        # A field without any text is missing, whatever else is.
        "missing": ("", *missing) if missing else None,
        "delimiter": "\t" if delimiter == _TAB else delimiter,
    }
    with open_data_of_client(context, data_service) as client:
        try:
            result = ingest_with_progress(client, name, path, reading, append=append, json_output=json_output)
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
    reading: Mapping[str, Any] | None = None,
    *,
    append: bool = False,
    json_output: bool = False,
) -> "IngestResult":
    """Ingests with a bar or lines, and names what is refused as it happens; beside JSON neither.

    `reading` holds the options of `Client.ingest` that say how `path` is read.
    """
    with open_meters(json_output=json_output) as meter:
        on_scan = meter(f"look at {output.printable(path.name)}", "bytes")
        update = meter(f"ingest {output.printable(name)}", "rows")

        def on_progress(progress: "IngestProgress") -> None:
            update(progress.committed_rows + progress.rejected_rows, progress.row_count)

        result: IngestResult = client.ingest(
            name,
            path,
            append=append,
            on_progress=on_progress,
            on_rejection=None if json_output else name_rejections(),
            on_scan=on_scan,
            on_create=None if json_output else _show_columns,
            **(reading or {}),
        )
    return result


def name_rejections() -> Callable[["Rejection"], None]:
    """A function that prints the refused rows it is given, the first `LIMIT_NAMED_REJECTIONS` of them."""
    named = 0

    def name(rejection: "Rejection") -> None:
        nonlocal named
        named += 1
        if named <= LIMIT_NAMED_REJECTIONS:
            output.warn(f"refused {output.printable(rejection.source_name)}: {output.printable(rejection.reason)}")
        elif named == LIMIT_NAMED_REJECTIONS + 1:
            output.warn("refused more, which are counted only; --json names up to a thousand")

    return name


def _types(texts: list[str] | tuple[str, ...]) -> dict[str, str]:
    """The types by column that "age=integer" and the like give."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, type_name = text.rpartition("=")
        if not equals or not name:
            raise typer.BadParameter(f"expected COLUMN=TYPE such as age=integer, received {text!r}")
        found[name] = type_name
    return found


def _show_columns(table: "Table") -> None:
    """The columns of a table that was just made by what its rows hold; nothing for labelled images."""
    if table.kind == "image":
        return
    given = [column for column in table.columns if column.name != table.key_column]
    output.tell(f"Created table {table.name} with {output.count(len(given), 'column')}:")
    print_table_columns(given)
    output.tell(f"To change a type: tablefit table delete {table.name}, then the same command with --type COLUMN=TYPE.")


def _tell(name: str, row_count: int, result: "IngestResult") -> None:
    text = f"Stored {output.count(result.committed_rows, 'row')} in {name}"
    if result.rejected_rows:
        text += f", refused {result.rejected_rows:,}"
    if result.resumed_rows:
        text += f"; {result.resumed_rows:,} of these were done before"
    output.tell(f"{text}. The table has {output.count(row_count, 'row')} now.")
