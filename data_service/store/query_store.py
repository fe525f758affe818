"""Queries on the server: what they may read, which columns they have, and those that are kept as datasets.

Leaves checking their text to `data_service.queries` and keeping them to `datasets`.
"""

import uuid
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sql
from pymysql.constants import FIELD_TYPE, FLAG
from sqlalchemy import exc
from tablefit.errors import InvalidInput

from data_service import names
from data_service.schema import Column, Table
from data_service.store import datasets, packed_reading, sqlite_reading
from data_service.store.catalogue import Entry
from data_service.store.column_types import Declared
from data_service.store.datasets import Dataset, DatasetFolder
from data_service.store.engine import Database
from data_service.store.entries import Entries, described
from data_service.store.failures import Failure, classify, driver_words
from data_service.store.reading import is_too_long
from data_service.store.reflection import describe_columns, sqlite_query_columns
from data_service.store.source import query_source

_BINARY_CHARSET = 63
_UTF8_BYTES = 4
# What a server says of the digits of a double behind its point that are as many as it takes.
_ANY_DIGITS = 31
# What a server calls the types of a result; texts and blobs share theirs, and differ by their character set.
_NUMBER_TYPES = {
    **dict.fromkeys((FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG), "int"),
    FIELD_TYPE.LONGLONG: "bigint",
    FIELD_TYPE.YEAR: "year",
    FIELD_TYPE.FLOAT: "float",
    FIELD_TYPE.DOUBLE: "double",
    FIELD_TYPE.DECIMAL: "decimal",
    FIELD_TYPE.NEWDECIMAL: "decimal",
    FIELD_TYPE.DATE: "date",
    FIELD_TYPE.NEWDATE: "date",
    FIELD_TYPE.DATETIME: "datetime",
    FIELD_TYPE.TIMESTAMP: "timestamp",
    FIELD_TYPE.TIME: "time",
    FIELD_TYPE.JSON: "json",
    FIELD_TYPE.GEOMETRY: "geometry",
}
_STRING_TYPES = {
    FIELD_TYPE.VARCHAR: ("varchar", "varbinary"),
    FIELD_TYPE.VAR_STRING: ("varchar", "varbinary"),
    FIELD_TYPE.STRING: ("char", "binary"),
    FIELD_TYPE.TINY_BLOB: ("text", "blob"),
    FIELD_TYPE.MEDIUM_BLOB: ("text", "blob"),
    FIELD_TYPE.LONG_BLOB: ("text", "blob"),
    FIELD_TYPE.BLOB: ("text", "blob"),
}
_AGAINST_THE_QUERY = (
    Failure.ALTERED,
    Failure.COLUMNS_REFUSED,
    Failure.DENIED,
    Failure.NAME_REFUSED,
    Failure.OTHER,
    Failure.TABLE_MISSING,
)


class QueryStore:
    """Queries over one database. `limit_s` bounds the time of each."""

    def __init__(self, database: Database, entries: Entries, folder: DatasetFolder, limit_s: float) -> None:
        self._database = database
        self._entries = entries
        self._folder = folder
        self._limit_s = limit_s

    @property
    def dialect(self) -> str:
        """Which SQL the database speaks: "sqlite" or "mysql"."""
        return "sqlite" if self._database.is_sqlite else "mysql"

    @property
    def database_name(self) -> str | None:
        """The name that tables may stand behind in a query; SQLite has none."""
        return None if self._database.is_sqlite else self._database.name

    def readable_names(self) -> set[str]:
        """The names of all tables and views that a query may read."""
        return self._database.read(self._entries.readable_names)

    def find_request(self, request_id: str, digest: str) -> Entry | None:
        """The dataset that the same request made before. InvalidInput when another one came with its id."""
        found = self._folder.find_request(request_id, digest)
        return None if found is None else datasets.entry_of(found)

    def refuse_taken(self, name: str) -> None:
        """AlreadyExists when a table, a view or a dataset has that name."""
        self._database.read(lambda connection: self._entries.refuse_taken(connection, name))

    def describe(self, query: str) -> tuple[Column, ...]:
        """The columns of a checked query. InvalidInput when the database refuses it, or a column cannot be read."""
        from_sql = query_source(query)
        with self._database.pinned() as connection:
            try:
                limit = sqlite_reading.limit_time if self._database.is_sqlite else packed_reading.limit_time
                limit(connection.connection.dbapi_connection, self._limit_s)
                declared = (
                    sqlite_query_columns(connection, query)
                    if self._database.is_sqlite
                    else _mysql_declared(connection, from_sql)
                )
                _check_names([column.name for column in declared])
                columns = describe_columns(connection, from_sql, declared)
            except (exc.DBAPIError, self._database.driver_error) as error:
                if is_too_long(error):
                    raise InvalidInput(
                        f"expected a query that takes at most {self._limit_s:g} seconds: simplify it, or start the "
                        "service with a larger --query-limit",
                        field="query",
                    ) from error
                raise _refused(error) from error
        left_out = [column.name for column in declared if column.name not in {column.name for column in columns}]
        if left_out:
            raise InvalidInput(
                f"expected columns whose types batches can hold, received {left_out[0]!r}, which has none of them or "
                "NULL alone: leave it out, or CAST it",
                field="query",
            )
        return columns

    def make(
        self, name: str, query: str, description: str, columns: tuple[Column, ...], request: tuple[str, str]
    ) -> Dataset:
        """A dataset that is not kept yet; `request` is its id and digest."""
        now = datetime.now(UTC)
        return Dataset(
            datasets.ID_PREFIX + uuid.uuid4().hex[:26], name, query, description, columns, now, now, *request
        )

    def shown(self, dataset: Dataset) -> Table:
        """The dataset as it would be, once it were kept."""
        return described(datasets.entry_of(dataset), -1)

    def add(self, dataset: Dataset) -> Entry:
        """Keeps a dataset. AlreadyExists, InvalidInput."""
        return datasets.entry_of(self._folder.add(dataset))

    def change(self, dataset_id: str, new_name: str | None, description: str | None) -> None:
        """Renames or describes a dataset, or both. NotFound, AlreadyExists."""
        present = self._database.read(lambda connection: self._entries.find_by_id(connection, dataset_id))
        if new_name is not None and names.key(new_name) != names.key(present.name):
            self.refuse_taken(new_name)
        self._folder.change(dataset_id, new_name, description)

    def remove(self, dataset_id: str) -> None:
        """Forgets a dataset. NotFound."""
        self._folder.remove(dataset_id)


def _refused(error: Exception) -> Exception:
    """What the database has against the query; the error itself when it is about something else."""
    found = error if isinstance(error, exc.DBAPIError) else exc.DBAPIError(None, None, error)
    if classify(found) not in _AGAINST_THE_QUERY:
        return found
    words = driver_words(found, "")
    return InvalidInput(f"expected a query that the database takes; it says: {words}", field="query")


def _mysql_declared(connection: sql.Connection, from_sql: str) -> list[Declared]:
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {from_sql} LIMIT 0")  # noqa: S608 - a checked query
        # The driver's own description leaves out character sets and flags.
        return [_declared(field) for field in cursor._result.fields]


def _declared(field: Any) -> Declared:
    name, length = str(field.name), field.length // _UTF8_BYTES
    if field.type_code in _STRING_TYPES:
        text, blob = _STRING_TYPES[field.type_code]
        if field.flags & FLAG.ENUM:
            text = "enum"
        sql_type = blob if field.charsetnr == _BINARY_CHARSET else text
        return Declared(name, sql_type, True, limit_characters=length)
    if field.type_code == FIELD_TYPE.BIT:
        return Declared(name, f"bit({field.length})", True)
    sql_type = _NUMBER_TYPES.get(field.type_code, "unknown")
    if sql_type in ("double", "float") and field.scale < _ANY_DIGITS:
        # As the server itself calls a type whose texts it rounds.
        sql_type = f"{sql_type}({field.length},{field.scale})"
    return Declared(name, sql_type, True)


def _check_names(found: list[str]) -> None:
    seen: dict[str, str] = {}
    for name in found:
        if not name or names.key(name) in seen:
            other = seen.get(names.key(name), "")
            raise InvalidInput(
                f"expected a name of its own for each column, received {other!r} and {name!r}: name one with AS",
                field="query",
            )
        seen[names.key(name)] = name
