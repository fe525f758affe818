"""The predictions of a snapshot's rows as a source of rows, for an upload that may break off and go on anywhere.

Rows come in ascending order of id, in batches that begin at multiples of the model's batch size, so that each row is
computed in the same company whenever it is. The model is loaded anew when its process has died.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tablefit.data import DataClient, StreamOptions
from tablefit.errors import Cancelled
from tablefit.sources import SourceRow
from tablefit.sources.chunking import cut_chunks, to_rows
from tablefit.sources.columns import ColumnChunk, SourceColumn

from training_service.inference.facts import ModelFacts
from training_service.inference.frames import Frame
from training_service.inference.outcomes import checked
from training_service.inference.pool import ModelPool
from training_service.inference.prediction_columns import PredictionColumns
from training_service.inference.process import ModelPlace
from training_service.inference.reading import open_stream

# Few enough that a call which broke off has little to do again, and that progress is seen.
_LIMIT_ROWS = 1024


@dataclass(frozen=True)
class PredictionSource:
    """A ColumnarSource of predictions. It ends with Cancelled once `stop` is set."""

    pool: ModelPool
    place: ModelPlace
    facts: ModelFacts
    data: DataClient
    options: StreamOptions
    written: PredictionColumns
    row_count: int
    fingerprint: str
    stop: threading.Event

    @property
    def columns(self) -> tuple[SourceColumn, ...]:
        """The columns of the target table."""
        return tuple(SourceColumn(column.name, column.type) for column in self.written.columns)  # type: ignore[arg-type]

    @property
    def origin(self) -> str:
        """What rows are named after."""
        return f"predictions of {self.place.model}"

    def chunks(self, skip: int, limit_rows: int, limit_bytes: int) -> Iterator[ColumnChunk]:
        """The predictions after the first `skip`. Raises what reading and predicting raise."""
        start_step, skipped = divmod(skip, self.options.batch_size)
        if skip < self.row_count:
            yield from cut_chunks(self._predict(start_step), skipped, min(limit_rows, _LIMIT_ROWS), limit_bytes)

    def rows(self, skip: int = 0) -> Iterator[SourceRow]:
        """The predictions after the first `skip`, one by one."""
        index = skip
        for chunk in self.chunks(skip, _LIMIT_ROWS, 4 * 1024 * 1024):
            for values in to_rows(chunk, self.columns):
                yield SourceRow(f"{self.origin}#{index}", values)
                index += 1

    def _predict(self, start_step: int) -> Iterator[ColumnChunk]:
        options = replace(self.options, start_step=start_step)
        self._check()
        with self.pool.open(self.place) as process, open_stream(self.data, options, self.facts) as stream:
            for batch in stream:
                self._check()
                outputs = process.ask(Frame("arrays", {}, stream.inputs(batch))).arrays["outputs"]
                yield self.written.chunk(batch.row_ids, checked(outputs, self.facts))

    def _check(self) -> None:
        if self.stop.is_set():
            raise Cancelled("The prediction was given up; the same call goes on where it stopped.")
