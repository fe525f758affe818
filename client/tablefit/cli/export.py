"""`tablefit export`: a whole table as a NumPy file, a Parquet file or a folder of images."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tablefit.cli import output
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data
from tablefit.cli.help_text import defaulting, examples
from tablefit.cli.meter import open_meter
from tablefit.cli.pixels import ImageSize, ImageSizeOption, ModeOption
from tablefit.cli.tables import NameArgument

if TYPE_CHECKING:
    from tablefit.exports import Export

commands = typer.Typer()

OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace the target if it exists.")]


@commands.command(
    epilog=examples(
        "tablefit export digits digits.npz",
        "tablefit export photos photos.npz --image-size 64x96 --mode RGB",
        "tablefit export people people.parquet",
        "tablefit export digits digits/",
        "python -c \"import numpy; print(numpy.load('digits.npz')['x'].shape)\"",
    )
)
def export(
    context: typer.Context,
    name: NameArgument,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET", help="What to write: FILE.npz, FILE.parquet, or a folder of images.", show_default=False
        ),
    ],
    image_size: ImageSizeOption = None,
    mode: ModeOption = None,
    label: Annotated[
        str | None,
        typer.Option(
            "--label", metavar="COLUMN", help=defaulting("The column that names the folders.", "the only category")
        ),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(
            "--image", metavar="COLUMN", help=defaulting("The column with the files of a folder.", "the only image")
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Write a whole table to a file, or its images to a folder of label folders.

    A table of labelled images becomes the arrays x, y, class_names and id in an .npz file: x holds the pixels (row,
    height, width, channel), y the index of each row's class in class_names. Rows of different sizes or modes want
    --image-size and --mode. Any other table, view or dataset becomes an array for each column; what may be NULL has
    COLUMN_is_null beside it, categories COLUMN_names.

    A folder holds the images as they were stored, and spells labels so that `tablefit ingest` finds them again.
    """
    from tablefit.exports import ExportOptions, export_table

    options = ExportOptions(_pair(image_size), mode, label, image)
    with (
        open_data(context, data_service) as data,
        open_meter(f"export {output.printable(name)}", "rows", json_output=json_output) as update,
    ):
        done = export_table(data, name, target, options=options, overwrite=overwrite, on_progress=update)
    if json_output:
        output.print_json({key: value for key, value in output.to_json(done).items() if value is not None})
    else:
        output.say(_wrote(done))


def _pair(size: ImageSize | None) -> tuple[int, int] | None:
    return (size.height, size.width) if size else None


def _wrote(done: "Export") -> str:
    rows, place = output.count(done.row_count, "row"), output.printable(str(done.path))
    if done.x_shape is not None:
        height, width, channels = done.x_shape[1:]
        classes = output.count(len(done.class_names or ()), "class", "classes")
        return f"Wrote {rows} of {height}x{width} {'L' if channels == 1 else 'RGB'} in {classes} to {place}."
    if done.label_count is not None:
        return f"Wrote {output.count(done.row_count, 'image')} in {output.count(done.label_count, 'label')} to {place}."
    return f"Wrote {rows} of {output.count(len(done.columns), 'column')} to {place}."
