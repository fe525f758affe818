"""Which type the values of a column have, from what the database calls its type; on SQLite also from its values.

A type that is not listed has no column type: such columns are not offered. Leaves asking the database to `reflection`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from data_service.schema import Column, ColumnType

# Shorter texts have class names.
LIMIT_CATEGORY_CHARACTERS = 255

_BLOB_TYPES = ("tinyblob", "blob", "mediumblob", "longblob", "binary", "varbinary")
_MYSQL: dict[str, ColumnType] = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "year", "time"), ColumnType.INTEGER),
    **dict.fromkeys(("float", "double", "decimal"), ColumnType.FLOAT),
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), ColumnType.TEXT),
    **dict.fromkeys(("set", "json", "uuid", "inet4", "inet6"), ColumnType.TEXT),
    **dict.fromkeys(("date", "datetime", "timestamp"), ColumnType.TIMESTAMP),
    **dict.fromkeys(_BLOB_TYPES, ColumnType.BYTES),
    "enum": ColumnType.CATEGORY,
}
_SHORT_TYPES = ("char", "varchar", "tinytext")

# In the order in which SQLite itself looks for them; what is declared as a time or a truth value comes before.
_SQLITE: tuple[tuple[str, ColumnType], ...] = (
    (r"BOOL", ColumnType.BOOLEAN),
    (r"DATE|TIMESTAMP", ColumnType.TIMESTAMP),
    (r"INT", ColumnType.INTEGER),
    (r"CHAR|CLOB|TEXT|JSON|ENUM", ColumnType.TEXT),
    (r"BLOB|BINARY", ColumnType.BYTES),
    (r"REAL|FLOA|DOUB|DEC|NUM", ColumnType.FLOAT),
)
_LENGTH = re.compile(r"\((\d+)\)")

_NOTES = {
    "tinyint(1)": "Integers, although BOOL is another word for this type.",
    "decimal": "Exact decimals, rounded to double precision.",
    "time": "A duration in microseconds.",
}
_IMAGE_NOTE = "Image files, judging by the first ones."

_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")
MAGIC_BYTES = 16


@dataclass(frozen=True)
class Declared:
    """A column as the database declares it: its type in full, such as "decimal(10,2)", and its longest text."""

    name: str
    sql_type: str
    nullable: bool
    comment: str = ""
    limit_characters: int | None = None


def mysql_column(declared: Declared) -> Column | None:
    """The column of MySQL or MariaDB; None where its values have no type that batches can hold."""
    base = re.split(r"[\s(]", declared.sql_type.lower(), maxsplit=1)[0]
    found = _MYSQL.get(base)
    if base == "bit":
        found = ColumnType.BOOLEAN if declared.sql_type == "bit(1)" else ColumnType.INTEGER
    if found is ColumnType.TEXT and base in _SHORT_TYPES and _is_short(declared.limit_characters):
        found = ColumnType.CATEGORY
    if found is None:
        return None
    note = _NOTES.get(declared.sql_type, _NOTES.get(base, ""))
    description = " ".join(filter(None, (declared.comment, note)))
    return Column(declared.name, found, declared.nullable, description, sql_type=declared.sql_type)


def sqlite_column(declared: Declared, values: Sequence[object]) -> Column | None:
    """The column of SQLite: by its declared type, or, where it has none, by some of its values."""
    kind = next((kind for words, kind in _SQLITE if re.search(words, declared.sql_type.upper())), None)
    if kind is ColumnType.TEXT:
        length = _LENGTH.search(declared.sql_type)
        kind = ColumnType.CATEGORY if length and _is_short(int(length[1])) else kind
    if not declared.sql_type:
        kind = _kind_of(values)
    return kind and Column(declared.name, kind, declared.nullable, declared.comment, sql_type=declared.sql_type)


def with_images(column: Column, values: Iterable[object]) -> Column:
    """The column of bytes as one of images when the first of its values look so."""
    firsts = [value for value in values if isinstance(value, bytes)]
    if not firsts or not all(map(_is_image, firsts)):
        return column
    description = " ".join(filter(None, (column.description, _IMAGE_NOTE)))
    return replace(column, type=ColumnType.IMAGE, description=description)


def _is_image(value: bytes) -> bool:
    return value.startswith(_MAGIC) or (value[:4] == b"RIFF" and value[8:12] == b"WEBP")


def _kind_of(values: Sequence[object]) -> ColumnType | None:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int}:
        return ColumnType.INTEGER
    if kinds and kinds <= {int, float}:
        return ColumnType.FLOAT
    if kinds == {str}:
        is_short = all(_is_short(len(value)) for value in values if isinstance(value, str))
        return ColumnType.CATEGORY if is_short else ColumnType.TEXT
    return ColumnType.BYTES if kinds == {bytes} else None


def _is_short(characters: int | None) -> bool:
    return characters is not None and characters <= LIMIT_CATEGORY_CHARACTERS
