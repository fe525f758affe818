"""Batches for a `model.fit` of one's own, in a notebook: `batches` for Keras, `to_dataset` for TensorFlow.

Leaves what is read to `table_data` and the forms that Keras takes to `datasets` and `validation`.
"""

import itertools
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

import keras

from tablefit.data.snapshots import Snapshot
from tablefit.data.stream_requests import Split
from tablefit.errors import InvalidInput
from tablefit.features import Features
from tablefit.keras.arrangement import ArraySpec
from tablefit.keras.datasets import as_dataset
from tablefit.keras.feed import Feed
from tablefit.keras.positions import Positions
from tablefit.keras.table_data import Arrays, TableData
from tablefit.keras.validation import ValidationBatches, validation_data


class Reading(TypedDict, total=False):
    """What is read, and how: as TableData takes it."""

    snapshot: str | None
    columns: Sequence[str]
    features: Features
    target: str
    targets: Sequence[str]
    task: str | None
    image_size: tuple[int, int] | None
    mode: str | None
    validation_fraction: float
    split_seed: int
    split: Split | None
    batch_size: int
    seed: int | None
    balance: str
    data_service: str | None


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """The training batches of `data` for `epochs` epochs, None: without end. Close it, or use it in a `with` block.

    Batch i, (inputs, targets, weights), is step i % steps_per_epoch of epoch i // steps_per_epoch. What was asked for
    in order is read ahead.
    """

    def __init__(self, data: TableData, epochs: int | None = None) -> None:
        super().__init__(workers=0)
        self.data, self._epochs = data, epochs
        self._positions = Positions(data.open_training, data.steps_per_epoch)
        self._validation = ValidationBatches(data) if data.validation_steps else None
        self.validation = validation_data(self._validation, data)

    @property
    def input_specs(self) -> dict[str, ArraySpec]:
        """Shape and element type of the arrays of the inputs, by column."""
        return self.data.arrangement.input_specs(self.data.batch_size)

    @property
    def steps_per_epoch(self) -> int:
        """Batches of one epoch."""
        return self.data.steps_per_epoch

    @property
    def validation_steps(self) -> int | None:
        """Batches of `validation`, which is what `model.fit` takes as validation_data; None when nothing is held out.

        Each row has one weight in it, so that weighted metrics are exact; rows that fill the last batch have none.
        """
        return self.data.validation_steps or None

    @property
    def num_batches(self) -> None:
        """None, which is Keras's word for no end: it would shuffle batches whose number it knows."""
        return None

    @property
    def error(self) -> BaseException | None:
        """What ended the reading, if something did: Keras wraps what its input raises beyond recognition."""
        return (
            self._positions.error
            or self.data.error
            or (self._validation.error if self._validation is not None else None)
        )

    def __getitem__(self, index: int) -> Arrays:
        """The batch at an index (from 0). Raises IndexError behind the last epoch."""
        if self._epochs is not None and index >= self._epochs * self.steps_per_epoch:
            raise IndexError(f"expected a batch of the first {self._epochs} epochs, received {index}")
        return self.data.training_arrays(self._positions.read(index))

    def __iter__(self) -> Iterator[Arrays]:
        """All batches from the first on, read ahead by themselves."""
        return _read_training(self.data, self._epochs)

    def close(self) -> None:
        """Ends the reading and the connection."""
        self._positions.close()
        if self._validation is not None:
            self._validation.close()
        self.data.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def batches(table: str | Snapshot = "", *, epochs: int | None = None, **reading: Unpack[Reading]) -> Batches:
    """What `model.fit` takes to train on a table: (inputs, targets, weights) in batches of one shape, read ahead.

        feed = tablefit.keras.batches("adults", features=[{"age": "standardize"}], columns=["hours"], target="income",
                                      validation_fraction=0.2, batch_size=256)
        model.fit(feed, steps_per_epoch=feed.steps_per_epoch, epochs=5, shuffle=False,
                  validation_data=feed.validation, validation_steps=feed.validation_steps)

    `table` is a table, view or dataset by its name, of which a snapshot is taken, or a snapshot; `snapshot` names one
    by its id. Inputs are one array, or a dict of arrays by column where there are several; targets that are categories
    are class indices. Epochs come one after the other, each in an order of its own, for `epochs` epochs or without
    end; a second `model.fit` begins at the first again. (With `shuffle=False` Keras does not warn that it leaves their
    order alone.) For the other options see TableData. Raises as it does.
    """
    return Batches(_open(table, reading), epochs)


def to_dataset(
    table: str | Snapshot = "", *, part: str = "training", epochs: int | None = None, **reading: Unpack[Reading]
) -> Any:
    """The batches that `batches` gives as a `tf.data.Dataset`, which begins at the first whenever it is begun anew.

    `part` "validation" gives the held-out rows once, as `Batches.validation`; pass `snapshot` so that both parts are
    of one state of the table. Needs TensorFlow.
    """
    if part not in ("training", "validation"):
        raise InvalidInput(f"expected part to be training or validation, received {part!r}", field="part")
    data = _open(table, reading)
    specs = data.arrangement.specs(data.batch_size)
    if part == "training":
        count = None if epochs is None else epochs * data.steps_per_epoch
        return as_dataset(lambda: _read_training(data, epochs), specs, count)
    if not data.validation_steps:
        raise InvalidInput(
            "expected a split that holds rows out, received none; give validation_fraction or split", field="split"
        )
    return as_dataset(lambda: _read_validation(data), specs, data.validation_steps)


def _open(table: str | Snapshot, reading: Reading) -> TableData:
    if isinstance(table, Snapshot):
        named: Reading = {**reading, "snapshot": table.snapshot_id}
        return TableData(**named)
    return TableData(table=table, **reading)


def _read_training(data: TableData, epochs: int | None) -> Iterator[Arrays]:
    with Feed(data.open_training, itertools.count() if epochs is None else range(epochs)) as feed:
        while (batch := feed.take()) is not None:
            yield data.training_arrays(batch)


def _read_validation(data: TableData) -> Iterator[Arrays]:
    with Feed(lambda _: data.open_validation(0), range(1)) as feed:
        while (batch := feed.take()) is not None:
            yield data.validation_arrays(batch)
