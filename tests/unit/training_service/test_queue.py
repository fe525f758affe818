"""The order in which queued jobs get their turn."""

from dataclasses import replace
from datetime import UTC, datetime

from tests.training_scripts import complete
from training_service.job import Job, JobState
from training_service.options import Options
from training_service.queue import JobQueue


def waiting(number: int, priority: int = 0) -> Job:
    specification = complete(Options("quick", "mini_xception", priority=priority))
    return Job(number, f"job{number}", JobState.QUEUED, specification, "", datetime(2026, 1, 1, tzinfo=UTC))


def test_what_goes_on_after_a_break_comes_before_what_has_not_begun():
    queue = JobQueue()
    queue.add(waiting(1, priority=100))
    queue.add(waiting(3), goes_on=True)
    queue.add(waiting(2), goes_on=True)
    assert queue.ids() == ["job2", "job3", "job1"]


def test_a_job_that_is_moved_stays_among_its_like():
    queue = JobQueue()
    jobs = [waiting(number) for number in range(4)]
    for job in jobs:
        queue.add(job, goes_on=job.number == 3)
    for number, priority in ((2, 5), (3, -5)):
        specification = replace(jobs[number].specification, priority=priority)
        queue.move(replace(jobs[number], specification=specification))
    assert queue.ids() == ["job3", "job2", "job0", "job1"]


def test_a_job_that_is_removed_has_no_turn():
    queue = JobQueue()
    for number in range(3):
        queue.add(waiting(number))
    queue.remove("job1")
    queue.remove("unknown")
    assert queue.ids() == ["job0", "job2"]
