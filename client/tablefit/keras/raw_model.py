"""A model that takes a table's own values: inputs by column, features as operations of Keras, and the trained network.

    age ─── standardize ──┐
    town ── one_hot ──────┼── network ── outputs
    hours ────────────────┘

Everything in it is Keras's own, so the file opens without tablefit. The network is one layer under its own name.
Leaves inputs to `raw_columns` and the arithmetic to `raw_transforms`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from tablefit.data import BatchColumn, Column
from tablefit.features import FittedFeature
from tablefit.keras import raw_transforms
from tablefit.keras.raw_columns import TEXT_TYPES, Form, RawColumns
from tablefit.models.facts import RawInput

# Tries to find names for operations that no column has.
_TRIES = 100


@dataclass(frozen=True)
class Reading:
    """What the network reads: the table's columns, fitted features, and the columns of the stream that it takes.

    `image_shape` is (height, width, channel).
    """

    columns: tuple[Column, ...]
    features: tuple[FittedFeature, ...]
    inputs: tuple[BatchColumn, ...]
    image_shape: tuple[int, int, int] | None = None


def takes_raw_values(reading: Reading) -> bool:
    """Whether the network itself takes what stands in the table: one column of images, as they are."""
    return len(reading.inputs) == 1 and reading.inputs[0].type == "image"


def build_raw_model(network: Any, reading: Reading, form: Form | None = None) -> tuple[Any, tuple[RawInput, ...]]:
    """The model and its inputs in order. Raises InvalidInput when a feature cannot be put into a model."""

    def outputs_of(arrays: dict[str, Any]) -> Any:
        return network(next(iter(arrays.values())) if len(arrays) == 1 else arrays)

    return _build("raw", reading, form or Form(), outputs_of, taken=("raw", network.name))


def build_features(reading: Reading, form: Form | None = None) -> tuple[Any, tuple[RawInput, ...]]:
    """The model without the network: it gives what the network takes, by column. Raises as `build_raw_model`."""
    return _build("features", reading, form or Form(), dict, taken=("features",))


def _build(
    name: str, reading: Reading, form: Form, outputs_of: Callable[[dict[str, Any]], Any], taken: Sequence[str]
) -> tuple[Any, tuple[RawInput, ...]]:
    """A model in which each name stands once.

    Keras counts its operations on ("cast", "cast_1", …) for as long as the process lives, so a model that is made anew
    has others, which in the end are not those of columns.
    """
    for tries_left in reversed(range(_TRIES)):
        columns, arrays = _raw_features(reading, form, taken)
        try:
            return keras.Model(columns.tensors, outputs_of(arrays), name=name), tuple(columns.inputs)
        except ValueError as error:
            if not tries_left or "unique" not in str(error):
                raise
    raise AssertionError("the last try has returned or raised")


def _raw_features(reading: Reading, form: Form, taken: Sequence[str]) -> tuple[RawColumns, dict[str, Any]]:
    """The inputs, and what the network takes by column."""
    columns = RawColumns(reading.columns, _words(reading), form, taken, reading.image_shape)
    values: dict[str, raw_transforms.Value] = {}
    for fitted in reading.features:
        inputs = [values.get(name, raw_transforms.Column(name)) for name in fitted.feature.inputs]
        values[fitted.feature.output] = raw_transforms.transform(fitted, inputs, columns)
    return columns, {
        column.name: _as_it_is(column, columns)
        if column.type
        else raw_transforms.as_network_input(values[column.name], columns)
        for column in reading.inputs
    }


def _words(reading: Reading) -> dict[str, list[str]]:
    """The words of each column that features or class indices tell apart: integers as numbers, texts by code point."""
    found: dict[str, set[str]] = {
        column.name: set(column.class_names) for column in reading.inputs if column.type in TEXT_TYPES
    }
    types = {column.name: column.type for column in reading.columns}
    # The column that an output still has the words of.
    roots: dict[str, str | None] = {}
    for fitted in reading.features:
        name, output = fitted.feature.inputs[0], fitted.feature.output
        root = roots.get(name, name)
        is_filled = fitted.feature.transform == "impute" and root is not None and types[root] in TEXT_TYPES
        if fitted.feature.transform in ("one_hot", "ordinal") and root is not None:
            found.setdefault(root, set()).update(fitted.vocabulary)
        roots[output] = root if is_filled else None
    return {name: sorted(words, key=int if types.get(name) == "integer" else None) for name, words in found.items()}


def _as_it_is(column: BatchColumn, columns: RawColumns) -> Any:
    """A column of the table as a stream has it: class indices from 0 with -1 for NULL, 0 for other integers' NULL."""
    name = column.name
    match column.type:
        case "category":
            return _class_index(column, columns)
        case "float":
            return columns.number(name)
        case "integer":
            number = columns.number(name)
            return ops.cast(ops.where(ops.isnan(number), 0.0, number), "int64")
        case "boolean":
            return ops.equal(columns.number(name), 1.0)
        case "timestamp":
            return columns.plain(name, "time", "int64")
        case "image":
            return columns.image(name)
        case "text" | "bytes":
            return columns.plain(name, column.type, "string")
    return columns.plain(name, "tensor", column.data_type, column.row_shape)


def _class_index(column: BatchColumn, columns: RawColumns) -> Any:
    places: Mapping[str, int] = {name: place for place, name in enumerate(column.class_names, start=1)}
    return ops.cast(columns.places(column.name, places, 0) - 1, "int32")
