"""The SQL tables: the service's own catalogue, the tables of images and those of any columns, the same on every engine.

Text is utf8mb4 compared byte by byte, ids that callers choose are byte strings (MySQL ignores trailing spaces when it
compares text), times are UTC with microseconds. Leaves reading and writing to its neighbours.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from data_service.names import LIMIT_CHARACTERS
from data_service.schema import Column, ColumnType

_MYSQL_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_row_format": "DYNAMIC",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}
# A letter may become three when case is folded away.
_LIMIT_KEY = 3 * LIMIT_CHARACTERS
# 128 characters that callers choose, in UTF-8.
_LIMIT_ID_BYTES = 4 * 128


def _text(length: int) -> TypeEngine[str]:
    return sql.String(length).with_variant(mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql")


def _ascii(length: int) -> TypeEngine[str]:
    return sql.String(length).with_variant(mysql.CHAR(length, charset="ascii", collation="ascii_bin"), "mysql")


def _long_text() -> TypeEngine[str]:
    return sql.Text().with_variant(mysql.LONGTEXT(charset="utf8mb4", collation="utf8mb4_bin"), "mysql")


def _label_text() -> TypeEngine[str]:
    return sql.Text().with_variant(mysql.TEXT(charset="utf8mb4", collation="utf8mb4_bin"), "mysql")


def _time() -> TypeEngine[datetime]:
    return sql.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")


def _caller_id() -> TypeEngine[bytes]:
    return sql.LargeBinary().with_variant(mysql.VARBINARY(_LIMIT_ID_BYTES), "mysql")


_catalogue = sql.MetaData()

# state: one of those in `catalogue`. pending_name: the name that a rename under way leads to. columns: those of a
# general table as JSON, without its key; NULL for image tables.
TABLES = sql.Table(
    "tablefit_tables",
    _catalogue,
    sql.Column("table_id", _ascii(32), primary_key=True),
    sql.Column("name", _text(LIMIT_CHARACTERS), nullable=False),
    sql.Column("name_key", _text(_LIMIT_KEY), nullable=False, unique=True),
    sql.Column("pending_name", _text(LIMIT_CHARACTERS)),
    sql.Column("pending_key", _text(_LIMIT_KEY), unique=True),
    sql.Column("kind", _ascii(16), nullable=False),
    sql.Column("description", _long_text(), nullable=False),
    sql.Column("state", _ascii(16), nullable=False),
    sql.Column("request_id", _caller_id(), unique=True),
    sql.Column("request_digest", _ascii(64)),
    sql.Column("create_time", _time(), nullable=False),
    sql.Column("update_time", _time(), nullable=False),
    sql.Column("columns", _long_text()),
    **_MYSQL_OPTIONS,
)

UPLOADS = sql.Table(
    "tablefit_uploads",
    _catalogue,
    sql.Column("table_id", _ascii(32), primary_key=True),
    sql.Column("upload_id", _caller_id(), primary_key=True),
    sql.Column("next_chunk", sql.BigInteger(), nullable=False),
    sql.Column("committed_rows", sql.BigInteger(), nullable=False),
    sql.Column("rejected_rows", sql.BigInteger(), nullable=False),
    sql.Column("finished", sql.Boolean(), nullable=False),
    sql.Column("create_time", _time(), nullable=False),
    sql.Column("update_time", _time(), nullable=False),
    **_MYSQL_OPTIONS,
)

# rejections: a JSON list of [index, source name, reason]; of rows inserted by a single request, the list of their ids.
CHUNKS = sql.Table(
    "tablefit_upload_chunks",
    _catalogue,
    sql.Column("table_id", _ascii(32), primary_key=True),
    sql.Column("upload_id", _caller_id(), primary_key=True),
    sql.Column("number", sql.BigInteger(), primary_key=True, autoincrement=False),
    sql.Column("digest", _ascii(64), nullable=False),
    sql.Column("committed_rows", sql.BigInteger(), nullable=False),
    sql.Column("rejections", _long_text(), nullable=False),
    **_MYSQL_OPTIONS,
)

CATALOGUE_TABLES = (TABLES, UPLOADS, CHUNKS)


def _blob() -> TypeEngine[bytes]:
    return sql.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql")


def _key() -> sql.Column[int]:
    key_type = sql.BigInteger().with_variant(sql.Integer(), "sqlite")
    return sql.Column("id", key_type, primary_key=True, autoincrement=True)


# SQLAlchemy's plain Float and DateTime would lose digits on MySQL.
_TYPES: dict[ColumnType, Callable[[], TypeEngine[Any]]] = {
    ColumnType.INTEGER: sql.BigInteger,
    ColumnType.FLOAT: lambda: sql.Double().with_variant(mysql.DOUBLE(asdecimal=False), "mysql"),
    ColumnType.BOOLEAN: sql.Boolean,
    ColumnType.TEXT: _long_text,
    ColumnType.CATEGORY: _label_text,
    ColumnType.TIMESTAMP: _time,
    ColumnType.BYTES: _blob,
    ColumnType.IMAGE: _blob,
    ColumnType.TENSOR: _blob,
}


@lru_cache(maxsize=1024)
def image_table(name: str, comment: str | None = None) -> sql.Table:
    """The image table of that name. Remembered, so that statements on it are compiled once."""
    return sql.Table(
        sql.quoted_name(name, quote=True),
        sql.MetaData(),
        _key(),
        sql.Column("label", _label_text(), nullable=False),
        sql.Column("image", _blob(), nullable=False),
        sql.Column("width", sql.Integer(), nullable=False),
        sql.Column("height", sql.Integer(), nullable=False),
        sql.Column("channels", sql.Integer(), nullable=False),
        sql.Column("media_type", _ascii(64), nullable=False),
        sql.Column("sha256", _ascii(64), nullable=False),
        sql.Column("source_name", _label_text(), nullable=False),
        sql.Column("create_time", _time(), nullable=False),
        comment=comment,
        sqlite_autoincrement=True,
        **_MYSQL_OPTIONS,
    )


@lru_cache(maxsize=1024)
def general_table(name: str, columns: tuple[Column, ...], comment: str | None = None) -> sql.Table:
    """The table of that name with these columns behind its key. Remembered, as image tables are."""
    return sql.Table(
        sql.quoted_name(name, quote=True),
        sql.MetaData(),
        _key(),
        *(
            sql.Column(sql.quoted_name(column.name, quote=True), _TYPES[column.type](), nullable=column.nullable)
            for column in columns
        ),
        comment=comment,
        sqlite_autoincrement=True,
        **_MYSQL_OPTIONS,
    )


@lru_cache(maxsize=1024)
def foreign_table(name: str, columns: tuple[Column, ...]) -> sql.Table:
    """A table or view that others made, with these columns: as far as statements on its rows need it."""
    found = [
        sql.Column(sql.quoted_name(column.name, quote=True), _foreign_type(column), nullable=column.nullable)
        for column in columns
    ]
    return sql.Table(sql.quoted_name(name, quote=True), sql.MetaData(), *found)


def _foreign_type(column: Column) -> TypeEngine[Any]:
    base = column.sql_type.lower().split("(")[0].split(" ")[0]
    if base in _ZEROS:
        return _Foreign(_TYPES[column.type](), _ZEROS[base])
    if base == "time":
        return _Foreign(sql.types.NullType())
    return _Foreign(sql.Date()) if base == "date" else _TYPES[column.type]()


# What is added to a column lest digits are lost: MySQL writes single precision with six of them, and bits as bytes.
_ZEROS = {"float": "0e0", "bit": "0"}


class _Foreign(sql.TypeDecorator[Any]):
    """A type that own tables do not have, read as one that they have."""

    impl = sql.types.NullType
    cache_ok = True

    def __init__(self, read_as: TypeEngine[Any], zero: str = "") -> None:
        super().__init__()
        self.read_as = read_as
        self.zero = zero

    def load_dialect_impl(self, dialect: sql.Dialect) -> TypeEngine[Any]:
        """What the driver's value is first made into."""
        return dialect.type_descriptor(self.read_as)

    def column_expression(self, column: sql.ColumnElement[Any]) -> sql.ColumnElement[Any]:
        """The column, widened where that is needed."""
        return sql.type_coerce(column.op("+")(sql.literal_column(self.zero)), self.read_as) if self.zero else column

    def process_result_value(self, value: Any, dialect: sql.Dialect) -> Any:
        """Days as times, durations in microseconds."""
        if isinstance(value, timedelta):
            return value // timedelta(microseconds=1)
        return datetime.combine(value, time()) if type(value) is date else value
