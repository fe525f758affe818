"""Tables that are filled before anybody sees them: begun under reserved names, published by one RENAME, or dropped.

    begin      "building" > CREATE TABLE       cut off: dropped at the next start
    publish    "publishing" > RENAME > "ready" cut off: either all are there, or all are being built as before

While a service builds, it claims the token that its tables' reserved names begin with, so that others which share the
database leave them alone. All functions are for `Database.define`. Leaves the rows to `copying`.
"""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sql
from sqlalchemy.schema import DropTable
from tablefit.errors import Unavailable

from data_service import names
from data_service.schema import IMAGE_COLUMNS, KEY_COLUMN, NewTable
from data_service.store.catalogue import BUILDING, PUBLISHING, READY, Entry, aware, update, utc_now
from data_service.store.definition import (
    comment_of,
    comments_of_all,
    forget,
    is_dropped,
    make,
    refuse_taken,
    refuse_unfit,
    set_name,
)
from data_service.store.engine import is_claimed
from data_service.store.layout import TABLES, image_table

# What the reserved names of tables begin with; the rest of the token tells one building from all others.
TOKEN_PREFIX = f"{names.RESERVED_PREFIX}new_"


def begin(connection: sql.Connection, token: str, wanted: Sequence[tuple[str, NewTable]]) -> list[Entry]:
    """Makes empty tables with these ids under reserved names. AlreadyExists, InvalidInput as creating them would."""
    for _, table in wanted:
        if not table.name.startswith(TOKEN_PREFIX):
            refuse_unfit(connection, table.name)
            refuse_taken(connection, table.name)
    made = []
    for place, (table_id, table) in enumerate(wanted):
        reserved = replace(table, name=f"{token}_{place}", request_id="")
        make(connection, table_id, reserved, "", BUILDING)
        made.append(_entry(table_id, reserved))
    return made


def publish(connection: sql.Connection, made: Sequence[tuple[Entry, str]]) -> None:
    """Gives all tables their names at once. AlreadyExists when one was taken meanwhile."""
    ids = [entry.table_id for entry, _ in made]
    there = sql.select(sql.func.count()).where(TABLES.c.table_id.in_(ids), TABLES.c.state == BUILDING)
    if connection.scalar(there) != len(ids):
        raise Unavailable("The connection to the database was lost while the tables were made; try again.")
    for _, name in made:
        refuse_taken(connection, name)
    for entry, name in made:
        update(connection, entry.table_id, state=PUBLISHING, pending_name=name, pending_key=names.key(name))
    _rename_all(connection, [(entry.name, name) for entry, name in made])
    for entry, name in made:
        set_name(connection, entry.table_id, name)
        update(connection, entry.table_id, state=READY, create_time=utc_now())


def drop(connection: sql.Connection, table_ids: Sequence[str]) -> None:
    """Drops those of the tables that were not published."""
    unpublished = (TABLES.c.table_id.in_(table_ids), TABLES.c.state == BUILDING)
    for row in connection.execute(sql.select(TABLES).where(*unpublished)).all():
        connection.execute(DropTable(image_table(row.name), if_exists=True))
        forget(connection, row.table_id)


def remove_left(connection: sql.Connection) -> None:
    """Drops what services left that died while they built."""
    left = connection.execute(sql.select(TABLES).where(TABLES.c.state == BUILDING)).all()
    dead = {token for token in {_token(row.name) for row in left} if not is_claimed(connection, token)}
    for row in left:
        if _token(row.name) not in dead:
            continue
        # On SQLite no table has a comment, and no name of a reserved one was somebody else's.
        expected = "" if connection.dialect.name == "sqlite" else comment_of(row.table_id)
        is_there = comments_of_all(connection).get(row.name) == expected
        if not is_there or is_dropped(connection, row.name):
            forget(connection, row.table_id)


def _token(reserved_name: str) -> str:
    return reserved_name.rpartition("_")[0]


def _entry(table_id: str, made: NewTable) -> Entry:
    now = aware(utc_now())
    columns = (KEY_COLUMN, *made.columns) if made.columns else IMAGE_COLUMNS
    return Entry(table_id, made.name, made.kind, made.description, now, now, columns)


def _rename_all(connection: sql.Connection, renames: Sequence[tuple[str, str]]) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    if connection.dialect.name == "sqlite":
        for old, new in renames:
            connection.exec_driver_sql(f"ALTER TABLE {quote(old)} RENAME TO {quote(new)}")
        return
    pairs = ", ".join(f"{quote(old)} TO {quote(new)}" for old, new in renames)
    connection.exec_driver_sql(f"RENAME TABLE {pairs}")
