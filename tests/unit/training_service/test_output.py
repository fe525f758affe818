"""What a job's process prints: bounded, and its last words."""

import threading

import pytest
from tablefit.errors import OutOfOrder

from training_service import holes, output


@pytest.fixture
def no_holes(monkeypatch):
    """As on a file system that knows no holes."""
    monkeypatch.setattr(holes, "PUNCH_HOLE", 0x4000)


def test_last_lines_leave_out_a_traceback_but_its_message(tmp_path):
    path = tmp_path / "output.log"
    path.write_text(
        'Epoch 1\n\nTraceback (most recent call last):\n  File "script.py", line 3, in <module>\n    1 / 0\n'
        "    ~~^~~\nZeroDivisionError: division by zero\n"
    )
    assert output.last_lines(path) == ["Epoch 1", "ZeroDivisionError: division by zero"]


def test_last_lines_leave_out_what_tensorflow_notes_at_every_start(tmp_path):
    path = tmp_path / "output.log"
    path.write_text(
        "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
        "I0000 00:00:1795491584.346139    3453 port.cc:153] oneDNN custom operations are on.\n"
        "W0000 00:00:1795491585.100000    3453 memory.cc:9] Allocation exceeds 10% of free system memory.\n"
    )
    assert output.last_lines(path) == [
        "W0000 00:00:1795491585.100000    3453 memory.cc:9] Allocation exceeds 10% of free system memory."
    ]


def test_last_lines_of_bytes_that_are_no_text_are_readable(tmp_path):
    path = tmp_path / "output.log"
    path.write_bytes(b"\xff\xfe bad\n" + b"x" * 1_000)
    assert output.last_lines(path) == ["\ufffd\ufffd bad", "x" * 300]


def test_a_long_output_loses_its_older_part_where_there_are_no_holes(tmp_path, monkeypatch, no_holes):
    monkeypatch.setattr(output, "LIMIT_BYTES", 1_000)
    monkeypatch.setattr(output, "_KEPT_BYTES", 25)
    path = tmp_path / "output.log"
    with output.open_output(path) as file:
        for number in range(1_000):
            file.write(f"line {number:03}\n".encode())
        output.shorten(path)
        file.write(b"line end\n")
    assert path.read_text() == "(8982 bytes of older output were dropped)\nline 998\nline 999\nline end\n"


def test_offsets_stay_when_older_output_is_dropped_again_and_again(tmp_path, monkeypatch, no_holes):
    monkeypatch.setattr(output, "LIMIT_BYTES", 1_000)
    monkeypatch.setattr(output, "_KEPT_BYTES", 250)
    path = tmp_path / "output.log"
    whole = b""
    with output.open_output(path) as file:
        for number in range(100):
            line = f"line {number:94}\n".encode()
            file.write(line)
            whole += line
            output.shorten(path)
            for offset in (0, len(whole) - 8, len(whole)):
                part = output.read(path, offset, 100_000)
                assert part.offset >= offset
                assert part.data == whole[part.offset :]
    assert output.read(path, 0, 1_000).offset > 4_000
    for offset in (-1, len(whole) + 1):
        with pytest.raises(OutOfOrder, match=f"expected an offset of 0 to 10000, received {offset}"):
            output.read(path, offset, 10)


def test_a_line_longer_than_what_stays_is_cut_and_not_lost(tmp_path, monkeypatch, no_holes):
    monkeypatch.setattr(output, "LIMIT_BYTES", 1_000)
    monkeypatch.setattr(output, "_KEPT_BYTES", 25)
    path = tmp_path / "output.log"
    path.write_bytes(b"x" * 10_000)
    output.shorten(path)
    assert output.read(path, 0, 1_000) == output.Printed(9_975, b"x" * 25)


def test_no_byte_is_lost_or_moved_while_a_process_writes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(output, "LIMIT_BYTES", 256 * 1024)
    monkeypatch.setattr(output, "_KEPT_BYTES", 64 * 1024)
    path = tmp_path / "output.log"
    path.touch()

    def write() -> None:
        with output.open_output(path) as file:
            for first in range(0, 200_000, 100):
                file.write(b"".join(b"%015d\n" % number for number in range(first, first + 100)))

    writer = threading.Thread(target=write)
    writer.start()
    offset = 0
    while writer.is_alive() or offset < 3_200_000:
        output.shorten(path)
        part = output.read(path, offset, 16 * 4096)
        lines = part.data[-part.offset % 16 :]
        numbers = [int(line) for line in lines[: len(lines) // 16 * 16].split()]
        assert numbers == [*range(-(-part.offset // 16), -(-part.offset // 16) + len(numbers))]
        offset = part.offset + len(part.data)
    writer.join()
    output.shorten(path)
    assert (offset, path.stat().st_size) == (3_200_000, 3_200_000)
    assert path.stat().st_blocks * 512 <= 256 * 1024
    assert output.last_lines(path) == [f"{number:015}" for number in range(199_997, 200_000)]


def test_before_a_process_prints_there_is_nothing(tmp_path):
    path = tmp_path / "output.log"
    assert output.read(path, 0, 10) == output.Printed(0, b"")
    with pytest.raises(OutOfOrder):
        output.read(path, 1, 10)


def test_a_short_output_is_left_alone(tmp_path):
    path = tmp_path / "output.log"
    path.write_text("line\n")
    output.shorten(path)
    assert path.read_text() == "line\n"
