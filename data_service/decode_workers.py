"""A few processes that decode files of images, for all readers together.

    decode_file(job) > thread of the pool > socket > worker process (`decode_process`) > file of pixels

Processes, since threads that decode small images wait for each other's lock; started afresh instead of forked, since
the service has threads of gRPC. They start with the first job that needs them, or shortly before it, and end with
the pool or with the service, whichever way that ends. One that dies takes its job with it: the caller is told to try
again, and the next job gets a new process. Whoever tries again bounds it, since an image could be what killed the
process. Leaves what is done with a job to `decode_process`.
"""

import os
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from queue import LifoQueue

from tablefit.errors import Unavailable
from tablefit.imaging.decoding import BadImageAt

from data_service.decode_process import BadAt, Failed, Job, Reply, part_path

LIMIT_WORKERS = 4
# Jobs that wait while all workers are busy, for each worker; whoever brings more waits himself.
_WAITING_JOBS = 1

# Not `-m`, by which the classes of the answers would belong to a module of another name.
_PROGRAM = "from data_service.decode_process import main; main()"

# A process, and this end of its socket.
_Running = tuple[subprocess.Popen[bytes], Connection]


class DecodeWorkers:
    """For use by many threads."""

    def __init__(self, count: int = min(LIMIT_WORKERS, os.cpu_count() or 1)) -> None:
        self._workers = [_Worker() for _ in range(count)]
        self._idle: LifoQueue[_Worker] = LifoQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._room = threading.BoundedSemaphore(count * (1 + _WAITING_JOBS))
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="decode-worker")

    def decode_file(self, job: Job) -> "Future[int]":
        """Begins a job; waits first while too many are unfinished. The result is the CRC-32 of the file of pixels.

        The future raises BadImageAt for the first image without pixels, OSError for a file that cannot be read or
        written, and Unavailable when the worker died, or the pool was closed: another try may succeed.
        """
        self._room.acquire()
        try:
            future = self._threads.submit(self._decode, job)
        except RuntimeError as error:
            self._room.release()
            raise _stopping() from error
        future.add_done_callback(lambda _: self._room.release())
        return future

    def start(self) -> None:
        """Starts the processes that do not run, for jobs that are about to come. Raises Unavailable after `close`."""
        for worker in self._workers:
            worker.start()

    def process_ids(self) -> list[int]:
        """The processes that run now."""
        return [number for worker in self._workers if (number := worker.process_id()) is not None]

    def close(self) -> None:
        """Ends the processes at once; unfinished jobs fail or are cancelled."""
        for worker in self._workers:
            worker.close()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _decode(self, job: Job) -> int:
        worker = self._idle.get()
        try:
            reply = worker.ask(job)
        finally:
            self._idle.put(worker)
        if isinstance(reply, BadAt):
            raise BadImageAt(reply.place, reply.reason)
        if isinstance(reply, Failed):
            raise OSError(reply.number, reply.reason)
        return reply.check_sum


class _Worker:
    """A place for one process, started when it is needed. One thread at a time asks; any may close."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._closed = False

    def ask(self, job: Job) -> Reply:
        """The answer to a job. Raises Unavailable when there is none; then nothing of it is left either."""
        process, connection = self._started()
        try:
            connection.send(job)
            reply: Reply = connection.recv()
        except (EOFError, OSError) as error:
            self._end()
            process.wait()
            part_path(job, process.pid).unlink(missing_ok=True)
            raise Unavailable("A process that decodes images ended before its time; try again.") from error
        return reply

    def start(self) -> None:
        """Starts the process, unless it runs."""
        self._started()

    def process_id(self) -> int | None:
        """The process that runs now."""
        with self._lock:
            return None if self._running is None else self._running[0].pid

    def close(self) -> None:
        """Ends the process, for good."""
        with self._lock:
            self._closed = True
        self._end()

    def _started(self) -> _Running:
        with self._lock:
            if self._closed:
                raise _stopping()
            if self._running is None:
                self._running = _start()
            return self._running

    def _end(self) -> None:
        with self._lock:
            ended, self._running = self._running, None
        if ended is not None:
            ended[0].kill()
            ended[0].wait()


def _start() -> _Running:
    ours, theirs = Pipe()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=_environment(),
        )
    return process, ours


def _environment() -> dict[str, str]:
    """This process's, in which the same modules are found, and numpy starts no threads, which nothing here needs."""
    root = str(Path(__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"}


def _stopping() -> Unavailable:
    return Unavailable("The service is stopping.")
