"""Tables and views that others made, as entries like those of the catalogue.

Their ids follow from their names. All are read-only but the tables whose name fits a pattern of the operator's. Leaves
asking the database to `reflection`.
"""

import hashlib
import re
from collections.abc import Sequence, Set
from fnmatch import fnmatchcase

import sqlalchemy as sql

from data_service import names
from data_service.schema import TableKind, TableOrigin
from data_service.store.catalogue import Entry
from data_service.store.reflection import Relation, reflect, relations

ID_PREFIX = "db-"
# As long as the ids of own tables: uploads keep them.
_ID_CHARACTERS = 32

_OWN_COMMENT = re.compile(r"tablefit [0-9a-f]{32}")


def list_relations(connection: sql.Connection, own_names: Set[str]) -> list[Relation]:
    """All tables and views that this service did not make, in order of name."""
    found = [relation for relation in relations(connection) if not _is_own(relation, own_names)]
    return sorted(found, key=position)


def position(relation: Relation) -> tuple[str, str]:
    """Where it stands among all tables in order of name."""
    return names.key(relation.name), relation.name


def choose(found: Sequence[Relation], name: str) -> Relation | None:
    """The relation of exactly that name, else the first of an equal one."""
    exact = next((relation for relation in found if relation.name == name), None)
    key = names.key(name)
    return exact or next((relation for relation in found if names.key(relation.name) == key), None)


def relation_id(relation: Relation) -> str:
    """The id of a table or view, the same as long as it has its name."""
    content = f"{'view' if relation.is_view else 'table'} {relation.name}"
    return ID_PREFIX + hashlib.sha256(content.encode()).hexdigest()[: _ID_CHARACTERS - len(ID_PREFIX)]


def entry_of(connection: sql.Connection, relation: Relation, allow_changes: Sequence[str]) -> Entry:
    """All that there is to know of a relation but its rows."""
    found = reflect(connection, relation)
    left_out = ", ".join(found.left_out)
    note = f"Left out, for their types: {left_out}." if left_out else ""
    return Entry(
        table_id=relation_id(relation),
        name=relation.name,
        kind=TableKind.GENERAL,
        description=" ".join(filter(None, (relation.comment, note))),
        create_time=relation.create_time,
        update_time=None,
        columns=found.columns,
        key_column=found.key,
        read_only=relation.is_view or not any(fnmatchcase(relation.name, pattern) for pattern in allow_changes),
        origin=TableOrigin.VIEW if relation.is_view else TableOrigin.DATABASE,
    )


def _is_own(relation: Relation, own_names: Set[str]) -> bool:
    is_reserved = names.key(relation.name).startswith(names.RESERVED_PREFIX)
    return is_reserved or relation.name in own_names or bool(_OWN_COMMENT.fullmatch(relation.comment))
