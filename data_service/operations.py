"""Makes tables of the rows of others: copies, divisions, samples.

Tables are made under reserved names in many transactions, with progress between them, and appear at once when all are
complete; a caller who goes away before leaves nothing behind. Rows keep their ids, so that they can be compared. The
source is safe from deletion meanwhile. Rows that others add to it after the beginning are not taken; those that others
change or delete meanwhile are taken as they are when their turn comes. Leaves SQL to the store, the choice of rows to
`shares`, and changes of tables that are there to `table_changes`.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tablefit.errors import InvalidInput

from data_service import names
from data_service.filters import Filter, check_filter
from data_service.progress import IsActive, Pace, Step, check_active
from data_service.row_pages import choose
from data_service.schema import BEFORE_ALL_IDS, ColumnType, Table, TableKind
from data_service.shares import RowDivision, RowIndex, exact_fraction, sample_count
from data_service.staging import Staging, new_name, new_table, renamed
from data_service.store import NewTables, Store
from data_service.tables import LIMIT_DESCRIPTION_CHARACTERS, Tables, check_text

LIMIT_SHARES = 100

_SCANNED_ROWS = 20_000
_CLASS_TYPES = (ColumnType.CATEGORY, ColumnType.TEXT, ColumnType.BOOLEAN, ColumnType.INTEGER)
# Shares that are thirds or sevenths do not sum up exactly.
_SUM_TOLERANCE = Fraction(1, 10**6)


@dataclass(frozen=True)
class Copy:
    """A table to be made of another's rows: those that fulfil the filter, with these columns or all."""

    source: str
    target: str
    filter: Filter | None = None
    columns: Sequence[str] = ()
    description: str = ""


@dataclass(frozen=True)
class Split:
    """Tables to be made of shares (name, fraction) of another's rows."""

    source: str
    shares: Sequence[tuple[str, float]]
    stratify_by: str = ""
    seed: int = 0


@dataclass(frozen=True)
class Sample:
    """A table to be made of so many of another's rows, or of a share of them: one of both is given."""

    source: str
    target: str
    row_count: int | None = None
    fraction: float | None = None
    seed: int = 0


class Operations:
    """Operations that make tables. Every method raises NotFound when there is no such table; for each, `is_active`
    tells whether somebody still waits for the outcome."""

    def __init__(self, store: Store, tables: Tables, staging: Staging, directory: Path) -> None:
        self._store = store
        self._tables = tables
        self._staging = staging
        self._directory = directory

    def copy(self, wanted: Copy, is_active: IsActive) -> Iterator[Step]:
        """Copies rows into a new table."""
        check_text(wanted.description, LIMIT_DESCRIPTION_CHARACTERS, "description")
        target = names.check_name(wanted.target, "target")
        with self._tables.opened(wanted.source, f"the copy to {target}") as source:
            new = new_table(source, target, wanted.description, wanted.columns)
            where = check_filter(wanted.filter, source.columns) if wanted.filter is not None else None
            staged = self._staging.tables(source)
            with self._store.operations.making([new, *staged]) as made:
                source_id = yield from self._staging.fill(made, source, is_active)
                where = renamed(source, where) if where is not None and staged else where
                total = made.count(source_id, where)
                yield from self._copy_ranges(made, source_id, where, total, is_active)
                yield self._published(made, made.ids[:1], total)

    def split(self, wanted: Split, is_active: IsActive) -> Iterator[Step]:
        """Divides rows into new tables."""
        fractions = _check_shares(wanted.shares)
        with self._tables.opened(wanted.source, "a division of it") as source:
            column = _check_classes(source, wanted.stratify_by)
            new = [new_table(source, names.check_name(name, "shares.table")) for name, _ in wanted.shares]
            with self._store.operations.making([*new, *self._staging.tables(source)]) as made:
                source_id = yield from self._staging.fill(made, source, is_active)
                column = column if source_id == source.table_id else new_name(source, column)
                division = yield from self._gather(made, source_id, column, is_active)
                shares = division.divide(fractions, wanted.seed)
                targets = made.ids[: len(new)]
                yield from self._copy_shares(made, source_id, (division.ids, shares), targets, is_active)
                yield self._published(made, targets, division.row_count)

    def sample(self, wanted: Sample, is_active: IsActive) -> Iterator[Step]:
        """Copies a random sample of rows into a new table."""
        target = names.check_name(wanted.target, "target")
        _check_size(wanted)
        with self._tables.opened(wanted.source, f"the sample {target}") as source:
            new = [new_table(source, target), *self._staging.tables(source)]
            with self._store.operations.making(new) as made:
                source_id = yield from self._staging.fill(made, source, is_active)
                division = yield from self._gather(made, source_id, "", is_active)
                size = _sample_size(wanted, division.row_count)
                chosen = division.ids[np.flatnonzero(division.sample(size, wanted.seed) == 0)]
                shares = np.zeros(len(chosen), np.int8)
                targets = made.ids[:1]
                yield from self._copy_shares(made, source_id, (chosen, shares), targets, is_active)
                yield self._published(made, targets, size)

    def _copy_ranges(
        self, made: NewTables, source_id: str, where: Filter | None, total: int, is_active: IsActive
    ) -> Iterator[Step]:
        pace, done = Pace(), 0
        bounds = (BEFORE_ALL_IDS, made.last_id(source_id))
        yield Step(0, total)
        while True:
            check_active(is_active)
            with pace.measured() as limit:
                copied = made.copy_range(source_id, made.ids[0], where, bounds, limit)
            if copied is None:
                return
            bounds, done = (copied.last_id, bounds[1]), done + copied.taken_rows
            yield Step(min(done, total), total)

    def _gather(
        self, made: NewTables, source_id: str, column: str, is_active: IsActive
    ) -> Generator[Step, None, RowDivision]:
        """All ids, with what is in a column."""
        index = RowIndex(self._directory)
        try:
            bounds = (BEFORE_ALL_IDS, made.last_id(source_id))
            yield Step(0, made.count(source_id, None))
            while True:
                check_active(is_active)
                found = made.read_classes(source_id, column, bounds, _SCANNED_ROWS)
                if not len(found.ids):
                    return index.finish()
                index.append(found.ids, found.values)
                bounds = (int(found.ids[-1]), bounds[1])
        finally:
            index.close()

    def _copy_shares(
        self,
        made: NewTables,
        source_id: str,
        rows: tuple[NDArray[np.int64], NDArray[np.int8]],
        targets: Sequence[str],
        is_active: IsActive,
    ) -> Iterator[Step]:
        """Copies rows, given by their ids and the numbers of their targets."""
        (ids, shares), pace, start = rows, Pace(), 0
        while start < len(ids):
            check_active(is_active)
            with pace.measured() as limit:
                stop = min(start + limit, len(ids))
                of_share = {name: ids[start:stop][shares[start:stop] == n] for n, name in enumerate(targets)}
                made.copy_ids(source_id, of_share)
            yield Step(stop, len(ids))
            start = stop

    def _published(self, made: NewTables, targets: Sequence[str], total: int) -> Step:
        made.publish(targets)
        return Step(total, total, tables=tuple(map(self._store.get_table_by_id, targets)))


def _check_shares(shares: Sequence[tuple[str, float]]) -> list[Fraction]:
    if not 2 <= len(shares) <= LIMIT_SHARES:
        raise InvalidInput(f"expected 2 to {LIMIT_SHARES} shares, received {len(shares)}", field="shares")
    if len({names.key(name) for name, _ in shares}) < len(shares):
        raise InvalidInput("expected another table for each share, received a name twice", field="shares.table")
    if not all(0 < fraction < 1 for _, fraction in shares):
        raise InvalidInput("expected fractions above 0 and below 1, received others", field="shares.fraction")
    fractions = [exact_fraction(fraction) for _, fraction in shares]
    total = sum(fractions, Fraction(0))
    if abs(total - 1) > _SUM_TOLERANCE:
        raise InvalidInput(f"expected fractions whose sum is 1, received {float(total):g}", field="shares.fraction")
    return [fraction / total for fraction in fractions]


def _check_classes(source: Table, column: str) -> str:
    """The column that is divided by; empty where there is none."""
    if not column:
        return "label" if source.kind is TableKind.IMAGE else ""
    (found,) = choose(source.columns, [column])
    if found.type not in _CLASS_TYPES:
        expected = ", ".join(column_type.value for column_type in _CLASS_TYPES)
        raise InvalidInput(
            f"expected a column of one of the types {expected}; {column!r} is of type {found.type.value}",
            field="stratify_by",
        )
    return column


def _check_size(wanted: Sample) -> None:
    if (wanted.row_count is None) == (wanted.fraction is None):
        raise InvalidInput("expected either row_count or fraction, received none or both", field="size")
    if wanted.row_count is not None and wanted.row_count < 1:
        raise InvalidInput(f"expected at least 1 row, received {wanted.row_count}", field="row_count")
    if wanted.fraction is not None and not 0 < wanted.fraction <= 1:
        raise InvalidInput(f"expected a fraction above 0, up to 1, received {wanted.fraction}", field="fraction")


def _sample_size(wanted: Sample, row_count: int) -> int:
    if wanted.row_count is None:
        return sample_count(row_count, wanted.fraction or 0.0)
    if wanted.row_count > row_count:
        raise InvalidInput(
            f"expected at most the {row_count:,} rows that there are, received {wanted.row_count:,}", field="row_count"
        )
    return wanted.row_count
