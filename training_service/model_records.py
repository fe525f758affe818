"""Keeps what is known of trained models, in the file of jobs and events: models outlive their jobs.

A model's row is written in the transaction that ends its job, so neither is there without the other. Leaves the models'
files to `model_catalogue`.
"""

import json
import sqlite3
import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tablefit.errors import NotFound

from training_service import job as jobs
from training_service.job import JobData, ModelFile, Progress
from training_service.record_failures import failures_told
from training_service.specification import Specification

SCHEMA = """
CREATE TABLE IF NOT EXISTS models (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    tags TEXT NOT NULL DEFAULT '[]',
    create_time TEXT NOT NULL,
    specification TEXT NOT NULL,
    script TEXT NOT NULL,
    data TEXT,
    progress TEXT,
    file TEXT NOT NULL
)
"""
_ADD = """
INSERT INTO models (model_id, name, create_time, specification, script, data, progress, file)
SELECT job_id, ?, ?, specification, script, data, progress, ? FROM jobs WHERE job_id = ?
"""
# How long a statement waits for another that writes.
_BUSY_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Model:
    """A trained model: `model_id` is that of its job, `number` orders models by age."""

    number: int
    model_id: str
    name: str
    tags: tuple[str, ...]
    create_time: datetime
    specification: Specification
    script: str
    data: JobData | None
    progress: Progress | None
    file: ModelFile


@dataclass(frozen=True)
class ModelFilter:
    """Which models to list; empty is any."""

    table: str = ""
    architecture: str = ""
    tag: str = ""


def add(connection: sqlite3.Connection, job_id: str, file: ModelFile, time: datetime) -> None:
    """Keeps the model that a job has left, in the transaction that ends the job."""
    name = file.file_name.removesuffix(".keras")
    connection.execute(_ADD, (name, time.isoformat(), jobs.to_json(file), job_id))


class ModelRecords:
    """The models of one service. Usable from all threads; close it at the end.

    Whatever reads or writes raises TooBusy when the file cannot be used for a reason that may pass, WrongState when it
    is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=_BUSY_TIMEOUT_S)
        self._connection.row_factory = sqlite3.Row
        with failures_told():
            self._connection.execute("PRAGMA synchronous = FULL")

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    def get(self, model_id: str) -> Model:
        """The model. Raises NotFound."""
        return _read_one(self._all("SELECT * FROM models WHERE model_id = ?", (model_id,)), model_id)

    def list_ids(self) -> Collection[str]:
        """Ids of all models."""
        return {row["model_id"] for row in self._all("SELECT model_id FROM models", ())}

    def update(self, model_id: str, name: str | None, tags: tuple[str, ...] | None) -> Model:
        """Changes what is given and returns the model. Raises NotFound."""
        changed = self._all(
            "UPDATE models SET name = COALESCE(?, name), tags = COALESCE(?, tags) WHERE model_id = ? RETURNING *",
            (name, None if tags is None else json.dumps(tags), model_id),
        )
        return _read_one(changed, model_id)

    def delete(self, model_id: str) -> None:
        """Forgets the model; its job, if it is still there, has none from then on. Raises NotFound."""
        with self._lock, failures_told(), self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            deleted = connection.execute("DELETE FROM models WHERE model_id = ?", (model_id,)).rowcount
            connection.execute("UPDATE jobs SET model = NULL WHERE job_id = ?", (model_id,))
        if not deleted:
            raise _no_model(model_id)

    def _all(self, statement: str, values: Any) -> list[sqlite3.Row]:
        with self._lock, failures_told():
            return self._connection.execute(statement, values).fetchall()

    def list(self, wanted: ModelFilter, below_number: int | None, limit: int) -> list[Model]:
        """Models, newest first, those below a number; without scripts."""
        found = self._all(
            "SELECT * FROM models WHERE number < :below"
            " AND :table IN ('', json_extract(specification, '$.table'))"
            " AND :architecture IN ('', json_extract(specification, '$.architecture'))"
            " AND (:tag = '' OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :tag))"
            " ORDER BY number DESC LIMIT :limit",
            {**vars(wanted), "below": 2**62 if below_number is None else below_number, "limit": limit},
        )
        return [replace(_read(row), script="") for row in found]


def _read_one(rows: list[sqlite3.Row], model_id: str) -> Model:
    if not rows:
        raise _no_model(model_id)
    return _read(rows[0])


def _read(row: sqlite3.Row) -> Model:
    return Model(
        number=row["number"],
        model_id=row["model_id"],
        name=row["name"],
        tags=tuple(json.loads(row["tags"])),
        create_time=datetime.fromisoformat(row["create_time"]),
        specification=Specification.from_json(row["specification"]),
        script=row["script"],
        data=jobs.read_data(json.loads(row["data"])) if row["data"] else None,
        progress=jobs.read_progress(json.loads(row["progress"])) if row["progress"] else None,
        file=jobs.read_model(json.loads(row["file"])),
    )


def _no_model(model_id: str) -> NotFound:
    return NotFound(f"There is no model {model_id[:64]!r}.", details={"model": model_id[:64]})
