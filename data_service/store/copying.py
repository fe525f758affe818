"""Rows from one table into another, within the database: INSERT … SELECT by ranges of the key or by ids.

Leaves transactions to `operations`, and which rows are wanted to its callers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sql
from numpy.typing import NDArray

from data_service.filters import Filter
from data_service.schema import BEFORE_ALL_IDS
from data_service.store.altered import check_ids
from data_service.store.conditions import Condition, comparable, condition
from data_service.store.row_table import RowTable

# What a class is: a text as its UTF-8 bytes, a number, or NULL.
ClassValue = bytes | int | None


@dataclass(frozen=True)
class Range:
    """Rows whose ids lie above those of the range before and go up to `last_id`; how many were taken of them."""

    last_id: int
    taken_rows: int


@dataclass(frozen=True)
class Classes:
    """Some rows in order of id: their ids, and what they are divided by."""

    ids: NDArray[np.int64]
    values: Sequence[ClassValue]


def last_id(connection: sql.Connection, table: RowTable) -> int:
    """The largest id; below all ids where there is no row."""
    found = connection.scalar(sql.select(sql.func.max(table.id)))
    return BEFORE_ALL_IDS if found is None else int(found)


def range_end(connection: sql.Connection, table: RowTable, after: int, last: int, limit: int) -> int | None:
    """The last id of at most `limit` rows with after < id <= last; None when there is no row."""
    rows = sql.select(table.id.label("row_id")).where(table.id > after, table.id <= last)
    page = rows.order_by(table.id).limit(limit).subquery()
    found = connection.scalar(sql.select(sql.func.max(page.c.row_id)))
    return None if found is None else int(found)


def copy_range(
    connection: sql.Connection,
    source: RowTable,
    target: RowTable,
    wanted: Filter | None,
    bounds: tuple[int, int],
    *,
    keep_ids: bool,
) -> int:
    """Copies the rows with bounds[0] < id <= bounds[1] that fulfil a filter; how many there were."""
    where = [source.id > bounds[0], source.id <= bounds[1]]
    if wanted is not None:
        where.append(condition(source, wanted, connection.dialect.name == "sqlite"))
    return _insert_selected(connection, source, target, sql.and_(*where), keep_ids)


def copy_ids(connection: sql.Connection, source: RowTable, target: RowTable, ids: NDArray[np.int64]) -> int:
    """Copies the rows with these rising ids, which they keep; how many there were."""
    if not len(ids):
        return 0
    first, last = int(ids[0]), int(ids[-1])
    where = source.id.between(first, last) if last - first == len(ids) - 1 else source.id.in_(ids.tolist())
    return _insert_selected(connection, source, target, where, keep_ids=True)


def read_classes(
    connection: sql.Connection, source: RowTable, column: str, after: int, last: int, limit: int
) -> Classes:
    """At most `limit` rows with after < id <= last, with what they are divided by; without a column, nothing."""
    is_sqlite = connection.dialect.name == "sqlite"
    value = comparable(source, source.column(column), is_sqlite) if column else sql.literal_column("NULL")
    query = sql.select(source.id, sql.type_coerce(value, sql.types.NullType()).label("value"))
    found = connection.execute(query.where(source.id > after, source.id <= last).order_by(source.id).limit(limit)).all()
    ids = [row[0] for row in found]
    check_ids(source.sql, ids, source.key)
    return Classes(np.array(ids, np.int64), [row[1] for row in found])


def _insert_selected(
    connection: sql.Connection, source: RowTable, target: RowTable, where: Condition, keep_ids: bool
) -> int:
    names = [column.name for column in target.columns if column.name != target.key]
    selected: list[sql.ColumnElement[Any]] = [source.sql.c[name] for name in names]
    if keep_ids:
        names, selected = [target.key, *names], [source.id, *selected]
    query = sql.select(*selected).where(where).order_by(source.id)
    return connection.execute(target.sql.insert().from_select(names, query)).rowcount
