"""What callers may ask about rows: get, list, insert, update, delete, each of the table of a name.

Leaves pages to `row_pages` and changes to `row_changes`.
"""

import builtins
from collections.abc import Mapping, Sequence

from data_service import row_changes, row_pages
from data_service.chunks import IncomingChunk
from data_service.row_changes import Selection
from data_service.row_pages import PageRequest, RowPage
from data_service.schema import Cell
from data_service.store import Store, row_not_found
from data_service.verification import RowVerifier


class Rows:
    """The rows of a store's tables, as callers see them. Every method raises NotFound when there is no such table."""

    def __init__(self, store: Store, verifier: RowVerifier) -> None:
        self._store = store
        self._verifier = verifier

    def get(self, table: str, row_id: int, columns: Sequence[str]) -> RowPage:
        """A page of that one row; without `columns`, all of them. NotFound."""
        entry = self._store.find_table(table)
        row_pages.check_keyed(entry)
        chosen = row_pages.choose(entry.columns, columns or [column.name for column in entry.columns])
        found = self._store.read_rows(entry.table_id, [column.name for column in chosen], [row_id])
        if not found:
            raise row_not_found(entry.name, row_id)
        return RowPage(chosen, found, "")

    def list(self, table: str, request: PageRequest) -> RowPage:
        """A page of rows."""
        return row_pages.list_page(self._store, self._store.find_table(table), request)

    def insert(self, table: str, rows: IncomingChunk, request_id: str) -> builtins.list[int]:
        """Stores all rows or none, and returns their ids."""
        return row_changes.insert(self._store, self._store.find_table(table), rows, request_id, self._verifier)

    def update(self, table: str, selection: Selection, values: Mapping[str, Cell], validate_only: bool) -> int:
        """Gives the chosen rows new values; how many they are."""
        entry = self._store.find_table(table)
        return row_changes.update(self._store, entry, selection, values, validate_only, self._verifier)

    def delete(self, table: str, selection: Selection, validate_only: bool) -> int:
        """Deletes the chosen rows; how many they are."""
        return row_changes.delete(self._store, self._store.find_table(table), selection, validate_only)
