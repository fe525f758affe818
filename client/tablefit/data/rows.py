"""Rows of one table: read, listed, inserted, changed and deleted, a few at a time.

Leaves many rows to `uploads` (in) and `streams` (out), and work on whole tables to `datasets`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tablefit.data.filters import FilterLike, OrderLike, to_filter_message, to_order_messages
from tablefit.data.link import Link
from tablefit.data.tables import Column, Table, to_table
from tablefit.data.values import Row, to_chunk, to_rows, to_value
from tablefit.errors import InvalidInput
from tablefit.v1 import data_service_pb2 as pb

PAGE_SIZE = 500

# What callers give of an image table; the rest follows from the image.
_IMAGE_COLUMNS = ("label", "image", "source_name")


def read_table(link: Link, table: str) -> Table:
    """The table, for its columns. Raises NotFound."""
    return to_table(link.call("GetTable", pb.GetTableRequest(table=table)).table)


def filter_for(link: Link, table: str, wanted: FilterLike | None) -> pb.Filter | None:
    """The message of a filter on the table; None for none. Raises NotFound, InvalidInput."""
    return None if wanted is None else to_filter_message(wanted, read_table(link, table).columns)


class Rows:
    """The calls on rows. `filter` is a text such as "age >= 30 and sex = 'Male'" or an object of `tablefit.filters`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get_row(self, table: str, row_id: int, columns: Sequence[str] = ()) -> Row:
        """One row, all columns unless some are named. Raises NotFound; WrongState for a table without a key."""
        answer = self._link.call("GetRow", pb.GetRowRequest(table=table, id=row_id, columns=columns))
        return to_rows([answer.row], answer.columns)[0]

    def list_rows(
        self,
        table: str,
        limit: int | None = None,
        columns: Sequence[str] = (),
        *,
        filter: FilterLike | None = None,
        order_by: OrderLike = (),
    ) -> Iterator[Row]:
        """Rows fetched page by page, by id unless `order_by` says otherwise ("age desc, name").

        All columns but images, byte strings and tensors unless `columns` are named. Raises NotFound, InvalidInput;
        WrongState for a table without a key.
        """
        request = pb.ListRowsRequest(table=table, columns=columns, order_by=to_order_messages(order_by))
        if filter is not None:
            request.filter.CopyFrom(to_filter_message(filter, read_table(self._link, table).columns))
        return self._pages(request, limit)

    def insert_rows(self, table: str, rows: Iterable[Mapping[str, Any]], *, request_id: str = "") -> list[int]:
        """Inserts up to 1,000 rows, all or none, and returns their ids; what a row does not name is NULL.

        With a `request_id` the call may be repeated. Raises InvalidInput that names row and column; PermissionDenied.
        """
        found = read_table(self._link, table)
        source_name = "source_name" if found.kind == "image" else ""
        chunk = to_chunk(list(rows), _settable(found), source_name)
        request = pb.InsertRowsRequest(table=table, rows=chunk, request_id=request_id)
        return list(self._link.call("InsertRows", request).ids)

    def update_rows(
        self,
        table: str,
        values: Mapping[str, Any],
        *,
        ids: Sequence[int] | None = None,
        filter: FilterLike | None = None,
        validate_only: bool = False,
    ) -> int:
        """Gives the rows with these ids, or all that fulfil the filter, new values; returns how many they are.

        With `validate_only` they are only counted. Raises NotFound, InvalidInput, WrongState for too many rows,
        PermissionDenied.
        """
        found = read_table(self._link, table)
        request = pb.UpdateRowsRequest(table=table, validate_only=validate_only)
        _select(request, found, ids, filter)
        known = {column.name: column for column in _settable(found)}
        for name, cell in values.items():
            if name not in known:
                raise InvalidInput(f"There is no column {name!r} to set; expected {', '.join(known)[:300]}.")
            request.values.add(column=name, value=to_value(cell, known[name]))
        return int(self._link.call("UpdateRows", request).row_count)

    def delete_rows(
        self,
        table: str,
        *,
        ids: Sequence[int] | None = None,
        filter: FilterLike | None = None,
        validate_only: bool = False,
    ) -> int:
        """Deletes the rows with these ids, or all that fulfil the filter; returns how many they are.

        With `validate_only` they are only counted. Raises NotFound, InvalidInput, WrongState, PermissionDenied.
        """
        request = pb.DeleteRowsRequest(table=table, validate_only=validate_only)
        _select(request, read_table(self._link, table), ids, filter)
        return int(self._link.call("DeleteRows", request).row_count)

    def _pages(self, request: pb.ListRowsRequest, limit: int | None) -> Iterator[Row]:
        left = limit
        while left is None or left > 0:
            request.page_size = PAGE_SIZE if left is None else min(left, PAGE_SIZE)
            page = self._link.call("ListRows", request)
            yield from to_rows(page.rows, page.columns)
            left = None if left is None else left - len(page.rows)
            request.page_token = page.next_page_token
            if not request.page_token:
                return


def _select(
    request: pb.UpdateRowsRequest | pb.DeleteRowsRequest,
    table: Table,
    ids: Sequence[int] | None,
    wanted: FilterLike | None,
) -> None:
    """Says in the request which rows are meant: by ids or by a filter, never all by accident."""
    if (ids is None) == (wanted is None):
        raise InvalidInput("expected either the ids of rows or a filter that chooses them", field="selection")
    if wanted is not None:
        request.filter.CopyFrom(to_filter_message(wanted, table.columns))
    else:
        request.ids.ids.extend(ids or ())


def _settable(table: Table) -> list[Column]:
    """The columns whose values callers give; the others follow from them."""
    if table.kind == "image":
        return [column for column in table.columns if column.name in _IMAGE_COLUMNS]
    return [column for column in table.columns if column.name != table.key_column or table.origin != "service"]
