"""What rows are read from, as one FROM knows it: a table, a view, or a query in parentheses.

Leaves reading to `reading`, and which tables there are to `catalogue` and `foreign`.
"""

from dataclasses import dataclass

from tablefit.errors import WrongState

from data_service.schema import TableOrigin
from data_service.store.catalogue import Entry

# The bytes of a batch, about: one row may be larger.
LIMIT_BATCH_BYTES = 8 * 1024 * 1024
LIMIT_BATCH_ROWS = 8192

_QUERY_NAME = "tablefit_query"


@dataclass(frozen=True)
class Source:
    """Where rows come from. `key` is the column of the ids, empty where rows are numbered as they come.

    `limit_s` bounds the time of a statement, None where it is not bounded. `name` is for people.
    """

    name: str
    from_sql: str
    key: str = ""
    limit_s: float | None = None

    @property
    def is_query(self) -> bool:
        """Whether it has to be computed, not just read."""
        return self.limit_s is not None


class BadValue(Exception):
    """A value that its column's type cannot hold: the place of its row, and what it is."""

    def __init__(self, place: int, what: str) -> None:
        super().__init__(what)
        self.place = place
        self.what = what


def source_of(entry: Entry, quote: str, query_limit_s: float) -> Source:
    """The rows of an entry; `quote` is what the engine writes names between."""
    if entry.origin is TableOrigin.QUERY:
        return Source(entry.name, query_source(entry.query), limit_s=query_limit_s)
    limit_s = query_limit_s if entry.origin is TableOrigin.VIEW else None
    return Source(entry.name, quoted(entry.name, quote), entry.key_column, limit_s)


def query_source(query: str) -> str:
    """A checked query as what stands behind FROM."""
    return f"({query}) AS {_QUERY_NAME}"


def quoted(name: str, quote: str) -> str:
    """The name between quotes. Percent signs stay single: statements with such names run without parameters."""
    return quote + name.replace(quote, quote * 2) + quote


def refuse_value(source: Source, row_id: int, column: str, what: str) -> WrongState:
    """What a caller is told of a value that no batch can hold."""
    return WrongState(
        f"Row {row_id} of {source.name!r} holds {what} in its column {column!r}, which no batch can hold. Correct the "
        "row, or leave the column or the row out by a query.",
        details={"table": source.name, "row_id": str(row_id)},
    )
