"""Takes snapshots of tables, views and datasets: for callers who ask for one, and for streams that name none.

Leaves reading to the store, keeping to `snapshots`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from tablefit.errors import InvalidInput, Unavailable

from data_service.columns import RowBatch
from data_service.lookahead import progress_of
from data_service.readers import Readers
from data_service.schema import Column, Table
from data_service.snapshots import BlockRecord, Guarantee, SnapshotRecord, Snapshots

LEAST_KEEP_S = 60.0
# A hundred years: later times have no date.
LIMIT_KEEP_S = 100 * 365.25 * 86_400
# A read that a lost connection ended is begun anew so often.
_TRIES = 3


class Reads(Protocol):
    """Where tables are read."""

    def get_table(self, name: str) -> Table:
        """The table of that name."""
        ...

    def read_all_rows(self, table: Table, columns: Sequence[Column], check: Callable[[], None]) -> Iterator[RowBatch]:
        """All rows in one state of the table, in order of id."""
        ...


@dataclass(frozen=True)
class PinRequest:
    """What to pin; None and nothing mean the service's default and all columns."""

    table: str
    guarantee: Guarantee = Guarantee.EXACT
    keep_s: float | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Taking:
    """How far a snapshot is: rows read, rows in all (0: unknown), and at the end the snapshot."""

    done_rows: int
    total_rows: int
    snapshot: SnapshotRecord | None = None


class Pinning:
    """For use by many threads. `keep_s` is how long a snapshot is kept after its last use unless a caller says so."""

    def __init__(self, store: Reads, snapshots: Snapshots, readers: Readers, keep_s: float) -> None:
        self._store = store
        self._snapshots = snapshots
        self._readers = readers
        self._keep_s = keep_s

    def create(self, request: PinRequest, check: Callable[[], None]) -> Iterator[Taking]:
        """Pins a table, with progress. Raises what CreateSnapshot documents."""
        if request.keep_s is not None:
            check_keep(request.keep_s)
        table = self._store.get_table(_required(request.table))
        columns = _choose(table, request.columns)
        keep_s = self._keep_s if request.keep_s is None else request.keep_s
        take = partial(self.take, table, columns, check, guarantee=request.guarantee, keep_s=keep_s)
        total = max(0, table.row_count)
        for done, record in progress_of(take):
            yield Taking(done, total, record)

    def take(
        self,
        table: Table,
        columns: Sequence[Column],
        check: Callable[[], None],
        on_progress: Callable[[int], None] = lambda _: None,
        *,
        guarantee: Guarantee = Guarantee.EXACT,
        keep_s: float | None = None,
        on_block: Callable[[BlockRecord], None] = lambda _: None,
    ) -> SnapshotRecord:
        """Pins these columns of a table. A read whose connection is lost begins anew, a few times.

        `on_block` gets each block that is stored, from any thread.
        """
        if guarantee is Guarantee.CHANGE_DETECTING and not table.key_column:
            raise InvalidInput(
                f"expected a table with a unique integer key for a change-detecting snapshot, received {table.name!r}, "
                "which has none; its rows could not be found again",
                field="guarantee",
            )
        with self._readers.hold(table.table_id, f"a snapshot of {table.name}"):
            take = partial(
                self._snapshots.take,
                table,
                lambda: self._store.read_all_rows(table, columns, check),
                columns=columns,
                numbered=not table.key_column,
                guarantee=guarantee,
                keep_s=self._keep_s if keep_s is None else keep_s,
                on_progress=on_progress,
                check=check,
                on_block=on_block,
            )
            for _ in range(_TRIES - 1):
                try:
                    return take()
                except Unavailable:
                    continue
            return take()


def check_keep(keep_s: float) -> None:
    """InvalidInput for a time for which no snapshot can be kept."""
    if not LEAST_KEEP_S <= keep_s <= LIMIT_KEEP_S:
        raise InvalidInput(
            f"expected to keep a snapshot for at least {LEAST_KEEP_S:g} s and at most 100 years, received {keep_s:g} s",
            field="keep",
        )


def pinned_columns(table: Table) -> list[Column]:
    """The columns of a table that a snapshot can keep: all but its key, whose values are the row ids."""
    return [column for column in table.columns if column.name != table.key_column]


def _choose(table: Table, names: Sequence[str]) -> list[Column]:
    columns = pinned_columns(table)
    known = {column.name: column for column in columns}
    unknown = [name for name in names if name not in known]
    if unknown or len(set(names)) < len(names):
        raise InvalidInput(
            f"expected columns out of {', '.join(known)[:300]}, each once; received {', '.join(names)[:200]}",
            field="columns",
        )
    return [column for column in columns if not names or column.name in names]


def _required(name: str) -> str:
    if not name:
        raise InvalidInput("expected the name of a table, received none", field="table")
    return name
