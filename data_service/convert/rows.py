"""Rows, and requests about them, between messages and records."""

from collections.abc import Iterable

from tablefit.errors import InvalidInput
from tablefit.v1 import data_service_pb2 as pb

from data_service.convert.filters import decode_filter
from data_service.convert.tables import encode_column
from data_service.convert.values import decode_value, encode_value
from data_service.row_changes import Selection
from data_service.row_pages import PageRequest, RowPage
from data_service.schema import Cell, Row
from data_service.store import Order


def decode_page_request(request: pb.ListRowsRequest) -> PageRequest:
    """Which rows and columns are to be listed."""
    return PageRequest(
        columns=tuple(request.columns),
        page_size=request.page_size,
        page_token=request.page_token,
        filter=decode_filter(request.filter) if request.HasField("filter") else None,
        order=tuple(Order(order.column, order.descending) for order in request.order_by),
    )


def encode_page(page: RowPage) -> pb.ListRowsResponse:
    """The message of a page of rows."""
    return pb.ListRowsResponse(
        columns=map(encode_column, page.columns),
        rows=map(_encode_row, page.rows),
        next_page_token=page.next_page_token,
    )


def encode_single(page: RowPage) -> pb.GetRowResponse:
    """The message of the one row of a page."""
    return pb.GetRowResponse(columns=map(encode_column, page.columns), row=_encode_row(page.rows[0]))


def decode_selection(request: pb.UpdateRowsRequest | pb.DeleteRowsRequest) -> Selection:
    """Which rows are chosen."""
    match request.WhichOneof("selection"):
        case "ids":
            return Selection(ids=tuple(request.ids.ids))
        case "filter":
            return Selection(filter=decode_filter(request.filter))
    return Selection()


def decode_new_values(request: pb.UpdateRowsRequest) -> dict[str, Cell]:
    """The values to set by column: those that the mask names, or all."""
    values: dict[str, Cell] = {}
    for place, named in enumerate(request.values):
        if named.column in values:
            raise InvalidInput(f"expected each column once, received {named.column[:80]!r} twice", field="values")
        values[named.column] = decode_value(named.value, f"values[{place}].value")
    return _masked(values, request.update_mask.paths)


def _masked(values: dict[str, Cell], paths: Iterable[str]) -> dict[str, Cell]:
    wanted = list(paths) or list(values)
    missing = next((path for path in wanted if path not in values), None)
    if missing is not None:
        raise InvalidInput(f"expected a value for {missing[:80]!r}, which the mask names", field="update_mask")
    return {name: values[name] for name in wanted}


def _encode_row(row: Row) -> pb.Row:
    return pb.Row(id=row.id, values=map(encode_value, row.cells))
