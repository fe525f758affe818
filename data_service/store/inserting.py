"""Writes many rows at once: statements of many rows, built here because a driver that looks each value through for what
it might be takes longer than the server takes to store it.

    SQLite             executemany
    MySQL, MariaDB     INSERT … VALUES (…), (…), …   of about 1 MB each, sent as bytes

Values are literals, made by `literals` alone. Leaves transactions to the store.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import sqlalchemy as sql

from data_service.columns import ColumnArray
from data_service.schema import ImageRow
from data_service.store.literals import mysql_literals, sqlite_values
from data_service.store.opening import STATEMENT
from data_service.store.row_table import RowTable

# What a statement aims at, below the least max_allowed_packet that this service works with.
_TARGET_STATEMENT_BYTES = 1_000_000


def insert(connection: sql.Connection, table: RowTable, columns: Mapping[str, ColumnArray]) -> None:
    """Appends rows by column, in order; columns of the table that are left out become NULL, or their key."""
    row_count = len(next(iter(columns.values())))
    if not row_count:
        return
    if connection.dialect.name == "sqlite":
        cells = [sqlite_values(table.column(name).type, array) for name, array in columns.items()]
        statement = _head(table, columns, '"') + f"({', '.join('?' * len(columns))})"
        connection.exec_driver_sql(statement, list(zip(*cells, strict=True)))
        return
    literals = [mysql_literals(table.column(name).type, array) for name, array in columns.items()]
    head = _head(table, columns, "`").encode()
    for rows in _statements([b",".join(row) for row in zip(*literals, strict=True)]):
        built = head + b"(" + b"),(".join(rows) + b")"
        connection.exec_driver_sql("INSERT", execution_options={STATEMENT: built})


def insert_each(connection: sql.Connection, table: RowTable, columns: Mapping[str, ColumnArray]) -> list[int]:
    """Appends a few rows, in order, and returns their ids: one statement for each, since servers tell the id of one."""
    if table.key in columns:
        insert(connection, table, columns)
        return [int(row_id) for row_id in columns[table.key].values]
    if connection.dialect.name == "sqlite":
        cells = [sqlite_values(table.column(name).type, array) for name, array in columns.items()]
        statement = _head(table, columns, '"') + f"({', '.join('?' * len(columns))})"
        return [connection.exec_driver_sql(statement, row).lastrowid for row in zip(*cells, strict=True)]
    literals = [mysql_literals(table.column(name).type, array) for name, array in columns.items()]
    head = _head(table, columns, "`").encode()
    return [
        connection.exec_driver_sql(
            "INSERT", execution_options={STATEMENT: head + b"(" + b",".join(row) + b")"}
        ).lastrowid
        for row in zip(*literals, strict=True)
    ]


def image_columns(rows: Sequence[ImageRow], time_us: int) -> dict[str, ColumnArray]:
    """Rows of an image table by column; all get the same time of creation, microseconds since 1970 UTC."""

    def texts(name: str) -> ColumnArray:
        return ColumnArray([getattr(row, name) for row in rows])

    def numbers(name: str) -> ColumnArray:
        return ColumnArray(np.array([getattr(row, name) for row in rows], np.int64))

    return {
        "label": texts("label"),
        "image": texts("image"),
        "width": numbers("width"),
        "height": numbers("height"),
        "channels": numbers("channels"),
        "media_type": texts("media_type"),
        "sha256": texts("sha256"),
        "source_name": texts("source_name"),
        "create_time": ColumnArray(np.full(len(rows), time_us, np.int64)),
    }


def _head(table: RowTable, columns: Mapping[str, Any], quote: str) -> str:
    # Not SQLAlchemy's quoting, which doubles the percent signs that its parameters begin with.
    names = ", ".join(quote + name.replace(quote, quote * 2) + quote for name in columns)
    return f"INSERT INTO {quote}{table.sql.name.replace(quote, quote * 2)}{quote} ({names}) VALUES "  # noqa: S608


def _statements(rows: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The rows, cut so that each part makes a statement; a row that is larger has one of its own."""
    start = 0
    begun = 0
    for place, end in enumerate(accumulate(len(row) + 3 for row in rows)):
        if end - begun > _TARGET_STATEMENT_BYTES and place > start:
            yield rows[start:place]
            start, begun = place, end - len(rows[place]) - 3
    yield rows[start:]
