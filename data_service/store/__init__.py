"""All the SQL of the data service: tables, their rows, and uploads, on SQLite, MySQL and MariaDB alike.

`Store` decides what one transaction is. A table is addressed by its `table_id`; its SQL name is looked up in each
call, so a rename in the meantime does not matter. Leaves checking of input, order, splits and protocol to its callers.

    opening    a URL becomes a Database           catalogue   which tables there are
    engine     connections, transactions          definition  CREATE, RENAME, DROP
    failures   what drivers' errors mean          uploads     positions and chunks of uploads
    layout     the SQL tables themselves          row_table   what rows need to know of a table
    inserting  many rows in                       rows        rows of any table; conditions: which
    literals   values as SQL                      altered     what others may have written
    entries    all that can be read, found        access      what the account may do
    foreign, reflection, column_types             tables and views that others made
    datasets, query_store                         queries under names
    reading, packed_reading, sqlite_reading       all rows in one consistent read
    operations transactions on whole tables       making      tables that appear when they are full
    copying    rows from table to table           content     labels, duplicates
    statistics aggregates of a column
"""

import hashlib
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sql
from tablefit.errors import InvalidInput, NotFound, WrongState

from data_service import names
from data_service.columns import RowBatch
from data_service.filters import Filter
from data_service.schema import (
    Appended,
    Cell,
    Chunk,
    ChunkRecord,
    Column,
    NewTable,
    Row,
    Table,
    TableOrigin,
    UploadRecord,
)
from data_service.store import catalogue, definition, rows, uploads
from data_service.store.access import prepare
from data_service.store.catalogue import Entry
from data_service.store.datasets import DatasetFolder
from data_service.store.engine import Database
from data_service.store.entries import Entries, check_changeable, check_owned, describe
from data_service.store.failures import TableMissing
from data_service.store.new_tables import NewTables
from data_service.store.opening import open_database, parse_url, show_url
from data_service.store.operations import OperationStore
from data_service.store.query_store import QueryStore
from data_service.store.reading import read_source, without_nulls
from data_service.store.row_table import RowTable, row_table
from data_service.store.rows import Located, Order, Position, RowQuery, row_not_found
from data_service.store.source import source_of
from data_service.store.statistics import ColumnReader, ImageSize
from data_service.store.transactions import Transactions, dropped

__all__ = [
    "QUERY_LIMIT_S",
    "ColumnReader",
    "Entry",
    "ImageSize",
    "Located",
    "NewTables",
    "Order",
    "Position",
    "RowQuery",
    "Store",
    "check_changeable",
    "open_store",
    "row_not_found",
    "show_url",
]

Result = TypeVar("Result")

QUERY_LIMIT_S = 600.0

# The driver fills statements up to 1,024,000 bytes.
_LEAST_STATEMENT_BYTES = 1024 * 1024
# What a statement holds besides one image: label, source name, the other columns.
_STATEMENT_OVERHEAD_BYTES = 64 * 1024
# MySQL's driver writes bytes in hexadecimal, or escapes some of them with a second one.
_STATEMENT_BYTES_PER_BYTE = 2


def open_store(
    url: str,
    password: str = "",
    wait_s: float = 0.0,
    *,
    datasets_folder: Path | None = None,
    allow_changes: Sequence[str] = (),
    query_limit_s: float = QUERY_LIMIT_S,
) -> "Store":
    """Opens the database of `url` and makes the catalogue if there is none; see `opening.open_database`.

    Datasets are kept below `datasets_folder`; without it there are none. `allow_changes` are patterns of the
    names of tables that others made and this service may change; `query_limit_s` bounds reading a view or a query.
    """
    database = open_database(url, password, wait_s)
    try:
        access = prepare(database)
        limit_statement_bytes = None if database.is_sqlite else database.read(_read_packet_limit)
    except BaseException:
        database.close()
        raise
    if limit_statement_bytes is not None and limit_statement_bytes < _LEAST_STATEMENT_BYTES:
        database.close()
        raise InvalidInput(
            f"The database server's max_allowed_packet is {limit_statement_bytes:,} bytes; it has to be at least "
            f"{_LEAST_STATEMENT_BYTES:,}."
        )
    folder = DatasetFolder(datasets_folder / _folder_name(url) if datasets_folder else None)
    return Store(database, limit_statement_bytes, Entries(folder, allow_changes, access), folder, query_limit_s)


class Store:
    """The tables of one database. Each call borrows a connection for its own duration only.

    Every method may raise Unavailable, TooBusy or PermissionDenied when the database does; methods that take a table
    raise NotFound when it is gone. `limit_statement_bytes` is MySQL's max_allowed_packet.
    """

    def __init__(
        self,
        database: Database,
        limit_statement_bytes: int | None,
        entries: Entries,
        folder: DatasetFolder,
        query_limit_s: float,
    ) -> None:
        self._database = database
        self.limit_statement_bytes = limit_statement_bytes
        self._entries = entries
        self._transactions = Transactions(database, entries)
        self._query_limit_s = query_limit_s
        self.operations = OperationStore(database, entries, self._transactions)
        self.queries = QueryStore(database, entries, folder, query_limit_s)

    def close(self) -> None:
        """Closes all connections."""
        self._database.close()

    # Tables

    def create_table(self, wanted: NewTable) -> Table:
        """Creates an empty table, or returns the one that the same `request_id` made. AlreadyExists, InvalidInput."""
        self._entries.require_writing()
        self._entries.refuse_dataset(wanted.name)
        columns = (catalogue.columns_text(wanted.columns),) if wanted.columns else ()
        content = "\0".join((names.key(wanted.name), wanted.kind.value, wanted.description, *columns))
        digest = hashlib.sha256(content.encode()).hexdigest()
        table_id = uuid.uuid4().hex
        made = self._database.define(lambda c: definition.create(c, table_id, wanted, digest), definition.mend)
        return self.get_table_by_id(made)

    def get_table(self, name: str) -> Table:
        """The table of that name with its row count."""
        return self._transactions.reading(lambda c: self._entries.find(c, name), describe)

    def get_table_by_id(self, table_id: str) -> Table:
        """The table of that id with its row count."""
        return self._on_table(table_id, describe)

    def find_table(self, name: str) -> Entry:
        """The entry of the table, view or dataset of that name, without counting its rows."""
        return self._transactions.reading(lambda c: self._entries.find(c, name), lambda _, entry: entry)

    def list_entries(self, after: tuple[str, str], limit: int, origins: Collection[TableOrigin] = ()) -> list[Entry]:
        """At most `limit` entries in order of position, those behind `after`; without `origins` of all kinds."""
        return self._database.read(lambda connection: self._entries.list(connection, after, limit, origins))

    def describe_entries(self, entries: Sequence[Entry]) -> list[Table]:
        """The tables of `entries` with their row counts, without those that are gone by now."""
        return [table for entry in entries if (table := self._get_if_there(entry))]

    def update_table(self, name: str, *, new_name: str | None = None, description: str | None = None) -> Table:
        """Renames or describes a table, or both. AlreadyExists, InvalidInput; PermissionDenied for those of others."""
        present = check_owned(self.find_table(name))
        if new_name is not None:
            self._entries.refuse_dataset(new_name, but=present.table_id)
        if present.origin is TableOrigin.QUERY:
            self.queries.change(present.table_id, new_name, description)
            return self.get_table_by_id(present.table_id)

        def work(connection: sql.Connection) -> str:
            entry = catalogue.find(connection, name)
            if description is not None:
                definition.describe(connection, entry, description)
            if new_name is not None:
                definition.rename(connection, entry, new_name)
            return entry.table_id

        try:
            table_id = self._database.define(work, definition.mend)
        except TableMissing as error:
            raise dropped() from error
        return self.get_table_by_id(table_id)

    def delete_table(self, table_id: str) -> None:
        """Drops a table with its rows and uploads, or forgets a dataset. PermissionDenied for tables of others."""
        present = check_owned(self._on_table(table_id, lambda _, entry: entry))
        if present.origin is TableOrigin.QUERY:
            self.queries.remove(table_id)
            return
        self._database.define(lambda c: definition.delete(c, catalogue.find_by_id(c, table_id)), definition.mend)

    def read_all_rows(self, table: Table, columns: Sequence[Column], check: Callable[[], None]) -> Iterator[RowBatch]:
        """All rows of a table, view or dataset as they are now, read once: a snapshot's rows; see `reading`.

        In order of the key; without a key as the database gives them, numbered from 1. `check` is called often and may
        raise. Closing the iterator ends the reading at once.
        """
        entry = self._on_table(table.table_id, lambda _, entry: entry)
        source = source_of(entry, '"' if self._database.is_sqlite else "`", self._query_limit_s)
        if entry.origin is not TableOrigin.SERVICE:
            return read_source(self._database, source, columns, check)
        # Others may have altered what the catalogue says of the columns.
        any_nullable = [replace(column, nullable=True) for column in columns]
        return without_nulls(read_source(self._database, source, any_nullable, check), source, columns)

    # Rows

    def locate_rows(self, table_id: str, wanted: RowQuery, after: Position | None, limit: int) -> list[Located]:
        """Where at most `limit` rows behind the position `after` are, in the order wanted."""
        return self._on_rows(table_id, lambda connection, table: rows.locate(connection, table, wanted, after, limit))

    def read_rows(self, table_id: str, columns: Sequence[str], ids: Sequence[int]) -> list[Row]:
        """The named columns of the rows with these ids, in order of `ids`; ids without a row are passed over."""
        return self._on_rows(table_id, lambda connection, table: rows.read(connection, table, columns, ids))

    def count_rows(self, table_id: str, where: Filter | Sequence[int]) -> int:
        """How many rows fulfil a filter, or have these ids; NotFound when one of the ids has no row."""

        def work(connection: sql.Connection, table: RowTable) -> int:
            if isinstance(where, Sequence):
                rows.require(connection, table, where)
                return len(where)
            return rows.count(connection, table, where)

        return self._on_rows(table_id, work)

    def insert_rows(self, table_id: str, request_id: str, chunk: Chunk) -> list[int]:
        """Stores a few rows and returns their ids; with a `request_id` a repeated call returns the same ids."""
        return self._writing_to(
            table_id, lambda connection, entry: uploads.insert_once(connection, entry, request_id, chunk)
        )

    def update_rows(
        self, table_id: str, where: Filter | Sequence[int], values: Mapping[str, Cell], limit_rows: int
    ) -> int:
        """Gives the chosen rows new values; how many there were. WrongState, NotFound as `delete_rows`."""
        return self._change(table_id, where, limit_rows, lambda c, table: rows.update(c, table, where, values))

    def delete_rows(self, table_id: str, where: Filter | Sequence[int], limit_rows: int) -> int:
        """Deletes the chosen rows; how many there were.

        WrongState when there are more than `limit_rows`, NotFound when one of the ids has no row: nothing is changed.
        """
        return self._change(table_id, where, limit_rows, lambda c, table: rows.delete(c, table, where))

    def _change(
        self,
        table_id: str,
        where: Filter | Sequence[int],
        limit_rows: int,
        change: Callable[[sql.Connection, RowTable], int],
    ) -> int:
        def work(connection: sql.Connection, entry: Entry) -> int:
            table = row_table(entry)
            if isinstance(where, Sequence):
                rows.require(connection, table, where)
            elif (found := rows.count(connection, table, where)) > limit_rows:
                raise _too_many(found, limit_rows)
            # Other SQL clients may have added some since.
            changed = change(connection, table)
            if changed > limit_rows:
                raise _too_many(changed, limit_rows)
            return changed

        return self._writing_to(table_id, work)

    def _on_rows(self, table_id: str, work: Callable[[sql.Connection, RowTable], Result]) -> Result:
        return self._on_table(table_id, lambda connection, entry: work(connection, row_table(entry)))

    # Uploads

    def get_upload(self, table_id: str, upload_id: str) -> UploadRecord:
        """Where the upload stands; at its beginning when nothing was committed under its id yet."""
        found = self._database.read(lambda connection: uploads.find(connection, table_id, upload_id))
        return found or UploadRecord()

    def find_chunk(self, table_id: str, upload_id: str, number: int) -> ChunkRecord | None:
        """What was committed under that number of the upload, if anything."""
        return self._database.read(lambda connection: uploads.find_chunk(connection, table_id, upload_id, number))

    def append_chunk(self, table_id: str, upload_id: str, chunk: Chunk) -> Appended:
        """Stores the rows of a chunk with its record in one transaction, unless its number is committed already.

        Raises WrongState when the upload is finished, OutOfOrder when chunks before this one are missing.
        """
        return self._writing_to(table_id, lambda connection, entry: uploads.append(connection, entry, upload_id, chunk))

    def finish_upload(self, table_id: str, upload_id: str, chunk_count: int) -> UploadRecord:
        """Marks an upload of `chunk_count` chunks as finished; does nothing when it is.

        Raises OutOfOrder when chunks are missing, WrongState when there are more.
        """
        return self._writing_to(
            table_id, lambda connection, entry: uploads.finish(connection, entry, upload_id, chunk_count)
        )

    def refuse_bytes(self, size_bytes: int, what: str) -> str:
        """Why a value or a row is too large for this database, without a full stop; empty when it is not."""
        if self.limit_statement_bytes is None:
            return ""
        limit_bytes = (self.limit_statement_bytes - _STATEMENT_OVERHEAD_BYTES) // _STATEMENT_BYTES_PER_BYTE
        if size_bytes <= limit_bytes:
            return ""
        return (
            f"the {what} has {size_bytes:,} bytes, more than the {limit_bytes:,} that the database server takes while "
            f"its max_allowed_packet is {self.limit_statement_bytes:,}"
        )

    # Transactions

    def _on_table(self, table_id: str, work: Callable[[sql.Connection, Entry], Result]) -> Result:
        return self._transactions.reading(lambda c: self._entries.find_by_id(c, table_id), work)

    def _writing_to(self, table_id: str, work: Callable[[sql.Connection, Entry], Result]) -> Result:
        """Writes to a table that nobody else writes to or renames until the transaction ends."""
        return self._transactions.writing(lambda c: self._entries.touch(c, table_id), work)

    def _get_if_there(self, entry: Entry) -> Table | None:
        try:
            return self.get_table_by_id(entry.table_id)
        except NotFound:
            return None


def _too_many(row_count: int, limit_rows: int) -> WrongState:
    return WrongState(
        f"{row_count:,} rows are chosen, more than the {limit_rows:,} that one transaction may change. Choose fewer "
        "at a time, or copy the rows to be kept into a new table."
    )


def _folder_name(url_text: str) -> str:
    """Tells databases apart, whoever logs in."""
    url = parse_url(url_text)
    place = "\0".join(map(str, (url.get_backend_name() == "sqlite", url.host, url.port or 3306, url.database)))
    return hashlib.sha256(place.encode()).hexdigest()[:16]


def _read_packet_limit(connection: sql.Connection) -> int:
    return int(connection.exec_driver_sql("SELECT @@max_allowed_packet").scalar_one())
