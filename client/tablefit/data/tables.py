"""Tables and rows as the client sees them, made from the service's messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tablefit.errors import InvalidInput
from tablefit.rpc.times import to_datetime
from tablefit.v1 import data_service_pb2 as pb

KINDS = {"image": pb.TABLE_KIND_IMAGE}
_KIND_NAMES = {number: name for name, number in KINDS.items()}

CellValue = int | str | bytes | datetime | None


@dataclass(frozen=True)
class Column:
    """A column: its SQL name, its type in lower case ("integer", "image", …), and whether it may be NULL."""

    name: str
    type: str
    nullable: bool
    description: str


@dataclass(frozen=True)
class Table:
    """A table of the database. `table_id` stays through a rename."""

    name: str
    table_id: str
    kind: str
    description: str
    columns: tuple[Column, ...]
    row_count: int
    create_time: datetime
    update_time: datetime


@dataclass(frozen=True)
class Row:
    """A row: its id and its values by column name."""

    id: int
    values: dict[str, CellValue]


def kind_number(kind: str) -> pb.TableKind:
    """The message's number for a kind of table; InvalidInput when there is no such kind."""
    if kind not in KINDS:
        raise InvalidInput(f"expected a kind of table out of {', '.join(KINDS)}, received {kind!r}", field="table.kind")
    return KINDS[kind]


def to_table(message: pb.Table) -> Table:
    """The record of a Table message."""
    return Table(
        name=message.name,
        table_id=message.table_id,
        kind=_KIND_NAMES.get(message.kind, "unknown"),
        description=message.description,
        columns=tuple(to_column(column) for column in message.columns),
        row_count=message.row_count,
        create_time=to_datetime(message.create_time),
        update_time=to_datetime(message.update_time),
    )


def to_column(message: pb.Column) -> Column:
    """The record of a Column message."""
    type_name = pb.ColumnType.Name(message.type).removeprefix("COLUMN_TYPE_").lower()
    return Column(message.name, type_name, message.nullable, message.description)


def to_row(message: pb.Row, columns: Sequence[pb.Column]) -> Row:
    """The record of a Row message, whose values stand in the order of `columns`."""
    pairs = zip(columns, message.values, strict=True)
    return Row(message.id, {column.name: _cell(value) for column, value in pairs})


def _cell(value: pb.Value) -> CellValue:
    kind = value.WhichOneof("kind")
    if kind is None:
        return None
    if kind == "timestamp":
        return to_datetime(value.timestamp)
    cell: int | str | bytes = getattr(value, kind)
    return cell
