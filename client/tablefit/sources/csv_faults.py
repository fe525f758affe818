"""What is wrong with a CSV file, and on which line: the file is read again by the standard library, which knows lines
where pyarrow knows records. Slow, and only for files that are refused."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import overload

from tablefit.errors import InvalidInput
from tablefit.sources.compression import reading
from tablefit.sources.csv_look import CsvLook, look_at
from tablefit.sources.options import TableReadOptions


def line_of(path: Path, options: TableReadOptions, record: int) -> int:
    """The line on which a record begins, both counted as people and programs do: lines from 1, records from 0."""
    for index, (line, _) in enumerate(_records(path, look_at(path, options), is_strict=False)):
        if index == record:
            return line
    return 0


@overload
def find_fault(path: Path, look: CsvLook, limit_bytes: int, said: str) -> InvalidInput: ...
@overload
def find_fault(path: Path, look: CsvLook, limit_bytes: int, said: None) -> InvalidInput | None: ...
def find_fault(path: Path, look: CsvLook, limit_bytes: int, said: str | None) -> InvalidInput | None:
    """The error for the first record that is wrong; `said` is what the parser said, None when it saw nothing wrong."""
    count = len(look.first)
    line = 1
    try:
        for line, record in _records(path, look, is_strict=said is None):
            if len(record) != count:
                return InvalidInput(
                    f"Line {line} of {path} has {len(record)} fields; expected {count}, as in the first record."
                )
            if sum(map(len, record)) > limit_bytes:
                return InvalidInput(f"Line {line} of {path} is longer than {limit_bytes:,} bytes; expected less.")
    except UnicodeDecodeError as error:
        return InvalidInput(f"{path} is not text in UTF-8 ({error}); save it as such.")
    except csv.Error as error:
        return InvalidInput(f"Cannot read {path} after line {line} ({error}); expected CSV or TSV in UTF-8.")
    return None if said is None else InvalidInput(f"Cannot read {path} ({said}); expected CSV or TSV in UTF-8.")


def _records(path: Path, look: CsvLook, *, is_strict: bool) -> Iterator[tuple[int, list[str]]]:
    """Records that are no empty lines, each with the line on which it begins."""
    with reading(path):
        file = path.open(encoding="utf-8-sig", newline="")
    with file:
        reader = csv.reader(file, delimiter=look.delimiter, skipinitialspace=look.skip_spaces, strict=is_strict)
        end = 0
        for record in reader:
            if record:
                yield end + 1, record
            end = reader.line_num
