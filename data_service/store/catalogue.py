"""The catalogue: which tables there are, under which names.

An entry whose change is under way, or was cut off, is not readable: `find` and `find_by_id` raise TableMissing while a
name changes, and NotFound before a creation and after a deletion. Leaves the changes themselves to `definition`, and
rows to `images` and `uploads`.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sql
from sqlalchemy.schema import CreateTable
from tablefit.errors import NotFound

from data_service import names
from data_service.schema import COLUMNS, IMAGE_COLUMNS, KEY_COLUMN, Column, ColumnType, TableKind, TableOrigin
from data_service.store.failures import TableMissing
from data_service.store.layout import CATALOGUE_TABLES, TABLES

# States of an entry.
CREATING, READY, DELETING = "creating", "ready", "deleting"
# Of a table that is filled under a reserved name before anybody sees it.
BUILDING, PUBLISHING = "building", "publishing"

# No name is longer, however it is decomposed: NFC makes one character of four at most.
_LIMIT_NAME = 4 * names.LIMIT_CHARACTERS


@dataclass(frozen=True)
class Entry:
    """What there is to know of a table but its rows, wherever it comes from. Times are aware, in UTC."""

    table_id: str
    name: str
    kind: TableKind
    description: str
    create_time: datetime | None
    update_time: datetime | None
    columns: tuple[Column, ...] = IMAGE_COLUMNS
    key_column: str = KEY_COLUMN.name
    read_only: bool = False
    origin: TableOrigin = TableOrigin.SERVICE
    query: str = ""

    @property
    def position(self) -> tuple[str, str]:
        """Where it stands among all tables in order of name."""
        return names.key(self.name), self.name


def prepare(connection: sql.Connection) -> None:
    """Makes the catalogue's own tables where they are missing, and adds what those of an earlier version lack."""
    for table in CATALOGUE_TABLES:
        connection.execute(CreateTable(table, if_not_exists=True))
    present = {column["name"] for column in sql.inspect(connection).get_columns(TABLES.name)}
    if TABLES.c.columns.name not in present:
        # One column only: were there more, a start that is cut off could leave some of them.
        column_type = TABLES.c.columns.type.compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {TABLES.name} ADD COLUMN columns {column_type}")


def find(connection: sql.Connection, name: str) -> Entry:
    """The table of that name; NotFound, or TableMissing while its name changes."""
    # A longer one would not fit a statement at some length.
    if len(name) > _LIMIT_NAME:
        raise not_found(name)
    key = names.key(name)
    row = connection.execute(
        sql.select(TABLES).where(sql.or_(TABLES.c.name_key == key, TABLES.c.pending_key == key))
    ).first()
    if row is None or row.state != READY:
        raise not_found(name)
    if row.pending_name is not None:
        raise TableMissing
    return _entry(row)


def find_by_id(connection: sql.Connection, table_id: str) -> Entry:
    """The table of that id; NotFound when it was deleted, TableMissing while its name changes."""
    row = connection.execute(sql.select(TABLES).where(TABLES.c.table_id == table_id)).first()
    if row is None or row.state != READY:
        raise NotFound("The table has been deleted.")
    if row.pending_name is not None:
        raise TableMissing
    return _entry(row)


def list_entries(connection: sql.Connection, from_key: str, limit: int) -> list[Entry]:
    """At most `limit` tables in order of key, from `from_key` on."""
    query = sql.select(TABLES).where(TABLES.c.name_key >= from_key, TABLES.c.state == READY)
    return [_entry(row) for row in connection.execute(query.order_by(TABLES.c.name_key).limit(limit))]


def list_names(connection: sql.Connection) -> set[str]:
    """The names of all tables, also of those that are being made, renamed or deleted."""
    rows = connection.execute(sql.select(TABLES.c.name, TABLES.c.pending_name)).all()
    return {name for row in rows for name in row if name is not None}


def touch(connection: sql.Connection, table_id: str) -> Entry:
    """Notes that rows change, and keeps all others from changing this table until the transaction ends.

    So rows become visible in order of their ids, whoever writes them, and nobody renames the table in between. Raises
    NotFound, TableMissing.
    """
    update(connection, table_id, update_time=utc_now())
    return find_by_id(connection, table_id)


def update(connection: sql.Connection, table_id: str, **values: object) -> None:
    """Writes fields of an entry."""
    connection.execute(TABLES.update().where(TABLES.c.table_id == table_id).values(**values))


def utc_now() -> datetime:
    """The time as it is stored: UTC, without saying so."""
    return datetime.now(UTC).replace(tzinfo=None)


def aware(stored: datetime) -> datetime:
    """A stored time with its zone."""
    return stored.replace(tzinfo=UTC)


def not_found(name: str) -> NotFound:
    """What a caller is told who names a table that is not there."""
    return NotFound(f"There is no table {name[:80]!r}.", details={"table": name[:80]})


def columns_text(columns: tuple[Column, ...]) -> str:
    """The columns of a general table, without its key, as the catalogue keeps them."""
    fields = [{**vars(column), "type": column.type.value, "shape": list(column.shape)} for column in columns]
    return json.dumps(fields, ensure_ascii=False)


def columns_of(text: str) -> tuple[Column, ...]:
    """The columns that `columns_text` made a text of."""
    return tuple(
        Column(**{**field, "type": ColumnType(field["type"]), "shape": tuple(field["shape"])})
        for field in json.loads(text)
    )


def _entry(row: sql.Row[tuple[object, ...]]) -> Entry:
    return Entry(
        table_id=row.table_id,
        name=row.name,
        kind=TableKind(row.kind),
        description=row.description,
        create_time=aware(row.create_time),
        update_time=aware(row.update_time),
        columns=COLUMNS[TableKind(row.kind)] if row.columns is None else (KEY_COLUMN, *columns_of(row.columns)),
    )
