"""Columns under other names than a source has, where a table cannot hold them under their own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tablefit.sources import ColumnarSource, SourceRow
from tablefit.sources.columns import ColumnChunk, SourceColumn


@dataclass(frozen=True)
class RenamedColumns:
    """The rows of another source; `names` gives the new name of each column that gets one."""

    source: ColumnarSource
    names: Mapping[str, str]

    @property
    def columns(self) -> tuple[SourceColumn, ...]:
        """The columns in order, by their new names."""
        return tuple(replace(column, name=self._name(column.name)) for column in self.source.columns)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return self.source.row_count

    @property
    def fingerprint(self) -> str:
        """That of the source: its names follow from it."""
        return self.source.fingerprint

    @property
    def origin(self) -> str:
        """What rows are named after."""
        return self.source.origin

    def chunks(self, skip: int, limit_rows: int, limit_bytes: int) -> Iterator[ColumnChunk]:
        """The rows after the first `skip`, by column. Raises as the source does."""
        for chunk in self.source.chunks(skip, limit_rows, limit_bytes):
            yield replace(chunk, columns={self._name(name): array for name, array in chunk.columns.items()})

    def rows(self, skip: int = 0) -> Iterator[SourceRow]:
        """The rows after the first `skip`, one by one. Raises as the source does."""
        for row in self.source.rows(skip):
            yield replace(row, values={self._name(name): value for name, value in row.values.items()})

    def _name(self, name: str) -> str:
        return self.names.get(name, name)
