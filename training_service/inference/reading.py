"""The rows of a table as a model takes them: streams of the data service with the model's own columns and pixels.

A stream numbers the categories that its own snapshot has; a network knows those of the snapshot that it was trained on.
So indices are translated by name, and names that the network does not know become NULL's index. Leaves the true
classes to `labels`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tablefit.data import Batch, BatchColumn, BatchStream, DataClient, StreamHeader, StreamOptions
from tablefit.data.stream_requests import Split
from tablefit.errors import InvalidInput, WrongState

from training_service.inference.facts import ModelFacts

# The index of NULL among categories.
_NULL_INDEX = -1
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class ModelRows:
    """The rows to use a model on. `part` is "training" or "validation" of the `split`, None for all rows.

    With `held_out`, those that the model's own job held out, and nothing else is given.
    """

    table: str = ""
    snapshot: str = ""
    split: Split | None = None
    part: str | None = None
    stratify: bool | None = None
    held_out: bool = False


class ModelStream:
    """An open stream of rows for a model. Iterating gives batches, `inputs` what the network takes of each."""

    def __init__(self, stream: BatchStream, facts: ModelFacts) -> None:
        self._stream, self._facts = stream, facts
        self.header: StreamHeader = stream.header
        self._translations = {
            name: translation(_column(self.header, name).class_names, names) for name, names in facts.categories.items()
        }

    def __iter__(self) -> Iterator[Batch]:
        return iter(self._stream)

    def inputs(self, batch: Batch) -> dict[str, NDArray[Any]]:
        """The network's inputs by column."""
        return {name: self._input(batch, name) for name in self._facts.inputs}

    def _input(self, batch: Batch, name: str) -> NDArray[Any]:
        values = batch.columns[name]
        if name in self._translations:
            # The last place is that of NULL, which a stream gives as -1.
            values = self._translations[name][values]
        return values


@contextmanager
def open_stream(data: DataClient, options: StreamOptions, facts: ModelFacts) -> Iterator[ModelStream]:
    """The stream of `options` for the time of the block. Raises as `DataClient.stream_batches`."""
    stream = data.stream_batches(options, patience_s=_PATIENCE_S)
    try:
        yield ModelStream(stream, facts)
    finally:
        stream.close()


def stream_options(facts: ModelFacts, rows: ModelRows, targets: Sequence[str], reader: str) -> StreamOptions:
    """What to ask for: the model's columns, and `targets`, in ascending order of id. Raises InvalidInput."""
    if not rows.table and not rows.snapshot:
        raise InvalidInput("expected the name of a table or the id of a snapshot, received neither", field="rows.table")
    options = StreamOptions(
        table=rows.table,
        snapshot=rows.snapshot,
        columns=_columns(facts, targets),
        fitted_features=facts.features,
        target=targets[0] if len(targets) == 1 else "",
        split=rows.split,
        part=rows.part,
        stratify=rows.stratify,
        batch_size=facts.batch_rows,
        reader=reader,
    )
    if facts.image is None:
        return options
    image = facts.image
    return replace(
        options,
        mode=image.mode,
        height=image.height,
        width=image.width,
        resampling=image.resampling,
        fit=image.fit,
    )


def _columns(facts: ModelFacts, targets: Sequence[str]) -> tuple[str, ...]:
    """The columns to stream as they are; naming none would mean all, so one is named that some feature reads anyway."""
    wanted = dict.fromkeys((*facts.columns, *targets))
    computed = {fitted.feature.output for fitted in facts.features}
    read = (column.name for column in facts.row_columns if column.type != "image" and column.name not in computed)
    return tuple(wanted) or tuple(read)[:1]


def translation(names: Sequence[str], known: Sequence[str]) -> NDArray[np.int32]:
    """For each index into `names`, and for -1 behind them, the index into `known`; -1 for names that are not there."""
    places = {name: place for place, name in enumerate(known)}
    return np.array([*(places.get(name, _NULL_INDEX) for name in names), _NULL_INDEX], np.int32)


def _column(header: StreamHeader, name: str) -> BatchColumn:
    column = header.column(name)
    if column is None or column.type != "category":
        raise WrongState(
            f"expected a category column {name!r}, as in the table that the model was trained on, in {header.table!r}"
        )
    return column
