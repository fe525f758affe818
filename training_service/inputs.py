"""Which columns a network takes where a job's options name none, and whether it can take what is read.

Leaves the reading to `completion`, and what single columns mean to a network to `tablefit.data.network_inputs`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tablefit.data import Column, StreamHeader, Table
from tablefit.data.training_streams import TrainingStream
from tablefit.errors import InvalidInput
from tablefit.features import Feature, FeatureSet, to_form

from training_service.architecture import Architecture, InputKind
from training_service.options import check_image_size
from training_service.reading import Reading

_NUMBERS = ("float", "integer")
# Categories of texts that get a place of their own; the rest share one.
_LIMIT_TEXTS = 10_000
_TIMESTAMP_PARTS = ("year", "month", "weekday", "hour")


@dataclass(frozen=True)
class TableColumns:
    """The columns of a table or snapshot without its key. `is_image_table`: of one that the service made for images."""

    table: str
    columns: tuple[Column, ...]
    is_image_table: bool


def of_table(table: Table) -> TableColumns:
    """Those of a table as it is now."""
    columns = tuple(column for column in table.columns if column.name != table.key_column)
    return TableColumns(table.name, columns, table.kind == "image")


def of_snapshot(header: StreamHeader) -> TableColumns:
    """Those of a snapshot, from the header of a stream of all it holds. Of image tables that is label and image."""
    columns = tuple(Column(column.name, column.type, column.nullable) for column in header.columns)
    return TableColumns(header.table, columns, header.target == "label")


def choose_inputs(reading: Reading, architecture: Architecture, table: TableColumns) -> Reading:
    """`reading` with columns and features for the architecture, where it names none.

    Numbers are standardized, with NULLs imputed by the median, texts become ordinals and times parts; categories,
    booleans and, where the network takes them, images stay as they are. What a network cannot take is left out: byte
    strings, and times, tensors and images that may be NULL. Raises InvalidInput when nothing is left.
    """
    if reading.columns or reading.features:
        return reading
    if architecture.inputs is InputKind.IMAGE:
        return _choose_image(reading, architecture, table)
    if table.is_image_table:
        raise InvalidInput(
            f"expected the columns of the image table {table.table!r} that {architecture.name} shall take, received "
            "none; name them, or choose an architecture for images such as mini_xception",
            field="spec.columns",
        )
    takes_images = architecture.inputs is InputKind.IMAGE_AND_COLUMNS
    columns = [column for column in table.columns if column.name not in reading.targets]
    taken = tuple(column.name for column in columns if _is_taken(column, takes_images))
    features = tuple(feature for column in columns for feature in _features(column))
    if not taken and not features:
        raise InvalidInput(
            f"expected columns beside the targets that {architecture.name} can take, found none in table "
            f"{table.table!r}",
            field="spec.columns",
        )
    return replace(reading, columns=taken, features=tuple(to_form(FeatureSet(features))["features"]))


def check_inputs(stream: TrainingStream, architecture: Architecture) -> None:
    """Raises InvalidInput when the architecture cannot take what the stream holds."""
    header = stream.header
    inputs = stream.inputs
    images = [name for name in inputs if _is_image(header, name)]
    if architecture.inputs is InputKind.IMAGE and (len(inputs) != 1 or not images):
        raise _misfit(f"one image column as input of {architecture.name}", inputs, "an architecture such as mlp")
    if architecture.inputs is InputKind.COLUMNS and images:
        raise _misfit(f"columns without images as inputs of {architecture.name}", images, "image_and_columns")
    if architecture.inputs is InputKind.IMAGE_AND_COLUMNS and not images:
        raise _misfit(f"an image column among the inputs of {architecture.name}", inputs, "mlp")
    for column in header.columns:
        if column.name in inputs and column.nullable and column.type in (*_NUMBERS, "boolean"):
            raise InvalidInput(
                f"expected inputs that are never NULL, received {column.name!r}, which may be; give it a feature, such "
                f"as {{{column.name}: {{impute: median}}}}",
                field="spec.columns",
            )
    if images and header.mode:
        check_image_size(header.height, header.width, architecture)


def _choose_image(reading: Reading, architecture: Architecture, table: TableColumns) -> Reading:
    if table.is_image_table and not reading.targets:
        return reading
    images = [column.name for column in table.columns if column.type == "image"]
    if len(images) != 1:
        what = "no column of images" if not images else f"several: {', '.join(images)}"
        advice = "choose an architecture for columns such as mlp" if not images else "name the one to take"
        raise InvalidInput(
            f"expected a table with a column of images for {architecture.name}, received {table.table!r}, which has "
            f"{what}; {advice}",
            field="spec.columns",
        )
    return replace(reading, columns=tuple(images))


def _is_taken(column: Column, takes_images: bool) -> bool:
    """Whether a network takes the column as it is."""
    if column.type == "category":
        return True
    kinds = ("boolean", "tensor", "image") if takes_images else ("boolean", "tensor")
    return column.type in kinds and not column.nullable


def _features(column: Column) -> Iterator[Feature]:
    """The features that make numbers of a column, one after the other."""
    name, inputs = column.name, (column.name,)
    if column.type in _NUMBERS:
        if column.nullable:
            yield Feature(name, inputs, "impute", {"median": True})
        yield Feature(name, inputs, "standardize")
    elif column.type == "boolean" and column.nullable:
        yield Feature(name, inputs, "impute", {"mode": True})
    elif column.type == "text":
        yield Feature(name, inputs, "ordinal", {"limit_categories": _LIMIT_TEXTS})
    elif column.type == "timestamp" and not column.nullable:
        yield Feature(name, inputs, "timestamp_parts", {"parts": _TIMESTAMP_PARTS})


def _is_image(header: StreamHeader, name: str) -> bool:
    column = header.column(name)
    return column is not None and len(column.row_shape) == 3 and column.type in ("image", "")


def _misfit(expected: str, received: Iterable[str], better: str) -> InvalidInput:
    names = ", ".join(received)
    return InvalidInput(
        f"expected {expected}, received {names[:300]}; name others with columns, or choose {better}",
        field="spec.columns",
    )
