"""Another process at a directory of snapshots, for tests: `python -m tests.snapshot_program DIRECTORY COMMAND …`.

    take TABLE FIRST      takes snapshots of six versions of a table from FIRST on; all but the last two are deleted
    take-on TABLE FIRST   the same without an end
    hold ID READER        holds a snapshot until standard input ends

Says a line for each thing done: "reading", "taken VERSION ID", "deleting ID", "holding".
"""

import itertools
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from data_service.columns import RowBatch
from data_service.snapshots import Snapshots
from tests.pinned_rows import GIB, rows, take

BATCH_ROWS = 2_000
ROW_COUNT = 20_000


def batches_of(version: int) -> list[RowBatch]:
    """The rows of one version of the table: the first tenth differs from version to version."""
    return [
        rows(range(start + 1, start + 1 + BATCH_ROWS), version if start == 0 else 0)
        for start in range(0, ROW_COUNT, BATCH_ROWS)
    ]


def images_of(version: int) -> list[bytes]:
    """The images of all rows of a version."""
    return [image for batch in batches_of(version) for image in batch.columns["image"].values]


@contextmanager
def running(directory: Path, *command: object) -> Iterator[subprocess.Popen[str]]:
    """This program, killed at the end of the block."""
    line = [sys.executable, "-m", "tests.snapshot_program", str(directory), *map(str, command)]
    process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def main(directory: str, command: str, first: str, second: str) -> None:
    """Does what the command says."""
    snapshots = Snapshots(Path(directory), GIB)
    if command == "take":
        _take(snapshots, first, range(int(second), int(second) + 6))
    elif command == "take-on":
        _take(snapshots, first, itertools.count(int(second)))
    else:
        with snapshots.hold(first, second):
            _say("holding")
            sys.stdin.read()


def _take(snapshots: Snapshots, table: str, versions: Iterable[int]) -> None:
    kept: list[str] = []
    for version in versions:
        record = take(snapshots, *batches_of(version), name=table, on_progress=lambda _: _say("reading"))
        _say(f"taken {version} {record.snapshot_id}")
        kept.append(record.snapshot_id)
        if len(kept) > 2:
            _say(f"deleting {kept[0]}")
            snapshots.delete(kept.pop(0))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
