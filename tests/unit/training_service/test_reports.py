"""Reports of a job's process while they cannot be kept."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest
from tablefit.errors import TooBusy

from tests.training_scripts import complete
from training_service.events import EventLog
from training_service.job import EventKind, Job, JobState, StateChange
from training_service.options import Options
from training_service.records import Records
from training_service.reports import Reports

JOB = "0a1b2c3d"


@pytest.fixture
def records(tmp_path) -> Iterator[Records]:
    records = Records(tmp_path / "records.sqlite")
    yield records
    records.close()


def limit_pages(records: Records, count: int) -> None:
    """SQLite then fails as on a full disk; it takes no fewer pages than the file has."""
    records._connection.execute(f"PRAGMA max_page_count = {count}")


def fill_disk(records: Records, log: EventLog) -> None:
    limit_pages(records, 1)
    add = partial(log.add, JOB, EventKind.STATE, StateChange(JobState.RUNNING))
    with pytest.raises(TooBusy, match="disk of the training service is full"):
        list(iter(add, None))


def test_epochs_told_on_a_full_disk_are_kept_later_in_order_and_steps_are_left_out(records, caplog):
    log, options = EventLog(records), Options("quick", "mini_xception")
    made = Job(0, JOB, JobState.QUEUED, complete(options), "", datetime.now(UTC), "", options.to_json())
    reports = Reports(log.add_job(made), log)
    fill_disk(records, log)
    for epoch in (1, 2):
        reports.take({"kind": "step", "step": epoch * 4 - 1, "epoch": epoch, "loss": 1.0})
        reports.take({"kind": "epoch", "step": epoch * 4, "epoch": epoch, "loss": 1.0})
    with pytest.raises(TooBusy):
        reports.keep_waiting()
    limit_pages(records, 10**6)
    reports.keep_waiting()
    events = records.read_events(JOB, 0, 10**6)
    told = [(event.kind, event.content.step) for event in events if event.kind is not EventKind.STATE]
    assert told == [(EventKind.EPOCH, 4), (EventKind.EPOCH, 8)]
    assert caplog.text.count("its events cannot be kept yet") == 1
