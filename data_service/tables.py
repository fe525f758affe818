"""What callers may ask about tables: create, get, list, update, delete, hold.

Checks what they send and keeps deletion and readers apart. Leaves carrying it out to the store.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tablefit.errors import InvalidInput

from data_service import names
from data_service.column_names import check_columns
from data_service.pages import decode_position, encode_token, page_limit
from data_service.readers import Readers
from data_service.schema import Column, NewTable, Table, TableKind, TableOrigin
from data_service.store import Store

LIMIT_DESCRIPTION_CHARACTERS = 1000
LIMIT_ID_CHARACTERS = 128

_CHANGEABLE = ("name", "description")


@dataclass(frozen=True)
class TableUpdate:
    """New values for a table, and which of them to apply."""

    table: str
    name: str
    description: str
    mask: Sequence[str]


@dataclass(frozen=True)
class TablePage:
    """Tables in order of name, and the token of the next page, empty on the last."""

    tables: list[Table]
    next_page_token: str


class Tables:
    """The tables of a store, as callers see them."""

    def __init__(self, store: Store, readers: Readers) -> None:
        self._store = store
        self._readers = readers

    def create(
        self, name: str, kind: TableKind, description: str, request_id: str, columns: Sequence[Column] = ()
    ) -> Table:
        """Creates a table; with a `request_id` a repeated call returns the same one. InvalidInput, AlreadyExists.

        `columns` are those of a general table, without the key; those of an image table are given by its kind.
        """
        check_text(description, LIMIT_DESCRIPTION_CHARACTERS, "table.description")
        check_text(request_id, LIMIT_ID_CHARACTERS, "request_id")
        checked = check_columns(columns) if kind is TableKind.GENERAL else ()
        return self._store.create_table(NewTable(names.check_name(name), kind, description, request_id, checked))

    def get(self, name: str) -> Table:
        """The table of that name. NotFound."""
        return self._store.get_table(_required(name))

    def list(self, page_size: int, page_token: str, origins: Sequence[TableOrigin] = ()) -> TablePage:
        """A page of the tables in order of name, those of some origins or all."""
        limit = page_limit(page_size)
        owner = ("tables", *sorted({origin.value for origin in origins}))
        key, _, name = str(decode_position(page_token, *owner) or "").partition("\0")
        entries = self._store.list_entries((key, name), limit + 1, origins)
        is_last = len(entries) <= limit
        token = "" if is_last else encode_token("\0".join(entries[limit - 1].position), *owner)
        return TablePage(self._store.describe_entries(entries[:limit]), token)

    def update(self, update: TableUpdate) -> Table:
        """Applies the values that the mask names. NotFound, AlreadyExists, InvalidInput."""
        unknown = [path for path in update.mask if path not in _CHANGEABLE]
        if unknown or not update.mask:
            received = ", ".join(unknown) or "none"
            raise InvalidInput(
                f"expected fields out of {', '.join(_CHANGEABLE)}, received {received}", field="update_mask"
            )
        check_text(update.description, LIMIT_DESCRIPTION_CHARACTERS, "update.description")
        return self._store.update_table(
            _required(update.table),
            new_name=names.check_name(update.name, "update.name") if "name" in update.mask else None,
            description=update.description if "description" in update.mask else None,
        )

    def delete(self, name: str) -> None:
        """Deletes a table with its rows. NotFound; WrongState while somebody reads it."""
        table_id = self._store.find_table(_required(name)).table_id
        with self._readers.deleting(table_id, name):
            self._store.delete_table(table_id)

    @contextmanager
    def opened(self, name: str, reader: str) -> Iterator[Table]:
        """The table of that name, safe from deletion for the time of the block. NotFound."""
        table_id = self._store.find_table(_required(name)).table_id
        with self._readers.hold(table_id, reader):
            yield self._store.get_table_by_id(table_id)

    def hold(self, name: str, reader: str, gone: threading.Event) -> Iterator[Table]:
        """Yields the table once it is held, and holds it until `gone` is set. Unavailable when the service stops."""
        if not reader:
            raise InvalidInput("expected the name of the reader, received none", field="reader")
        check_text(reader, LIMIT_ID_CHARACTERS, "reader")
        with self.opened(name, reader) as table:
            yield table
            self._readers.wait(gone)


def check_text(text: str, limit_characters: int, field: str) -> None:
    """InvalidInput when `text` is longer than allowed or holds what no database keeps."""
    if len(text) > limit_characters:
        raise InvalidInput(f"expected at most {limit_characters:,} characters, received {len(text):,}", field=field)
    if "\0" in text:
        raise InvalidInput("expected a text without NUL characters, received one with", field=field)


def _required(name: str) -> str:
    if not name:
        raise InvalidInput("expected the name of a table, received none", field="table")
    return name
