"""TableSource: the rows of any columns, from whatever reads them.

A content is read twice: once to find out its columns and their number of rows, once or more for the rows. This module
owns what all contents share: the first reading is done once, rows are cut into chunks, and chunks into single rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from tablefit.errors import InvalidInput
from tablefit.sources import SourceRow
from tablefit.sources.chunking import cut_chunks, to_rows
from tablefit.sources.columns import ColumnChunk, SourceColumn

# Rows that `rows` turns into objects at once.
_LIMIT_ROWS = 1_000
_LIMIT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Scan:
    """What the first reading finds out. `fingerprint` follows the content and how it is read."""

    columns: tuple[SourceColumn, ...]
    row_count: int
    fingerprint: str


class TableContent(Protocol):
    """What a table is read from. Gives the same rows in the same order each time."""

    @property
    def origin(self) -> str:
        """What messages and row names call it, such as "census.csv"."""

    def scan(self) -> Scan:
        """Reads everything once. Raises InvalidInput for what cannot be ingested."""

    def read(self, columns: tuple[SourceColumn, ...]) -> Iterator[ColumnChunk]:
        """The rows with the columns that `scan` found, a few thousand at once. Raises InvalidInput."""


class TableSource:
    """The rows of a table. What the first reading finds out is kept; rows are read anew each time."""

    def __init__(self, content: TableContent) -> None:
        self._content = content

    @property
    def columns(self) -> tuple[SourceColumn, ...]:
        """The columns in order, with their types."""
        return self._scan.columns

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return self._scan.row_count

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the content and how it is read."""
        return self._scan.fingerprint

    @property
    def origin(self) -> str:
        """What rows are named after: row 17 of census.csv is census.csv#17."""
        return self._content.origin

    def chunks(self, skip: int, limit_rows: int, limit_bytes: int) -> Iterator[ColumnChunk]:
        """The rows after the first `skip`, by column, in chunks as large as the limits allow; a row above the byte
        limit is alone in its chunk. Raises InvalidInput."""
        yield from cut_chunks(self._content.read(self._scan.columns), skip, limit_rows, limit_bytes)

    def rows(self, skip: int = 0) -> Iterator[SourceRow]:
        """The rows after the first `skip`, one by one: much slower than `chunks`. Raises InvalidInput."""
        index = skip
        for chunk in self.chunks(skip, _LIMIT_ROWS, _LIMIT_BYTES):
            for values in to_rows(chunk, self._scan.columns):
                yield SourceRow(f"{self.origin}#{index}", values)
                index += 1

    @cached_property
    def _scan(self) -> Scan:
        scan = self._content.scan()
        if not scan.columns or not scan.row_count:
            raise InvalidInput(f"{self.origin} holds no rows; expected a table with at least one.")
        return scan
