"""Lists the rows of a table in pages that are bounded by rows and by bytes: images are measured before they are read.

Leaves reading to the store and tokens to `pages`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from tablefit.errors import InvalidInput

from data_service.pages import decode_position, encode_token, page_limit
from data_service.schema import BEFORE_ALL_IDS, COLUMNS, Cell, Column, ColumnType, Row
from data_service.store import Store

# Callers in any language take messages of 4 MiB unless they are told otherwise.
LIMIT_PAGE_BYTES = 3 * 1024 * 1024
# So many sizes are asked for at once: MySQL reads an image to tell its size.
_MEASURED_ROWS = 32
_CELL_BYTES = 16


@dataclass(frozen=True)
class RowPage:
    """Rows in order of id with the columns asked for, and the token of the next page, empty on the last."""

    columns: list[Column]
    rows: Sequence[Row]
    next_page_token: str


class Rows:
    """The rows of a store's tables, as callers list them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, table: str, columns: Sequence[str], page_size: int, page_token: str) -> RowPage:
        """A page of the rows of the table of that name; without `columns`, all but its images.

        Raises NotFound; InvalidInput for an unknown column or a token of another list.
        """
        entry = self._store.find_table(table)
        chosen = _choose(COLUMNS[entry.kind], columns)
        limit = page_limit(page_size)
        owner = ("rows", entry.table_id, *(column.name for column in chosen))
        position = decode_position(page_token, *owner)
        after_id = BEFORE_ALL_IDS if position is None else int(position)
        if any(column.type is ColumnType.IMAGE for column in chosen):
            limit = _count_within(self._store, entry.table_id, after_id, limit)
        found = _first_of(self._store.list_rows(entry.table_id, [column.name for column in chosen], after_id, limit))
        # One look beyond the page tells whether there is another.
        is_last = not found or not self._store.list_rows(entry.table_id, [], found[-1].id, 1)
        return RowPage(chosen, found, "" if is_last else encode_token(found[-1].id, *owner))


def _choose(present: Sequence[Column], wanted: Sequence[str]) -> list[Column]:
    """The columns of those names in that order."""
    if not wanted:
        return [column for column in present if column.type is not ColumnType.IMAGE]
    by_name = {column.name: column for column in present}
    unknown = [name for name in wanted if name not in by_name]
    if unknown or len(set(wanted)) < len(wanted):
        raise InvalidInput(
            f"expected columns out of {', '.join(by_name)}, each once; received {', '.join(wanted)[:200]}",
            field="columns",
        )
    return [by_name[name] for name in wanted]


def _first_of(rows: Sequence[Row]) -> Sequence[Row]:
    """As many of the first rows as fit a page; at least 1, where there is one."""
    totals = accumulate(sum(map(_byte_count, row.cells)) for row in rows)
    return rows[: max(1, sum(1 for _ in takewhile(lambda total: total <= LIMIT_PAGE_BYTES, totals)))]


def _byte_count(cell: Cell) -> int:
    # Numbers and times take a few bytes, and so does the frame of any value.
    return _CELL_BYTES + (len(cell.encode()) if isinstance(cell, str) else len(cell) if isinstance(cell, bytes) else 0)


def _count_within(store: Store, table_id: str, after_id: int, limit: int) -> int:
    """How many rows above `after_id`, at most `limit`, have images that fit a page; at least 1."""
    count = total_bytes = 0
    while count < limit:
        measured = store.list_image_sizes(table_id, after_id, min(_MEASURED_ROWS, limit - count))
        for row_id, size_bytes in measured:
            total_bytes += size_bytes
            if total_bytes > LIMIT_PAGE_BYTES:
                return max(count, 1)
            count, after_id = count + 1, row_id
        if not measured:
            break
    return max(count, 1)
