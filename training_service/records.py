"""Keeps jobs and their events in one SQLite file, so that they survive the service, also when it is killed.

All the SQL of the training service. One connection serves all threads behind a lock: statements are short, and SQLite
writes one at a time anyway. Leaves to `jobs` what may follow what, and to `events` which step events stay.
"""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from tablefit.errors import NotFound, WrongState

from training_service import model_records, rows
from training_service.job import Content, Event, EventKind, Job, JobState, Progress, StateChange, read_progress, to_json
from training_service.job_filter import JobFilter
from training_service.record_failures import failures_told
from training_service.specification import Specification


@dataclass(frozen=True)
class Thinning:
    """Step events to drop: those with an ordinal from `first` to `last` that is no multiple of `stride`."""

    first: int
    last: int
    stride: int


class Records:
    """The file of jobs and events. Usable from all threads; close it at the end.

    Raises WrongState when the file was written by a newer release, or is damaged. Whatever reads or writes raises
    TooBusy when the disk is full or the file cannot be used for another reason that may pass, WrongState when it is
    damaged.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        with failures_told():
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._prepare(path)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    def add_job(self, job: Job, time: datetime) -> Job:
        """Keeps a new job and its first event, that it is queued; returns it with number and sequence."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO jobs (job_id, request_id, asked, specification, script, state, create_time,"
                " rerun_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    job.job_id,
                    job.request_id or None,
                    job.asked,
                    job.specification.to_json(),
                    job.script,
                    job.state,
                    job.create_time.isoformat(),
                    job.rerun_of,
                ),
            )
            _insert_event(connection, job.job_id, EventKind.STATE, StateChange(job.state), time, None)
        return self.get_job(job.job_id)

    def unused_id(self) -> str:
        """An id that no job and no model has: short enough to type, and not to be guessed."""
        while True:
            job_id = secrets.token_hex(4)
            taken = "SELECT 1 FROM jobs WHERE job_id = :id UNION ALL SELECT 1 FROM models WHERE model_id = :id"
            if not self._all(taken, {"id": job_id}):
                return job_id

    def get_job(self, job_id: str) -> Job:
        """The job. Raises NotFound."""
        row = self._one("SELECT * FROM jobs WHERE job_id = ?", (job_id,))
        if row is None:
            raise _no_job(job_id)
        return rows.read_job(row)

    def list_own_models(self) -> set[str]:
        """The digests of the callers' models that jobs name."""
        digests = self._all(
            "SELECT json_extract(asked, '$.native.own_model.sha256') AS sha256 FROM jobs WHERE json_valid(asked)", {}
        )
        return {row["sha256"] for row in digests if row["sha256"]}

    def find_job(self, job_id: str) -> Job | None:
        """The job, if there is one."""
        row = self._one("SELECT * FROM jobs WHERE job_id = ?", (job_id,))
        return rows.read_job(row) if row else None

    def has_job(self, job_id: str) -> bool:
        """Whether there is a job of this id."""
        return self._one("SELECT 1 FROM jobs WHERE job_id = ?", (job_id,)) is not None

    def read_head(self, job_id: str) -> tuple[JobState, int]:
        """A job's state and the sequence of its latest event. Raises NotFound."""
        row = self._one("SELECT state, last_sequence FROM jobs WHERE job_id = ?", (job_id,))
        if row is None:
            raise _no_job(job_id)
        return JobState(row["state"]), row["last_sequence"]

    def find_request(self, request_id: str) -> Job | None:
        """The job that a request with this id made."""
        row = self._one("SELECT * FROM jobs WHERE request_id = ?", (request_id,))
        return rows.read_job(row) if row else None

    def list_jobs(self, wanted: JobFilter, below_number: int | None, limit: int) -> list[Job]:
        """The jobs that a filter allows, newest first, those below a number; without their scripts."""
        conditions = rows.conditions_of(wanted)
        found = self._all(
            f"SELECT * FROM jobs WHERE {' AND '.join([*conditions, 'number < ?'])} ORDER BY number DESC LIMIT ?",  # noqa: S608 - conditions are constants
            (*chain(*conditions.values()), below_number if below_number is not None else 2**62, limit),
        )
        return [replace(rows.read_job(row), script="") for row in found]

    def list_ids(self, *states: JobState) -> list[str]:
        """Ids of the jobs in one of some states, oldest first."""
        found = self._all(
            "SELECT job_id FROM jobs WHERE state IN (SELECT value FROM json_each(?)) ORDER BY number",
            (json.dumps(states),),
        )
        return [row["job_id"] for row in found]

    def delete_job(self, job_id: str) -> None:
        """Forgets a job with its events. Raises NotFound."""
        with self._transaction() as connection:
            row = connection.execute("DELETE FROM jobs WHERE job_id = ? RETURNING number", (job_id,)).fetchone()
            if row is None:
                raise _no_job(job_id)
            connection.execute("DELETE FROM events WHERE number = ?", (row["number"],))

    def request_cancel(self, job_id: str) -> None:
        """Notes that a job is to stop, unless it has ended."""
        with self._transaction() as connection:
            connection.execute("UPDATE jobs SET cancel_requested = 1 WHERE job_id = ? AND end_time IS NULL", (job_id,))

    def rewrite_job(self, job_id: str, specification: Specification, script: str) -> None:
        """Replaces what a queued job will run."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE jobs SET specification = ?, script = ? WHERE job_id = ?",
                (specification.to_json(), script, job_id),
            )

    def count_break(self, job_id: str) -> int:
        """Counts an end of a job's process that it did not announce; returns how many since its latest checkpoint."""
        with self._transaction() as connection:
            row = connection.execute(
                "UPDATE jobs SET breaks = breaks + 1 WHERE job_id = ? RETURNING breaks", (job_id,)
            ).fetchone()
        return int(row["breaks"])

    def last_epoch(self, job_id: str) -> Progress | None:
        """What the latest epoch event of a job told."""
        row = self._one(
            "SELECT content FROM events WHERE number = (SELECT number FROM jobs WHERE job_id = ?) AND kind = ?"
            " ORDER BY sequence DESC LIMIT 1",
            (job_id, EventKind.EPOCH),
        )
        return None if row is None else read_progress(json.loads(row["content"]))

    def add_event(
        self,
        job_id: str,
        kind: EventKind,
        content: Content,
        time: datetime,
        *,
        ordinal: int | None = None,
        thinning: Thinning | None = None,
    ) -> int:
        """Keeps an event and what it changes of its job, in one transaction; returns its sequence."""
        with self._transaction() as connection:
            number, sequence = _insert_event(connection, job_id, kind, content, time, ordinal)
            if thinning:
                connection.execute(
                    "DELETE FROM events WHERE number = ? AND ordinal BETWEEN ? AND ? AND ordinal % ? != 0",
                    (number, thinning.first, thinning.last, thinning.stride),
                )
        return sequence

    def read_events(self, job_id: str, after_sequence: int, limit: int) -> list[Event]:
        """Events of a job above a sequence, in order, `limit` at most."""
        found = self._all(
            "SELECT sequence, time, kind, content FROM events"
            " WHERE number = (SELECT number FROM jobs WHERE job_id = ?) AND sequence > ? ORDER BY sequence LIMIT ?",
            (job_id, after_sequence, limit),
        )
        return [rows.read_event(row) for row in found]

    def count_steps(self, job_id: str) -> int:
        """How many step events a job has had, those dropped since included."""
        row = self._one(
            "SELECT MAX(ordinal) AS last FROM events"
            " WHERE number = (SELECT number FROM jobs WHERE job_id = ?) AND ordinal IS NOT NULL",
            (job_id,),
        )
        return 0 if row is None or row["last"] is None else int(row["last"]) + 1

    def _prepare(self, path: Path) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > rows.SCHEMA_VERSION:
            raise WrongState(f"The records in {path} were written by a newer release of tablefit; use that one.")
        if version < rows.SCHEMA_VERSION:
            script = f"BEGIN IMMEDIATE; {rows.SCHEMA} PRAGMA user_version = {rows.SCHEMA_VERSION}; COMMIT;"
            self._connection.executescript(script)
        known = {row["name"] for row in self._connection.execute("PRAGMA table_info(jobs)")}
        for name, kind in rows.ADDED_COLUMNS.items():
            if name not in known:
                self._connection.execute(f"ALTER TABLE jobs ADD COLUMN {name} {kind}")
        self._connection.execute(model_records.SCHEMA)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, failures_told():
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite itself has rolled back after some failures, a full disk among them, and not after others.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _one(self, statement: str, values: tuple[Any, ...]) -> sqlite3.Row | None:
        found = self._all(statement, values)
        return found[0] if found else None

    def _all(self, statement: str, values: tuple[Any, ...] | dict[str, Any]) -> list[sqlite3.Row]:
        with self._lock, failures_told():
            return self._connection.execute(statement, values).fetchall()


def _insert_event(
    connection: sqlite3.Connection, job_id: str, kind: EventKind, content: Content, time: datetime, ordinal: int | None
) -> tuple[int, int]:
    """Writes the event and brings its job's row up to it; returns the job's number and the event's sequence."""
    values = {"job_id": job_id, **rows.changes_of(content, time)}
    number, sequence = connection.execute(rows.TOUCH_JOB, values).fetchone()
    connection.execute(
        "INSERT INTO events (number, sequence, time, kind, content, ordinal) VALUES (?, ?, ?, ?, ?, ?)",
        (number, sequence, time.isoformat(), kind, to_json(content), ordinal),
    )
    if isinstance(content, StateChange) and content.model is not None:
        model_records.add(connection, job_id, content.model, time)
    return number, sequence


def _no_job(job_id: str) -> NotFound:
    return NotFound(f"There is no job {job_id[:64]!r}.", details={"job": job_id[:64]})
