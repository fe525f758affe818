"""Lists the rows of a table in pages bounded by rows and by bytes: large values are measured before they are read.

Leaves reading to the store and tokens to `pages`.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from tablefit.errors import InvalidInput, WrongState

from data_service.filters import Filter, check_filter
from data_service.pages import decode_position, encode_token, page_limit
from data_service.schema import BLOB_TYPES, LARGE_TYPES, Cell, Column, Row
from data_service.store import Entry, Located, Order, Position, RowQuery, Store

# Callers in any language take messages of 4 MiB unless they are told otherwise.
LIMIT_PAGE_BYTES = 3 * 1024 * 1024
LIMIT_ORDERS = 16
# So many sizes are asked for at once: MySQL reads a value to tell its size.
_MEASURED_ROWS = 32
_CELL_BYTES = 16


@dataclass(frozen=True)
class RowPage:
    """Rows in the order asked for with the columns asked for, and the token of the next page, empty on the last."""

    columns: list[Column]
    rows: Sequence[Row]
    next_page_token: str


@dataclass(frozen=True)
class PageRequest:
    """Which rows and columns of a table are listed; without `columns`, all but those of blobs."""

    columns: Sequence[str] = ()
    page_size: int = 0
    page_token: str = ""
    filter: Filter | None = None
    order: Sequence[Order] = ()


def list_page(store: Store, entry: Entry, request: PageRequest) -> RowPage:
    """A page of rows. InvalidInput for an unknown column, a filter that does not fit, or a token of another list."""
    check_keyed(entry)
    shown = [column.name for column in entry.columns if column.type not in BLOB_TYPES]
    chosen = choose(entry.columns, request.columns or shown)
    wanted = RowQuery(
        None if request.filter is None else check_filter(request.filter, entry.columns),
        _check_order(entry, request.order),
        tuple(column.name for column in chosen if column.type in LARGE_TYPES),
    )
    owner = _owner(entry, chosen, wanted)
    token = decode_position(request.page_token, *owner)
    after = None if token is None else tuple(json.loads(str(token)))
    located, is_last = _locate(store, entry, wanted, after, page_limit(request.page_size))
    names = [column.name for column in chosen]
    rows = store.read_rows(entry.table_id, names, [place.id for place in located])
    found = _first_of(rows)
    if is_last and len(found) == len(rows):
        return RowPage(chosen, found, "")
    # Rows that went away since they were located count as seen.
    end = located[-1] if len(found) == len(rows) else next(place for place in located if place.id == found[-1].id)
    return RowPage(chosen, found, encode_token(json.dumps(end.position), *owner))


def choose(present: Sequence[Column], wanted: Sequence[str]) -> list[Column]:
    """The columns of those names in that order."""
    by_name = {column.name: column for column in present}
    unknown = [name for name in wanted if name not in by_name]
    if unknown or len(set(wanted)) < len(wanted):
        raise InvalidInput(
            f"expected columns out of {', '.join(by_name)}, each once; received {', '.join(wanted)[:200]}",
            field="columns",
        )
    return [by_name[name] for name in wanted]


def check_keyed(entry: Entry) -> None:
    """WrongState for a table whose rows have no ids."""
    if not entry.key_column:
        raise WrongState(
            f"Table {entry.name!r} has no unique integer column, so its rows have no ids. Pin it by a snapshot, which "
            "numbers them.",
            details={"table": entry.name},
        )


def _check_order(entry: Entry, orders: Sequence[Order]) -> tuple[Order, ...]:
    by_name = {column.name: column for column in entry.columns if column.type not in BLOB_TYPES}
    names = [order.column for order in orders]
    unknown = next((name for name in names if name not in by_name), None)
    if unknown is not None:
        raise InvalidInput(
            f"expected columns out of {', '.join(by_name)[:300]} to order by, received {unknown[:80]!r}",
            field="order_by",
        )
    if len(orders) > LIMIT_ORDERS or len(set(names)) < len(names):
        raise InvalidInput(f"expected at most {LIMIT_ORDERS} columns to order by, each once", field="order_by")
    return tuple(orders)


def _owner(entry: Entry, chosen: Sequence[Column], wanted: RowQuery) -> tuple[str, ...]:
    condition = hashlib.sha256(repr((wanted.filter, wanted.order)).encode("utf-8", "surrogatepass")).hexdigest()
    return ("rows", entry.table_id, condition, *(column.name for column in chosen))


def _locate(
    store: Store, entry: Entry, wanted: RowQuery, after: Position | None, limit: int
) -> tuple[list[Located], bool]:
    """The rows of a page, at least 1 where there is one, and whether it is the last."""
    found: list[Located] = []
    total_bytes = 0
    while True:
        # One look beyond the page tells whether there is another.
        count = limit + 1 - len(found)
        count = min(count, _MEASURED_ROWS) if wanted.sized else count
        located = store.locate_rows(entry.table_id, wanted, after, count)
        for place in located:
            total_bytes += place.size_bytes
            if len(found) == limit or (found and total_bytes > LIMIT_PAGE_BYTES):
                return found, False
            found.append(place)
        if len(located) < count:
            return found, True
        after = located[-1].position


def _first_of(rows: Sequence[Row]) -> Sequence[Row]:
    """As many of the first rows as fit a page; at least 1, where there is one."""
    totals = accumulate(sum(map(_byte_count, row.cells)) for row in rows)
    return rows[: max(1, sum(1 for _ in takewhile(lambda total: total <= LIMIT_PAGE_BYTES, totals)))]


def _byte_count(cell: Cell) -> int:
    # Numbers and times take a few bytes, and so does the frame of any value.
    return _CELL_BYTES + (len(cell.encode()) if isinstance(cell, str) else len(cell) if isinstance(cell, bytes) else 0)
