"""Rows of views, queries and tables of others on their way into tables of this service's own.

They are read once, in one consistent read, into a table that nobody sees, with the columns and ids that own tables
have: from there they go on as the rows of any own table do. A column that is named "id" and does not hold the ids
becomes "source_id". Leaves reading to the store.
"""

from collections.abc import Generator, Sequence
from dataclasses import replace

from tablefit.errors import WrongState

from data_service import filters, names
from data_service.column_names import check_columns
from data_service.columns import ColumnArray, RowBatch
from data_service.filters import Filter
from data_service.progress import IsActive, Step, caller_check
from data_service.row_pages import choose
from data_service.schema import KEY_COLUMN, Column, ColumnType, NewTable, Table, TableKind, TableOrigin
from data_service.store import NewTables, Store
from data_service.values import find_faults
from data_service.verification import RowVerifier, sentence

# The name of a table that is never published.
_STAGED_NAME = f"{names.RESERVED_PREFIX}new_staged"
_RENAMED_KEY = "source_id"
# What own tables refuse; files of images are taken as they are.
_CHECKED_TYPES = (ColumnType.TEXT, ColumnType.CATEGORY, ColumnType.FLOAT, ColumnType.TIMESTAMP)


class Staging:
    """Brings the rows of sources that this service did not make into tables of its own."""

    def __init__(self, store: Store, verifier: RowVerifier) -> None:
        self._store = store
        self._verifier = verifier

    def tables(self, source: Table) -> list[NewTable]:
        """The table that a source needs, or none for one of this service's own."""
        return [] if source.origin is TableOrigin.SERVICE else [new_table(source, _STAGED_NAME)]

    def fill(self, made: NewTables, source: Table, is_active: IsActive) -> Generator[Step, None, str]:
        """The id of the table to go on with: the source's own, or that of its staged table, the last of those made."""
        if source.origin is TableOrigin.SERVICE:
            return source.table_id
        columns = [column for column in source.columns if not _is_key(source, column)]
        done = 0
        for batch in self._store.read_all_rows(source, columns, caller_check(is_active)):
            made.fill(made.ids[-1], self._checked(source, columns, batch))
            done += batch.row_count
            yield Step(done, max(source.row_count, 0))
        return made.ids[-1]

    def _checked(self, source: Table, columns: Sequence[Column], batch: RowBatch) -> dict[str, ColumnArray]:
        for column in columns:
            if column.type not in _CHECKED_TYPES:
                continue
            for row, reason in find_faults(column, batch.columns[column.name], self._verifier):
                row_id = int(batch.ids[row])
                raise WrongState(
                    f"Row {row_id} of {source.name!r} cannot be copied: {sentence(reason)} Correct the row.",
                    details={"table": source.name, "row_id": str(row_id)},
                )
        arrays = {new_name(source, column.name): batch.columns[column.name] for column in columns}
        return {KEY_COLUMN.name: ColumnArray(batch.ids), **arrays}


def new_table(source: Table, name: str, description: str = "", columns: Sequence[str] = ()) -> NewTable:
    """The table that some columns of another make up, or all; of an image table all make an image table."""
    chosen = choose(source.columns, columns) if columns else list(source.columns)
    if source.kind is TableKind.IMAGE and len(chosen) == len(source.columns):
        return NewTable(name, TableKind.IMAGE, description, "")
    # The key is there in any case, as the id.
    kept = [replace(column, name=new_name(source, column.name)) for column in chosen if not _is_key(source, column)]
    return NewTable(name, TableKind.GENERAL, description, "", check_columns(kept))


def new_name(source: Table, column: str) -> str:
    """What a column of a source is called in a table that is made of it."""
    is_taken = names.key(column) == KEY_COLUMN.name and column != source.key_column
    return _RENAMED_KEY if is_taken else column


def renamed(source: Table, wanted: Filter) -> Filter:
    """A filter of a source, for a table that is made of it."""
    match wanted:
        case filters.All(parts) | filters.Any(parts):
            return type(wanted)(tuple(renamed(source, part) for part in parts))
        case filters.Not(part):
            return filters.Not(renamed(source, part))
    if wanted.column == source.key_column:
        return replace(wanted, column=KEY_COLUMN.name)
    return replace(wanted, column=new_name(source, wanted.column))


def _is_key(source: Table, column: Column) -> bool:
    """Whether the column holds the ids, and is named so."""
    return column.name == source.key_column and names.key(column.name) == KEY_COLUMN.name
