"""What a database tells of tables and views that others made: their names, columns and keys, on each engine.

Leaves what a type means to `column_types`, and which of the tables are this service's own to `foreign`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sql

from data_service.schema import Column, ColumnType
from data_service.store.column_types import MAGIC_BYTES, Declared, mysql_column, sqlite_column, with_images
from data_service.store.source import quoted

_PROBED_ROWS = 20
# Blobs are looked for in so many of the first rows, others may hold none.
_LOOKED_THROUGH_ROWS = 200
_TYPED_ROWS = 1000

_VIEWS = ("VIEW", "view")


@dataclass(frozen=True)
class Relation:
    """A table or view of the database. `comment` is MySQL's; `create_time` is known of MySQL's tables only."""

    name: str
    is_view: bool
    comment: str = ""
    create_time: datetime | None = None


@dataclass(frozen=True)
class Reflected:
    """Columns of a relation, those that have no type that batches hold, and the key, empty where there is none."""

    columns: tuple[Column, ...]
    left_out: tuple[str, ...]
    key: str


def relations(connection: sql.Connection) -> list[Relation]:
    """All tables and views of the database."""
    if _is_sqlite(connection):
        rows = _rows(
            connection,
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_'",
        )
        return [Relation(str(name), kind in _VIEWS) for name, kind in rows]
    rows = _rows(
        connection,
        "SELECT TABLE_NAME, TABLE_TYPE, TABLE_COMMENT, CREATE_TIME FROM information_schema.TABLES "
        "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')",
    )
    return [
        Relation(str(name), kind in _VIEWS, "" if kind in _VIEWS else str(comment), time and time.replace(tzinfo=UTC))
        for name, kind, comment, time in rows
    ]


def reflect(connection: sql.Connection, relation: Relation) -> Reflected:
    """The columns of a relation and its key."""
    is_sqlite = _is_sqlite(connection)
    declared = (_sqlite_declared if is_sqlite else _mysql_declared)(connection, relation)
    columns = describe_columns(connection, quoted(relation.name, '"' if is_sqlite else "`"), declared)
    keys = [] if relation.is_view else (_sqlite_keys if is_sqlite else _mysql_keys)(connection, relation.name)
    integers = {
        column.name
        for column in columns
        if column.type is ColumnType.INTEGER and not column.sql_type.startswith("time")
    }
    key = next((name for name in keys if name in integers), "")
    offered = {column.name for column in columns}
    left_out = tuple(column.name for column in declared if column.name not in offered)
    return Reflected(columns, left_out, key)


def describe_columns(connection: sql.Connection, from_sql: str, declared: Sequence[Declared]) -> tuple[Column, ...]:
    """The declared columns that batches can hold; looks at values where only they can tell."""
    if _is_sqlite(connection):
        untyped = [column.name for column in declared if not column.sql_type]
        sample = _sample(connection, from_sql, untyped, _TYPED_ROWS) if untyped else {}
        found = [sqlite_column(column, sample.get(column.name, ())) for column in declared]
    else:
        found = [mysql_column(column) for column in declared]
    columns = [column for column in found if column is not None]
    blobs = [column.name for column in columns if column.type is ColumnType.BYTES]
    firsts = _sample(connection, from_sql, blobs, _LOOKED_THROUGH_ROWS, MAGIC_BYTES) if blobs else {}
    return tuple(
        with_images(column, [value for value in firsts[column.name] if value is not None][:_PROBED_ROWS])
        if column.name in firsts
        else column
        for column in columns
    )


def sqlite_query_columns(connection: sql.Connection, query: str) -> list[Declared]:
    """The columns of a checked query on SQLite, which declares no types for them."""
    # Not in parentheses: there SQLite gives columns of one name other names.
    cursor = _driver(connection).execute(query)
    found = [Declared(field[0], "", True) for field in cursor.description]
    cursor.close()
    return found


def _sample(
    connection: sql.Connection, from_sql: str, names: Sequence[str], limit_rows: int, limit_bytes: int = 0
) -> dict[str, tuple[Any, ...]]:
    """Some values of columns, by name; of byte strings the first bytes, where they are limited."""
    quote = '"' if _is_sqlite(connection) else "`"
    cells = [quoted(name, quote) for name in names]
    if limit_bytes:
        cells = [f"SUBSTR({cell}, 1, {limit_bytes})" for cell in cells]
    rows = _rows(connection, f"SELECT {', '.join(cells)} FROM {from_sql} LIMIT {limit_rows}")  # noqa: S608
    return dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))


def _mysql_declared(connection: sql.Connection, relation: Relation) -> list[Declared]:
    rows = connection.execute(
        sql.text(
            "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_COMMENT, CHARACTER_MAXIMUM_LENGTH "
            "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = :name "
            "ORDER BY ORDINAL_POSITION"
        ),
        {"name": relation.name},
    )
    return [
        Declared(
            # What an outer join of a view lacks is NULL, whatever the view declares.
            str(name), str(sql_type), relation.is_view or nullable == "YES", str(comment or ""), length
        )
        for table, name, sql_type, nullable, comment, length in rows
        # Names that differ in case alone are equal here.
        if table == relation.name
    ]  # fmt: skip


def _mysql_keys(connection: sql.Connection, table: str) -> list[str]:
    """The single columns that have a unique index and no NULL, that of the primary key first."""
    rows = connection.execute(
        sql.text(
            "SELECT TABLE_NAME, INDEX_NAME, MAX(COLUMN_NAME) FROM information_schema.STATISTICS "
            "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = :name AND NON_UNIQUE = 0 "
            "GROUP BY TABLE_NAME, INDEX_NAME HAVING COUNT(*) = 1 AND MAX(COALESCE(NULLABLE, '')) <> 'YES' "
            "ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME"
        ),
        {"name": table},
    )
    return [str(column) for name, _, column in rows if name == table and column is not None]


def _sqlite_declared(connection: sql.Connection, relation: Relation) -> list[Declared]:
    rows = connection.execute(
        sql.text('SELECT name, type, "notnull", pk FROM pragma_table_xinfo(:name) WHERE hidden <> 1 ORDER BY cid'),
        {"name": relation.name},
    )
    return [
        Declared(str(name), str(kind), relation.is_view or not (not_null or (pk and str(kind).upper() == "INTEGER")))
        for name, kind, not_null, pk in rows
    ]


def _sqlite_keys(connection: sql.Connection, table: str) -> list[str]:
    columns = connection.execute(
        sql.text('SELECT name, type, "notnull", pk FROM pragma_table_xinfo(:name)'), {"name": table}
    ).all()
    primary = [(name, kind, not_null) for name, kind, not_null, pk in columns if pk]
    keys = []
    if len(primary) == 1 and (primary[0][2] or str(primary[0][1]).upper() == "INTEGER"):
        keys.append(str(primary[0][0]))
    not_null = {name for name, _, required, _ in columns if required}
    unique = connection.execute(
        sql.text(
            'SELECT MAX(i.name) FROM pragma_index_list(:name) AS l, pragma_index_info(l.name) AS i WHERE l."unique" '
            "AND NOT l.partial GROUP BY l.name HAVING COUNT(*) = 1 ORDER BY l.name"
        ),
        {"name": table},
    ).scalars()
    return keys + [str(name) for name in unique if name in not_null]


def _is_sqlite(connection: sql.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _rows(connection: sql.Connection, statement: str) -> list[Any]:
    """Runs a statement whose percent signs and colons mean themselves."""
    return list(connection.exec_driver_sql(statement, execution_options={"no_parameters": True}).all())


def _driver(connection: sql.Connection) -> Any:
    return connection.connection.dbapi_connection
