"""Rows between records and messages."""

from datetime import datetime

from tablefit.rpc.times import to_timestamp
from tablefit.v1 import data_service_pb2 as pb

from data_service.convert.tables import encode_column
from data_service.rows import RowPage
from data_service.schema import Cell, Row


def encode_page(page: RowPage) -> pb.ListRowsResponse:
    """The message of a page of rows."""
    return pb.ListRowsResponse(
        columns=map(encode_column, page.columns),
        rows=map(_encode_row, page.rows),
        next_page_token=page.next_page_token,
    )


def _encode_row(row: Row) -> pb.Row:
    return pb.Row(id=row.id, values=map(_encode_cell, row.cells))


def _encode_cell(cell: Cell) -> pb.Value:
    match cell:
        case bool():
            return pb.Value(boolean=cell)
        case int():
            return pb.Value(integer=cell)
        case float():
            return pb.Value(float=cell)
        case str():
            return pb.Value(text=cell)
        case bytes():
            return pb.Value(blob=cell)
        case datetime():
            return pb.Value(timestamp=to_timestamp(cell))
        case None:
            return pb.Value()
