"""Tables and columns between messages and records."""

from collections.abc import Iterable

from tablefit.errors import InvalidInput
from tablefit.rpc import tensors
from tablefit.rpc.times import to_timestamp
from tablefit.v1 import data_service_pb2 as pb

from data_service.datasets import NewDataset
from data_service.schema import Column, ColumnType, Table, TableKind, TableOrigin
from data_service.tables import TablePage, TableUpdate

_KINDS = {pb.TABLE_KIND_IMAGE: TableKind.IMAGE, pb.TABLE_KIND_GENERAL: TableKind.GENERAL}
_KIND_NUMBERS = {kind: number for number, kind in _KINDS.items()}

COLUMN_TYPES = {
    ColumnType.INTEGER: pb.COLUMN_TYPE_INTEGER,
    ColumnType.TEXT: pb.COLUMN_TYPE_TEXT,
    ColumnType.CATEGORY: pb.COLUMN_TYPE_CATEGORY,
    ColumnType.IMAGE: pb.COLUMN_TYPE_IMAGE,
    ColumnType.TIMESTAMP: pb.COLUMN_TYPE_TIMESTAMP,
    ColumnType.FLOAT: pb.COLUMN_TYPE_FLOAT,
    ColumnType.BOOLEAN: pb.COLUMN_TYPE_BOOLEAN,
    ColumnType.BYTES: pb.COLUMN_TYPE_BYTES,
    ColumnType.TENSOR: pb.COLUMN_TYPE_TENSOR,
}
_COLUMN_TYPES_BY_NUMBER = {number: column_type for column_type, number in COLUMN_TYPES.items()}
_ORIGINS = {
    TableOrigin.SERVICE: pb.TABLE_ORIGIN_SERVICE,
    TableOrigin.DATABASE: pb.TABLE_ORIGIN_DATABASE,
    TableOrigin.VIEW: pb.TABLE_ORIGIN_VIEW,
    TableOrigin.QUERY: pb.TABLE_ORIGIN_QUERY,
}
_ORIGINS_BY_NUMBER = {number: origin for origin, number in _ORIGINS.items()}


def decode_kind(number: pb.TableKind) -> TableKind:
    """The kind of that number. InvalidInput when there is none, or none was given."""
    if number not in _KINDS:
        known = ", ".join(map(pb.TableKind.Name, _KINDS))
        raise InvalidInput(f"expected a kind of table out of {known}, received {number}", field="table.kind")
    return _KINDS[number]


def decode_columns(columns: Iterable[pb.Column]) -> tuple[Column, ...]:
    """The columns that a general table is to have. InvalidInput for a type that there is not."""
    return tuple(_decode_column(column, f"table.columns[{place}]") for place, column in enumerate(columns))


def decode_update(request: pb.UpdateTableRequest) -> TableUpdate:
    """What to change in which table."""
    update = request.update
    return TableUpdate(request.table, update.name, update.description, tuple(request.update_mask.paths))


def decode_dataset(request: pb.CreateDatasetRequest) -> NewDataset:
    """The dataset to make."""
    return NewDataset(request.name, request.query, request.description, request.request_id, request.validate_only)


def decode_list(request: pb.ListTablesRequest) -> tuple[int, str, list[TableOrigin]]:
    """Size and token of the page, and the origins wanted."""
    unknown = next((number for number in request.origins if number not in _ORIGINS_BY_NUMBER), None)
    if unknown is not None:
        raise InvalidInput(
            f"expected origins out of {', '.join(map(pb.TableOrigin.Name, _ORIGINS_BY_NUMBER))}, received {unknown}",
            field="origins",
        )
    return request.page_size, request.page_token, [_ORIGINS_BY_NUMBER[number] for number in request.origins]


def encode_table(table: Table) -> pb.Table:
    """The message of a table."""
    return pb.Table(
        name=table.name,
        table_id=table.table_id,
        kind=_KIND_NUMBERS[table.kind],
        description=table.description,
        columns=map(encode_column, table.columns),
        row_count=table.row_count,
        create_time=to_timestamp(table.create_time) if table.create_time else None,
        update_time=to_timestamp(table.update_time) if table.update_time else None,
        origin=_ORIGINS[table.origin],
        read_only=table.read_only,
        key_column=table.key_column,
        query=table.query,
    )


def encode_column(column: Column) -> pb.Column:
    """The message of a column."""
    return pb.Column(
        name=column.name,
        type=COLUMN_TYPES[column.type],
        nullable=column.nullable,
        description=column.description,
        data_type=tensors.data_type_number(column.data_type) if column.data_type else pb.DATA_TYPE_UNSPECIFIED,
        shape=column.shape,
        sql_type=column.sql_type,
    )


def _decode_column(column: pb.Column, field: str) -> Column:
    column_type = _COLUMN_TYPES_BY_NUMBER.get(column.type)
    if column_type is None:
        known = ", ".join(map(pb.ColumnType.Name, _COLUMN_TYPES_BY_NUMBER))
        raise InvalidInput(f"expected a type out of {known}, received {column.type}", field=f"{field}.type")
    if column.data_type and column.data_type not in tensors.DTYPES:
        known = ", ".join(dtype.name for dtype in tensors.DTYPES.values())
        raise InvalidInput(f"expected an element type of {known}, received another", field=f"{field}.data_type")
    return Column(
        name=column.name,
        type=column_type,
        nullable=column.nullable,
        description=column.description,
        data_type=tensors.numpy_name(column.data_type) if column.data_type else "",
        shape=tuple(column.shape),
    )


def encode_page(page: TablePage) -> pb.ListTablesResponse:
    """The message of a page of tables."""
    return pb.ListTablesResponse(tables=map(encode_table, page.tables), next_page_token=page.next_page_token)
