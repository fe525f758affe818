"""Transactions of whole-dataset operations: tables made and filled in several, rows changed in one.

Every table is found by its id in each transaction, so a rename in the meantime does not matter. Leaves the statements
to `making`, `copying` and `content`; which rows are wanted, and progress, to `data_service.operations`.
"""

import logging
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

import numpy as np
import sqlalchemy as sql
from numpy.typing import NDArray
from tablefit.errors import TablefitError, WrongState

from data_service.filters import Filter
from data_service.schema import Column, NewTable
from data_service.store import content, copying, definition, making, rows
from data_service.store.catalogue import Entry
from data_service.store.copying import Classes, Range
from data_service.store.engine import Database, Work
from data_service.store.row_table import RowTable, own_table
from data_service.store.statistics import ColumnReader

_log = logging.getLogger(__name__)

Result = TypeVar("Result")

# How an entry is found by its id.
Find = Callable[[sql.Connection, str], Entry]


class DespiteRenames(Protocol):
    """Runs a transaction, again when a table was renamed meanwhile."""

    def __call__(self, run: Callable[[Work[Result]], Result], attempt: Work[Result]) -> Result:
        """What the transaction results in."""


# Ids of one statement, far below what engines take.
LIMIT_IDS = 5000
_APPENDED_ROWS = 2000


class OperationStore:
    """Operations on the tables of one database.

    `find` looks an entry up; `touch` does so too, and keeps all others from changing that table until the transaction
    ends.
    """

    def __init__(
        self,
        database: Database,
        find: Find,
        touch: Find,
        despite_renames: DespiteRenames,
    ) -> None:
        self._database = database
        self._find = find
        self._touch = touch
        self._despite_renames = despite_renames

    @contextmanager
    def making(self, wanted: Sequence[NewTable]) -> Iterator["NewTables"]:
        """Empty tables under reserved names, for the time of the block: gone at its end unless they were published.

        AlreadyExists, InvalidInput as creating them would.
        """
        token = f"{making.TOKEN_PREFIX}{secrets.token_hex(8)}"
        ids = [uuid.uuid4().hex for _ in wanted]
        with self._database.claimed(token):
            try:
                entries = self._database.define(
                    lambda c: making.begin(c, token, list(zip(ids, wanted, strict=True))), definition.mend
                )
                yield NewTables(self, entries, [table.name for table in wanted])
            finally:
                self._drop(ids)

    def last_id(self, table_id: str) -> int:
        """The largest id; below all ids where there is no row."""
        return self.reading(table_id, copying.last_id)

    def read_classes(self, table_id: str, column: str, bounds: tuple[int, int], limit: int) -> Classes:
        """At most `limit` rows with bounds[0] < id <= bounds[1], and what is in `column`; empty: in none."""
        return self.reading(table_id, lambda c, table: copying.read_classes(c, table, column, *bounds, limit))

    def append(
        self, source_id: str, target_id: str, wanted: Filter | None, limit_rows: int, check: Callable[[], None]
    ) -> int:
        """Appends rows of one table to another; how many. WrongState when there are more than `limit_rows`.

        `check` is called often and may raise: then nothing is changed.
        """

        def work(connection: sql.Connection, target: RowTable) -> int:
            source = own_table(self._find(connection, source_id))
            _refuse_many(rows.count(connection, source, wanted), limit_rows)
            after, last, copied = -(2**63), copying.last_id(connection, source), 0
            while (end := copying.range_end(connection, source, after, last, _APPENDED_ROWS)) is not None:
                check()
                copied += copying.copy_range(connection, source, target, wanted, (after, end), keep_ids=False)
                _refuse_many(copied, limit_rows)
                after = end
            return copied

        return self._changing(target_id, work)

    def count_relabelled(self, table_id: str, column: str, mapping: Mapping[str, str]) -> int:
        """How many rows hold one of the values to be replaced."""
        return self.reading(table_id, lambda c, table: content.count_relabelled(c, table, column, mapping))

    def relabel(
        self, table_id: str, column: str, mapping: Mapping[str, str], limit_rows: int, check: Callable[[], None]
    ) -> int:
        """Replaces values by others; how many. WrongState when there are more than `limit_rows`."""

        def work(connection: sql.Connection, table: RowTable) -> int:
            _refuse_many(content.count_relabelled(connection, table, column, mapping), limit_rows)
            changed = content.relabel(connection, table, column, mapping)
            _refuse_many(changed, limit_rows)
            check()
            return changed

        return self._changing(table_id, work)

    def count_duplicates(self, table_id: str, columns: Sequence[str]) -> int:
        """How many rows hold what a row with a smaller id holds in these columns."""
        return self._despite_renames(
            self._database.read, lambda c: _with_kind(c, self._find(c, table_id), content.count_duplicates, columns)
        )

    def deduplicate(self, table_id: str, columns: Sequence[str], limit_rows: int, check: Callable[[], None]) -> int:
        """Deletes rows that hold what a row with a smaller id holds; how many. WrongState above `limit_rows`."""

        def work(connection: sql.Connection) -> int:
            entry = self._touch(connection, table_id)
            deleted = _with_kind(connection, entry, content.delete_duplicates, columns, limit_rows)
            _refuse_many(deleted, limit_rows, is_least=True)
            check()
            return deleted

        return self._despite_renames(self._database.write, work)

    def truncate(self, table_id: str) -> int:
        """Deletes all rows and forgets the uploads that they came from; how many rows there were."""
        return self._changing(table_id, lambda c, table: content.truncate(c, table, table_id))

    def column_reader(self, table_id: str, column: Column) -> ColumnReader:
        """What computes the statistics of a column."""

        def read(work: Callable[[sql.Connection, RowTable, Column], Result]) -> Result:
            return self.reading(table_id, lambda connection, table: work(connection, table, column))

        return ColumnReader(read)

    def reading(self, table_id: str, work: Callable[[sql.Connection, RowTable], Result]) -> Result:
        """Reads from a table in one transaction."""
        return self._despite_renames(self._database.read, lambda c: work(c, own_table(self._find(c, table_id))))

    def filling(self, table_id: str, work: Callable[[sql.Connection, RowTable], Result]) -> Result:
        """Reads from a table and writes to others in one transaction."""
        return self._despite_renames(self._database.write, lambda c: work(c, own_table(self._find(c, table_id))))

    def publish(self, made: Sequence[tuple[Entry, str]]) -> None:
        """Gives tables their names, all at once. AlreadyExists."""
        self._database.define(lambda c: making.publish(c, made), definition.mend)

    def _changing(self, table_id: str, work: Callable[[sql.Connection, RowTable], int]) -> int:
        return self._despite_renames(self._database.write, lambda c: work(c, own_table(self._touch(c, table_id))))

    def _drop(self, table_ids: Sequence[str]) -> None:
        try:
            self._database.define(lambda c: making.drop(c, table_ids), definition.mend)
        except TablefitError:
            # The reason why the caller gets none is told already; the next start of a service drops them.
            _log.exception("tables that were being made cannot be dropped now; the next start of the service does so")


class NewTables:
    """Tables being filled, which nobody else sees."""

    def __init__(self, store: OperationStore, entries: Sequence[Entry], names: Sequence[str]) -> None:
        self._store = store
        self._entries = entries
        self._names = names

    def copy_range(self, source_id: str, wanted: Filter | None, bounds: tuple[int, int], limit: int) -> Range | None:
        """Copies those of the next `limit` rows with bounds[0] < id <= bounds[1] that fulfil a filter into the first
        table; None when there is no such row. Rows keep their ids."""
        target = own_table(self._entries[0])

        def work(connection: sql.Connection, source: RowTable) -> Range | None:
            end = copying.range_end(connection, source, *bounds, limit)
            if end is None:
                return None
            inside = (bounds[0], end)
            return Range(end, copying.copy_range(connection, source, target, wanted, inside, keep_ids=True))

        return self._store.filling(source_id, work)

    def copy_ids(self, source_id: str, ids: Sequence[NDArray[np.int64]]) -> int:
        """Copies rows with rising ids into each of the tables, in their order, at most LIMIT_IDS into one; how many."""
        targets = [own_table(entry) for entry in self._entries]

        def work(connection: sql.Connection, source: RowTable) -> int:
            pairs = zip(targets, ids, strict=True)
            return sum(copying.copy_ids(connection, source, target, chosen) for target, chosen in pairs)

        return self._store.filling(source_id, work)

    def publish(self) -> list[str]:
        """Makes the tables appear, all at once, and returns their ids. AlreadyExists when a name is taken by now."""
        self._store.publish(list(zip(self._entries, self._names, strict=True)))
        return [entry.table_id for entry in self._entries]


def _with_kind(
    connection: sql.Connection, entry: Entry, work: Callable[..., int], columns: Sequence[str], *more: int
) -> int:
    return work(connection, own_table(entry), entry.kind, columns, *more)


def _refuse_many(row_count: int, limit_rows: int, *, is_least: bool = False) -> None:
    if row_count > limit_rows:
        raise WrongState(
            f"{'At least ' if is_least else ''}{row_count:,} rows are to be changed, more than the {limit_rows:,} that "
            "one transaction may change. Copy the rows that you want into a new table instead."
        )
