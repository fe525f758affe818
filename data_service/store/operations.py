"""Transactions of whole-dataset operations: tables made and filled in several, rows changed in one.

Every table is found by its id in each transaction, so a rename in the meantime does not matter. Leaves the statements
to `making`, `copying` and `content`; which rows are wanted, and progress, to `data_service.operations`.
"""

import logging
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import sqlalchemy as sql
from tablefit.errors import TablefitError

from data_service.schema import Column, NewTable
from data_service.store import content, definition, making
from data_service.store.catalogue import Entry
from data_service.store.engine import Database
from data_service.store.entries import Entries
from data_service.store.new_tables import NewTables, refuse_many
from data_service.store.row_table import RowTable, readable, row_table
from data_service.store.statistics import ColumnReader
from data_service.store.transactions import Transactions

_log = logging.getLogger(__name__)

Result = TypeVar("Result")

# How an entry is found in a transaction.
Find = Callable[[sql.Connection], Entry]


class OperationStore:
    """Operations on the tables of one database."""

    def __init__(self, database: Database, entries: Entries, transactions: Transactions) -> None:
        self._database = database
        self._entries = entries
        self._transactions = transactions

    @contextmanager
    def making(self, wanted: Sequence[NewTable]) -> Iterator["NewTables"]:
        """Empty tables under reserved names, for the time of the block: gone at its end unless they were published.

        AlreadyExists, InvalidInput as creating them would.
        """
        self._entries.require_writing()
        if not wanted:
            yield NewTables(self._database, self._entries, self._transactions, (), ())
            return
        for table in wanted:
            self._entries.refuse_dataset(table.name)
        token = f"{making.TOKEN_PREFIX}{secrets.token_hex(8)}"
        ids = [uuid.uuid4().hex for _ in wanted]
        with self._database.claimed(token):
            try:
                entries = self._database.define(
                    lambda c: making.begin(c, token, list(zip(ids, wanted, strict=True))), definition.mend
                )
                yield NewTables(self._database, self._entries, self._transactions, entries, wanted)
            finally:
                self._drop(ids)

    def count_relabelled(self, table_id: str, column: str, mapping: Mapping[str, str]) -> int:
        """How many rows hold one of the values to be replaced."""
        return self._reading(table_id, lambda c, table: content.count_relabelled(c, table, column, mapping))

    def relabel(
        self, table_id: str, column: str, mapping: Mapping[str, str], limit_rows: int, check: Callable[[], None]
    ) -> int:
        """Replaces values by others; how many. WrongState when there are more than `limit_rows`."""

        def work(connection: sql.Connection, table: RowTable) -> int:
            refuse_many(content.count_relabelled(connection, table, column, mapping), limit_rows)
            changed = content.relabel(connection, table, column, mapping)
            refuse_many(changed, limit_rows)
            check()
            return changed

        return self._changing(table_id, work)

    def count_duplicates(self, table_id: str, columns: Sequence[str]) -> int:
        """How many rows hold what a row with a smaller id holds in these columns."""
        return self._transactions.reading(
            self.finder(table_id), lambda c, entry: content.count_duplicates(c, row_table(entry), entry.kind, columns)
        )

    def deduplicate(self, table_id: str, columns: Sequence[str], limit_rows: int, check: Callable[[], None]) -> int:
        """Deletes rows that hold what a row with a smaller id holds; how many. WrongState above `limit_rows`."""

        def work(connection: sql.Connection, entry: Entry) -> int:
            deleted = content.delete_duplicates(connection, row_table(entry), entry.kind, columns, limit_rows)
            refuse_many(deleted, limit_rows, is_least=True)
            check()
            return deleted

        return self._transactions.writing(lambda c: self._entries.touch(c, table_id), work)

    def truncate(self, table_id: str) -> int:
        """Deletes all rows and forgets the uploads that they came from; how many rows there were."""
        return self._changing(table_id, lambda c, table: content.truncate(c, table, table_id))

    def column_reader(self, table_id: str, column: Column) -> ColumnReader:
        """What computes the statistics of a column."""

        def read(work: Callable[[sql.Connection, RowTable, Column], Result]) -> Result:
            return self._transactions.reading(
                self.finder(table_id), lambda connection, entry: work(connection, readable(entry), column)
            )

        return ColumnReader(read)

    def finder(self, table_id: str) -> Find:
        """What finds the entry of that id."""
        return lambda connection: self._entries.find_by_id(connection, table_id)

    def _reading(self, table_id: str, work: Callable[[sql.Connection, RowTable], Result]) -> Result:
        return self._transactions.reading(self.finder(table_id), lambda c, entry: work(c, row_table(entry)))

    def _changing(self, table_id: str, work: Callable[[sql.Connection, RowTable], int]) -> int:
        return self._transactions.writing(
            lambda c: self._entries.touch(c, table_id), lambda c, entry: work(c, row_table(entry))
        )

    def _drop(self, table_ids: Sequence[str]) -> None:
        try:
            self._database.define(lambda c: making.drop(c, table_ids), definition.mend)
        except TablefitError:
            # The reason why the caller gets none is told already; the next start of a service drops them.
            _log.exception("tables that were being made cannot be dropped now; the next start of the service does so")
