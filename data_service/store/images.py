"""Rows of image tables, read by ranges of the primary key.

Never an OFFSET, and never a cursor that waits for its reader: each function returns with all of its rows. Leaves
transactions to the store, and tables of any columns to `rows`.
"""

from collections.abc import Sequence
from itertools import accumulate, takewhile
from typing import Any

import sqlalchemy as sql

from data_service.schema import RowScan
from data_service.store import packed
from data_service.store.altered import check_cells, check_ids

_NO_DIGEST = bytes(32)


def scan(connection: sql.Connection, table: sql.Table, after_id: int, last_id: int | None, limit: int) -> RowScan:
    """At most `limit` rows with after_id < id <= last_id, in order of id, without their images."""
    columns = table.c
    cells = (columns.id, columns.label, columns.sha256, columns.width, columns.height, columns.channels)
    condition = columns.id > after_id
    if last_id is not None:
        condition &= columns.id <= last_id
    page = sql.select(*cells).where(condition).order_by(columns.id).limit(limit)
    rows = packed.scan(connection, cells, page) if _packs(connection) else None
    if rows is None:
        rows = connection.execute(page).all()
    ids, labels, digests, widths, heights, channels = zip(*rows, strict=True) if rows else ((),) * 6
    check_ids(table, ids)
    check_cells(table, ids, labels, "label", {str})
    for name, numbers in (("width", widths), ("height", heights), ("channels", channels)):
        check_cells(table, ids, numbers, name, {int})
    return RowScan(
        ids=list(ids),
        labels=list(labels),
        digests=list(map(_digest, digests)),
        sizes=list(zip(widths, heights, channels, strict=True)),
    )


def digest(connection: sql.Connection, table: sql.Table, after_id: int, last_id: int) -> str | None:
    """SHA-256 over `id FF sha256 FF label FE` of the rows with after_id < id <= last_id, as a server computes it.

    None where it cannot. Another digest than expected may also mean another order or too many rows for one value.
    """
    if not _packs(connection):
        return None
    return packed.digest(connection, table, (table.c.id > after_id) & (table.c.id <= last_id))


def read(connection: sql.Connection, table: sql.Table, ids: Sequence[int], limit_bytes: int) -> list[tuple[int, bytes]]:
    """(id, encoded image) of the first of these rising ids that have `limit_bytes` together, at least one of them.

    Ids without a row are passed over.
    """
    if _packs(connection):
        length = sql.func.coalesce(sql.func.sum(sql.func.length(table.c.image)), 0)
        count, size_bytes = connection.execute(sql.select(sql.func.count(), length).where(_among(table, ids))).one()
        if size_bytes <= limit_bytes and packed.fits(int(size_bytes), count):
            found = packed.images(connection, table, _among(table, ids))
            if found is not None:
                return found
    return _read_measured(connection, table, ids, limit_bytes)


def _read_measured(
    connection: sql.Connection, table: sql.Table, ids: Sequence[int], limit_bytes: int
) -> list[tuple[int, bytes]]:
    """As `read`, with the size of each image read first."""
    measured = connection.execute(
        sql.select(table.c.id, _image_bytes(table)).where(_among(table, ids)).order_by(table.c.id)
    ).all()
    totals = accumulate(row[1] for row in measured)
    count = max(1, sum(1 for _ in takewhile(lambda total: total <= limit_bytes, totals)))
    chosen = [row[0] for row in measured[:count]]
    if not chosen:
        return []
    # As the driver gives it: SQLAlchemy's own conversion fails over what is no byte string.
    image = sql.type_coerce(table.c.image, sql.types.NullType())
    query = sql.select(table.c.id, image).where(_among(table, chosen)).order_by(table.c.id)
    rows = [(row[0], row[1]) for row in connection.execute(query)]
    check_cells(table, [row[0] for row in rows], [row[1] for row in rows], "image", {bytes})
    return rows


def _packs(connection: sql.Connection) -> bool:
    return connection.dialect.name != "sqlite"


def _among(table: sql.Table, ids: Sequence[int]) -> sql.ColumnElement[bool]:
    """A range of the primary key where the rising ids leave no gap, else a list."""
    if ids and ids[-1] - ids[0] == len(ids) - 1:
        return table.c.id.between(ids[0], ids[-1])
    return table.c.id.in_(list(ids))


def _image_bytes(table: sql.Table) -> sql.ColumnElement[int]:
    return sql.func.coalesce(sql.func.length(table.c.image), 0)


def _digest(text: Any) -> bytes:
    """The digest that a column holds; zeros, which no image has, where other SQL clients wrote something else there."""
    try:
        digest = bytes.fromhex(text)
    except (TypeError, ValueError):
        return _NO_DIGEST
    return digest if len(digest) == len(_NO_DIGEST) else _NO_DIGEST
