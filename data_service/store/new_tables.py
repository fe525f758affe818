"""Tables that nobody else sees yet, filled in several transactions; and rows appended to those that all see, in one.

Leaves their beginning and end to `operations`, and the statements to `copying`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import sqlalchemy as sql
from numpy.typing import NDArray
from tablefit.errors import WrongState

from data_service.columns import ColumnArray
from data_service.filters import Filter
from data_service.schema import BEFORE_ALL_IDS, NewTable
from data_service.store import copying, definition, making, rows
from data_service.store.catalogue import Entry
from data_service.store.copying import Classes, Range
from data_service.store.engine import Database
from data_service.store.entries import Entries
from data_service.store.inserting import insert
from data_service.store.row_table import RowTable, row_table
from data_service.store.transactions import Transactions

Result = TypeVar("Result")

_APPENDED_ROWS = 2000


class NewTables:
    """Tables being made. A source of rows is named by its id, and may be one of these tables, too."""

    def __init__(
        self,
        database: Database,
        entries: Entries,
        transactions: Transactions,
        made: Sequence[Entry],
        wanted: Sequence[NewTable],
    ) -> None:
        self._database = database
        self._entries = entries
        self._transactions = transactions
        self._made = {entry.table_id: (entry, table.name) for entry, table in zip(made, wanted, strict=True)}
        self.ids = tuple(self._made)

    def last_id(self, source_id: str) -> int:
        """The largest id; below all ids where there is no row."""
        return self._with(source_id, copying.last_id)

    def count(self, source_id: str, wanted: Filter | None) -> int:
        """How many rows fulfil a filter."""
        return self._with(source_id, lambda c, source: rows.count(c, source, wanted))

    def read_classes(self, source_id: str, column: str, bounds: tuple[int, int], limit: int) -> Classes:
        """At most `limit` rows with bounds[0] < id <= bounds[1], and what is in `column`; empty: in none."""
        return self._with(source_id, lambda c, source: copying.read_classes(c, source, column, *bounds, limit))

    def fill(self, target_id: str, columns: Mapping[str, ColumnArray]) -> None:
        """Adds rows by column to a table that is being made; their ids are among the columns."""
        self._with(target_id, lambda c, target: insert(c, target, columns))

    def copy_range(
        self, source_id: str, target_id: str, wanted: Filter | None, bounds: tuple[int, int], limit: int
    ) -> Range | None:
        """Copies those of the next `limit` rows with bounds[0] < id <= bounds[1] that fulfil a filter into a table that
        is being made; None when there is no such row. Rows keep their ids."""
        target = row_table(self._made[target_id][0])

        def work(connection: sql.Connection, source: RowTable) -> Range | None:
            end = copying.range_end(connection, source, *bounds, limit)
            if end is None:
                return None
            inside = (bounds[0], end)
            return Range(end, copying.copy_range(connection, source, target, wanted, inside, keep_ids=True))

        return self._with(source_id, work)

    def copy_ids(self, source_id: str, ids: Mapping[str, NDArray[np.int64]]) -> int:
        """Copies rows with rising ids into each of the tables being made, a few thousand at most; how many."""
        targets = {target_id: row_table(self._made[target_id][0]) for target_id in ids}

        def work(connection: sql.Connection, source: RowTable) -> int:
            return sum(copying.copy_ids(connection, source, targets[name], chosen) for name, chosen in ids.items())

        return self._with(source_id, work)

    def append(
        self, source_id: str, target_id: str, wanted: Filter | None, limit_rows: int, check: Callable[[], None]
    ) -> int:
        """Appends rows to a table that is there, in one transaction; how many. WrongState for more than `limit_rows`.

        `check` is called often and may raise: then nothing is changed.
        """

        def work(connection: sql.Connection, entry: Entry) -> int:
            source, target = row_table(self._find(connection, source_id)), row_table(entry)
            refuse_many(rows.count(connection, source, wanted), limit_rows)
            after, last, copied = BEFORE_ALL_IDS, copying.last_id(connection, source), 0
            while (end := copying.range_end(connection, source, after, last, _APPENDED_ROWS)) is not None:
                check()
                copied += copying.copy_range(connection, source, target, wanted, (after, end), keep_ids=False)
                refuse_many(copied, limit_rows)
                after = end
            return copied

        return self._transactions.writing(lambda c: self._entries.touch(c, target_id), work)

    def publish(self, table_ids: Sequence[str]) -> None:
        """Makes tables appear, all at once. AlreadyExists when a name is taken by now."""
        made = [self._made[table_id] for table_id in table_ids]
        for _, name in made:
            self._entries.refuse_dataset(name)
        self._database.define(lambda c: making.publish(c, made), definition.mend)

    def _find(self, connection: sql.Connection, table_id: str) -> Entry:
        if table_id in self._made:
            return self._made[table_id][0]
        return self._entries.find_by_id(connection, table_id)

    def _with(self, table_id: str, work: Callable[[sql.Connection, RowTable], Result]) -> Result:
        """One transaction that reads from a table, and may write to those that are being made."""
        return self._transactions.writing(lambda c: self._find(c, table_id), lambda c, entry: work(c, row_table(entry)))


def refuse_many(row_count: int, limit_rows: int, *, is_least: bool = False) -> None:
    """WrongState when one transaction may not change so many rows."""
    if row_count > limit_rows:
        raise WrongState(
            f"{'At least ' if is_least else ''}{row_count:,} rows are to be changed, more than the {limit_rows:,} that "
            "one transaction may change. Copy the rows that you want into a new table instead."
        )
