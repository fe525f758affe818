"""The held-out rows as Keras asks for them: by index, from the first to the last, over and over.

Keras opens its validation data anew for every epoch, so a generator, which cannot be rewound, would give it the wrong
rows from the second epoch on. A stream can be opened at any step, so every index can be answered, and the order in
which Keras asks is read ahead over the end of an epoch.
"""

from typing import Any

import keras

from tablefit.keras.datasets import as_dataset
from tablefit.keras.positions import Positions
from tablefit.keras.table_data import Arrays, TableData


class ValidationBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """The validation batches of `data`. Close it at the end."""

    def __init__(self, data: TableData) -> None:
        super().__init__(workers=0)
        self._data = data
        self._positions = Positions(lambda pass_, step: data.open_validation(step), data.validation_steps)
        self._next = 0

    @property
    def num_batches(self) -> int:
        """Batches of one validation."""
        return self._data.validation_steps

    def __getitem__(self, index: int) -> Arrays:
        """The batch of an index."""
        # All passes are alike, so the one under way goes on when its next index is asked for.
        position = self._next if self._next % self.num_batches == index else index
        batch = self._positions.read(position)
        self._next = position + 1
        return self._data.validation_arrays(batch)

    def close(self) -> None:
        """Ends the reading."""
        self._positions.close()

    @property
    def error(self) -> BaseException | None:
        """What ended the reading, if something did."""
        return self._positions.error


def validation_data(validation: ValidationBatches | None, data: TableData) -> Any:
    """What `model.fit` takes as validation_data, in the form that suits the backend."""
    if validation is None or keras.backend.backend() != "tensorflow":
        return validation
    indices = range(validation.num_batches)
    specs = data.arrangement.specs(data.batch_size)
    return as_dataset(lambda: map(validation.__getitem__, indices), specs, len(indices))
