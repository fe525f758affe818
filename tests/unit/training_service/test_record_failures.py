"""Records that cannot be read or written, as SQLite itself says so: each is told in a sentence."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tablefit.errors import TooBusy, WrongState

from tests.unit.training_service.test_records import MODEL, NOW, queued
from training_service.inference.prediction_records import PredictionRecord, PredictionRecords
from training_service.job import EventKind, JobState, StateChange
from training_service.model_records import ModelFilter, ModelRecords
from training_service.records import Records

JOB = "0a1b2c3d"


@dataclass
class Kept:
    """The records of a job with its model, of each kind over a connection of its own."""

    path: Path
    jobs: Records
    models: ModelRecords
    predictions: PredictionRecords

    @property
    def writes(self) -> list[Callable[[], object]]:
        """A call of each kind of records that writes more than a page."""
        return [
            lambda: self.jobs.add_job(queued("4e5f6a7b"), NOW),
            lambda: self.models.update(JOB, "x" * 9_000, None),
            lambda: self.models.delete(JOB),
            lambda: self.predictions.add("t1", PredictionRecord("r" * 9_000, "s1")),
        ]

    @property
    def reads(self) -> list[Callable[[], object]]:
        """A call of each kind of records that reads."""
        return [
            lambda: self.jobs.get_job(JOB),
            lambda: self.models.list(ModelFilter(), None, 10),
            lambda: self.predictions.find("t1"),
        ]

    def set(self, pragma: str) -> None:
        """Sets something for all connections."""
        for records in (self.jobs, self.models, self.predictions):
            records._connection.execute(f"PRAGMA {pragma}")


@pytest.fixture
def kept(tmp_path) -> Iterator[Kept]:
    path = tmp_path / "records.sqlite"
    with ExitStack() as stack:
        jobs, models, predictions = (
            stack.enter_context(closing(kind(path))) for kind in (Records, ModelRecords, PredictionRecords)
        )
        jobs.add_job(queued(), NOW)
        jobs.add_event(JOB, EventKind.STATE, StateChange(JobState.SUCCEEDED, model=MODEL), NOW)
        yield Kept(path, jobs, models, predictions)


def test_records_that_another_program_locks_are_told_to_be_locked(kept):
    kept.set("busy_timeout = 0")
    with closing(sqlite3.connect(kept.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for write in kept.writes:
            with pytest.raises(TooBusy, match="Another program locks the records of the training service"):
                write()
        other.execute("ROLLBACK")
    for write in kept.writes:
        write()


def test_a_full_disk_is_told_to_be_full(kept):
    kept.set("max_page_count = 1")
    for write in (kept.writes[1], kept.writes[3]):
        with pytest.raises(TooBusy, match="The disk of the training service is full; free some space"):
            write()
    kept.set("max_page_count = 100000")
    for write in kept.writes:
        write()


def test_damaged_records_are_told_to_be_damaged(kept):
    kept.set("wal_checkpoint(TRUNCATE)")
    kept.path.write_bytes(b"no records any more, " * 4_096)
    damaged = "The records of the training service are damaged; stop it, put a copy of them back"
    for call in [*kept.reads, *kept.writes]:
        with pytest.raises(WrongState, match=damaged):
            call()
    with pytest.raises(WrongState, match=damaged):
        Records(kept.path)
