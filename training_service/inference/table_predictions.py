"""Predicts for the rows of a table into another table, and goes on where an earlier call broke off.

    request ── digest ──┐
    snapshot ───────────┴── id of the upload: what was written is known to the data service, row by row

The first call notes which snapshot it reads; a repeated one reads the same. Leaves the rows to `prediction_source`.
"""

import hashlib
import json
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from tablefit.data import Column, DataClient, IngestProgress, StreamOptions, Table
from tablefit.errors import AlreadyExists, Cancelled, InvalidInput, NotFound, TooBusy, Unavailable

from training_service.inference.evaluating import Progress
from training_service.inference.facts import read_facts
from training_service.inference.pool import ModelPool
from training_service.inference.prediction_columns import PredictionColumns
from training_service.inference.prediction_records import PredictionRecord, PredictionRecords
from training_service.inference.prediction_source import PredictionSource
from training_service.inference.process import ModelPlace
from training_service.inference.reading import ModelRows, stream_options

_PATIENCE_S = 60.0
# How long a repeated call waits for the end of one whose caller has gone away.
_TURN_PATIENCE_S = 30.0
_LOOK_S = 0.5


@dataclass(frozen=True)
class TableWanted:
    """Which rows to predict, and the table to write into."""

    rows: ModelRows
    target_table: str
    class_count: int = 0


@dataclass(frozen=True)
class TableDone:
    """What was written: rows by this call and those before it, `resumed_rows` of them before."""

    target_table: str
    snapshot_id: str
    row_count: int
    rejected_rows: int
    resumed_rows: int
    columns: tuple[Column, ...]


class TablePredictions:
    """For use by many threads: each target table is written by one call at a time."""

    def __init__(self, pool: ModelPool, data: DataClient, records: PredictionRecords) -> None:
        self._pool, self._data, self._records = pool, data, records
        self._turns = threading.Condition()
        self._busy: set[str] = set()
        self._stops: set[threading.Event] = set()
        self._closed = False

    def close(self) -> None:
        """Gives up what is being written; the same calls go on there later."""
        with self._turns:
            self._closed = True
            for stop in self._stops:
                stop.set()

    def run(
        self, place: ModelPlace, wanted: TableWanted, reader: str, is_active: Callable[[], bool]
    ) -> Iterator[Progress | TableDone]:
        """Tells how far it is, and at the end what was done; stops early without that when nobody is there any more.

        Raises InvalidInput, NotFound, AlreadyExists, and what reading, predicting and writing raise.
        """
        facts = read_facts(place.path)
        written = PredictionColumns(facts, wanted.class_count)
        _check_names(wanted)
        request = _digest(place, wanted)
        with self._turn(wanted.target_table) as stop:
            # The target decides which rows are in which part, where classes are divided alike.
            targets = facts.targets if wanted.rows.split else ()
            options = stream_options(facts, wanted.rows, targets, reader)
            table, snapshot_id = self._prepare(wanted.target_table, written, request, options)
            options = replace(options, table="", snapshot=snapshot_id)
            header = self._data.describe_stream(options)
            fingerprint = f"{request[:24]}-{snapshot_id}"
            source = PredictionSource(
                self._pool, place, facts, self._data, options, written, header.row_count, fingerprint, stop
            )
            for answer in self._write(source, table, is_active):
                yield answer if isinstance(answer, Progress) else replace(answer, snapshot_id=snapshot_id)

    def _prepare(
        self, target: str, written: PredictionColumns, request: str, options: StreamOptions
    ) -> tuple[Table, str]:
        """The target table, made if it is absent, and the snapshot to read, which an earlier call may have found."""
        table = self._find(target)
        record = self._records.find(table.table_id) if table else None
        if table is not None and record is not None:
            if record.request != request:
                raise AlreadyExists(
                    f"Table {target!r} holds predictions of another request; name another table, or delete this one.",
                    details={"table": target},
                )
            return table, record.snapshot_id
        if table is not None:
            _check_empty(table, written.columns)
        # Before anything is made: whether there is something to read.
        header = self._data.describe_stream(options)
        snapshot_id = header.pin.snapshot_id
        if table is None:
            description = f"{options.reader.capitalize()} for snapshot {snapshot_id} of {header.table}."
            table = self._data.create_table(target, description=description, columns=written.columns)
        self._records.add(table.table_id, PredictionRecord(request, snapshot_id))
        return table, snapshot_id

    def _find(self, name: str) -> Table | None:
        try:
            return self._data.get_table(name)
        except NotFound:
            return None

    def _write(
        self, source: PredictionSource, table: Table, is_active: Callable[[], bool]
    ) -> Iterator[Progress | TableDone]:
        before = self._data.get_upload(table.name, source.fingerprint)
        yield Progress(before.committed_rows + before.rejected_rows, source.row_count)
        if before.finished:
            done = before.committed_rows
            yield TableDone(table.name, "", done, before.rejected_rows, done, source.written.columns)
            return
        answers: queue.Queue[Progress | TableDone | BaseException] = queue.Queue()
        thread = threading.Thread(
            target=self._ingest, args=(source, table, answers), name="table predictions", daemon=True
        )
        thread.start()
        try:
            while is_active():
                try:
                    answer = answers.get(timeout=_LOOK_S)
                except queue.Empty:
                    continue
                if isinstance(answer, Cancelled):
                    raise _stopping() from answer
                if isinstance(answer, BaseException):
                    raise answer
                yield answer
                if isinstance(answer, TableDone):
                    return
        finally:
            source.stop.set()
            thread.join()

    def _ingest(
        self, source: PredictionSource, table: Table, answers: "queue.Queue[Progress | TableDone | BaseException]"
    ) -> None:
        """Writes everything, and says so. One message for each thousand rows, so the queue stays short."""

        def tell(progress: IngestProgress) -> None:
            answers.put(Progress(progress.committed_rows + progress.rejected_rows, progress.row_count))

        try:
            result = self._data.ingest(table.name, source, source.fingerprint, on_progress=tell, patience_s=_PATIENCE_S)
            counts = (result.committed_rows, result.rejected_rows, result.resumed_rows)
            answers.put(TableDone(table.name, "", *counts, source.written.columns))
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that has a caller
            answers.put(error)

    @contextmanager
    def _turn(self, target: str) -> Iterator[threading.Event]:
        """The only call that writes into the table, with what tells it to stop. Raises TooBusy, Unavailable."""
        key, stop = target.casefold(), threading.Event()
        with self._turns:
            if not self._turns.wait_for(lambda: key not in self._busy, _TURN_PATIENCE_S):
                raise TooBusy(f"Another call writes predictions into {target!r} just now; wait for its end.")
            if self._closed:
                raise _stopping()
            self._busy.add(key)
            self._stops.add(stop)
        try:
            yield stop
        finally:
            with self._turns:
                self._busy.discard(key)
                self._stops.discard(stop)
                self._turns.notify_all()


def _stopping() -> Unavailable:
    return Unavailable("The training service is stopping; ask again when it is back.")


def _check_names(wanted: TableWanted) -> None:
    if not wanted.target_table:
        raise InvalidInput("expected the name of a table to write into, received none", field="target_table")
    if wanted.target_table.casefold() == wanted.rows.table.casefold():
        raise InvalidInput(
            f"expected another table to write into than the one that is read, received {wanted.target_table!r} twice",
            field="target_table",
        )


def _check_empty(table: Table, columns: tuple[Column, ...]) -> None:
    found = [(column.name, column.type) for column in table.columns if column.name != table.key_column]
    if found != [(column.name, column.type) for column in columns]:
        wanted = ", ".join(column.name for column in columns)
        raise AlreadyExists(
            f"Table {table.name!r} has other columns than {wanted[:300]}; name another table.",
            details={"table": table.name},
        )
    if table.row_count:
        raise AlreadyExists(
            f"Table {table.name!r} holds rows that are no predictions of this request; name another table.",
            details={"table": table.name},
        )


def _digest(place: ModelPlace, wanted: TableWanted) -> str:
    """What makes two requests the same one."""
    rows = {**asdict(wanted.rows), "kind": type(wanted.rows.split).__name__}
    asked = {"model": place.sha256, "rows": rows, "class_count": wanted.class_count}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
