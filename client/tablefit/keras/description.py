"""What is written beside a trained network: where it comes from, what it takes and gives, how its training went."""

import importlib.metadata
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tablefit.data import BatchColumn, Column
from tablefit.keras import job
from tablefit.keras.table_data import TableData
from tablefit.models.columns_read import needed_features
from tablefit.models.facts import ModelColumn, ModelFacts, ModelImage, NetworkInput, RawInput

_LIBRARIES = ("tablefit", "keras", "tensorflow-cpu", "tensorflow", "jax", "numpy")


def describe_model(
    data: TableData,
    table: Sequence[Column],
    architecture: str,
    history: Mapping[str, Any],
    confusion: tuple[tuple[int, ...], ...] = (),
) -> ModelFacts:
    """The facts of a network that takes the images of `data` as they are; `table` are all columns of the snapshot.

    `history` has the values of each epoch by name.
    """
    running = job.current()
    inputs, targets = data.arrangement.inputs, data.arrangement.targets
    values = {name: tuple(map(_finite, epochs)) for name, epochs in history.items()}
    return ModelFacts(
        class_names=data.class_names,
        table=data.table,
        pin=asdict(data.training.pin),
        task=data.task or "",
        architecture=architecture,
        job_id=running.job_id if running else None,
        inputs=tuple(RawInput(one.name, one.name, "image", "float32", one.row_shape) for one in inputs),
        network_inputs=tuple(NetworkInput(one.name, one.data_type, one.row_shape) for one in inputs),
        columns=_columns_read(data, table),
        targets=tuple(_described(target, table, data.class_names) for target in targets),
        features=data.training.features,
        images=_images(data, table),
        history=values,
        metrics={name: epochs[-1] for name, epochs in values.items() if epochs},
        confusion=confusion,
        versions=_versions(),
    )


def _columns_read(data: TableData, table: Sequence[Column]) -> tuple[ModelColumn, ...]:
    """The columns of the table that inputs and their features are made of, in the table's order."""
    streamed = {column.name: column for column in data.arrangement.inputs if column.type}
    features = needed_features(data.training.features, [column.name for column in data.arrangement.inputs])
    read, computed = set(streamed), set[str]()
    for fitted in features:
        read |= set(fitted.feature.inputs) - computed
        computed.add(fitted.feature.output)
    return tuple(_described(streamed.get(column.name, column), table) for column in table if column.name in read)


def _described(column: BatchColumn | Column, table: Sequence[Column], class_names: tuple[str, ...] = ()) -> ModelColumn:
    found = next(one for one in table if one.name == column.name)
    names = class_names or (column.class_names if isinstance(column, BatchColumn) else ())
    return ModelColumn(found.name, found.type, found.nullable, found.data_type, found.shape, names)


def _images(data: TableData, table: Sequence[Column]) -> dict[str, ModelImage]:
    """How the images of each column that is read were made."""
    height, width, _ = data.training.image_shape
    made = ModelImage(data.training.mode, height, width, data.resampling, data.image_fit)
    return {column.name: made for column in _columns_read(data, table) if column.type == "image"}


def _finite(value: float) -> float | None:
    """A number that JSON can hold; None stands for others."""
    return float(value) if math.isfinite(value) else None


def _versions() -> dict[str, str]:
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
