"""Rows of any table: found in an order, read by their ids, counted, changed, deleted.

Pages are found by the values that order them and the id, never by an OFFSET: `locate` tells where rows are and how
large, and `read` fetches them. Rows are addressed by the key column of a `RowTable`. Leaves writing many rows to
`inserting` and transactions to the store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import add
from typing import Any

import sqlalchemy as sql
from tablefit.errors import NotFound, WrongState

from data_service.columns import to_datetime, to_microseconds
from data_service.filters import Filter
from data_service.schema import Cell, ColumnType, Row
from data_service.store.altered import check_cells, check_ids
from data_service.store.catalogue import aware
from data_service.store.conditions import Condition, comparable, condition
from data_service.store.row_table import ORDERED_BYTES, RowTable

_CELL_TYPES = {int, float, bool, str, bytes, datetime, type(None)}
_TEXTS = (ColumnType.TEXT, ColumnType.CATEGORY)


@dataclass(frozen=True)
class Order:
    """A column that orders rows; NULLs come first either way."""

    column: str
    descending: bool = False


@dataclass(frozen=True)
class RowQuery:
    """Which rows, in which order; the id orders last. `sized` are the columns whose bytes are wanted."""

    filter: Filter | None = None
    order: tuple[Order, ...] = ()
    sized: tuple[str, ...] = ()


# The values that order a row, as JSON can hold them (times in microseconds, bytes as Latin-1), and at last its id.
Position = tuple[int | float | str | None, ...]


@dataclass(frozen=True)
class Located:
    """Where a row is, and how many bytes its columns have that were asked for."""

    id: int
    position: Position
    size_bytes: int


def count(connection: sql.Connection, table: RowTable, where: Filter | None = None) -> int:
    """How many rows there are, exactly."""
    query = sql.select(sql.func.count()).select_from(table.sql)
    if where is not None:
        query = query.where(condition(table, where, _is_sqlite(connection)))
    return int(connection.scalar(query) or 0)


def locate(
    connection: sql.Connection, table: RowTable, wanted: RowQuery, after: Position | None, limit: int
) -> list[Located]:
    """At most `limit` rows behind the position `after`, in the order wanted."""
    is_sqlite = _is_sqlite(connection)
    terms = [_term(table, order, is_sqlite) for order in wanted.order]
    sizes = [_size(table.sql.c[name], table.column(name).type, is_sqlite) for name in wanted.sized]
    query = sql.select(
        table.id.label("row_id"),
        reduce(add, sizes, sql.literal_column("0")).label("size_bytes"),
        *(term.label(f"term_{place}") for place, term in enumerate(terms)),
    )
    if wanted.filter is not None:
        query = query.where(condition(table, wanted.filter, is_sqlite))
    if after is not None:
        query = query.where(_behind(table, wanted.order, terms, after))
    for order, term in zip(wanted.order, terms, strict=True):
        # All engines take NULL for the least.
        query = query.order_by(term.is_(None).desc(), term.desc()) if order.descending else query.order_by(term)
    found = connection.execute(query.order_by(table.id).limit(limit)).all()
    check_ids(table.sql, [row[0] for row in found], table.key)
    return [Located(row[0], (*map(_position_value, row[2:]), row[0]), int(row[1])) for row in found]


def read(connection: sql.Connection, table: RowTable, names: Sequence[str], ids: Sequence[int]) -> list[Row]:
    """The named columns of the rows with these ids, in order of `ids`; ids without a row are passed over."""
    if not ids:
        return []
    cells = (table.sql.c[name].label(f"cell_{place}") for place, name in enumerate(names))
    try:
        found = connection.execute(sql.select(table.id.label("row_id"), *cells).where(_among(table, ids))).all()
    # SQLite keeps times as text, which SQLAlchemy reads.
    except (TypeError, ValueError) as error:
        times = [name for name in names if table.column(name).type is ColumnType.TIMESTAMP]
        raise WrongState(
            f"Table {table.sql.name!r} holds a {' or '.join(times)}, written by other means, that is no time. Correct "
            "it, or leave that column out.",
            details={"table": table.sql.name},
        ) from error
    found_ids = [row[0] for row in found]
    check_ids(table.sql, found_ids, table.key)
    for place, name in enumerate(names, start=1):
        check_cells(table.sql, found_ids, [row[place] for row in found], name, _CELL_TYPES)
    by_id = {row[0]: Row(id=row[0], cells=tuple(map(_cell, row[1:]))) for row in found}
    return [by_id[row_id] for row_id in ids if row_id in by_id]


def require(connection: sql.Connection, table: RowTable, ids: Sequence[int]) -> None:
    """NotFound, naming the first of these ids that has no row."""
    present = set(connection.scalars(sql.select(table.id).where(table.id.in_(ids))))
    missing = next((row_id for row_id in ids if row_id not in present), None)
    if missing is not None:
        raise row_not_found(table.sql.name, missing)


def update(
    connection: sql.Connection, table: RowTable, where: Filter | Sequence[int], values: Mapping[str, Cell]
) -> int:
    """Gives columns of the chosen rows new values; how many rows were chosen."""
    columns = table.sql.c
    assigned = {
        columns[name]: sql.bindparam(f"value_{place}", _stored(value), columns[name].type)
        for place, (name, value) in enumerate(values.items())
    }
    return connection.execute(table.sql.update().where(_chosen(connection, table, where)).values(assigned)).rowcount


def delete(connection: sql.Connection, table: RowTable, where: Filter | Sequence[int]) -> int:
    """Deletes the chosen rows; how many there were."""
    return connection.execute(table.sql.delete().where(_chosen(connection, table, where))).rowcount


def row_not_found(table: str, row_id: int) -> NotFound:
    """What a caller is told who names a row that is not there."""
    return NotFound(f"Table {table!r} has no row {row_id}.", details={"table": table, "row_id": str(row_id)})


def _is_sqlite(connection: sql.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _chosen(connection: sql.Connection, table: RowTable, where: Filter | Sequence[int]) -> Condition:
    if isinstance(where, Sequence):
        return sql.and_(table.id.in_(list(where)))
    return condition(table, where, _is_sqlite(connection))


def _among(table: RowTable, ids: Sequence[int]) -> Condition:
    """A range of the key where the ids rise without a gap, else a list."""
    if ids[-1] - ids[0] == len(ids) - 1 and list(ids) == sorted(ids):
        return sql.and_(table.id.between(ids[0], ids[-1]))
    return sql.and_(table.id.in_(list(ids)))


def _term(table: RowTable, order: Order, is_sqlite: bool) -> sql.ColumnElement[Any]:
    """What sorts as the column does."""
    column = table.column(order.column)
    found = comparable(table, column, is_sqlite)
    if column.type not in _TEXTS:
        return found
    first: sql.ColumnElement[bytes] = sql.func.substr(found, 1, ORDERED_BYTES, type_=sql.LargeBinary())
    if is_sqlite:
        # SQLite makes NULL of the first bytes of none.
        first = sql.case((found.is_not(None), sql.func.coalesce(first, sql.literal_column("x''"))))
    return sql.type_coerce(first, sql.LargeBinary())


def _behind(
    table: RowTable, orders: Sequence[Order], terms: Sequence[sql.ColumnElement[Any]], after: Position
) -> Condition:
    """Whether a row comes behind the position: it ties in the first terms, and lies behind in the next one."""
    cases: list[Condition] = []
    ties: list[Condition] = []
    for order, term, value in zip(orders, terms, after, strict=False):
        if value is None:
            cases.append(sql.and_(*ties, term.is_not(None)))
            ties.append(term.is_(None))
            continue
        bound = sql.bindparam(None, _order_value(table.column(order.column).type, value), term.type)
        cases.append(sql.and_(*ties, term < bound if order.descending else term > bound))
        ties.append(term == bound)
    return sql.or_(*cases, sql.and_(*ties, table.id > after[-1]))


def _size(column: sql.ColumnElement[Any], column_type: ColumnType, is_sqlite: bool) -> sql.ColumnElement[int]:
    # SQLite counts the characters of a text.
    measured = sql.cast(column, sql.LargeBinary) if is_sqlite and column_type in _TEXTS else column
    return sql.func.coalesce(sql.func.length(measured), 0)


def _position_value(value: Any) -> int | float | str | None:
    if isinstance(value, datetime):
        return to_microseconds(value)
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _order_value(column_type: ColumnType, value: Any) -> Any:
    if column_type is ColumnType.TIMESTAMP:
        return to_datetime(value).replace(tzinfo=None)
    return value.encode("latin-1") if isinstance(value, str) else value


def _cell(value: Cell) -> Cell:
    return aware(value) if isinstance(value, datetime) else value


def _stored(value: Cell) -> Cell:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
