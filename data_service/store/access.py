"""What the database's account may do: whether there is a catalogue, and whether tables can be kept at all.

An account that may only read suffices for reading. Leaves the catalogue's own tables to `catalogue`.
"""

import logging

import sqlalchemy as sql
from tablefit.errors import PermissionDenied

from data_service.store import catalogue, definition, making
from data_service.store.engine import Database
from data_service.store.entries import NEEDED_RIGHTS, Access
from data_service.store.layout import CATALOGUE_TABLES

_log = logging.getLogger(__name__)


def prepare(database: Database) -> Access:
    """Makes the catalogue if there is none, mends what was cut off, and tells what the account may do."""
    try:
        database.define(_mend_all, lambda c, _: catalogue.prepare(c))
    except PermissionDenied:
        access = Access(database.read(_has_catalogue), can_write=False)
        _log.warning("the database's account may not keep tables, which needs %s: all is read-only", NEEDED_RIGHTS)
        return access
    return Access()


def _mend_all(connection: sql.Connection) -> None:
    definition.mend(connection, is_refused=False)
    making.remove_left(connection)


def _has_catalogue(connection: sql.Connection) -> bool:
    present = set(sql.inspect(connection).get_table_names())
    return all(table.name in present for table in CATALOGUE_TABLES)
