"""The columns of a stream: which of the table's are read, which features are computed, what the batches hold.

    given, or the table's default > gathered > features > columns of the batches

Leaves values to `gathering` and what features compute to `features`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import InvalidInput, WrongState
from tablefit.imaging.pixel_format import PixelFormat
from tablefit.rpc.settings import LIMIT_MESSAGE_BYTES

from data_service import features
from data_service.columns import ColumnArray
from data_service.features import Fitted, Plan
from data_service.features.spec import FittedFeature
from data_service.features.values import Categories, Pixels, Value, from_column
from data_service.pinned_rows import PinnedRows
from data_service.schema import IMAGE_COLUMNS, Column, ColumnType
from data_service.snapshots import Coded, Digested, Strings
from data_service.stream_options import StreamOptions

# The names travel in one header message.
LIMIT_CLASSES = 65_536
LIMIT_CLASS_NAME_BYTES = 16 * 1024 * 1024
# A message holds a row and its frame.
LIMIT_ROW_BYTES = LIMIT_MESSAGE_BYTES - 1024 * 1024

_DEFAULT_OF_IMAGE_TABLES = ("label", "image")
_STRINGS = (ColumnType.TEXT, ColumnType.BYTES)
_DATA_TYPES = {
    ColumnType.INTEGER: "int64",
    ColumnType.TIMESTAMP: "int64",
    ColumnType.FLOAT: "float64",
    ColumnType.BOOLEAN: "bool",
    ColumnType.CATEGORY: "int32",
    ColumnType.TEXT: "text",
    ColumnType.BYTES: "bytes",
    ColumnType.IMAGE: "uint8",
}


@dataclass(frozen=True)
class BatchColumn:
    """A column of the batches. `data_type` is NumPy's name, "text" or "bytes"; `type` is None for features."""

    name: str
    data_type: str
    row_shape: tuple[int, ...]
    type: ColumnType | None = None
    nullable: bool = False
    class_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """What a stream reads of a table: `streamed` as it is, and what the features of `plan` are computed from."""

    streamed: tuple[str, ...]
    plan: Plan
    target: str

    @property
    def gathered(self) -> tuple[str, ...]:
        """All columns whose values are read."""
        return tuple(dict.fromkeys((*self.streamed, *self.plan.columns)))


def is_image_table(columns: Sequence[Column]) -> bool:
    """Whether these are columns of an image table, which has some with the very same descriptions."""
    own = {column for column in IMAGE_COLUMNS if column.name in _DEFAULT_OF_IMAGE_TABLES}
    return own <= set(columns)


def choose(options: StreamOptions, columns: Sequence[Column]) -> Chosen:
    """What the options mean for a table with these columns. Raises InvalidInput, naming the field."""
    names = [column.name for column in columns]
    specs = options.features or tuple(fitted.feature for fitted in options.fitted_features)
    plan = features.check_features(specs, columns)
    target = options.target or ("label" if is_image_table(columns) else "")
    if target and target not in names:
        raise _unknown(target, names, "target")
    if options.columns:
        for name in options.columns:
            if name not in names:
                raise _unknown(name, names, "columns")
        if len(set(options.columns)) < len(options.columns):
            raise InvalidInput("expected each column once, received one twice", field="columns")
        streamed: Sequence[str] = options.columns
    else:
        default = _DEFAULT_OF_IMAGE_TABLES if is_image_table(columns) else names
        streamed = [name for name in default if name not in plan.columns or name == target]
    chosen = Chosen(tuple(name for name in streamed if name not in plan.outputs), plan, target)
    if not chosen.streamed and not plan.outputs:
        raise InvalidInput("expected a column or a feature to stream, received none", field="columns")
    return chosen


class StreamColumns:
    """The columns of the batches of one stream, made of gathered ones."""

    def __init__(
        self, rows: PinnedRows, chosen: Chosen, formats: Mapping[str, PixelFormat], fitted: Fitted | None
    ) -> None:
        self._rows = rows
        self._chosen = chosen
        self._formats = formats
        self._fitted = fitted
        self.columns = (*map(self._plain, chosen.streamed), *self._computed())
        mean_bytes, most_bytes = zip(*(self._sizes(column) for column in self.columns), strict=True)
        self.row_bytes = max(1, math.ceil(sum(mean_bytes)))
        self.limit_message_rows = _limit_rows(rows.record.table, sum(most_bytes))

    @property
    def fitted_features(self) -> tuple[FittedFeature, ...]:
        """The features with their numbers."""
        return self._fitted.features if self._fitted else ()

    def finish(self, row_ids: NDArray[np.int64], gathered: Mapping[str, ColumnArray]) -> dict[str, ColumnArray]:
        """The columns of the batches, in order, from the gathered ones of the same rows."""
        found = {name: _with_nan(self._rows.columns[name], gathered[name]) for name in self._chosen.streamed}
        if self._fitted is not None:
            batch = feature_batch(self._rows, row_ids, {name: gathered[name] for name in self._chosen.plan.columns})
            for name, values in features.apply(self._fitted, batch).items():
                found[name] = ColumnArray(values)
        return found

    def _plain(self, name: str) -> BatchColumn:
        column = self._rows.columns[name]
        names: tuple[str, ...] = ()
        if column.type is ColumnType.CATEGORY:
            names = self._rows.classes(name).names
            _check_classes(self._rows, name, names)
        if column.type is ColumnType.TENSOR:
            return BatchColumn(name, column.data_type, column.shape, column.type, column.nullable)
        shape = self._formats[name].row_shape if name in self._formats else ()
        return BatchColumn(name, _DATA_TYPES[column.type], shape, column.type, column.nullable, names)

    def _computed(self) -> list[BatchColumn]:
        if self._fitted is None:
            return []
        found = []
        for schema in features.output_schemas(self._fitted.plan, self._fitted.features):
            shape = schema.row_shape
            if None in shape:
                image = self._formats[self._input_of(schema.name)]
                shape = (image.height, image.width, shape[-1])
            found.append(BatchColumn(schema.name, schema.data_type, tuple(size or 0 for size in shape)))
        return found

    def _input_of(self, output: str) -> str:
        """The image that a feature reads."""
        if self._fitted is None:
            raise TypeError("expected fitted features")
        step = self._fitted.plan.steps[self._fitted.plan.outputs[output]]
        while isinstance(step.inputs[0], int):
            step = self._fitted.plan.steps[step.inputs[0]]
        return step.inputs[0]

    def _sizes(self, column: BatchColumn) -> tuple[float, int]:
        """Bytes of a value: about, and at most."""
        if column.data_type in ("text", "bytes"):
            if column.type not in _STRINGS:
                return 16, 4096
            return _string_sizes(self._rows, column.name)
        size = math.prod(column.row_shape) * np.dtype(column.data_type).itemsize
        return size, size


def _limit_rows(table: str, most_bytes: int) -> int:
    """How many rows fit a message however large they are. Raises WrongState when one alone may not."""
    if most_bytes > LIMIT_ROW_BYTES:
        raise WrongState(
            f"A row of these columns of table {table!r} may have {most_bytes:,} bytes, more than the "
            f"{LIMIT_ROW_BYTES:,} that a message can hold. Ask for smaller images, or for fewer columns at a time.",
            details={"table": table},
        )
    return max(1, LIMIT_MESSAGE_BYTES * 3 // 4 // max(1, most_bytes))


def feature_batch(rows: PinnedRows, row_ids: NDArray[np.int64], gathered: Mapping[str, ColumnArray]) -> features.Batch:
    """Gathered columns as the inputs of features."""
    return features.Batch(row_ids, {name: _value(rows, name, column) for name, column in gathered.items()})


def _value(rows: PinnedRows, name: str, column: ColumnArray) -> Value:
    kind = rows.columns[name].type
    values: Any = column.values
    if kind is ColumnType.CATEGORY:
        return Categories(values, rows.classes(name).names)
    if kind is ColumnType.IMAGE:
        return Pixels(np.stack(values) if isinstance(values, list) else values, column.is_null)
    return from_column(kind, ColumnArray(values.tolist(), column.is_null) if kind is ColumnType.TEXT else column)


def _with_nan(column: Column, array: ColumnArray) -> ColumnArray:
    """Floats say themselves where they are NULL, too."""
    if column.type is not ColumnType.FLOAT or array.is_null is None:
        return array
    values: Any = array.values
    return ColumnArray(np.where(array.is_null, np.nan, values), array.is_null)


def mean_text_bytes(rows: PinnedRows, name: str) -> float:
    """About how many bytes a value of a text column has."""
    return _string_sizes(rows, name)[0]


def _string_sizes(rows: PinnedRows, name: str) -> tuple[float, int]:
    """Bytes of a value: about, and at most."""
    return rows.remembered(("sizes", name), lambda: _measured_sizes(rows, name))


def _measured_sizes(rows: PinnedRows, name: str) -> tuple[float, int]:
    total, most = 0, 0
    for block in rows.pinned.blocks:
        view = block.column(name)
        if isinstance(view, Coded):
            lengths = view.name_strings.lengths
            used = lengths[view.codes[view.codes >= 0]]
            total, most = total + int(used.sum()), max(most, int(lengths.max(initial=0)))
        elif isinstance(view, Strings | Digested):
            total, most = total + int(view.lengths.sum()), max(most, int(view.lengths.max(initial=0)))
    return total / rows.row_count + 4, most + 4


def _check_classes(rows: PinnedRows, name: str, names: Sequence[str]) -> None:
    if len(names) > LIMIT_CLASSES or sum(len(text.encode()) for text in names) > LIMIT_CLASS_NAME_BYTES:
        raise WrongState(
            f"The column {name!r} of table {rows.record.table!r} has too many different values ({len(names):,}) to be "
            f"classes; there may be {LIMIT_CLASSES:,} with {LIMIT_CLASS_NAME_BYTES:,} bytes. Leave it out, or compute "
            "a feature of it, such as an ordinal.",
            details={"table": rows.record.table, "column": name},
        )


def _unknown(name: str, known: Sequence[str], field: str) -> InvalidInput:
    return InvalidInput(f"expected a column out of {', '.join(known)[:300]}; received {name[:80]!r}", field=field)
