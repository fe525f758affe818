"""Which reader opens what: the table behind `open_source`, `from_dataframe` and `from_rows`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tablefit.errors import InvalidInput
from tablefit.sources import EXPECTED, ScanProgress, Source
from tablefit.sources.columns import ColumnTypeName
from tablefit.sources.options import SourceKind, TableReadOptions
from tablefit.sources.pyarrow_extra import require_pyarrow
from tablefit.sources.recognition import Kind, kind_of
from tablefit.sources.table_source import TableSource

# What each kind of file may be read as; where it is several, its content decides.
_READABLE_AS: dict[Kind, tuple[SourceKind, ...]] = {
    Kind.ZIP: ("images",),
    Kind.TAR: ("images",),
    Kind.IDX: ("images",),
    Kind.NPZ: ("images", "table"),
    Kind.NPY: ("images", "table"),
    Kind.CSV: ("manifest", "table"),
    Kind.PARQUET: ("table",),
}
_WITH_INSIDE = (Kind.ZIP, Kind.TAR, Kind.NPZ)


def open_path(
    path: Path, inside: str | None, kind: SourceKind | None, options: TableReadOptions, on_scan: ScanProgress | None
) -> Source:
    """The source at a path that exists."""
    from tablefit.sources.folder import FolderSource

    if path.is_dir():
        _check_kind(path, kind, ("images",))
        return FolderSource(path, inside)
    found = kind_of(path) if path.is_file() else None
    if found is None:
        raise InvalidInput(f"{path} is a file of no kind that can be opened; {EXPECTED}")
    _check_kind(path, kind, _READABLE_AS[found])
    if inside is not None and found not in _WITH_INSIDE:
        raise InvalidInput(f"{path} has no folders inside; leave inside away, which is for folders, archives and .npz.")
    wanted = kind or _content_of(found, path, inside)
    if wanted == "table":
        return _open_table(found, path, inside, options, on_scan)
    return _open_images(found, path, inside)


def open_frame(frame: Any, name: str, types: Mapping[str, ColumnTypeName]) -> TableSource:
    """The rows of a data frame of pandas, pyarrow or another library that speaks Arrow."""
    require_pyarrow("data frames")
    import pyarrow

    from tablefit.sources import arrow_table

    if isinstance(frame, pyarrow.RecordBatch):
        frame = pyarrow.Table.from_batches([frame])
    if isinstance(frame, pyarrow.Table):
        return arrow_table.from_arrow(frame, name, types)
    # pandas is never imported: its own frames are known by what they offer.
    if hasattr(frame, "iloc") and hasattr(frame, "columns"):
        return arrow_table.from_pandas(frame, name, types)
    is_column = hasattr(frame, "iloc")
    if hasattr(frame, "__arrow_c_stream__") and not is_column and not isinstance(frame, pyarrow.RecordBatchReader):
        return arrow_table.from_arrow(pyarrow.table(frame), name, types)
    raise InvalidInput(f"expected a pandas DataFrame or a pyarrow Table, received {type(frame).__name__}.")


def open_rows(
    rows: Callable[[], Iterable[Any]] | Sequence[Any],
    name: str,
    names: Sequence[str] | None,
    types: Mapping[str, ColumnTypeName],
) -> TableSource:
    """The rows of a list, or of a function that begins a new iteration."""
    from tablefit.sources.python_rows import PythonRows

    if callable(rows):
        return TableSource(PythonRows(rows, name, types, names))
    if not isinstance(rows, Iterator | Sequence) or isinstance(rows, str | bytes):
        raise InvalidInput(
            f"expected rows as a list of dicts or tuples, or a function that makes them, received a "
            f"{type(rows).__name__}."
        )
    if isinstance(rows, Iterator):
        raise InvalidInput(
            f"expected a list of rows or a function that begins a new iteration over them, received a "
            f"{type(rows).__name__}, which can be read once only. Give the function that makes it, not its result."
        )
    return TableSource(PythonRows(lambda: rows, name, types, names))


def _check_kind(path: Path, kind: SourceKind | None, readable: tuple[SourceKind, ...]) -> None:
    if kind not in (None, *readable):
        raise InvalidInput(f"{path} cannot be read as {kind}; expected {' or '.join(readable)}.", field="kind")


def _content_of(found: Kind, path: Path, inside: str | None) -> SourceKind:
    from tablefit.sources import manifest, npz

    readable = _READABLE_AS[found]
    if len(readable) == 1:
        return readable[0]
    if found is Kind.CSV:
        return "manifest" if manifest.looks_like_manifest(path) else "table"
    holds_images = npz.npz_holds_images(path, inside) if found is Kind.NPZ else npz.npy_holds_images(path)
    return "images" if holds_images else "table"


def _open_table(
    found: Kind, path: Path, inside: str | None, options: TableReadOptions, on_scan: ScanProgress | None
) -> TableSource:
    from tablefit.sources import npz
    from tablefit.sources.array_table import ArrayTable

    if found is Kind.NPZ:
        return TableSource(ArrayTable(path, lambda: npz.find_arrays(path, inside), options, on_scan))
    if found is Kind.NPY:
        return TableSource(ArrayTable(path, lambda: npz.find_array_files(path), options, on_scan))
    require_pyarrow(f"{path.name} as a table")
    if found is Kind.PARQUET:
        from tablefit.sources.arrow_table import open_parquet

        return open_parquet(path, options, on_scan)
    from tablefit.sources.csv_table import CsvTable

    return TableSource(CsvTable(path, options, on_scan))


def _open_images(found: Kind, path: Path, inside: str | None) -> Source:
    from tablefit.sources import archives, idx, manifest, npz

    openers: dict[Kind, Callable[[], Source]] = {
        Kind.ZIP: lambda: archives.open_zip(path, inside),
        Kind.TAR: lambda: archives.open_tar(path, inside),
        Kind.NPZ: lambda: npz.open_npz(path, inside),
        Kind.IDX: lambda: idx.IdxSource(path),
        Kind.NPY: lambda: npz.open_npy(path),
        Kind.CSV: lambda: manifest.ManifestSource(path),
    }
    return openers[found]()
