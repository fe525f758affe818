"""What `Client.ingest` does before rows are sent: it opens what was given, makes the table or compares its columns, and
finds the upload to begin or to go on with.

Leaves reading to `tablefit.sources` and sending to `tablefit.data`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from tablefit.column_fit import differences, names_of, renamed, types_to_read
from tablefit.data import Column, DataClient, Table
from tablefit.errors import AlreadyExists, InvalidInput, NotFound, WrongState
from tablefit.sources import (
    ScanProgress,
    Source,
    from_dataframe,
    from_rows,
    is_columnar,
    open_source,
    upload_id_for,
)
from tablefit.sources.columns import ColumnTypeName, SourceColumn
from tablefit.sources.options import SourceKind, TableReadOptions
from tablefit.sources.renaming import RenamedColumns

# A path, a data frame, a list of dicts or tuples, a function that begins a new iteration over them, or a Source.
Ingestible: TypeAlias = Any

# What the service adds to its own tables.
_KEY_COLUMN = "id"

OnCreate = Callable[[Table], None]


@dataclass(frozen=True)
class Reading:
    """What is to be ingested, and how it is read; see `tablefit.sources.open_source`."""

    given: Ingestible
    kind: SourceKind | None = None
    inside: str | None = None
    options: TableReadOptions = field(default_factory=TableReadOptions)
    on_scan: ScanProgress | None = None

    @property
    def path(self) -> Path | None:
        """Where it lies, if it is a file or folder."""
        return Path(self.given) if isinstance(self.given, str | Path) else None

    def open(self) -> Source:
        """The source, of which no more is read than tells what it is. Raises InvalidInput."""
        path, options = self.path, self.options
        if path is not None:
            return open_source(path, self.inside, kind=self.kind, options=options, on_scan=self.on_scan)
        self._check_no_file_options()
        if _is_frame(self.given):
            return from_dataframe(self.given, types=options.types)
        if _is_source(self.given):
            source: Source = self.given
            return source
        return from_rows(_repeatable(self.given), names=options.names, types=options.types)

    def retyped(self, types: Mapping[str, ColumnTypeName]) -> "Reading | None":
        """The same with other types of columns; None where types were given already or cannot be."""
        if (self.path is None and _is_source(self.given)) or any(name in self.options.types for name in types):
            return None
        return replace(self, options=replace(self.options, types={**self.options.types, **types}))

    def name_of(self, source: Source) -> str:
        """What messages call it."""
        return str(self.given) if self.path is not None else str(getattr(source, "origin", "the source"))

    def _check_no_file_options(self) -> None:
        options = self.options
        file_options = (options.has_header, options.delimiter, options.skip_spaces, self.kind, self.inside)
        if any(option is not None for option in file_options):
            raise InvalidInput(
                "kind, inside, has_header and delimiter are for files; "
                f"received one of them with a {type(self.given).__name__}."
            )


def prepare(
    data: DataClient, table: str, reading: Reading, *, append: bool, on_create: OnCreate | None
) -> tuple[Source, str]:
    """The source, as it fits the table, and the id of its upload. Raises InvalidInput, WrongState, NotFound."""
    source = reading.open()
    _check_readable(source, reading)
    found = _find_table(data, table) or _create_unless_there(data, table, renamed(source, _KEY_COLUMN), on_create)
    source = fitting(source, found, reading)
    return source, _upload_id(data, table, reading, source, append)


def fitting(source: Source, table: Table, reading: Reading) -> Source:
    """The source with the table's names and types of columns. Raises InvalidInput that says what differs."""
    fitted = renamed(source, table.key_column)
    if is_columnar(source) and table.kind == "image":
        raise InvalidInput(
            f"Table {table.name} holds labelled images, {reading.name_of(source)} the columns "
            f"{names_of(source.columns)}. Name another table, which is made with these columns when it is absent."
        )
    known = {column.name for column in table.columns}
    is_nameless = _is_numbered(fitted) and not any(column.name in known for column in fitted.columns)
    wanted = _types_of(table) if is_nameless else types_to_read(fitted, table)
    if wanted:
        own_names = {new: old for old, new in fitted.names.items()} if isinstance(fitted, RenamedColumns) else {}
        again = reading.retyped({own_names.get(name, name): type_name for name, type_name in wanted.items()})
        fitted = _renamed_if_known(again, table) or fitted
    different = differences(fitted.columns, table)
    if different:
        raise InvalidInput(
            f"{reading.name_of(source)} does not fit table {table.name}: {'; '.join(different[:5])}. "
            f"Nothing was sent.{_hint(fitted)}"
        )
    return fitted


def _hint(source: Source) -> str:
    """What helps with a file without a header whose columns were named by the person who made the table."""
    return " Name its columns as before (names, --names)." if _is_numbered(source) else ""


def _is_numbered(source: Source) -> bool:
    """Whether no names were found for the columns of a file."""
    return all(column.name == f"column_{place}" for place, column in enumerate(source.columns, start=1))


def _types_of(table: Table) -> dict[str, ColumnTypeName]:
    """The types of a table's columns. A file whose first line has these names is read with that as its header."""
    return {
        column.name: column.type  # type: ignore[misc]  # one of the names of types
        for column in table.columns
        if column.name != table.key_column and column.type != "tensor"
    }


def _renamed_if_known(reading: Reading | None, table: Table) -> Source | None:
    """The source of a reading with other types; None when it has not the columns that get them."""
    if reading is None:
        return None
    try:
        return renamed(reading.open(), table.key_column)
    except InvalidInput as error:
        if error.field != "types":
            raise
        return None


def _check_readable(source: Source, reading: Reading) -> None:
    if not is_columnar(source):
        if reading.options != TableReadOptions():
            raise InvalidInput(
                f"{reading.name_of(source)} holds labelled images; types, names, header, delimiter and marks of "
                "missing values are for tables of columns. Leave them out, or say that it is a table (kind)."
            )
        if not source.row_count:
            raise InvalidInput(f"{reading.name_of(source)} holds no images.")


def _find_table(data: DataClient, table: str) -> Table | None:
    try:
        return data.get_table(table)
    except NotFound:
        return None


def _create_unless_there(data: DataClient, table: str, source: Source, on_create: OnCreate | None) -> Table:
    """Creates the table, unless another client was quicker. Raises AlreadyExists for one of somebody else's."""
    columns = list(map(_to_column, source.columns)) if is_columnar(source) else []
    try:
        created = data.create_table(table, columns=columns)
    except AlreadyExists as refusal:
        found = _find_table(data, table)
        if found is None:
            raise refusal from None
        return found
    if on_create is not None:
        on_create(created)
    return created


def _to_column(column: SourceColumn) -> Column:
    return Column(column.name, column.type, column.nullable, data_type=column.data_type or "", shape=column.shape or ())


def _upload_id(data: DataClient, table: str, reading: Reading, source: Source, append: bool) -> str:
    """The id of the upload to begin or to go on with."""
    name = reading.name_of(source)
    ordinal = 0
    while True:
        upload_id = upload_id_for(reading.path, source, ordinal)
        state = data.get_upload(table, upload_id)
        if not state.finished:
            break
        if not append:
            raise WrongState(
                f"{name} is in table {table} already ({state.committed_rows} rows); "
                "to add its rows once more, say append=True (--append)."
            )
        ordinal += 1
    if state.table_rows and not state.next_chunk and not append:
        what = "rows" if is_columnar(source) else "images"
        raise WrongState(
            f"Table {table} already holds {state.table_rows} rows; "
            f"to add the {source.row_count} {what} of {name}, say append=True (--append)."
        )
    return upload_id


def _is_frame(given: Any) -> bool:
    return any(hasattr(given, name) for name in ("iloc", "__arrow_c_stream__", "__arrow_c_array__"))


def _is_source(given: Any) -> bool:
    return callable(getattr(given, "rows", None)) and hasattr(type(given), "fingerprint")


def _repeatable(given: Any) -> Any:
    """Rows that can be iterated over again and again, as a function where they are no list."""
    is_again = isinstance(given, Iterable) and not isinstance(given, Sequence | Iterator | Mapping)
    return (lambda: given) if is_again and not callable(given) else given
