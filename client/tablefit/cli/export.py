"""`tablefit export`: a table as a NumPy file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data
from tablefit.cli.help_text import examples
from tablefit.cli.meter import open_meter
from tablefit.cli.pixels import ImageSizeOption, ModeOption
from tablefit.cli.tables import NameArgument
from tablefit.errors import AlreadyExists, InvalidInput

if TYPE_CHECKING:
    from tablefit.data import DataClient, StreamHeader, StreamOptions

commands = typer.Typer()

BATCH_ROWS = 256

OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it exists.")]


@commands.command(
    epilog=examples(
        "tablefit export digits digits.npz",
        "tablefit export photos photos.npz --image-size 64x96 --mode RGB",
        "python -c \"import numpy; print(numpy.load('digits.npz')['x'].shape)\"",
    )
)
def export(
    context: typer.Context,
    name: NameArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE.npz", help="The file to write.", show_default=False)],
    image_size: ImageSizeOption = None,
    mode: ModeOption = None,
    overwrite: OverwriteOption = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Write a table as a NumPy file with the arrays x, y, class_names and id.

    x holds the pixels (row, height, width, channel), y the index of each row's class in class_names, id the row ids.
    Rows of different sizes or modes want --image-size and --mode.
    """
    check_target(file, overwrite)
    from tablefit.data import StreamOptions

    options = StreamOptions(
        table=name,
        height=image_size.height if image_size else None,
        width=image_size.width if image_size else None,
        mode=mode,
        batch_size=BATCH_ROWS,
    )
    with open_data(context, data_service) as data:
        header = _write(data, options, file, json_output)
    if json_output:
        shape = [header.row_count, *header.image_shape]
        output.print_json({"file": file, "table": name, "x_shape": shape, "class_names": header.class_names})
    else:
        output.say(_wrote(header, file))


def _write(data: "DataClient", options: "StreamOptions", file: Path, json_output: bool) -> "StreamHeader":
    from tablefit.cli.npz import write_npz

    stream = data.stream_batches(options)
    try:
        with open_meter(f"export {output.printable(options.table)}", "rows", json_output=json_output) as update:
            write_npz(file, stream, update)
    finally:
        stream.close()
    return stream.header


def _wrote(header: "StreamHeader", file: Path) -> str:
    rows = f"{output.count(header.row_count, 'row')} of {header.height}x{header.width} {header.mode}"
    classes = output.count(len(header.class_names), "class", "classes")
    return f"Wrote {rows} in {classes} to {output.printable(str(file))}."


def check_target(file: Path, overwrite: bool) -> None:
    """Raises unless `file` can be written without losing one that is there."""
    if file.is_dir():
        raise InvalidInput(f"{file} is a folder; expected the name of the file to write.")
    if not file.parent.is_dir():
        raise InvalidInput(f"The folder {file.parent} does not exist; make it first.")
    if file.exists() and not overwrite:
        raise AlreadyExists(f"{file} exists already; give another name, or --overwrite to replace it.")
