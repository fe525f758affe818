"""Transactions on one table: found, worked on, and tried again when it was renamed in the meantime.

Leaves which entries there are to `entries`, and connections to `engine`.
"""

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sql
from tablefit.errors import NotFound

from data_service.schema import TableOrigin
from data_service.store import catalogue, definition
from data_service.store.catalogue import Entry
from data_service.store.engine import Database, Work
from data_service.store.entries import Entries
from data_service.store.failures import TableMissing

Result = TypeVar("Result")


class Transactions:
    """Transactions of one database."""

    def __init__(self, database: Database, entries: Entries) -> None:
        self._database = database
        self._entries = entries

    def reading(
        self, find: Callable[[sql.Connection], Entry], work: Callable[[sql.Connection, Entry], Result]
    ) -> Result:
        """Reads under the table's present name; again when the name changed in the meantime."""

        def attempt(connection: sql.Connection) -> Result:
            entry = find(connection)
            result = work(connection, entry)
            # The ids of others' tables follow from their names.
            is_own = entry.origin is TableOrigin.SERVICE
            if is_own and catalogue.find_by_id(connection, entry.table_id).name != entry.name:
                raise TableMissing
            return result

        return self._despite_renames(self._database.read, attempt)

    def writing(
        self, lock: Callable[[sql.Connection], Entry], work: Callable[[sql.Connection, Entry], Result]
    ) -> Result:
        """Writes to the table that `lock` keeps from others."""
        return self._despite_renames(self._database.write, lambda connection: work(connection, lock(connection)))

    def _despite_renames(
        self, run: Callable[[Work[Result]], Result], attempt: Callable[[sql.Connection], Result]
    ) -> Result:
        """A second attempt while nobody can rename, and after what a dead service left was mended."""
        try:
            return run(attempt)
        except TableMissing:
            pass
        try:
            return self._database.define(attempt, definition.mend) if self._entries.can_write else run(attempt)
        except TableMissing as error:
            raise dropped() from error


def dropped() -> NotFound:
    """What a caller is told of a table that is in the catalogue and not in the database."""
    return NotFound("The table is no longer in the database: it was dropped by other means.")
