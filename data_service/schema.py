"""The records that the data service is written in: tables, columns, rows as the store gives them.

Plain dataclasses without behaviour. Leaves checking names to `names`, SQL types to `store`, and messages to `convert`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from data_service.columns import ColumnArray

# What one cell of a row may hold.
Cell = int | float | bool | str | bytes | datetime | None

# Ids begin at 1, but other SQL clients may give any; all that are 64-bit integers count but this one.
BEFORE_ALL_IDS = -(2**63)


class TableKind(Enum):
    """What a table is made for."""

    IMAGE = "image"
    # Rows of any columns.
    GENERAL = "general"


class TableOrigin(Enum):
    """Where a table comes from: this service, others (a table or a view), or a query that was given a name."""

    SERVICE = "service"
    DATABASE = "database"
    VIEW = "view"
    QUERY = "query"


class ColumnType(Enum):
    """The type of the values of a column."""

    INTEGER = "integer"
    TEXT = "text"
    # Text whose distinct values are classes, ordered by Unicode code point.
    CATEGORY = "category"
    # An encoded image file, byte for byte as given.
    IMAGE = "image"
    # Microseconds, UTC.
    TIMESTAMP = "timestamp"
    FLOAT = "float"
    BOOLEAN = "boolean"
    BYTES = "bytes"
    # A dense array of one element type and shape for all rows, as its bytes in C order, little-endian.
    TENSOR = "tensor"


# Types whose values may be so large that rows are measured before they are read.
LARGE_TYPES = frozenset({ColumnType.TEXT, ColumnType.IMAGE, ColumnType.BYTES, ColumnType.TENSOR})
# Types that no list shows unless it is asked to.
BLOB_TYPES = frozenset({ColumnType.IMAGE, ColumnType.BYTES, ColumnType.TENSOR})


@dataclass(frozen=True)
class Column:
    """One column: its SQL name, type and meaning. `data_type` (a numpy name) and `shape` are those of a tensor column.

    `sql_type` is what the database calls its type, where that is known.
    """

    name: str
    type: ColumnType
    nullable: bool
    description: str = ""
    data_type: str = ""
    shape: tuple[int, ...] = ()
    sql_type: str = ""


@dataclass(frozen=True)
class Table:
    """A table of the database as it was when asked for. `table_id` stays through a rename; times are aware, in UTC.

    `row_count` is -1 where it is not counted. `key_column` is the unique integer column whose values are the row ids,
    empty where there is none. `query` is that of a dataset.
    """

    table_id: str
    name: str
    kind: TableKind
    description: str
    columns: tuple[Column, ...]
    row_count: int
    create_time: datetime | None
    update_time: datetime | None
    origin: TableOrigin = TableOrigin.SERVICE
    read_only: bool = False
    key_column: str = "id"
    query: str = ""


@dataclass(frozen=True)
class Row:
    """One row: its primary key and the cells asked for, in the order asked for."""

    id: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class ImageRow:
    """One row to be stored in an image table, already verified. `sha256` is 64 hexadecimal digits."""

    label: str
    image: bytes
    width: int
    height: int
    channels: int
    media_type: str
    sha256: str
    source_name: str


IMAGE_COLUMNS = (
    Column("id", ColumnType.INTEGER, False, "Primary key, rising in order of ingestion"),
    Column("label", ColumnType.CATEGORY, False, "The class that the image belongs to"),
    Column("image", ColumnType.IMAGE, False, "The encoded file, byte for byte as given"),
    Column("width", ColumnType.INTEGER, False, "Width in pixels, after EXIF orientation"),
    Column("height", ColumnType.INTEGER, False, "Height in pixels, after EXIF orientation"),
    Column("channels", ColumnType.INTEGER, False, "1 for grey, 3 for colour"),
    Column("media_type", ColumnType.TEXT, False, "Format of the file, such as image/png"),
    Column("sha256", ColumnType.TEXT, False, "SHA-256 of the file, 64 hexadecimal digits"),
    Column("source_name", ColumnType.TEXT, False, "Where the row came from, as the caller named it"),
    Column("create_time", ColumnType.TIMESTAMP, False, "When the row was stored, UTC"),
)

COLUMNS = {TableKind.IMAGE: IMAGE_COLUMNS}

# The key that the service adds in front of the columns of its own tables.
KEY_COLUMN = IMAGE_COLUMNS[0]


@dataclass(frozen=True)
class NewTable:
    """A table to be made. `request_id` is empty or protects a repeated call; `columns` are those of a general table."""

    name: str
    kind: TableKind
    description: str
    request_id: str
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True)
class ColumnRows:
    """Rows to be stored, by column, already verified: the values of each under its name."""

    row_count: int
    columns: Mapping[str, ColumnArray]

    def __len__(self) -> int:
        return self.row_count


@dataclass(frozen=True)
class Rejection:
    """A row that was not stored: its index within its chunk, where it came from, and why."""

    index: int
    source_name: str
    reason: str


@dataclass(frozen=True)
class Chunk:
    """A chunk to be committed: its number, the SHA-256 of its content in hexadecimal, what to store and what not.

    `rows` are those of an image table, or the columns of another one, all of them and of one length.
    """

    number: int
    digest: str
    rows: tuple[ImageRow, ...] | ColumnRows
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True)
class ChunkRecord:
    """What is kept of a committed chunk. `committed_rows` are those of its upload up to and with this chunk."""

    number: int
    digest: str
    committed_rows: int
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True)
class UploadRecord:
    """Where an upload stands."""

    next_chunk: int = 0
    committed_rows: int = 0
    rejected_rows: int = 0
    finished: bool = False


@dataclass(frozen=True)
class Appended:
    """The record of a chunk, and whether it was written now or had been before."""

    record: ChunkRecord
    written: bool
