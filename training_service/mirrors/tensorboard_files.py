"""TensorBoard's event files: DIR/JOB/train and DIR/JOB/validation, with a point of each metric for each epoch.

A job that is begun gets new files in place of those that it had, with the times of its events: the bytes that both
have are the same, so a TensorBoard that reads them notices nothing. TensorFlow is not needed, nor loaded.
"""

import importlib.util
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tablefit.errors import InvalidInput

from training_service.job import Job, JobState, Progress

FILE_NAME = "events.out.tfevents.0.tablefit"
_PARTS = ("train", "validation")


class TensorBoardFiles:
    """The files in a folder. Raises InvalidInput when tensorboard is not installed."""

    name = "TensorBoard"

    def __init__(self, folder: Path) -> None:
        if importlib.util.find_spec("tensorboard") is None:
            raise InvalidInput('A mirror for TensorBoard needs tensorboard: pip install "tablefit[mirrors]".')
        self._folder = folder
        self._writers: dict[str, dict[str, Any]] = {}

    def begin(self, job: Job) -> None:
        """Writes the files' heads; what was there is replaced."""
        self._close(job.job_id)
        writers = self._writers[job.job_id] = {}
        for part in _PARTS:
            path = self._folder / job.job_id / part / FILE_NAME
            path.parent.mkdir(parents=True, exist_ok=True)
            writers[part] = _open(path, job.create_time)

    def write(self, job: Job, progress: Progress, time: datetime) -> None:
        """Writes the metrics of an epoch."""
        writers = self._writers[job.job_id]
        _write(writers["train"], {"loss": progress.loss, **progress.metrics}, progress.epoch, time)
        _write(writers["validation"], progress.validation_metrics, progress.epoch, time)

    def end(self, job: Job, state: JobState, time: datetime) -> None:
        """Closes the files."""
        self._close(job.job_id)

    def _close(self, job_id: str) -> None:
        for writer in self._writers.pop(job_id, {}).values():
            writer.close()


def _open(path: Path, time: datetime) -> Any:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    # Unlinked first: somebody may read the file that it replaces.
    path.unlink(missing_ok=True)
    writer = RecordWriter(path.open("wb"))
    writer.write(Event(wall_time=time.timestamp(), file_version="brain.Event:2").SerializeToString())
    writer.flush()
    return writer


def _write(writer: Any, values: Mapping[str, float], epoch: int, time: datetime) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    if not values:
        return
    found = [Summary.Value(tag=_tag(name), simple_value=value) for name, value in values.items()]
    event = Event(wall_time=time.timestamp(), step=epoch, summary=Summary(value=found))
    writer.write(event.SerializeToString())
    writer.flush()


def _tag(name: str) -> str:
    """A name that TensorBoard takes."""
    return re.sub(r"[^\w./-]", "_", name)
