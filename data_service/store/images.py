"""Rows of image tables: reading by ranges of the primary key, writing many at once.

Never an OFFSET, and never a cursor that waits for its reader: each function returns with all of its rows. Other SQL
clients may have altered a column, and SQLite keeps any value in any column: a row that is not as this service would
have written it ends a call with WrongState, which names it. Leaves transactions to the store, and what fits into a page
to `rows`.
"""

from collections.abc import Sequence, Set
from datetime import datetime
from itertools import accumulate, takewhile
from typing import Any

import sqlalchemy as sql
from tablefit.errors import WrongState

from data_service.schema import Cell, ImageRow, Row, RowScan
from data_service.store import packed
from data_service.store.catalogue import aware

_NO_DIGEST = bytes(32)
_INTEGERS = range(-(2**63), 2**63)
_CELL_TYPES = {int, str, bytes, datetime, type(None)}


def count(connection: sql.Connection, table: sql.Table) -> int:
    """How many rows there are, exactly."""
    return int(connection.scalar(sql.select(sql.func.count()).select_from(table)) or 0)


def insert(connection: sql.Connection, table: sql.Table, rows: Sequence[ImageRow], time: datetime) -> None:
    """Appends `rows` in order; the driver sends them as statements of many rows, of about 1 MB each."""
    if rows:
        values = [{**vars(row), "create_time": time} for row in rows]
        if _packs(connection):
            # The values need no conversion here, and looking each through for that takes as long as sending it.
            statement = table.insert().compile(dialect=connection.dialect, column_keys=list(values[0]))
            connection.exec_driver_sql(str(statement), values)
        else:
            connection.execute(table.insert(), values)


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
    _check_ids(table, ids)
    _check_cells(table, ids, labels, "label", {str})
    for name, numbers in (("width", widths), ("height", heights), ("channels", channels)):
        _check_cells(table, ids, numbers, name, {int})
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
    _check_cells(table, [row[0] for row in rows], [row[1] for row in rows], "image", {bytes})
    return rows


def sizes(connection: sql.Connection, table: sql.Table, after_id: int, limit: int) -> list[tuple[int, int]]:
    """Id and bytes of the image of at most `limit` rows above `after_id`, in order of id."""
    query = sql.select(table.c.id, _image_bytes(table)).where(table.c.id > after_id)
    return [(row[0], row[1]) for row in connection.execute(query.order_by(table.c.id).limit(limit))]


def rows(connection: sql.Connection, table: sql.Table, names: Sequence[str], after_id: int, limit: int) -> list[Row]:
    """The named columns of at most `limit` rows above `after_id`, in order of id."""
    query = sql.select(table.c.id, *(table.c[name].label(f"cell_{name}") for name in names))
    query = query.where(table.c.id > after_id).order_by(table.c.id).limit(limit)
    try:
        found = connection.execute(query).all()
    # SQLite keeps times as text, which SQLAlchemy reads.
    except (TypeError, ValueError) as error:
        raise WrongState(
            f"Table {table.name!r} holds a create_time, written by other means, that is no time. Correct it, or leave "
            "that column out.",
            details={"table": table.name},
        ) from error
    ids = [row[0] for row in found]
    _check_ids(table, ids)
    for place, name in enumerate(names, start=1):
        _check_cells(table, ids, [row[place] for row in found], name, _CELL_TYPES)
    return [Row(id=row[0], cells=tuple(map(_cell, row[1:]))) for row in found]


def _packs(connection: sql.Connection) -> bool:
    return connection.dialect.name != "sqlite"


def _among(table: sql.Table, ids: Sequence[int]) -> sql.ColumnElement[bool]:
    """A range of the primary key where the rising ids leave no gap, else a list."""
    if ids and ids[-1] - ids[0] == len(ids) - 1:
        return table.c.id.between(ids[0], ids[-1])
    return table.c.id.in_(list(ids))


def _image_bytes(table: sql.Table) -> sql.ColumnElement[int]:
    return sql.func.coalesce(sql.func.length(table.c.image), 0)


def _check_ids(table: sql.Table, ids: Sequence[Any]) -> None:
    """Refuses ids, in rising order, that are no 64-bit integers."""
    _check_cells(table, ids, ids, "id", {int})
    if ids and not (ids[0] in _INTEGERS and ids[-1] in _INTEGERS):
        raise _foreign(table, ids[-1], "id", "an integer of more than 64 bits")


def _check_cells(table: sql.Table, ids: Sequence[Any], cells: Sequence[Any], column: str, types: Set[type]) -> None:
    """Refuses the first cell of other types than these; `ids` are the ids of the cells' rows."""
    if set(map(type, cells)) <= types:
        return
    row_id, cell = next((i, c) for i, c in zip(ids, cells, strict=False) if type(c) not in types)
    raise _foreign(table, row_id, column, "NULL" if cell is None else f"a value of type {type(cell).__name__}")


def _foreign(table: sql.Table, row_id: Any, column: str, what: str) -> WrongState:
    return WrongState(
        f"Row {row_id} of table {table.name!r} holds {what} in its column {column}, written by other means. "
        "Correct or delete the row.",
        details={"table": table.name, "row_id": str(row_id)},
    )


def _digest(text: Any) -> bytes:
    """The digest that a column holds; zeros, which no image has, where other SQL clients wrote something else there."""
    try:
        digest = bytes.fromhex(text)
    except (TypeError, ValueError):
        return _NO_DIGEST
    return digest if len(digest) == len(_NO_DIGEST) else _NO_DIGEST


def _cell(value: Cell) -> Cell:
    return aware(value) if isinstance(value, datetime) else value
