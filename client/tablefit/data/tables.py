"""Tables and their columns as the client sees them, made from the service's messages and into them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from tablefit.errors import InvalidInput
from tablefit.rpc import tensors
from tablefit.rpc.times import to_datetime
from tablefit.v1 import data_service_pb2 as pb

KINDS = {"image": pb.TABLE_KIND_IMAGE, "general": pb.TABLE_KIND_GENERAL}
ORIGINS = {
    "service": pb.TABLE_ORIGIN_SERVICE,
    "database": pb.TABLE_ORIGIN_DATABASE,
    "view": pb.TABLE_ORIGIN_VIEW,
    "query": pb.TABLE_ORIGIN_QUERY,
}
COLUMN_TYPES = {
    name.removeprefix("COLUMN_TYPE_").lower(): number
    for name, number in pb.ColumnType.items()
    if number != pb.COLUMN_TYPE_UNSPECIFIED
}
_KIND_NAMES = {number: name for name, number in KINDS.items()}
_ORIGIN_NAMES = {number: name for name, number in ORIGINS.items()}


@dataclass(frozen=True)
class Column:
    """A column: its SQL name, its type in lower case ("integer", "image", …), and whether it may be NULL.

    Of tensor columns, `data_type` is numpy's name of the elements ("float32") and `shape` that of one row.
    `sql_type` is what the database says.
    """

    name: str
    type: str
    nullable: bool = False
    description: str = ""
    data_type: str = ""
    shape: tuple[int, ...] = ()
    sql_type: str = ""


@dataclass(frozen=True)
class Table:
    """A table of the database. `table_id` stays through a rename.

    `origin` is "service" for a table that the service made, "database" or "view" for what others made, "query" for a
    dataset, whose `query` is given. `row_count` is -1 for views and datasets. `key_column` holds the row ids; it is
    empty where there is no unique integer key. Times are None where they are not known.
    """

    name: str
    table_id: str
    kind: str
    description: str
    columns: tuple[Column, ...]
    row_count: int
    create_time: datetime | None
    update_time: datetime | None
    origin: str = "service"
    read_only: bool = False
    key_column: str = "id"
    query: str = ""


def kind_number(kind: str) -> pb.TableKind:
    """The message's number for a kind of table; InvalidInput when there is no such kind."""
    number: pb.TableKind = number_of(KINDS, kind, "a kind of table", "table.kind")
    return number


def origin_number(origin: str) -> pb.TableOrigin:
    """The message's number for an origin of tables; InvalidInput when there is no such origin."""
    number: pb.TableOrigin = number_of(ORIGINS, origin, "an origin", "origins")
    return number


def number_of(numbers: dict[str, Any], name: str, what: str, field: str) -> Any:
    """The number that goes by this name; InvalidInput that lists all names when there is none."""
    if name not in numbers:
        raise InvalidInput(f"expected {what} out of {', '.join(numbers)}, received {name!r}", field=field)
    return numbers[name]


def to_table(message: pb.Table) -> Table:
    """The record of a Table message."""
    return Table(
        name=message.name,
        table_id=message.table_id,
        kind=_KIND_NAMES.get(message.kind, "unknown"),
        description=message.description,
        columns=to_columns(message.columns),
        row_count=message.row_count,
        create_time=to_time(message, "create_time"),
        update_time=to_time(message, "update_time"),
        origin=_ORIGIN_NAMES.get(message.origin, "unknown"),
        read_only=message.read_only,
        key_column=message.key_column,
        query=message.query,
    )


def to_columns(messages: Sequence[pb.Column]) -> tuple[Column, ...]:
    """The records of Column messages."""
    return tuple(map(to_column, messages))


def to_column(message: pb.Column) -> Column:
    """The record of a Column message."""
    return Column(
        name=message.name,
        type=pb.ColumnType.Name(message.type).removeprefix("COLUMN_TYPE_").lower(),
        nullable=message.nullable,
        description=message.description,
        data_type=tensors.numpy_name(message.data_type) if message.data_type else "",
        shape=tuple(message.shape),
        sql_type=message.sql_type,
    )


def to_column_message(column: Column) -> pb.Column:
    """The message of a column that a table is to be made with. Raises InvalidInput for an unknown type."""
    return pb.Column(
        name=column.name,
        type=number_of(COLUMN_TYPES, column.type, "a type of column", "table.columns"),
        nullable=column.nullable,
        description=column.description,
        data_type=tensors.data_type_number(column.data_type) if column.data_type else pb.DATA_TYPE_UNSPECIFIED,
        shape=column.shape,
    )


def to_time(message: Message, field: str) -> datetime | None:
    """The point in time that a field of a message holds; None when it was not given."""
    return to_datetime(getattr(message, field)) if message.HasField(field) else None
