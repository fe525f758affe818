"""The beginning of a CSV or TSV file: its delimiter, its first record, and where that ends.

Only the first bytes are read here, by the standard library; leaves the rest to `csv_table`.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.sources.compression import reading
from tablefit.sources.options import TableReadOptions

TAB_SUFFIXES = frozenset((".tsv", ".tab"))
_DELIMITERS = (",", ";", "\t", "|")
_HEAD_BYTES = 256 * 1024
_LIMIT_SAMPLE_RECORDS = 50


@dataclass(frozen=True)
class CsvLook:
    """How a file is written. `start` is the byte of the first record (behind the mark of UTF-8), `first_end` that
    behind it; `second` is empty when there is no second record near."""

    delimiter: str
    skip_spaces: bool
    first: tuple[str, ...]
    second: tuple[str, ...]
    start: int
    first_end: int


def look_at(path: Path, options: TableReadOptions) -> CsvLook:
    """Looks at the beginning of a file. Raises InvalidInput for one that is no text in UTF-8, or empty."""
    text, start, is_whole = _read_head(path)
    delimiter = options.delimiter or _delimiter(path, text, is_whole)
    skip_spaces = _all_spaced(text, delimiter) if options.skip_spaces is None else options.skip_spaces
    ends: list[int] = []
    reader = csv.reader(_lines(text, ends), delimiter=delimiter, skipinitialspace=skip_spaces)
    first: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    first_end = 0
    try:
        for record in reader:
            if record and not first:
                first, first_end = tuple(record), ends[-1]
            elif record:
                second = tuple(record)
                break
    except csv.Error as error:
        if not first:
            raise InvalidInput(f"Cannot read {path} ({error}); expected CSV or TSV in UTF-8.") from error
    if first and not is_whole and first_end == len(text.encode()):
        raise InvalidInput(f"The first line of {path} is longer than {_HEAD_BYTES:,} bytes; expected CSV or TSV.")
    return CsvLook(delimiter, skip_spaces, first, second, start, start + first_end)


def _read_head(path: Path) -> tuple[str, int, bool]:
    """The first text, the byte where it starts, and whether it is all there is."""
    with reading(path), path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        is_whole = not file.read(1)
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head[start:], is_whole)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not text in UTF-8 ({error}); save it as such.") from error
    return text, start, is_whole


def _lines(text: str, ends: list[int]) -> Iterator[str]:
    """The lines with their ends; notes the byte behind each line that is taken."""
    end = 0
    for line in io.StringIO(text, newline=""):
        end += len(line.encode())
        ends.append(end)
        yield line


def _delimiter(path: Path, text: str, is_whole: bool) -> str:
    """Tab by the file's name; else the one that cuts the first records into the most fields, all into as many; else
    the most frequent one of the first line; else a comma."""
    if path.suffix.lower() in TAB_SUFFIXES:
        return "\t"
    counts = {delimiter: _equal_count(text, delimiter, is_whole) for delimiter in _DELIMITERS}
    best = max(_DELIMITERS, key=counts.__getitem__)
    if counts[best] > 1:
        return best
    first_line = text.partition("\n")[0]
    return max(_DELIMITERS, key=first_line.count)


def _equal_count(text: str, delimiter: str, is_whole: bool) -> int:
    """How many fields the first records have, all of them; 0 when they differ."""
    records: list[list[str]] = []
    ends: list[int] = []
    try:
        for record in csv.reader(_lines(text, ends), delimiter=delimiter, skipinitialspace=True):
            if record:
                records.append(record)
            if len(records) > _LIMIT_SAMPLE_RECORDS:
                break
    except csv.Error:
        return 0
    if not is_whole and len(records) <= _LIMIT_SAMPLE_RECORDS:
        # The head ends within the last record.
        records = records[:-1]
    counts = {len(record) for record in records}
    return counts.pop() if len(counts) == 1 else 0


def _all_spaced(text: str, delimiter: str) -> bool:
    """Whether a space follows each delimiter outside quotes that has something behind it in its line."""
    # A quote stands for what is quoted, so that what surrounds it does not touch.
    outside = '"'.join(text.split('"')[::2])
    followed = re.findall(f"{re.escape(delimiter)}([^\r\n])", outside)
    return bool(followed) and all(character == " " for character in followed)
