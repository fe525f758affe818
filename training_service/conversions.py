"""Converts trained models to other formats, in processes of their own, and keeps what came out.

    DIRECTORY/exports/ID/SHA256.onnx    what was made of the file with this digest

One conversion runs at a time. A caller that vanishes ends the one that it waits for. Leaves the models to
`model_catalogue`, and what is done to them to `conversion_child`.
"""

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from tablefit.errors import InvalidInput, TooBusy, Unavailable, WrongState

import training_service
from training_service import models, output
from training_service.conversion_child import REFUSED
from training_service.environment import LEAVE, child_environment
from training_service.exits import cause
from training_service.job import ModelFile
from training_service.model_catalogue import UNFINISHED, ModelCatalogue
from training_service.model_records import Model

ENDINGS = {"keras": ".keras", "saved-model": ".zip", "onnx": ".onnx", "litert": ".tflite"}
LIMIT_WAITING = 8
LIMIT_S = 600.0
# Between two messages that a conversion goes on.
_PROGRESS_S = 1.0
_PROGRAM = "training_service.conversion_child"

# Seconds since the conversion began, then the file, then its bytes.
Part = float | ModelFile | bytes


class Conversions:
    """The conversions of one service. Usable from all threads."""

    def __init__(self, catalogue: ModelCatalogue, limit_s: float = LIMIT_S, *, allow_own_code: bool = False) -> None:
        self._catalogue, self._limit_s = catalogue, limit_s
        self._leave = LEAVE if allow_own_code else ""
        self._turn = threading.Lock()
        self._waiting = threading.BoundedSemaphore(LIMIT_WAITING)

    def export(self, model_id: str, format: str, offset: int, is_active: Callable[[], bool]) -> Iterator[Part]:
        """The model in a format from a byte on: how long it has taken while it is made, its header, its bytes.

        Raises NotFound, InvalidInput, OutOfOrder, TooBusy, Unavailable, and WrongState when it cannot be converted or
        was deleted meanwhile.
        """
        if format not in ENDINGS:
            raise InvalidInput(f"expected a format out of {', '.join(ENDINGS)}, received {format!r}", field="format")
        model = self._catalogue.get(model_id)
        with self._catalogue.in_use(model):
            yield from self._export(model, format, offset, is_active)

    def _export(self, model: Model, format: str, offset: int, is_active: Callable[[], bool]) -> Iterator[Part]:
        path = self._catalogue.path_of(model)
        if format != "keras":
            target = self._catalogue.exports_of(model) / f"{model.file.sha256}{ENDINGS[format]}"
            yield from self._made(model, path, target, format, is_active)
            path = target
        size = path.stat().st_size
        name = f"{model.file.file_name.removesuffix('.keras')}{ENDINGS[format]}"
        yield replace(model.file, file_name=name, size_bytes=size, sha256=_digest(path))
        yield from models.read_pieces(path, size, offset)

    def _made(
        self, model: Model, path: Path, target: Path, format: str, is_active: Callable[[], bool]
    ) -> Iterator[float]:
        """Makes the file if it is not there, when it is its turn."""
        if not self._waiting.acquire(blocking=False):
            raise TooBusy(f"More than {LIMIT_WAITING} conversions wait; try again later.")
        start = time.monotonic()
        try:
            while not self._turn.acquire(timeout=_PROGRESS_S):
                yield time.monotonic() - start
            try:
                if not target.is_file():
                    # It may have been deleted while this one waited; then nothing is to be left in its folder.
                    self._catalogue.get(model.model_id)
                    yield from self._convert(model, path, target, format, is_active)
            finally:
                self._turn.release()
        finally:
            self._waiting.release()

    def _convert(
        self, model: Model, path: Path, target: Path, format: str, is_active: Callable[[], bool]
    ) -> Iterator[float]:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=UNFINISHED) as folder:
            made, printed = Path(folder, target.name), Path(folder, "output.log")
            process = _start([str(path), str(made), format, self._leave], Path(folder), printed)
            try:
                yield from self._wait(process, model, is_active)
            finally:
                _end(process)
            if process.returncode != 0:
                raise _failure(process.returncode, model, format, printed)
            made.replace(target)

    def _wait(self, process: "subprocess.Popen[bytes]", model: Model, is_active: Callable[[], bool]) -> Iterator[float]:
        """Waits for the end of the process, as long as there are a caller and the model. Raises as `get` without it."""
        start = time.monotonic()
        while True:
            try:
                process.wait(_PROGRESS_S)
            except subprocess.TimeoutExpired:
                elapsed = time.monotonic() - start
                if elapsed > self._limit_s:
                    raise Unavailable(f"The conversion took longer than {self._limit_s:.0f} s and was ended.") from None
                if not is_active():
                    return
                self._catalogue.get(model.model_id)
                yield elapsed
            else:
                return


def _start(arguments: list[str], folder: Path, printed: Path) -> "subprocess.Popen[bytes]":
    environment = child_environment(os.environ, {})
    # The service's package, too: it may be run from its folder without being installed.
    package = str(Path(str(training_service.__file__)).resolve().parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join([environment["PYTHONPATH"], package])
    with output.open_output(printed) as log:
        return subprocess.Popen(
            [sys.executable, "-m", _PROGRAM, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ends the process, if it is still there, with all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _failure(code: int, model: Model, format: str, printed: Path) -> WrongState | Unavailable:
    words = output.last_lines(printed)
    if code == REFUSED and words:
        return WrongState(words[-1], details={"model": model.model_id})
    said = f" It last printed: {' / '.join(words)}" if words else ""
    return Unavailable(f"{cause(code, f'process that made {format} of the model {model.model_id}')}.{said}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
