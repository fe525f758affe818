"""Changes of a table's rows by their content: labels replaced, duplicates deleted, all rows deleted.

What rows hold is compared by SHA-256 of each value's bytes, NULL being equal to NULL alone and 0.0 to -0.0. SQLite has
no such function; `add_functions` gives it one. Leaves transactions and limits to `operations`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import sqlalchemy as sql

from data_service.schema import Column, ColumnType, TableKind
from data_service.store.conditions import Condition, bound, comparable
from data_service.store.layout import CHUNKS, UPLOADS
from data_service.store.row_table import RowTable

_DIGEST = "tablefit_sha256"
# Ids in one statement, rows in one statement: bounded, whatever a table holds.
_LIMIT_IDS = 5000
_DELETED_ROWS = 10_000
# What stands for NULL: no digest.
_NULL = "-"


def add_functions(connection: Any) -> None:
    """Gives a connection of SQLite's driver the functions that this module needs."""
    connection.create_function(_DIGEST, 1, _sha256, deterministic=True)


def count_relabelled(connection: sql.Connection, table: RowTable, column: str, mapping: Mapping[str, str]) -> int:
    """How many rows hold one of the old values."""
    where = _holds(connection, table, column, mapping)
    return int(connection.scalar(sql.select(sql.func.count()).select_from(table.sql).where(where)) or 0)


def relabel(connection: sql.Connection, table: RowTable, column: str, mapping: Mapping[str, str]) -> int:
    """Replaces values by others, all at the same time; how many there were."""
    found = table.column(column)
    old = comparable(table, found, _is_sqlite(connection))
    target = table.sql.c[column]
    cases = [
        (bound(table, found, before), sql.bindparam(None, after, target.type)) for before, after in mapping.items()
    ]
    new = sql.case(*((old == before, after) for before, after in cases), else_=target)
    where = _holds(connection, table, column, mapping)
    return connection.execute(table.sql.update().where(where).values({target: new})).rowcount


def count_duplicates(connection: sql.Connection, table: RowTable, kind: TableKind, columns: Sequence[str]) -> int:
    """How many rows hold what a row with a smaller id holds."""
    digest = _content(connection, table, kind, columns)
    query = sql.select(sql.func.count() - sql.func.count(digest.distinct())).select_from(table.sql)
    return int(connection.scalar(query) or 0)


def delete_duplicates(
    connection: sql.Connection, table: RowTable, kind: TableKind, columns: Sequence[str], limit_rows: int
) -> int:
    """Deletes rows that hold what a row with a smaller id holds; how many there were, at most one above the limit."""
    digest = _content(connection, table, kind, columns)
    place = sql.func.row_number().over(partition_by=digest, order_by=table.id).label("place")
    ranked = sql.select(table.id.label("row_id"), place).subquery()
    query = sql.select(ranked.c.row_id).where(ranked.c.place > 1).limit(limit_rows + 1)
    ids = sorted(connection.scalars(query))
    for start in range(0, len(ids), _LIMIT_IDS):
        connection.execute(table.sql.delete().where(table.id.in_(ids[start : start + _LIMIT_IDS])))
    return len(ids)


def truncate(connection: sql.Connection, table: RowTable, table_id: str) -> int:
    """Deletes all rows, and forgets the uploads that they came from; how many rows there were.

    In parts, so that no statement takes longer than connections wait. Ids are not given again.
    """
    deleted = 0
    while True:
        ids = sql.select(table.id).order_by(table.id).limit(_DELETED_ROWS).subquery()
        last = connection.scalar(sql.select(sql.func.max(ids.c[0])))
        if last is None:
            break
        deleted += connection.execute(table.sql.delete().where(table.id <= last)).rowcount
    for records in (CHUNKS, UPLOADS):
        connection.execute(records.delete().where(records.c.table_id == table_id))
    return deleted


def _holds(connection: sql.Connection, table: RowTable, column: str, mapping: Mapping[str, str]) -> Condition:
    found = table.column(column)
    values = [bound(table, found, before) for before in mapping]
    return comparable(table, found, _is_sqlite(connection)).in_(values)


def _content(
    connection: sql.Connection, table: RowTable, kind: TableKind, columns: Sequence[str]
) -> sql.ColumnElement[str]:
    """A text that is equal for rows whose columns are: one digest for each column."""
    if kind is TableKind.IMAGE:
        # The digest of an image stands beside it.
        columns = ["sha256" if name == "image" else name for name in columns]
    is_sqlite = _is_sqlite(connection)
    parts = [_digest(_value(table, table.column(name), is_sqlite), is_sqlite) for name in columns]
    if len(parts) == 1:
        return parts[0]
    if is_sqlite:
        return sql.func.tablefit_sha256(reduce(add, parts), type_=sql.Text())
    return sql.func.sha2(sql.func.concat(*parts), 256, type_=sql.Text())


def _value(table: RowTable, column: Column, is_sqlite: bool) -> sql.ColumnElement[Any]:
    value = comparable(table, column, is_sqlite)
    # Zero has one form then.
    is_double = column.type is ColumnType.FLOAT and not is_sqlite
    return value + sql.literal_column("0e0", sql.Double()) if is_double else value


def _digest(value: sql.ColumnElement[Any], is_sqlite: bool) -> sql.ColumnElement[str]:
    digest = sql.func.tablefit_sha256(value) if is_sqlite else sql.func.sha2(value, 256)
    return sql.func.coalesce(digest, sql.literal_column(f"'{_NULL}'"), type_=sql.Text())


def _sha256(value: int | float | str | bytes | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, float):
        value += 0.0
    content = value if isinstance(value, bytes) else str(value).encode()
    return hashlib.sha256(content).hexdigest()


def _is_sqlite(connection: sql.Connection) -> bool:
    return connection.dialect.name == "sqlite"
