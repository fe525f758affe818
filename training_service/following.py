"""Follows what a job's process prints, as `events` follows what happens to the job.

Leaves the file to `output`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from training_service import output
from training_service.events import EventLog
from training_service.output import Printed
from training_service.records import Records

PIECE_BYTES = 256 * 1024
# What was printed meanwhile is looked for so often.
_LOOK_S = 0.25


def follow_output(
    records: Records,
    log: EventLog,
    job_id: str,
    path: Path,
    offset: int,
    is_active: Callable[[], bool],
    *,
    stop_at_end: bool = False,
) -> Iterator[Printed]:
    """What a job has printed from `offset` on, then what comes, until the job has ended.

    With `stop_at_end` ends when all that there is has been read. A part that begins later than the one before ended
    says that what is between was dropped. Takes a place among the watchers. Raises NotFound, OutOfOrder, TooBusy,
    and Unavailable when the service stops.
    """
    with log.place():
        while is_active():
            # Read before the output: what is printed until the end is then read before the end is seen.
            state, _ = records.read_head(job_id)
            part = output.read(path, offset, PIECE_BYTES)
            if part.data:
                yield part
                offset = part.offset + len(part.data)
            elif state.ended or stop_at_end:
                return
            else:
                log.pause(_LOOK_S)
