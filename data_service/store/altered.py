"""What other SQL clients may have written: values that this service would not have.

They may alter a column, and SQLite keeps any value in any column: a row that is not as it should be ends a call with
WrongState, which names it.
"""

from collections.abc import Sequence, Set
from typing import Any

import sqlalchemy as sql
from tablefit.errors import WrongState

_INTEGERS = range(-(2**63), 2**63)


def check_ids(table: sql.Table, ids: Sequence[Any], column: str = "id") -> None:
    """Refuses ids that are no 64-bit integers."""
    check_cells(table, ids, ids, column, {int})
    wide = next((row_id for row_id in ids if row_id not in _INTEGERS), None)
    if wide is not None:
        raise _foreign(table, wide, column, "an integer of more than 64 bits")


def check_cells(table: sql.Table, ids: Sequence[Any], cells: Sequence[Any], column: str, types: Set[type]) -> None:
    """Refuses the first cell of other types than these; `ids` are the ids of the cells' rows."""
    if set(map(type, cells)) <= types:
        return
    row_id, cell = next((i, c) for i, c in zip(ids, cells, strict=False) if type(c) not in types)
    raise _foreign(table, row_id, column, "NULL" if cell is None else f"a value of type {type(cell).__name__}")


def _foreign(table: sql.Table, row_id: Any, column: str, what: str) -> WrongState:
    return WrongState(
        f"Row {row_id} of table {table.name!r} holds {what} in its column {column}, written by other means. "
        "Correct or delete the row.",
        details={"table": table.name, "row_id": str(row_id)},
    )
