"""Creates, renames and drops tables, each together with its entry in the catalogue.

MySQL commits such statements at once, together with all that came before them in the transaction. So each change
writes what it is about to do, does it, and writes that it is done; `mend` brings a change that was cut off to
one of its ends:

    create   "creating" > CREATE TABLE > "ready"         cut off: dropped again, nobody has seen it
    rename   pending name > RENAME > name                cut off: whichever name the table has now
    delete   "deleting" > DROP TABLE > row removed       cut off: carried through; refused: taken back
    publish  "publishing" > RENAME > "ready"             cut off: ready, or being built as before; see `making`

The table's comment holds its id, so that mending never touches a table which somebody else made under the same name. On
SQLite the whole change is one transaction, and there is never anything to mend. All functions that change tables are
for `Database.define`. Leaves reading the catalogue to `catalogue`.
"""

import logging
from collections.abc import Mapping

import sqlalchemy as sql
from sqlalchemy import exc
from sqlalchemy.schema import CreateTable, DropTable
from tablefit.errors import AlreadyExists, InvalidInput

from data_service import names
from data_service.schema import NewTable, TableKind
from data_service.store.catalogue import (
    BUILDING,
    CREATING,
    DELETING,
    PUBLISHING,
    READY,
    Entry,
    columns_text,
    update,
    utc_now,
)
from data_service.store.failures import Failure, classify, driver_words
from data_service.store.layout import CHUNKS, TABLES, UPLOADS, general_table, image_table

_log = logging.getLogger(__name__)

# MySQL keeps a table in a file of its name and ".ibd", and file systems take 255 bytes. Letters beyond ASCII are
# spelled with five bytes; with three in these ranges, apart from a few that the server finds out.
_LIMIT_FILE_NAME_BYTES = 251
_THREE_BYTE_RANGES = ((0x80, 0x58F), (0x1E00, 0x1FFF), (0xFF21, 0xFF5A))


def create(connection: sql.Connection, table_id: str, wanted: NewTable, digest: str) -> str:
    """Creates a table and returns its id: `table_id`, or that of the table which the same request made before."""
    made_before = _find_request(connection, wanted, digest)
    if made_before:
        return made_before
    refuse_unfit(connection, wanted.name)
    refuse_taken(connection, wanted.name)
    make(connection, table_id, wanted, digest, CREATING)
    update(connection, table_id, state=READY)
    return table_id


def make(connection: sql.Connection, table_id: str, wanted: NewTable, digest: str, state: str) -> None:
    """Creates the SQL table of an entry, which is written first, with this state."""
    now = utc_now()
    connection.execute(
        TABLES.insert().values(
            table_id=table_id,
            name=wanted.name,
            name_key=names.key(wanted.name),
            kind=wanted.kind.value,
            columns=columns_text(wanted.columns) if wanted.columns else None,
            description=wanted.description,
            state=state,
            request_id=wanted.request_id.encode() or None,
            request_digest=digest,
            create_time=now,
            update_time=now,
        )
    )
    try:
        connection.execute(CreateTable(new_table(wanted, comment_of(table_id))))
    except exc.DBAPIError as error:
        raise refused(error, wanted.name) from error


def rename(connection: sql.Connection, entry: Entry, name: str) -> None:
    """Gives a table another name, or the same one in other case."""
    if name == entry.name:
        return
    refuse_unfit(connection, name)
    key = names.key(name)
    if key != names.key(entry.name):
        refuse_taken(connection, name)
    update(connection, entry.table_id, pending_name=name, pending_key=key)
    try:
        _rename_sql_table(connection, entry.name, name)
    except exc.DBAPIError as error:
        raise refused(error, name) from error
    set_name(connection, entry.table_id, name)


def describe(connection: sql.Connection, entry: Entry, description: str) -> None:
    """Changes the description of a table."""
    update(connection, entry.table_id, description=description, update_time=utc_now())


def delete(connection: sql.Connection, entry: Entry) -> None:
    """Drops a table and forgets its uploads."""
    update(connection, entry.table_id, state=DELETING, pending_name=None, pending_key=None)
    connection.execute(DropTable(image_table(entry.name), if_exists=True))
    forget(connection, entry.table_id)


def mend(connection: sql.Connection, is_refused: bool) -> None:
    """Brings changes that were cut off to an end; `is_refused` when the last one just failed on this connection.

    Needs the definition lock: then no change is under way.
    """
    under_change = TABLES.c.state.in_((CREATING, DELETING, PUBLISHING))
    cut_off = sql.or_(under_change, TABLES.c.pending_name.is_not(None))
    for row in connection.execute(sql.select(TABLES).where(cut_off)).all():
        comments = comments_of_all(connection)
        is_there = comments.get(row.name) == comment_of(row.table_id)
        if row.state in (READY, PUBLISHING):
            moved = comments.get(row.pending_name) == comment_of(row.table_id)
            set_name(connection, row.table_id, row.pending_name if moved else row.name)
            if row.state == PUBLISHING:
                update(connection, row.table_id, state=READY if moved else BUILDING)
        elif is_there and row.state == DELETING and is_refused:
            update(connection, row.table_id, state=READY)
        elif not is_there or is_dropped(connection, row.name):
            forget(connection, row.table_id)
        elif row.state == DELETING:
            update(connection, row.table_id, state=READY)


def is_dropped(connection: sql.Connection, name: str) -> bool:
    """Drops a table, unless the server refuses that: one table shall not keep all others from being changed."""
    try:
        connection.execute(DropTable(image_table(name)))
    except exc.DBAPIError as error:
        if error.connection_invalidated or classify(error) not in (Failure.BUSY, Failure.DENIED):
            raise
        _log.warning("the table %s of a change that was cut off cannot be dropped at the moment", name)
        return False
    return True


def set_name(connection: sql.Connection, table_id: str, name: str) -> None:
    update(
        connection,
        table_id,
        name=name,
        name_key=names.key(name),
        pending_name=None,
        pending_key=None,
        update_time=utc_now(),
    )


def forget(connection: sql.Connection, table_id: str) -> None:
    for table in (CHUNKS, UPLOADS, TABLES):
        connection.execute(table.delete().where(table.c.table_id == table_id))


def _find_request(connection: sql.Connection, wanted: NewTable, digest: str) -> str:
    """The id of the table that this very request made before; empty when there is none."""
    if not wanted.request_id:
        return ""
    row = connection.execute(sql.select(TABLES).where(TABLES.c.request_id == wanted.request_id.encode())).first()
    if row is None:
        return ""
    if row.request_digest != digest:
        raise InvalidInput(
            f"expected a request_id of its own for each table, received one that made the table {row.name!r}",
            field="request_id",
        )
    return str(row.table_id)


def refuse_taken(connection: sql.Connection, name: str) -> None:
    """AlreadyExists when the catalogue or the database has a table of that name. One that was dropped behind the
    service's back is forgotten on the way."""
    key = names.key(name)
    present = {names.key(other): other for other in comments_of_all(connection)}
    row = connection.execute(sql.select(TABLES).where(TABLES.c.name_key == key)).first()
    if row is not None and key not in present:
        forget(connection, row.table_id)
    elif row is not None:
        raise AlreadyExists(f"There is a table {row.name!r} already.", details={"table": row.name})
    elif key in present:
        raise AlreadyExists(
            f"The database has something named {present[key]!r} already, which this service did not create.",
            details={"table": present[key]},
        )


def comments_of_all(connection: sql.Connection) -> Mapping[str, str]:
    """The comment of everything in the database that shares its names with tables."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(
            "SELECT name, '' FROM sqlite_master WHERE type IN ('table', 'view', 'index')"
        ).all()
    else:
        rows = connection.exec_driver_sql(
            "SELECT TABLE_NAME, TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
        ).all()
    return {str(name): str(comment) for name, comment in rows}


def comment_of(table_id: str) -> str:
    return f"tablefit {table_id}"


def _rename_sql_table(connection: sql.Connection, old: str, new: str) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"RENAME TABLE {quote(old)} TO {quote(new)}")
        return
    # SQLite takes names that differ in case for the same, and refuses.
    between = f"tablefit_rename_{names.key(old)}"
    connection.exec_driver_sql(f"ALTER TABLE {quote(old)} RENAME TO {quote(between)}")
    connection.exec_driver_sql(f"ALTER TABLE {quote(between)} RENAME TO {quote(new)}")


def refuse_unfit(connection: sql.Connection, name: str) -> None:
    """InvalidInput for names that this engine cannot take, as far as that can be told beforehand."""
    if connection.dialect.name == "sqlite":
        if names.key(name).startswith("sqlite_"):
            raise InvalidInput('expected a table name that does not begin with "sqlite_"', field="table.name")
    elif sum(map(_least_file_name_bytes, name)) > _LIMIT_FILE_NAME_BYTES:
        raise _too_long(name)


def _least_file_name_bytes(letter: str) -> int:
    if letter.isascii():
        return 1
    return 3 if any(first <= ord(letter) <= last for first, last in _THREE_BYTE_RANGES) else 5


def new_table(wanted: NewTable, comment: str) -> sql.Table:
    if wanted.kind is TableKind.IMAGE:
        return image_table(wanted.name, comment)
    return general_table(wanted.name, wanted.columns, comment)


def refused(error: exc.DBAPIError, name: str) -> Exception:
    """What to say when the engine takes no such table; the error itself when it is about something else."""
    failure = classify(error)
    if failure is Failure.COLUMNS_REFUSED:
        return InvalidInput(
            f"expected columns that the database server takes together, received some that it refuses: "
            f"{driver_words(error, '')}. Use fewer columns or other names",
            field="table.columns",
        )
    return _too_long(name) if failure is Failure.NAME_REFUSED else error


def _too_long(name: str) -> InvalidInput:
    return InvalidInput(
        f"expected a shorter table name: the database server keeps each table in a file, and the file name of {name!r} "
        "would be too long (letters such as Chinese ones take five bytes each, and there are 251)",
        field="table.name",
    )
