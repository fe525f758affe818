"""What becomes of queued jobs when the service starts again."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tablefit.data import DataClient

from tests.training_scripts import complete, renderer
from tests.waiting import wait_until
from training_service.events import EventLog
from training_service.holding import SnapshotHolds
from training_service.job import EventKind, Job, JobState, Resumed
from training_service.jobs import Jobs
from training_service.options import Options
from training_service.records import Records

DATA_SERVICE = "127.0.0.1:1"
JOB = "0a1b2c3d"


def queued(table: str, rerun_of: str = "") -> Job:
    options = Options(table, "mini_xception")
    specification = complete(options)
    script = renderer(Path("gate"))(JOB, specification)
    asked = options.to_json()
    return Job(0, JOB, JobState.QUEUED, specification, script, datetime.now(UTC), asked=asked, rerun_of=rerun_of)


@contextmanager
def restarted(directory: Path, job: Job) -> Iterator[tuple[Jobs, Records]]:
    """The jobs of a service that had queued a job when it ended."""
    with closing(Records(directory / "records.sqlite")) as records, DataClient(DATA_SERVICE) as data:
        records.add_job(job, job.create_time)
        log, render = EventLog(records), renderer(Path("gate"))
        holds = SnapshotHolds(data)
        jobs = Jobs(records, log, complete, render, holds, directory=directory, data_service=DATA_SERVICE)
        jobs.recover()
        jobs.start()
        try:
            yield jobs, records
        finally:
            jobs.stop()
            log.close()


def test_a_job_that_takes_up_another_tells_so_also_after_a_restart(tmp_path):
    folder = tmp_path / "jobs" / JOB
    (folder / "checkpoints").mkdir(parents=True)
    for name in ("checkpoints/checkpoint-000000000004.npz", "epochs.csv", "starts"):
        (folder / name).write_text(".")
    with restarted(tmp_path, queued("unhurried", rerun_of="cafe")) as (jobs, records):
        wait_until(lambda: jobs.get(JOB).state.ended)
        events = records.read_events(JOB, 0, 100)
        told = [event.content for event in events if event.kind is EventKind.RESUMED]
        assert told == [Resumed(4, "it takes up job cafe", 1)]
        assert jobs.get(JOB).state is JobState.SUCCEEDED
