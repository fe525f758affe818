"""All that can be read: own tables, tables and views that others made, and datasets, found by name or id and listed.

Without a catalogue, as under an account that may only read, there are no own tables. Leaves each kind to `catalogue`,
`foreign` and `datasets`.
"""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import sqlalchemy as sql
from tablefit.errors import AlreadyExists, NotFound, PermissionDenied

from data_service import names
from data_service.schema import Table, TableOrigin
from data_service.store import catalogue, datasets, foreign, rows
from data_service.store.catalogue import Entry
from data_service.store.datasets import DatasetFolder
from data_service.store.reflection import Relation
from data_service.store.row_table import row_table

# Their rows are counted only by computing them.
_COMPUTED = (TableOrigin.VIEW, TableOrigin.QUERY)

NEEDED_RIGHTS = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER and DROP"


@dataclass(frozen=True)
class Access:
    """What the database's account may do: read own tables, and change them."""

    has_catalogue: bool = True
    can_write: bool = True


class Entries:
    """The entries of a database. `allow_changes` are patterns of the names of tables that others made."""

    def __init__(self, folder: DatasetFolder, allow_changes: Sequence[str], access: Access) -> None:
        self._folder = folder
        self._allow_changes = tuple(allow_changes) if access.can_write else ()
        self._access = access

    def find(self, connection: sql.Connection, name: str) -> Entry:
        """The entry of that name, written like this before written otherwise. NotFound, TableMissing."""
        own = self._find_own(connection, name)
        normal = unicodedata.normalize("NFC", name)
        if own and own.name == normal:
            return own
        dataset = self._folder.find(name)
        if dataset and (own is None or dataset.name == normal):
            return datasets.entry_of(dataset)
        found = foreign.choose(self._relations(connection), name)
        if found is None or (own is not None and found.name != name):
            if own is None:
                raise catalogue.not_found(name)
            return own
        return foreign.entry_of(connection, found, self._allow_changes)

    def find_by_id(self, connection: sql.Connection, table_id: str) -> Entry:
        """The entry of that id. NotFound, TableMissing."""
        if table_id.startswith(foreign.ID_PREFIX):
            for relation in self._relations(connection):
                if foreign.relation_id(relation) == table_id:
                    return foreign.entry_of(connection, relation, self._allow_changes)
        elif table_id.startswith(datasets.ID_PREFIX):
            found = next((dataset for dataset in self._folder.all() if dataset.dataset_id == table_id), None)
            if found:
                return datasets.entry_of(found)
        elif self._access.has_catalogue:
            return self._own(catalogue.find_by_id(connection, table_id))
        raise NotFound("The table has been deleted.")

    def list(
        self,
        connection: sql.Connection,
        after: tuple[str, str],
        limit: int,
        origins: Collection[TableOrigin] = (),
    ) -> list[Entry]:
        """At most `limit` entries in order of position, those behind `after`; without `origins` of all kinds."""
        found: list[Entry | Relation] = []
        wanted = set(origins or TableOrigin)
        if TableOrigin.SERVICE in wanted and self._access.has_catalogue:
            # One more: the first may be the one behind which the page begins.
            found += map(self._own, catalogue.list_entries(connection, after[0], limit + 1))
        if TableOrigin.QUERY in wanted:
            found += map(datasets.entry_of, self._folder.all())
        if wanted & {TableOrigin.DATABASE, TableOrigin.VIEW}:
            found += [relation for relation in self._relations(connection) if _origin(relation) in wanted]
        behind = sorted((place, index) for index, item in enumerate(found) if (place := _position(item)) > after)
        page = (found[index] for _, index in islice(behind, limit))
        return [
            item if isinstance(item, Entry) else foreign.entry_of(connection, item, self._allow_changes)
            for item in page
        ]

    def touch(self, connection: sql.Connection, table_id: str) -> Entry:
        """The entry of a table whose rows are about to change; an own one is kept from all others. PermissionDenied."""
        self.require_writing()
        if table_id.startswith((foreign.ID_PREFIX, datasets.ID_PREFIX)):
            return check_changeable(self.find_by_id(connection, table_id))
        return catalogue.touch(connection, table_id)

    def readable_names(self, connection: sql.Connection) -> set[str]:
        """The names of all tables and views that a query may read."""
        return {relation.name for relation in self._relations(connection)} | self._own_names(connection)

    def refuse_taken(self, connection: sql.Connection, name: str) -> None:
        """AlreadyExists when a table, a view or a dataset has that name."""
        taken = {names.key(other): other for other in self.readable_names(connection)}
        taken |= {names.key(dataset.name): dataset.name for dataset in self._folder.all()}
        if other := taken.get(names.key(name)):
            raise AlreadyExists(f"The database has something named {other!r} already.", details={"table": other})

    @property
    def can_write(self) -> bool:
        """Whether the database's account may keep tables."""
        return self._access.can_write

    def refuse_dataset(self, name: str, but: str = "") -> None:
        """AlreadyExists when a dataset has that name, unless it is the one of the id `but`."""
        found = self._folder.find(name)
        if found and found.dataset_id != but:
            raise AlreadyExists(f"There is a dataset {found.name!r} already.", details={"table": found.name})

    def require_writing(self) -> None:
        """PermissionDenied when the database's account may not keep tables."""
        if not self._access.can_write:
            raise PermissionDenied(
                f"The database's account may not keep tables; it needs the rights {NEEDED_RIGHTS}. Start the service "
                "again when it has them."
            )

    def _find_own(self, connection: sql.Connection, name: str) -> Entry | None:
        if not self._access.has_catalogue:
            return None
        try:
            return self._own(catalogue.find(connection, name))
        except NotFound:
            return None

    def _own(self, entry: Entry) -> Entry:
        return entry if self._access.can_write else replace(entry, read_only=True)

    def _own_names(self, connection: sql.Connection) -> set[str]:
        return catalogue.list_names(connection) if self._access.has_catalogue else set()

    def _relations(self, connection: sql.Connection) -> Sequence[Relation]:
        return foreign.list_relations(connection, self._own_names(connection))


def describe(connection: sql.Connection, entry: Entry) -> Table:
    """The table of an entry, with its rows counted where that takes no computing."""
    return described(entry, -1 if entry.origin in _COMPUTED else rows.count(connection, row_table(entry)))


def described(entry: Entry, row_count: int) -> Table:
    """The table of an entry with so many rows."""
    return Table(
        table_id=entry.table_id,
        name=entry.name,
        kind=entry.kind,
        description=entry.description,
        columns=entry.columns,
        row_count=row_count,
        create_time=entry.create_time,
        update_time=entry.update_time,
        origin=entry.origin,
        read_only=entry.read_only,
        key_column=entry.key_column,
        query=entry.query,
    )


def check_changeable(entry: Entry) -> Entry:
    """The entry of a table whose rows this service may change; else PermissionDenied."""
    if entry.read_only:
        advice = {
            TableOrigin.SERVICE: "the database's account may not change tables; it needs the rights " + NEEDED_RIGHTS,
            TableOrigin.DATABASE: "this service did not make it. Copy it, and change the copy; or start the service "
            "with --allow-changes and a pattern that fits the name",
            TableOrigin.VIEW: "it is a view. Copy it, and change the copy",
            TableOrigin.QUERY: "it is a query. Copy it, and change the copy",
        }
        raise PermissionDenied(
            f"Table {entry.name!r} is read-only: {advice[entry.origin]}.", details={"table": entry.name}
        )
    return entry


def check_owned(entry: Entry) -> Entry:
    """The entry of a table or dataset of this service's own, that it may rename and delete; else PermissionDenied."""
    if entry.origin is TableOrigin.QUERY:
        return entry
    if entry.origin is not TableOrigin.SERVICE:
        raise PermissionDenied(
            f"{entry.name!r} cannot be renamed, described or deleted here: this service did not make it. Use a SQL "
            "client.",
            details={"table": entry.name},
        )
    return check_changeable(entry)


def _origin(relation: Relation) -> TableOrigin:
    return TableOrigin.VIEW if relation.is_view else TableOrigin.DATABASE


def _position(item: Entry | Relation) -> tuple[str, str]:
    return item.position if isinstance(item, Entry) else foreign.position(item)
