"""The events of jobs: adds them, keeps step events few and evenly spread, and lets any number of watchers follow.

Watchers read the kept events and then sleep until their job has a newer one. Leaves the keeping to `records`.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from tablefit.errors import InvalidInput, TooBusy, Unavailable

from training_service.job import Content, Event, EventKind, Job, StateChange
from training_service.records import Records, Thinning

# Streams that may follow jobs at one time; each holds a thread.
LIMIT_WATCHERS = 96
_PAGE = 500
# A watcher looks whether its caller is still there at least this often.
_LOOK_S = 10.0


@dataclass(frozen=True)
class Keeping:
    """Which step events of a job are kept: at most `limit_steps`, evenly spread, but the latest `recent_steps` all.

    So watchers of a long job see every step event as it comes and lose none when they come back within a minute. When
    the job ends, the recent ones are thinned like the older. An ordinal counts the step events of a job from 0.
    """

    limit_steps: int = 10_000
    recent_steps: int = 600

    def stride_at(self, ordinal: int) -> int:
        """What the ordinals of older step events are multiples of once the one with this ordinal is in.

        It doubles whenever the limit would be passed, so what stays is always evenly spread.
        """
        older = max(0, ordinal + 1 - self.recent_steps)
        stride = 1
        while -(-older // stride) > self.limit_steps - self.recent_steps:
            stride *= 2
        return stride

    def thinning_at(self, ordinal: int) -> Thinning | None:
        """What to drop when the step event with this ordinal comes in."""
        stride, leaving = self.stride_at(ordinal), ordinal - self.recent_steps
        if stride == 1:
            return None
        first = leaving if stride == self.stride_at(ordinal - 1) else 0
        return Thinning(first, leaving, stride)

    def last_thinning(self, step_count: int) -> Thinning | None:
        """What to drop when the job ends after this many step events."""
        stride = self.stride_at(step_count - 1)
        return Thinning(0, step_count, stride) if stride > 1 else None


class EventLog:
    """Events by job. Usable from all threads."""

    def __init__(self, records: Records, keeping: Keeping | None = None) -> None:
        self._records, self._keeping = records, keeping or Keeping()
        self._changed = threading.Condition()
        # Sequence of the latest event of each job that had one since the service started.
        self._heads: dict[str, int] = {}
        self._watcher_count = 0
        self._closed = False
        self._listeners: list[Callable[[str], None]] = []

    def subscribe(self, listener: Callable[[str], None]) -> None:
        """Calls `listener`, which must not wait, with the id of each job that has a new event from now on."""
        self._listeners.append(listener)

    def add_job(self, job: Job) -> Job:
        """Keeps a new job with its first event."""
        return self._records.add_job(job, datetime.now(UTC))

    def add(self, job_id: str, kind: EventKind, content: Content) -> int:
        """Keeps an event, brings its job up to it, wakes its watchers; returns its sequence."""
        ordinal: int | None = None
        thinning: Thinning | None = None
        if kind is EventKind.STEP:
            ordinal = self._records.count_steps(job_id)
            thinning = self._keeping.thinning_at(ordinal)
        elif isinstance(content, StateChange) and content.state.ended:
            thinning = self._keeping.last_thinning(self._records.count_steps(job_id))
        sequence = self._records.add_event(job_id, kind, content, datetime.now(UTC), ordinal=ordinal, thinning=thinning)
        with self._changed:
            self._heads[job_id] = sequence
            self._changed.notify_all()
        for listener in self._listeners:
            listener(job_id)
        return sequence

    def delete_job(self, job_id: str) -> None:
        """Forgets a job with its events; its watchers learn that there is no such job. Raises NotFound."""
        self._records.delete_job(job_id)
        with self._changed:
            self._heads.pop(job_id, None)
            self._changed.notify_all()

    def last_epoch_step(self, job_id: str) -> int:
        """The last step of the latest epoch that a job has told of; 0 when there is none."""
        told = self._records.last_epoch(job_id)
        return told.step if told else 0

    def count_break(self, job_id: str) -> int:
        """Counts an end of a job's process that it did not announce; returns how many since its latest checkpoint."""
        return self._records.count_break(job_id)

    def watch(self, job_id: str, after_sequence: int, is_active: Callable[[], bool]) -> Iterator[Event]:
        """Events above `after_sequence`, those to come included, to the one that ends the job.

        Ends early when `is_active` turns false; call `wake` then. Raises NotFound, TooBusy, and Unavailable when the
        service stops.
        """
        if after_sequence < 0:
            raise InvalidInput(
                f"expected after_sequence of 0 or more, received {after_sequence}", field="after_sequence"
            )
        self._records.read_head(job_id)
        with self.place():
            yield from self._follow(job_id, after_sequence, is_active)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place among the streams that follow jobs. Raises TooBusy when all are taken."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def pause(self, timeout_s: float) -> None:
        """Waits a while, less when something happens to a job or `wake` is called.

        Raises Unavailable when the service stops.
        """
        with self._changed:
            self._check_open()
            self._changed.wait(timeout_s)

    def wake(self) -> None:
        """Makes every watcher look whether its caller is still there."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Ends all watchers with Unavailable; those whose job has ended see its end first."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _follow(self, job_id: str, after_sequence: int, is_active: Callable[[], bool]) -> Iterator[Event]:
        position = after_sequence
        while is_active():
            # Read before the events: an end that comes between is then seen in the next round.
            state, last_sequence = self._records.read_head(job_id)
            events = self._records.read_events(job_id, position, _PAGE)
            for event in events:
                yield event
                position = event.sequence
                if event.ends_job:
                    return
            if not events:
                if state.ended:
                    return
                self._wait(job_id, last_sequence, is_active)

    def _wait(self, job_id: str, seen: int, is_active: Callable[[], bool]) -> None:
        """Returns when the job has an event above `seen`, or the caller may have gone."""

        def due() -> bool:
            return self._heads.get(job_id, 0) > seen or self._closed or not is_active()

        with self._changed:
            self._changed.wait_for(due, _LOOK_S)
            if self._heads.get(job_id, 0) <= seen:
                self._check_open()

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("The training service is stopping; watch again when it is back.")

    def _enter(self) -> None:
        with self._changed:
            if self._watcher_count >= LIMIT_WATCHERS:
                raise TooBusy(f"{LIMIT_WATCHERS} watchers follow jobs already; try again when one has ended.")
            self._watcher_count += 1

    def _leave(self) -> None:
        with self._changed:
            self._watcher_count -= 1
