"""Inference: what callers may ask of trained models, one method each.

Finds the model, keeps it loaded while it is in use, and gives the work to `few`, `evaluating` and `table_predictions`.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence

from tablefit.data import DataClient
from tablefit.errors import TooBusy

from training_service.inference import evaluating, few
from training_service.inference.evaluating import Evaluated, Progress, Wanted
from training_service.inference.outcomes import Prediction
from training_service.inference.pool import ModelPool
from training_service.inference.prediction_records import PredictionRecords
from training_service.inference.process import ModelPlace
from training_service.inference.reading import ModelRows
from training_service.inference.table_predictions import TableDone, TablePredictions, TableWanted

# Each open stream holds a thread of the server.
LIMIT_STREAMS = 32
# Finds a model by the id that a caller gave. Raises NotFound, WrongState.
FindModel = Callable[[str], ModelPlace]
# The rows that a model's job held out, by the id that a caller gave. Raises NotFound, WrongState.
FindHeldOut = Callable[[str], ModelRows]


class Inference:
    """For use by many threads. Close it at the end."""

    def __init__(
        self,
        find: FindModel,
        find_held_out: FindHeldOut,
        pool: ModelPool,
        data: DataClient,
        records: PredictionRecords,
    ) -> None:
        self._find, self._find_held_out = find, find_held_out
        self._pool, self._data, self._records = pool, data, records
        self._tables = TablePredictions(pool, data, records)
        self._streams = threading.BoundedSemaphore(LIMIT_STREAMS)

    def predict(self, model: str, inputs: Sequence[few.Input], class_count: int) -> list[Prediction]:
        """The predictions in order, all or none. Raises InvalidInput that names the input."""
        with self._pool.open(self._find(model)) as process:
            found = few.predict(process, inputs, class_count)
        few.refuse_failures(found)
        return found

    def predict_stream(
        self, model: str, groups: Iterable[Sequence[few.Input]], class_count: int
    ) -> Iterator[list[Prediction]]:
        """The predictions of each group in order; inputs that do not fit have a `failure`.

        The model may end for others between two groups: a caller who sends nothing holds no more than a thread. Raises
        TooBusy when too many streams are open.
        """
        place = self._find(model)
        if not self._streams.acquire(blocking=False):
            raise TooBusy(f"{LIMIT_STREAMS} streams of predictions are open; try again later.")
        try:
            for inputs in groups:
                with self._pool.open(place) as process:
                    found = few.predict(process, inputs, class_count)
                yield found
        finally:
            self._streams.release()

    def evaluate(self, model: str, wanted: Wanted, is_active: Callable[[], bool]) -> Iterator[Progress | Evaluated]:
        """As `evaluating.evaluate`."""
        place = self._find(model)
        wanted = Wanted(self._rows(model, wanted.rows), wanted.labels, evaluating.check_worst_count(wanted.worst_count))
        with self._pool.open(place) as process:
            yield from evaluating.evaluate(process, self._data, wanted, f"evaluation of {model}", is_active)

    def predict_table(
        self, model: str, wanted: TableWanted, is_active: Callable[[], bool]
    ) -> Iterator[Progress | TableDone]:
        """As `TablePredictions.run`."""
        place = self._find(model)
        wanted = TableWanted(self._rows(model, wanted.rows), wanted.target_table, wanted.class_count)
        yield from self._tables.run(place, wanted, f"predictions of {model}", is_active)

    def close(self) -> None:
        """Ends all models' processes; calls under way fail."""
        self._tables.close()
        self._pool.close()
        self._records.close()

    def _rows(self, model: str, rows: ModelRows) -> ModelRows:
        return self._find_held_out(model) if rows.held_out else rows
