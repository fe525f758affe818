"""Exports a table to the kind of file that the target's name says: .npz, .parquet, or else a folder of images."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tablefit.data import Column, DataClient, Row, StreamOptions, Table
from tablefit.errors import InvalidInput, WrongState
from tablefit.exports import npz, parquet
from tablefit.exports.blocks import blocks_of_rows
from tablefit.exports.columns_in_batches import open_columns
from tablefit.exports.image_folder import LabelledImage, write_image_folder
from tablefit.exports.replacement import check_target

FORMATS = {".npz": "npz", ".parquet": "parquet"}
_BATCH_ROWS = 256

OnRows = Callable[[int, int], None]


@dataclass(frozen=True)
class Export:
    """What was written: `format` is "npz", "parquet" or "folder".

    `x_shape` and `class_names` are those of a table of images in an .npz file; `label_count` that of a folder.
    """

    path: Path
    table: str
    format: str
    row_count: int
    columns: tuple[str, ...] = ()
    x_shape: tuple[int, ...] | None = None
    class_names: tuple[str, ...] | None = None
    label_count: int | None = None


@dataclass(frozen=True)
class ExportOptions:
    """What to make of images: their size as (height, width) and mode in an .npz file; and which
    columns hold label and image in a folder, by default the only ones of their types."""

    image_size: tuple[int, int] | None = None
    mode: str | None = None
    label_column: str | None = None
    image_column: str | None = None


def format_of(path: Path) -> str:
    """The kind of target by the end of its name; InvalidInput for the name of another kind of file."""
    if path.suffix.lower() in FORMATS:
        return FORMATS[path.suffix.lower()]
    if path.suffix and not path.is_dir():
        raise InvalidInput(f"expected a name that ends in .npz or .parquet, or that of a folder, received {path.name}")
    return "folder"


def export_table(
    data: DataClient,
    table: str,
    path: Path,
    *,
    options: ExportOptions | None = None,
    overwrite: bool = False,
    on_progress: OnRows | None = None,
) -> Export:
    """Writes a whole table to `path`; `on_progress` gets rows written and rows in all.

    A table of labelled images becomes the arrays x, y, class_names and id in an .npz file; see `npz` for the others.
    Raises AlreadyExists for a target that exists, unless `overwrite`; WrongState where images share no size, and for a
    table without a key whose images are to be written as they are stored.
    """
    chosen = options or ExportOptions()
    form = format_of(path)
    check_target(path, overwrite, is_folder=form == "folder")
    if form == "parquet":
        parquet.check_writable()
    found = data.get_table(table)
    report = on_progress or (lambda done, total: None)
    if form == "folder":
        return _export_folder(data, found, path, chosen, report)
    if form == "npz" and found.kind == "image":
        return _export_pixels(data, found, path, chosen, report)
    has_images = any(column.type == "image" for column in found.columns)
    if (chosen.image_size or chosen.mode) and not (form == "npz" and has_images):
        raise InvalidInput("Size and mode are for images in .npz files; other files hold images as stored.")
    return _export_columns(data, found, path, form, chosen, report)


def _export_pixels(data: DataClient, table: Table, path: Path, options: ExportOptions, report: OnRows) -> Export:
    height, width = options.image_size or (None, None)
    wanted = StreamOptions(table=table.name, height=height, width=width, mode=options.mode, batch_size=_BATCH_ROWS)
    with closing(data.stream_batches(wanted)) as stream:
        npz.write_images(path, stream, report)
    header = stream.header
    return Export(
        path=path,
        table=table.name,
        format="npz",
        row_count=header.row_count,
        columns=("label", "image"),
        x_shape=(header.row_count, *header.image_shape),
        class_names=header.class_names,
    )


def _export_columns(
    data: DataClient, table: Table, path: Path, form: str, options: ExportOptions, report: OnRows
) -> Export:
    # Streams give images as pixels; a Parquet file holds them as they were stored.
    if form == "parquet" and any(column.type == "image" for column in table.columns):
        rows = _Counted(table.row_count, report)
        blocks = blocks_of_rows(rows.through(_all_rows(data, table, table.columns)), table.columns)
        parquet.write_parquet(path, table.columns, blocks, {})
        return Export(path, table.name, form, rows.done, tuple(column.name for column in table.columns))
    write = parquet.write_parquet if form == "parquet" else npz.write_columns
    with open_columns(data, table, options.image_size, options.mode) as whole:
        write(path, whole.columns, whole.blocks(report), whole.class_names)
        return Export(path, table.name, form, whole.row_count, tuple(column.name for column in whole.columns))


def _export_folder(data: DataClient, table: Table, path: Path, options: ExportOptions, report: OnRows) -> Export:
    label = _only(table, ("category", "text"), options.label_column, "label") if table.kind != "image" else "label"
    image = _only(table, ("image",), options.image_column, "image")
    has_names = any(column.name == "source_name" for column in table.columns) and table.kind == "image"
    wanted = {label, image, *(["source_name"] if has_names else [])}
    columns = [column for column in table.columns if column.name in wanted]
    counted = _Counted(table.row_count, report)
    images = (
        LabelledImage(row.id, _text(row, label), _text(row, "source_name") or "", _blob(row, image))
        for row in counted.through(_all_rows(data, table, columns))
    )
    label_count = write_image_folder(path, images)
    return Export(path, table.name, "folder", counted.done, (label, image), label_count=label_count)


def _only(table: Table, types: Sequence[str], chosen: str | None, what: str) -> str:
    """The column of these types that is named, or the only one there is."""
    names = [column.name for column in table.columns if column.type in types]
    if chosen is not None and chosen in names:
        return chosen
    if chosen is None and len(names) == 1:
        return names[0]
    has = f"it has {', '.join(names)}" if names else "it has none"
    expected = f"a column of type {' or '.join(types)} as {what}"
    raise InvalidInput(f"A folder of images wants {expected}; of table {table.name} {has}. Name one (--{what}).")


def _all_rows(data: DataClient, table: Table, columns: Sequence[Column]) -> Iterator[Row]:
    if not table.key_column:
        raise WrongState(
            f"{table.name} has no unique integer key, so its rows cannot be exported one by one; "
            "copy it to a table first (tablefit dataset copy)."
        )
    return data.list_rows(table.name, columns=[column.name for column in columns])


def _text(row: Row, column: str) -> str | None:
    cell = row.values.get(column)
    return cell if isinstance(cell, str) else None


def _blob(row: Row, column: str) -> bytes | None:
    cell = row.values[column]
    return cell if isinstance(cell, bytes) else None


@dataclass
class _Counted:
    """Counts rows on their way and tells how many there were."""

    total: int
    report: OnRows
    done: int = 0

    def through(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self.done += 1
            self.report(self.done, max(self.total, self.done))
            yield row
