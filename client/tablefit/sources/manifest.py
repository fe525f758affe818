"""A manifest: a CSV or TSV file that lists paths of images and their labels.

    path,label              or, without a header, two columns: the path, then the label
    scans/a.png,7
    scans/b.png,crab

Paths are relative to the manifest's folder, or absolute. A header names the columns in any order and case, among
others; see PATH_COLUMNS and LABEL_COLUMNS. Rows come in the order of the manifest; the source name is the path as it
stands there. The manifest is read anew for each pass, so that it may be long.
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TextIO

from tablefit.errors import InvalidInput
from tablefit.sources import SourceRow
from tablefit.sources.columns import IMAGE_COLUMNS
from tablefit.sources.compression import reading
from tablefit.sources.csv_look import look_at
from tablefit.sources.image_files import read_image
from tablefit.sources.label_folders import is_image
from tablefit.sources.options import TableReadOptions

PATH_COLUMNS = ("path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path")
LABEL_COLUMNS = ("label", "class", "y", "class_name", "category")

_TAB_SUFFIXES = frozenset((".tsv", ".tab"))
_DELIMITERS = (",", ";", "\t")
# So many missing files are named; the rest is counted.
_LIMIT_NAMED_FILES = 5
_LIMIT_FIRST_LINE = 10_000


@dataclass(frozen=True)
class _Line:
    number: int
    path: str
    label: str


@dataclass(frozen=True)
class _Columns:
    path: int
    label: int
    count: int


@dataclass(frozen=True)
class _Listing:
    row_count: int
    fingerprint: str


_TWO_COLUMNS = _Columns(path=0, label=1, count=2)


def looks_like_manifest(path: Path) -> bool:
    """Whether a CSV file lists images: by a header with one column of paths and one of labels, or by two columns
    without one, of which the first begins with the name of an image or of a file that is there.

    What cannot be read is no manifest.
    """
    try:
        look = look_at(path, TableReadOptions())
    except InvalidInput:
        return False
    first = [name.strip().casefold() for name in look.first]
    paths = [index for index, name in enumerate(first) if name in PATH_COLUMNS]
    if len(paths) == 1 and sum(name in LABEL_COLUMNS for name in first) == 1:
        return len(look.second) <= paths[0] or _may_be_image(path, look.second[paths[0]])
    return len(look.first) == 2 and _may_be_image(path, look.first[0])


def _may_be_image(manifest: Path, name: str) -> bool:
    return is_image(name.strip()) or (manifest.parent / name.strip()).is_file()


class ManifestSource:
    """The images that a manifest lists."""

    columns = IMAGE_COLUMNS

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def row_count(self) -> int:
        """How many images are listed."""
        return self._listing.row_count

    @property
    def fingerprint(self) -> str:
        """SHA-256 over paths, labels and sizes of the files."""
        return self._listing.fingerprint

    def rows(self, skip: int = 0) -> Iterator[SourceRow]:
        """The images as rows with the columns label and image (the file's bytes). Raises InvalidInput for a file that
        cannot be read."""
        for index, line in enumerate(self._lines()):
            if index >= skip:
                yield SourceRow(line.path, {"label": line.label, "image": self._read(line)})

    def _read(self, line: _Line) -> bytes:
        return read_image(self.path.parent / line.path, f" (line {line.number} of {self.path})")

    @cached_property
    def _listing(self) -> _Listing:
        digest = hashlib.sha256()
        row_count = missing_count = 0
        missing: list[str] = []
        for line in self._lines():
            path = self.path.parent / line.path
            row_count += 1
            if not path.is_file():
                missing_count += 1
                if missing_count <= _LIMIT_NAMED_FILES:
                    missing.append(f"line {line.number} ({line.path})")
                continue
            digest.update(f"{line.path}\0{line.label}\0{path.stat().st_size}\n".encode())
        if missing:
            more = f" and {missing_count - len(missing):,} more" if missing_count > len(missing) else ""
            raise InvalidInput(
                f"{self.path} lists files that are not there: {', '.join(missing)}{more}; "
                f"expected the path of an image, relative to {self.path.parent}, and its label."
            )
        if not row_count:
            raise InvalidInput(f"{self.path} lists no images; expected lines with a path and a label.")
        return _Listing(row_count, digest.hexdigest())

    def _lines(self) -> Iterator[_Line]:
        """The lines that list an image, checked."""
        records = self._records()
        first = next(records, None)
        if first is None:
            return
        columns = _named_columns(self.path, first[1])
        if columns is None:
            columns, records = _TWO_COLUMNS, chain((first,), records)
        for number, record in records:
            yield self._line(number, record, columns)

    def _line(self, number: int, record: list[str], columns: _Columns) -> _Line:
        if len(record) != columns.count:
            raise InvalidInput(
                f"Line {number} of {self.path} has {len(record)} fields; expected {columns.count}, "
                f"{'as in the header' if columns is not _TWO_COLUMNS else 'a path and a label'}."
            )
        line = _Line(number, record[columns.path].strip(), record[columns.label].strip())
        if not line.path or not line.label:
            raise InvalidInput(f"Line {number} of {self.path} lacks its {'label' if line.path else 'path'}.")
        return line

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Records that are not empty, with the line on which each ends."""
        with reading(self.path):
            file = self.path.open(encoding="utf-8-sig", newline="")
        with file:
            delimiter = self._delimiter(file)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            while True:
                try:
                    record = next(reader, None)
                except (csv.Error, UnicodeDecodeError) as error:
                    raise InvalidInput(
                        f"Cannot read {self.path} after line {reader.line_num} ({error}); expected CSV or TSV in UTF-8."
                    ) from error
                if record is None:
                    return
                if any(field.strip() for field in record):
                    yield reader.line_num, record

    def _delimiter(self, file: TextIO) -> str:
        """Tab by the file's name, else what stands in its first line most often."""
        if self.path.suffix.lower() in _TAB_SUFFIXES:
            return "\t"
        try:
            first = file.readline(_LIMIT_FIRST_LINE)
        except UnicodeDecodeError as error:
            raise InvalidInput(f"{self.path} is not text in UTF-8 ({error}); save it as such.") from error
        file.seek(0)
        return max(_DELIMITERS, key=first.count)


def _named_columns(path: Path, header: list[str]) -> _Columns | None:
    """Where paths and labels stand by the names in the first record; None when it is no header."""
    names = [name.strip().casefold() for name in header]
    paths = [index for index, name in enumerate(names) if name in PATH_COLUMNS]
    labels = [index for index, name in enumerate(names) if name in LABEL_COLUMNS]
    if len(paths) == 1 and len(labels) == 1:
        return _Columns(paths[0], labels[0], len(names))
    if not paths and not labels and len(names) == 2:
        return None
    raise InvalidInput(
        f"{path} has the columns {', '.join(header)}; expected a header with one column of paths "
        f"({', '.join(PATH_COLUMNS)}) and one of labels ({', '.join(LABEL_COLUMNS)}), "
        "or two columns without a header: the path, then the label."
    )
