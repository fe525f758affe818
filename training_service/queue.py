"""The order in which queued jobs get their turn. Leaves to `jobs` when there is room for one."""

import bisect

from training_service.job import Job

# (0 for a job that goes on after a break and 1 for others, minus its priority, its number, its id).
_Place = tuple[int, int, int, str]


class JobQueue:
    """Jobs that wait: the higher priority first, then the older one. For one thread at a time."""

    def __init__(self) -> None:
        self._places: list[_Place] = []

    def add(self, job: Job, *, goes_on: bool = False) -> None:
        """Lets a job wait. One that `goes_on` has had its turn before, and comes before those that have not."""
        bisect.insort(self._places, (0 if goes_on else 1, -job.specification.priority, job.number, job.job_id))

    def move(self, job: Job) -> None:
        """Gives a job that waits the place of its present priority."""
        goes_on = any(place[0] == 0 for place in self._places if place[-1] == job.job_id)
        self.remove(job.job_id)
        self.add(job, goes_on=goes_on)

    def ids(self) -> list[str]:
        """The ids of the jobs in the order of their turns."""
        return [place[-1] for place in self._places]

    def remove(self, job_id: str) -> None:
        """Forgets a job that no longer waits."""
        self._places = [place for place in self._places if place[-1] != job_id]
