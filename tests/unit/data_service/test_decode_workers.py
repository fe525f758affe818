"""Worker processes decode files of images, and nothing but time is lost when one of them, or the service, dies."""

import os
import select
import signal
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from tablefit.errors import Unavailable
from tablefit.imaging import pixels
from tablefit.imaging.decoding import BadImageAt
from tablefit.imaging.pixels import PixelFormat

from data_service import decode_process
from data_service.decode_process import Job
from data_service.decode_workers import DecodeWorkers
from tests.image_files import encode, png
from tests.waiting import wait_until

TIMEOUT_S = 60
WANTED = PixelFormat("L", 5, 6)


@pytest.fixture
def workers() -> Iterator[DecodeWorkers]:
    pool = DecodeWorkers(1)
    yield pool
    pool.close()


def job(folder: Path, files: list[bytes], wanted: PixelFormat = WANTED, name: str = "block") -> Job:
    """The files one behind the other, in reverse, with a gap between them."""
    content, spans = b"", []
    for file in reversed(files):
        spans.insert(0, (len(content), len(file)))
        content += file + b"gap"
    (folder / f"{name}.encoded").write_bytes(content)
    return Job(folder / f"{name}.encoded", spans, wanted, folder / f"{name}.pixels")


def stop(workers: DecodeWorkers, folder: Path) -> int:
    """Makes the only worker stand still, so that the next job does not end; returns its process."""
    workers.decode_file(job(folder, [], name="first")).result(TIMEOUT_S)
    [number] = workers.process_ids()
    os.kill(number, signal.SIGSTOP)
    return number


def expected(files: list[bytes], wanted: PixelFormat = WANTED) -> bytes:
    return b"".join(pixels.decode(file, wanted).tobytes() for file in files)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def wait_for_end(process_id: int, kill: bool = False) -> None:
    """Returns when the process has ended."""
    descriptor = os.pidfd_open(process_id)
    try:
        if kill:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        assert select.select([descriptor], [], [], TIMEOUT_S)[0] == [descriptor]
    finally:
        os.close(descriptor)


def test_a_file_is_filled_with_the_pixels_in_order(tmp_path: Path, workers: DecodeWorkers) -> None:
    files = [png(1), encode(Image.new("RGB", (9, 9), "red"), "JPEG"), png(2, (3, 3)), png(3)]
    check_sum = workers.decode_file(job(tmp_path, files)).result(TIMEOUT_S)
    assert (tmp_path / "block.pixels").read_bytes() == expected(files)
    assert check_sum == zlib.crc32(expected(files))
    assert names(tmp_path) == ["block.encoded", "block.pixels"]


def test_a_job_of_several_parts_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_process, "_PART_BYTES", 2 * WANTED.row_bytes)
    files = [png(seed) for seed in range(5)]
    checks: list[int] = []
    check_sum = decode_process.decode_file(job(tmp_path, files), lambda: checks.append(1))
    assert (tmp_path / "block.pixels").read_bytes() == expected(files)
    assert (check_sum, len(checks)) == (zlib.crc32(expected(files)), 3)


def test_the_format_wanted_travels_in_full(tmp_path: Path, workers: DecodeWorkers) -> None:
    wanted = PixelFormat("RGB", 4, 9, "lanczos", "letterbox")
    files = [png(1), png(2, (20, 3), "RGB")]
    workers.decode_file(job(tmp_path, files, wanted)).result(TIMEOUT_S)
    assert (tmp_path / "block.pixels").read_bytes() == expected(files, wanted)


def test_no_images_make_an_empty_file(tmp_path: Path, workers: DecodeWorkers) -> None:
    assert workers.decode_file(job(tmp_path, [])).result(TIMEOUT_S) == 0
    assert (tmp_path / "block.pixels").read_bytes() == b""


def test_the_first_bad_image_is_told_by_its_place_and_leaves_no_file(tmp_path: Path, workers: DecodeWorkers) -> None:
    with pytest.raises(BadImageAt, match="the file is not an image") as caught:
        workers.decode_file(job(tmp_path, [png(1), b"no image", png(2), b""])).result(TIMEOUT_S)
    assert caught.value.place == 1
    assert names(tmp_path) == ["block.encoded"]


def test_more_pixels_than_the_limit_are_refused(tmp_path: Path, workers: DecodeWorkers) -> None:
    whole = job(tmp_path, [png(1)])
    limited = Job(whole.input_path, whole.spans, WANTED, whole.output_path, limit_pixels=29)
    with pytest.raises(BadImageAt, match="more than the limit of 29 pixels"):
        workers.decode_file(limited).result(TIMEOUT_S)


def test_files_that_cannot_be_read_or_written_are_told_and_the_worker_goes_on(
    tmp_path: Path, workers: DecodeWorkers
) -> None:
    sound = job(tmp_path, [png(1)])
    workers.decode_file(sound).result(TIMEOUT_S)
    first = workers.process_ids()
    for wrong in (
        Job(tmp_path / "missing", sound.spans, WANTED, sound.output_path),
        Job(sound.input_path, sound.spans, WANTED, tmp_path / "missing" / "block.pixels"),
    ):
        with pytest.raises(FileNotFoundError):
            workers.decode_file(wrong).result(TIMEOUT_S)
    with pytest.raises(OSError, match="ends too early"):
        workers.decode_file(Job(sound.input_path, [(0, 10_000)], WANTED, sound.output_path)).result(TIMEOUT_S)
    assert workers.process_ids() == first


def test_processes_start_when_there_is_work(tmp_path: Path) -> None:
    pool = DecodeWorkers(2)
    try:
        assert pool.process_ids() == []
        for name in ("one", "other"):
            pool.decode_file(job(tmp_path, [png(1)], name=name)).result(TIMEOUT_S)
        assert len(pool.process_ids()) == 1
    finally:
        pool.close()


def test_many_jobs_at_once_fill_their_own_files(tmp_path: Path) -> None:
    pool = DecodeWorkers(2)
    try:
        blocks = {f"block-{number}": [png(number * 10 + row) for row in range(7)] for number in range(12)}
        futures = [pool.decode_file(job(tmp_path, files, name=name)) for name, files in blocks.items()]
        assert [zlib.crc32(expected(files)) for files in blocks.values()] == [
            future.result(TIMEOUT_S) for future in futures
        ]
    finally:
        pool.close()


def test_an_idle_worker_that_was_killed_is_replaced(tmp_path: Path, workers: DecodeWorkers) -> None:
    block = job(tmp_path, [png(1)])
    workers.decode_file(block).result(TIMEOUT_S)
    [killed] = workers.process_ids()
    wait_for_end(killed, kill=True)
    with pytest.raises(Unavailable, match="try again"):
        workers.decode_file(block).result(TIMEOUT_S)
    assert workers.decode_file(block).result(TIMEOUT_S) == zlib.crc32(expected([png(1)]))
    assert workers.process_ids() != [killed]


def test_a_worker_killed_in_its_job_leaves_nothing_of_it(tmp_path: Path, workers: DecodeWorkers) -> None:
    number = stop(workers, tmp_path)
    block = job(tmp_path, [png(1)])
    before = names(tmp_path)
    future = workers.decode_file(block)
    decode_process.part_path(block, number).write_bytes(b"half")
    wait_for_end(number, kill=True)
    with pytest.raises(Unavailable, match="try again"):
        future.result(TIMEOUT_S)
    assert names(tmp_path) == before
    assert workers.decode_file(block).result(TIMEOUT_S) == zlib.crc32(expected([png(1)]))


def test_who_brings_too_many_jobs_waits(tmp_path: Path, workers: DecodeWorkers) -> None:
    number = stop(workers, tmp_path)
    pending = [workers.decode_file(job(tmp_path, [png(seed)], name=f"block-{seed}")) for seed in (1, 2)]
    third = threading.Thread(target=lambda: pending.append(workers.decode_file(job(tmp_path, [png(3)], name="third"))))
    third.start()
    third.join(0.2)
    assert third.is_alive()
    os.kill(number, signal.SIGCONT)
    third.join(TIMEOUT_S)
    assert [future.result(TIMEOUT_S) for future in pending] == [zlib.crc32(expected([png(seed)])) for seed in (1, 2, 3)]


def test_closing_ends_processes_and_jobs(tmp_path: Path) -> None:
    pool = DecodeWorkers(1)
    stop(pool, tmp_path)
    running, waiting = (pool.decode_file(job(tmp_path, [png(1)], name=name)) for name in ("running", "waiting"))
    wait_until(running.running)
    pool.close()
    assert isinstance(running.exception(TIMEOUT_S), Unavailable)
    assert waiting.cancelled() or isinstance(waiting.exception(TIMEOUT_S), Unavailable)
    assert pool.process_ids() == []
    with pytest.raises(Unavailable, match="stopping"):
        pool.decode_file(job(tmp_path, [png(1)]))


SERVICE = """
import sys
from pathlib import Path
from data_service.decode_process import Job
from data_service.decode_workers import DecodeWorkers
from tablefit.imaging.pixels import PixelFormat
pool = DecodeWorkers(1)
folder = Path(sys.argv[1])
pool.decode_file(Job(folder / "block.encoded", [], PixelFormat("L", 5, 6), folder / "block.pixels")).result()
print(*pool.process_ids(), flush=True)
sys.stdin.read()
"""


def test_workers_end_when_the_service_is_killed(tmp_path: Path) -> None:
    job(tmp_path, [])
    command = [sys.executable, "-c", SERVICE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        number = int(service.stdout.readline())
        descriptor = os.pidfd_open(number)
        service.kill()
        try:
            assert select.select([descriptor], [], [], TIMEOUT_S)[0] == [descriptor]
        finally:
            os.close(descriptor)


def test_a_job_stops_between_parts_when_the_service_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_process, "_PART_BYTES", WANTED.row_bytes)
    seen = iter([None, EOFError()])

    def check() -> None:
        end = next(seen)
        if end is not None:
            raise end

    with pytest.raises(EOFError):
        decode_process.decode_file(job(tmp_path, [png(1), png(2), png(3)]), check)
    assert names(tmp_path) == ["block.encoded"]


def test_a_worker_loads_numpy_and_pillow_and_nothing_of_the_service() -> None:
    script = "import sys, data_service.decode_process; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=TIMEOUT_S)
    loaded = set(done.stdout.split())
    assert {"numpy", "PIL"} <= loaded
    assert {name.partition(".")[0] for name in loaded} & {"grpc", "google", "sqlalchemy", "pymysql"} == set()
    ours = {name for name in loaded if name.partition(".")[0] in ("data_service", "tablefit")}
    assert ours == {
        "data_service",
        "data_service.decode_process",
        "tablefit",
        "tablefit.errors",
        "tablefit.imaging",
        "tablefit.imaging.decoding",
        "tablefit.imaging.pixel_format",
        "tablefit.imaging.pixels",
        "tablefit.imaging.plain_jpeg",
        "tablefit.imaging.plain_png",
        "tablefit.imaging.sheets",
    }
