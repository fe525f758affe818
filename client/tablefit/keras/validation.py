"""The held-out rows as Keras asks for them: by index, from the first to the last, over and over.

Keras opens its validation data anew for every epoch, so a generator, which cannot be rewound, would give it the wrong
rows from the second epoch on. A stream can be opened at any step, so every index can be answered, and the order in
which Keras asks is read ahead over the end of an epoch.
"""

import itertools

import keras

from tablefit.keras.feed import Feed
from tablefit.keras.table_data import Arrays, TableData


class ValidationBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """The validation batches of `data`. Close it at the end."""

    def __init__(self, data: TableData) -> None:
        super().__init__(workers=0)
        self._data = data
        self._feed: Feed | None = None
        self._next_index = 0

    @property
    def num_batches(self) -> int:
        """Batches of one validation."""
        return self._data.validation_steps

    def __getitem__(self, index: int) -> Arrays:
        """The batch of an index."""
        if self._feed is None or index != self._next_index:
            self._feed = self._read_from(index)
        batch = self._feed.take()
        if batch is None:
            raise RuntimeError("the validation batches were closed while they were read")
        self._next_index = (index + 1) % self.num_batches
        return self._data.validation_arrays(batch)

    def close(self) -> None:
        """Ends the reading."""
        if self._feed is not None:
            self._feed.close()

    @property
    def error(self) -> BaseException | None:
        """What ended the reading, if something did."""
        return None if self._feed is None else self._feed.error

    def _read_from(self, index: int) -> Feed:
        """A feed of one pass from `index` on, and then of whole ones."""
        self.close()
        return Feed(lambda pass_: self._data.open_validation(0 if pass_ else index), itertools.count())
