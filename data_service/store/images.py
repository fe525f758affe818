"""Rows of image tables: reading by ranges of the primary key, writing many at once.

Never an OFFSET, and never a cursor that waits for its reader: each function returns with all of its rows. Leaves
transactions to the store, and what fits into a page to `rows`.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, takewhile

import sqlalchemy as sql

from data_service.schema import ImageRow, Row, RowScan
from data_service.store.catalogue import aware

_NO_DIGEST = bytes(32)


def count(connection: sql.Connection, table: sql.Table) -> int:
    """How many rows there are, exactly."""
    return int(connection.scalar(sql.select(sql.func.count()).select_from(table)) or 0)


def insert(connection: sql.Connection, table: sql.Table, rows: Sequence[ImageRow], time: datetime) -> None:
    """Appends `rows` in order; the driver sends them as statements of many rows, of about 1 MB each."""
    if rows:
        connection.execute(table.insert(), [{**vars(row), "create_time": time} for row in rows])


def scan(connection: sql.Connection, table: sql.Table, after_id: int, last_id: int | None, limit: int) -> RowScan:
    """At most `limit` rows with after_id < id <= last_id, in order of id, without their images."""
    columns = table.c
    query = sql.select(columns.id, columns.label, columns.sha256, columns.width, columns.height, columns.channels)
    query = query.where(columns.id > after_id).order_by(columns.id).limit(limit)
    if last_id is not None:
        query = query.where(columns.id <= last_id)
    rows = connection.execute(query).all()
    return RowScan(
        ids=[row[0] for row in rows],
        labels=[row[1] for row in rows],
        digests=[_digest(row[2]) for row in rows],
        sizes=[(row[3], row[4], row[5]) for row in rows],
    )


def read(connection: sql.Connection, table: sql.Table, ids: Sequence[int], limit_bytes: int) -> list[tuple[int, bytes]]:
    """(id, encoded image) of the first of these rising ids that have `limit_bytes` together, at least one of them.

    Ids without a row are passed over.
    """
    measured = connection.execute(
        sql.select(table.c.id, sql.func.length(table.c.image)).where(_among(table, ids)).order_by(table.c.id)
    ).all()
    totals = accumulate(row[1] for row in measured)
    count = max(1, sum(1 for _ in takewhile(lambda total: total <= limit_bytes, totals)))
    chosen = [row[0] for row in measured[:count]]
    if not chosen:
        return []
    query = sql.select(table.c.id, table.c.image).where(_among(table, chosen)).order_by(table.c.id)
    return [(row[0], row[1]) for row in connection.execute(query)]


def sizes(connection: sql.Connection, table: sql.Table, after_id: int, limit: int) -> list[tuple[int, int]]:
    """Id and bytes of the image of at most `limit` rows above `after_id`, in order of id."""
    query = sql.select(table.c.id, sql.func.length(table.c.image)).where(table.c.id > after_id)
    return [(row[0], row[1]) for row in connection.execute(query.order_by(table.c.id).limit(limit))]


def rows(connection: sql.Connection, table: sql.Table, names: Sequence[str], after_id: int, limit: int) -> list[Row]:
    """The named columns of at most `limit` rows above `after_id`, in order of id."""
    query = sql.select(table.c.id, *(table.c[name].label(f"cell_{name}") for name in names))
    found = connection.execute(query.where(table.c.id > after_id).order_by(table.c.id).limit(limit))
    return [Row(id=row[0], cells=tuple(map(_cell, row[1:]))) for row in found]


def _among(table: sql.Table, ids: Sequence[int]) -> sql.ColumnElement[bool]:
    """A range of the primary key where the rising ids leave no gap, else a list."""
    if ids and ids[-1] - ids[0] == len(ids) - 1:
        return table.c.id.between(ids[0], ids[-1])
    return table.c.id.in_(list(ids))


def _digest(text: str) -> bytes:
    """The digest that a column holds; zeros, which no image has, where other SQL clients wrote something else there."""
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return _NO_DIGEST
    return digest if len(digest) == len(_NO_DIGEST) else _NO_DIGEST


def _cell(value: object) -> int | str | bytes | datetime | None:
    if isinstance(value, datetime):
        return aware(value)
    if value is None or isinstance(value, int | str | bytes):
        return value
    raise TypeError(f"expected a cell of an image table, received {type(value)}")
