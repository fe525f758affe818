"""Where rows come from: what a source offers, and how one is opened from a path, a data frame or rows of Python.

A source gives the same rows in the same order each time it is read, so that an interrupted upload can skip what is
done. Labelled images are one kind of source, tables of any columns (see `columns`) the other. Leaves sending to
`tablefit.data` and checking of images to the service.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeGuard

from tablefit.errors import InvalidInput
from tablefit.sources.columns import ColumnChunk, ColumnTypeName, SourceColumn, Value, value_bytes
from tablefit.sources.options import SourceKind, TableReadOptions

EXPECTED = (
    "expected a folder with one folder of images for each label, an archive of one (.zip, .tar, .tar.gz, .tar.bz2, "
    ".tar.xz), an IDX pair (train-images-idx3-ubyte[.gz] beside train-labels-idx1-ubyte[.gz]), a NumPy file (.npz with "
    "x and y, x.npy beside y.npy, or arrays of as many rows each), a .csv or .tsv file of columns or of paths and "
    "labels, or a .parquet file."
)

ScanProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class SourceRow:
    """One row: where it comes from, and its values by column name."""

    source_name: str
    values: dict[str, Value]

    @property
    def size_bytes(self) -> int:
        """Bytes of the values and the source name: text counted as UTF-8, 8 for numbers and times."""
        return sum(map(value_bytes, (self.source_name, *self.values.values())))


class Source(Protocol):
    """What can be ingested."""

    @property
    def columns(self) -> tuple[SourceColumn, ...]:
        """The columns of its rows, in order."""

    @property
    def row_count(self) -> int:
        """How many rows there are."""

    @property
    def fingerprint(self) -> str:
        """A digest of what there is to read; equal for a source that has not changed."""

    def rows(self, skip: int = 0) -> Iterator[SourceRow]:
        """The rows in order, after the first `skip`, read one at a time."""


class ColumnarSource(Source, Protocol):
    """A source that gives its rows by column, which is many times as fast as row by row."""

    @property
    def origin(self) -> str:
        """What rows without a name of their own are named after: row 17 is ORIGIN#17."""

    def chunks(self, skip: int, limit_rows: int, limit_bytes: int) -> Iterator[ColumnChunk]:
        """The rows in order, after the first `skip`, in chunks as large as the limits allow."""


def is_columnar(source: Source) -> TypeGuard[ColumnarSource]:
    """Whether a source gives its rows by column, too. Reads nothing."""
    return callable(getattr(type(source), "chunks", None))


def open_source(
    path: str | Path,
    inside: str | None = None,
    *,
    kind: SourceKind | None = None,
    options: TableReadOptions | None = None,
    on_scan: ScanProgress | None = None,
) -> Source:
    """The source that lies at `path`, recognised by its content: a folder with one folder of images for each label, an
    archive of one, an IDX pair, a NumPy file, a manifest of paths and labels, or a table in CSV, TSV or Parquet (see
    the modules of this package).

    `inside` names the folder that holds the label folders, within a folder or archive ("mnist/train"), or the part of
    an .npz file with x_train and the like ("train"). `kind` settles what a CSV or NumPy file is read as: "manifest",
    "images" or "table". `options` says how a table is read; its first reading, which finds types and counts rows, tells
    `on_scan` the bytes done and in all. Raises InvalidInput with what is expected when there is nothing of the kind.
    Reads no more than the beginning of the file; the rest is found out by the first use of the source.
    """
    from tablefit.sources import opening

    found = Path(path)
    if not found.exists():
        raise InvalidInput(f"{path} does not exist; {EXPECTED}")
    return opening.open_path(found, inside, kind, options or TableReadOptions(), on_scan)


def from_dataframe(
    frame: Any, *, name: str = "dataframe", types: Mapping[str, ColumnTypeName] | None = None
) -> ColumnarSource:
    """The rows of a pandas DataFrame, a pyarrow Table, or any other that offers the Arrow stream interface (polars).

    The index of a DataFrame is a column when it has a name. `types` gives types by column, `name` is what messages and
    row names say. The frame is not copied, and must not change meanwhile. Needs pyarrow. Raises InvalidInput.
    """
    from tablefit.sources import opening

    return opening.open_frame(frame, name, types or {})


def from_rows(
    rows: Callable[[], Iterable[Mapping[str, Any] | Sequence[Any]]] | Sequence[Mapping[str, Any] | Sequence[Any]],
    *,
    name: str = "rows",
    names: Sequence[str] | None = None,
    types: Mapping[str, ColumnTypeName] | None = None,
) -> ColumnarSource:
    """Rows made by a program: a list of dicts or tuples, or a function that begins a new iteration over them.

    A function, since rows are read more than once: to find types and to count, to send, and again after a break. Types
    follow from the first thousand rows, unless `types` gives them; tuples take the `names` in order. Raises
    InvalidInput.
    """
    from tablefit.sources import opening

    return opening.open_rows(rows, name, names, types or {})


def upload_id_for(path: str | Path | None, source: Source, ordinal: int = 0) -> str:
    """The id under which the `ordinal`-th ingest of this path and listing goes on when it is begun again. What has no
    path is known by its content alone."""
    place = "" if path is None else str(Path(path).resolve())
    digest = hashlib.sha256(f"{place}\0{source.fingerprint}".encode("utf-8", "surrogateescape"))
    return f"{digest.hexdigest()[:32]}-{ordinal}"
