"""Changes the rows of a whole table: appends those of another, replaces labels, deletes duplicates or all rows.

Each is one transaction, refused above the limit of rows that one may change; a caller who goes away while it lasts
takes it back. Leaves SQL to the store, and making tables to `operations`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from tablefit.errors import InvalidInput

from data_service.columns import ColumnArray
from data_service.filters import Filter, check_filter
from data_service.progress import IsActive, Step, caller_check
from data_service.row_changes import LIMIT_CHANGED_ROWS
from data_service.row_pages import check_keyed, choose
from data_service.running_uploads import RunningUploads
from data_service.schema import KEY_COLUMN, Column, ColumnType, Table, TableKind
from data_service.staging import Staging, renamed
from data_service.store import Entry, Store, check_changeable
from data_service.tables import Tables
from data_service.values import find_faults
from data_service.verification import RowVerifier, label_fault, sentence

LIMIT_MAPPING = 1000

_TEXT_TYPES = (ColumnType.TEXT, ColumnType.CATEGORY)
# Of an image table the other texts follow from the image.
_IMAGE_TEXTS = ("label", "source_name")


class TableChanges:
    """Changes of whole tables. Every method raises NotFound when there is no such table, and PermissionDenied for one
    that this service may not change; `is_active` tells whether somebody still waits for the outcome."""

    def __init__(
        self,
        store: Store,
        tables: Tables,
        uploads: RunningUploads,
        verifier: RowVerifier,
        staging: Staging,
        limit_rows: int = LIMIT_CHANGED_ROWS,
    ) -> None:
        self._store = store
        self._tables = tables
        self._uploads = uploads
        self._verifier = verifier
        self._staging = staging
        self._limit_rows = limit_rows

    def append(self, source: str, target: str, wanted: Filter | None, is_active: IsActive) -> Iterator[Step]:
        """Appends rows of one table to another with the same columns; they get new ids."""
        entry = self._find(target)
        with self._tables.opened(source, f"the appending to {entry.name}") as table:
            staged = self._staging.tables(table)
            _check_same_columns(table, staged[0].columns if staged else table.columns, entry)
            where = check_filter(wanted, table.columns) if wanted is not None else None
            where = renamed(table, where) if where is not None and staged else where
            with self._store.operations.making(staged) as made:
                source_id = yield from self._staging.fill(made, table, is_active)
                yield Step(0, made.count(source_id, where))
                check = caller_check(is_active)
                appended = made.append(source_id, entry.table_id, where, self._limit_rows, check)
            yield Step(appended, appended, tables=(self._store.get_table_by_id(entry.table_id),))

    def relabel(
        self, table: str, column: str, mapping: Mapping[str, str], validate_only: bool, is_active: IsActive
    ) -> Iterator[Step]:
        """Replaces values of a column of texts by others, all at the same time."""
        entry = self._find(table)
        found = _text_column(entry, column)
        changes = self._check_mapping(entry, found, mapping)
        operations = self._store.operations
        count = partial(operations.count_relabelled, entry.table_id, found.name, changes)
        change = partial(operations.relabel, entry.table_id, found.name, changes, self._limit_rows)
        return _change(count, change, validate_only, is_active)

    def deduplicate(
        self, table: str, columns: Sequence[str], validate_only: bool, is_active: IsActive
    ) -> Iterator[Step]:
        """Deletes rows whose content equals that of a row with a smaller id."""
        entry = self._find(table)
        default = [name for name in _names(entry.columns) if name != entry.key_column]
        if entry.kind is TableKind.IMAGE:
            default = ["image"]
        chosen = _names(choose(entry.columns, columns)) if columns else default
        if entry.key_column in chosen:
            raise InvalidInput(
                f"expected columns without {entry.key_column!r}, which differs from row to row", field="columns"
            )
        operations = self._store.operations
        count = partial(operations.count_duplicates, entry.table_id, chosen)
        change = partial(operations.deduplicate, entry.table_id, chosen, self._limit_rows)
        return _change(count, change, validate_only, is_active)

    def truncate(self, table: str, validate_only: bool) -> int:
        """Deletes all rows; how many. Uploads into the table begin anew. WrongState while one is running."""
        entry = self._find(table)
        with self._uploads.refused(entry.table_id, entry.name):
            if validate_only:
                return self._store.get_table_by_id(entry.table_id).row_count
            return self._store.operations.truncate(entry.table_id)

    def _find(self, table: str) -> Entry:
        entry = check_changeable(self._store.find_table(table))
        check_keyed(entry)
        return entry

    def _check_mapping(self, entry: Entry, column: Column, mapping: Mapping[str, str]) -> dict[str, str]:
        """What really changes something; InvalidInput for values that the column cannot hold."""
        if not 1 <= len(mapping) <= LIMIT_MAPPING:
            raise InvalidInput(f"expected 1 to {LIMIT_MAPPING:,} values, received {len(mapping):,}", field="mapping")
        new = list(mapping.values())
        for place, reason in find_faults(column, ColumnArray(new), self._verifier):
            raise InvalidInput(f"The new value {new[place][:80]!r}: {sentence(reason)}", field="mapping")
        if entry.kind is TableKind.IMAGE and column.name == "label":
            for label in new:
                if reason := label_fault(label):
                    raise InvalidInput(f"The new value {label[:80]!r}: {sentence(reason)}", field="mapping")
        return {old: value for old, value in mapping.items() if old != value}


def _change(
    count: Callable[[], int], change: Callable[[Callable[[], None]], int], validate_only: bool, is_active: IsActive
) -> Iterator[Step]:
    yield Step(0, 0)
    changed = count() if validate_only else change(caller_check(is_active))
    yield Step(changed, changed, row_count=changed)


def _names(columns: Sequence[Column]) -> list[str]:
    return [column.name for column in columns]


def _text_column(entry: Entry, name: str) -> Column:
    is_image = entry.kind is TableKind.IMAGE
    texts = [
        column
        for column in entry.columns
        if column.type in _TEXT_TYPES and (not is_image or column.name in _IMAGE_TEXTS)
    ]
    wanted = name or ("label" if is_image else "")
    found = next((column for column in texts if column.name == wanted), None)
    if found is None:
        known = ", ".join(_names(texts))[:300] or "none, for this table has no texts"
        raise InvalidInput(f"expected a column of texts out of {known}; received {wanted[:80]!r}", field="column")
    return found


def _check_same_columns(source: Table, columns: Sequence[Column], target: Entry) -> None:
    """`columns` are those of the source as an own table has them."""
    offered = {column.name: column for column in columns if column.name != KEY_COLUMN.name}
    wanted = {column.name: column for column in target.columns if column.name != target.key_column}
    for name in [*wanted, *offered]:
        if name not in offered or name not in wanted:
            raise InvalidInput(
                f"expected the same columns in both tables; only {(target if name in wanted else source).name!r} has "
                f"{name!r}",
                field="source",
            )
        if _form(offered[name]) != _form(wanted[name]):
            raise InvalidInput(
                f"expected the same columns in both tables; {name!r} is of type {offered[name].type.value} in "
                f"{source.name!r} and of type {wanted[name].type.value} in {target.name!r}, or of another shape",
                field="source",
            )
        if offered[name].nullable and not wanted[name].nullable:
            raise InvalidInput(
                f"expected columns that {target.name!r} can hold; {name!r} may be NULL in {source.name!r} only",
                field="source",
            )


def _form(column: Column) -> tuple[ColumnType, str, tuple[int, ...]]:
    return column.type, column.data_type, column.shape
