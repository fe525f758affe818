"""Writes checkpoints in a thread of its own, one after the other, and says what each took.

When they come faster than the disk takes them, only the newest that waits is written: an older one would be of no use.
Leaves the files to `checkpoint_files`.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tablefit.keras.checkpoint_files import Checkpoint, CheckpointFolder

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Written:
    """A checkpoint that is safe on disk: the time that its writing took, and the processor's time of it."""

    step: int
    size_bytes: int
    duration_s: float
    processor_s: float


class CheckpointWriter:
    """Use it in one thread, and `close` it at the end. `on_written` is called in the writing thread.

    A disk that is full ends no training: what cannot be written is logged, and the next checkpoint tried.
    """

    def __init__(self, folder: CheckpointFolder, on_written: Callable[[Written], None]) -> None:
        self._folder, self._on_written = folder, on_written
        self._changed = threading.Condition()
        self._waiting: Checkpoint | None = None
        self._busy = False
        self._closed = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def submit(self, checkpoint: Checkpoint) -> None:
        """Writes a checkpoint soon; returns at once. Raises what ended the thread."""
        with self._changed:
            self._raise()
            self._waiting = checkpoint
            self._changed.notify_all()

    def finish(self) -> None:
        """Waits until everything is written. Raises what ended the thread."""
        with self._changed:
            self._changed.wait_for(lambda: self._error or not (self._busy or self._waiting))
            self._raise()

    def close(self) -> None:
        """Ends the thread, after what waits is written."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while (checkpoint := self._next()) is not None:
                self._write(checkpoint)
        except BaseException as error:  # noqa: BLE001 - handed to the training, which raises it
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _next(self) -> Checkpoint | None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._closed)
            checkpoint, self._waiting = self._waiting, None
            self._busy = checkpoint is not None
            return checkpoint

    def _write(self, checkpoint: Checkpoint) -> None:
        start, processor_start = time.perf_counter(), time.thread_time()
        try:
            size = self._folder.write(checkpoint)
        except OSError as error:
            _log.warning("the checkpoint of step %d cannot be written: %s", checkpoint.step, error)
            return
        duration_s, processor_s = time.perf_counter() - start, time.thread_time() - processor_start
        self._on_written(Written(checkpoint.step, size, duration_s, processor_s))
