"""The tables in which `records` keeps jobs and events, and how jobs, events and changes are written as their rows."""

import json
import sqlite3
from datetime import datetime
from typing import Any

from training_service import job as jobs
from training_service.job import (
    Checkpoint,
    Content,
    Event,
    EventKind,
    Job,
    JobData,
    JobState,
    Progress,
    Resumed,
    StateChange,
)
from training_service.job_filter import JobFilter
from training_service.specification import Specification

SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL UNIQUE,
    request_id TEXT UNIQUE,
    asked TEXT NOT NULL,
    specification TEXT NOT NULL,
    script TEXT NOT NULL,
    state TEXT NOT NULL,
    failure TEXT NOT NULL DEFAULT '',
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    create_time TEXT NOT NULL,
    start_time TEXT,
    end_time TEXT,
    data TEXT,
    progress TEXT,
    model TEXT,
    last_sequence INTEGER NOT NULL DEFAULT 0,
    rerun_of TEXT NOT NULL DEFAULT '',
    resume_count INTEGER NOT NULL DEFAULT 0,
    checkpoint TEXT,
    -- Ends that its process did not announce since its latest checkpoint.
    breaks INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX jobs_by_state ON jobs (state, number);
CREATE INDEX jobs_by_table ON jobs (json_extract(specification, '$.table'), number);
CREATE INDEX jobs_by_architecture ON jobs (json_extract(specification, '$.architecture'), number);
CREATE TABLE events (
    number INTEGER NOT NULL REFERENCES jobs (number),
    sequence INTEGER NOT NULL,
    time TEXT NOT NULL,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    ordinal INTEGER,
    PRIMARY KEY (number, sequence)
) WITHOUT ROWID;
CREATE INDEX steps_by_ordinal ON events (number, ordinal) WHERE ordinal IS NOT NULL;
"""

# Columns that the first release's files have not.
ADDED_COLUMNS = {
    "rerun_of": "TEXT NOT NULL DEFAULT ''",
    "resume_count": "INTEGER NOT NULL DEFAULT 0",
    "checkpoint": "TEXT",
    "breaks": "INTEGER NOT NULL DEFAULT 0",
}

# Columns that an event leaves as they are come as NULL.
TOUCH_JOB = """
UPDATE jobs SET
    last_sequence = last_sequence + 1,
    state = COALESCE(:state, state),
    failure = COALESCE(:failure, failure),
    start_time = COALESCE(start_time, :start_time),
    end_time = COALESCE(:end_time, end_time),
    cancel_requested = cancel_requested AND :end_time IS NULL,
    data = COALESCE(:data, data),
    progress = COALESCE(:progress, progress),
    model = COALESCE(:model, model),
    resume_count = COALESCE(:resume_count, resume_count),
    breaks = CASE WHEN :checkpoint IS NULL THEN breaks ELSE 0 END,
    checkpoint = COALESCE(:checkpoint, checkpoint)
WHERE job_id = :job_id
RETURNING number, last_sequence
"""


def conditions_of(wanted: JobFilter) -> dict[str, tuple[str, ...]]:
    """The conditions on rows of `jobs` that a filter means, each with the values for its question marks."""
    conditions: dict[str, tuple[str, ...]] = {}
    if wanted.states:
        conditions["state IN (SELECT value FROM json_each(?))"] = (json.dumps([*wanted.states]),)
    if wanted.table:
        conditions["json_extract(specification, '$.table') = ?"] = (wanted.table,)
    if wanted.architecture:
        conditions["json_extract(specification, '$.architecture') = ?"] = (wanted.architecture,)
    if wanted.has_model is not None:
        conditions[f"model IS {'NOT ' if wanted.has_model else ''}NULL"] = ()
    return conditions


def changes_of(content: Content, time: datetime) -> dict[str, str | int | None]:
    """What an event changes of its job, by column."""
    columns = ("state", "failure", "start_time", "end_time", "data", "progress", "model", "resume_count", "checkpoint")
    changes: dict[str, str | int | None] = dict.fromkeys(columns)
    match content:
        case JobData():
            changes["data"] = jobs.to_json(content)
        case Progress():
            changes["progress"] = jobs.to_json(content)
        case Resumed():
            changes["resume_count"] = content.attempt
        case Checkpoint():
            changes["checkpoint"] = jobs.to_json(content)
        case StateChange(state, failure, model):
            changes.update(state=state, failure=failure, model=jobs.to_json(model) if model else None)
            if state is JobState.RUNNING:
                changes["start_time"] = time.isoformat()
            if state.ended:
                changes["end_time"] = time.isoformat()
    return changes


def read_event(row: sqlite3.Row) -> Event:
    kind = EventKind(row["kind"])
    time = datetime.fromisoformat(row["time"])
    return Event(row["sequence"], time, kind, jobs.read_content(kind, row["content"]))


def read_job(row: sqlite3.Row) -> Job:
    def read(column: str, reader: Any) -> Any:
        return None if row[column] is None else reader(row[column])

    return Job(
        number=row["number"],
        job_id=row["job_id"],
        state=JobState(row["state"]),
        specification=Specification.from_json(row["specification"]),
        script=row["script"],
        create_time=datetime.fromisoformat(row["create_time"]),
        request_id=row["request_id"] or "",
        asked=row["asked"],
        failure=row["failure"],
        start_time=read("start_time", datetime.fromisoformat),
        end_time=read("end_time", datetime.fromisoformat),
        cancel_requested=bool(row["cancel_requested"]),
        progress=read("progress", lambda text: jobs.read_progress(json.loads(text))),
        data=read("data", lambda text: jobs.read_data(json.loads(text))),
        model=read("model", lambda text: jobs.read_model(json.loads(text))),
        last_sequence=row["last_sequence"],
        rerun_of=row["rerun_of"],
        resume_count=row["resume_count"],
        checkpoint=read("checkpoint", lambda text: jobs.read_checkpoint(json.loads(text))),
    )
