"""Where rows come from: what a source offers, and how one is opened from a path.

A source gives the same rows in the same order each time it is read, so that an interrupted upload can skip what is
done. Leaves sending to `tablefit.data` and checking of images to the service.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tablefit.errors import InvalidInput

EXPECTED = (
    "expected a folder with one folder of images for each label, an archive of one (.zip, .tar, .tar.gz, .tar.bz2, "
    ".tar.xz), an IDX pair (train-images-idx3-ubyte[.gz] beside train-labels-idx1-ubyte[.gz]), a NumPy file (.npz with "
    "x and y, or x.npy beside y.npy), or a .csv or .tsv file of paths and labels."
)


@dataclass(frozen=True)
class SourceRow:
    """One row: where it comes from, and its values by column name."""

    source_name: str
    values: dict[str, str | bytes]

    @property
    def size_bytes(self) -> int:
        """Bytes of the values and the source name, text counted as UTF-8."""
        texts = (self.source_name, *self.values.values())
        return sum(len(value.encode()) if isinstance(value, str) else len(value) for value in texts)


class Source(Protocol):
    """What can be ingested."""

    @property
    def row_count(self) -> int:
        """How many rows there are."""

    @property
    def fingerprint(self) -> str:
        """A digest of what there is to read; equal for a source that has not changed."""

    def rows(self, skip: int = 0) -> Iterator[SourceRow]:
        """The rows in order, after the first `skip`, read one at a time."""


def open_source(path: str | Path, inside: str | None = None) -> Source:
    """The source that lies at `path`, recognised by its content: a folder with one folder of images for each label, an
    archive of one, an IDX pair, a NumPy file, or a manifest of paths and labels (see the modules of this package).

    `inside` names the folder that holds the label folders, within a folder or archive ("mnist/train"), or the part of
    an .npz file with x_train and the like ("train"). Raises InvalidInput with what is expected when there is nothing of
    the kind. Reads no more than the beginning of the file; the rest is found out by the first use of the source.
    """
    from tablefit.sources.folder import FolderSource

    found = Path(path)
    if not found.exists():
        raise InvalidInput(f"{path} does not exist; {EXPECTED}")
    return FolderSource(found, inside) if found.is_dir() else _open_file(found, inside)


def _open_file(path: Path, inside: str | None) -> Source:
    from tablefit.sources import archives, idx, manifest, npz, recognition

    kind = recognition.kind_of(path) if path.is_file() else None
    with_inside: dict[recognition.Kind | None, Callable[[Path, str | None], Source]] = {
        recognition.Kind.ZIP: archives.open_zip,
        recognition.Kind.TAR: archives.open_tar,
        recognition.Kind.NPZ: npz.open_npz,
    }
    plain: dict[recognition.Kind | None, Callable[[Path], Source]] = {
        recognition.Kind.IDX: idx.IdxSource,
        recognition.Kind.NPY: npz.open_npy,
        recognition.Kind.MANIFEST: manifest.ManifestSource,
    }
    if kind in with_inside:
        return with_inside[kind](path, inside)
    if kind not in plain:
        raise InvalidInput(f"{path} is a file of no kind that can be opened; {EXPECTED}")
    if inside is not None:
        raise InvalidInput(f"{path} has no folders inside; leave inside away, which is for folders, archives and .npz.")
    return plain[kind](path)


def upload_id_for(path: str | Path, source: Source, ordinal: int = 0) -> str:
    """The id under which the `ordinal`-th ingest of this path and listing goes on when it is begun again."""
    place = str(Path(path).resolve())
    digest = hashlib.sha256(f"{place}\0{source.fingerprint}".encode("utf-8", "surrogateescape"))
    return f"{digest.hexdigest()[:32]}-{ordinal}"
