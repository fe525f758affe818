"""Many rows in one value, for MySQL and MariaDB: their driver takes far longer for each row and column than for bytes.

    rows without images   id FF label FF sha256 FF width FF height FF channels FE   (FE and FF occur in no UTF-8 text)
    images                id in 20 characters, bytes of the image in 10, the image

The server cuts what is longer than the session's group_concat_max_len; that shows, and is answered with None. So is
anything else that does not fit this form, and the caller reads the rows one by one.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sql

# What one value may hold. The sessions are set to it where max_allowed_packet is at least twice as much.
LIMIT_PACKED_BYTES = 4 * 1024 * 1024
# Id and size before an image.
_ID_BYTES, _SIZE_BYTES = 20, 10
_HEAD_BYTES = _ID_BYTES + _SIZE_BYTES

_FIELD_END, _ROW_END = b"\xff", b"\xfe"
_FIELDS = 6

# id, label, sha256, width, height, channels
PackedRow = tuple[int, str, str, int, int, int]
_TYPES = [int, str, str, int, int, int]


def scan(
    connection: sql.Connection, cells: Sequence[sql.ColumnElement[Any]], page: sql.Select[Any]
) -> Sequence[PackedRow] | None:
    """The rows of `page`, all between the first and the last of them, in order of id; `cells` are their columns."""
    # A column has one type for all of its rows, and another SQL client may have altered it.
    sample = connection.execute(page.limit(1)).first()
    if sample is None or list(map(type, sample)) != _TYPES:
        return None
    ids = page.with_only_columns(cells[0]).subquery()
    bounds = sql.select(sql.func.min(ids.c.id).label("first"), sql.func.max(ids.c.id).label("last")).subquery()
    query = sql.select(sql.func.count(), _joined(_row(*cells)))
    count, packed = connection.execute(query.where(cells[0].between(bounds.c.first, bounds.c.last))).one()
    return _rows(count, packed)


def digest(connection: sql.Connection, table: sql.Table, condition: sql.ColumnElement[bool]) -> str:
    """SHA-256 over `id FF sha256 FF label FE` of the rows that fulfil `condition`, in the order the server takes."""
    rows = _joined(_row(table.c.id, table.c.sha256, table.c.label))
    return str(connection.scalar(sql.select(sql.func.sha2(rows, 256)).where(condition)))


def images(
    connection: sql.Connection, table: sql.Table, condition: sql.ColumnElement[bool]
) -> list[tuple[int, bytes]] | None:
    """(id, image) of the rows that fulfil `condition`, in order of id."""
    head = sql.func.lpad(table.c.id, _ID_BYTES, " "), sql.func.lpad(sql.func.length(table.c.image), _SIZE_BYTES, " ")
    packed = sql.func.concat(*head, table.c.image)
    count, value = connection.execute(sql.select(sql.func.count(), _joined(packed)).where(condition)).one()
    return _images(count, b"" if value is None else value) if isinstance(value, bytes | None) else None


def fits(size_bytes: int, count: int) -> bool:
    """Whether so many images with so many bytes together can be packed."""
    return size_bytes + count * _HEAD_BYTES <= LIMIT_PACKED_BYTES


def _joined(packed: sql.ColumnElement[Any]) -> sql.ColumnElement[bytes]:
    return sql.func.group_concat(packed.op("SEPARATOR")(sql.literal_column("''")))


def _row(*columns: sql.ColumnElement[Any]) -> sql.ColumnElement[Any]:
    fields = [
        sql.cast(sql.func.convert(column.op("USING")(sql.literal_column("utf8mb4"))), sql.LargeBinary)
        for column in columns
    ]
    return sql.func.concat(sql.func.concat_ws(sql.literal_column("0xFF"), *fields), sql.literal_column("0xFE"))


def _rows(count: int, packed: bytes | None) -> list[PackedRow] | None:
    fields = (packed or b"").replace(_ROW_END, _FIELD_END).split(_FIELD_END)
    # NULL, which others may have brought in, is no field.
    if len(fields) != count * _FIELDS + 1 or fields.pop():
        return None
    ids, widths, heights, channels = (list(map(int, fields[place::_FIELDS])) for place in (0, 3, 4, 5))
    labels, digests = _decoded(fields[1::_FIELDS]), [field.decode() for field in fields[2::_FIELDS]]
    rows = list(zip(ids, labels, digests, widths, heights, channels, strict=True))
    # The server promises no order.
    rows.sort()
    return rows


def _decoded(texts: Sequence[bytes]) -> list[str]:
    """The texts, of which there are mostly few different ones."""
    known = {text: text.decode() for text in set(texts)}
    return [known[text] for text in texts]


def _images(count: int, packed: bytes) -> list[tuple[int, bytes]] | None:
    found = []
    start = 0
    while start + _HEAD_BYTES <= len(packed):
        row_id, size = int(packed[start : start + _ID_BYTES]), int(packed[start + _ID_BYTES : start + _HEAD_BYTES])
        start += _HEAD_BYTES + size
        found.append((row_id, packed[start - size : start]))
    if start != len(packed) or len(found) != count:
        return None
    found.sort()
    return found
