"""Archives of image folders: zip, and tar with gzip, bzip2, xz or no compression.

    digits.tar.gz: digits/7/a.png     label "7", source name "digits/7/a.png"

Which folder holds the label folders is found as `label_folders` says, or given as `inside`. Rows come in the order of
the archive; a name that stands in it twice gives two rows. One pass over the archive lists it, and each reading of
rows is another one.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.sources import SourceRow
from tablefit.sources.archive_entries import Entry
from tablefit.sources.columns import IMAGE_COLUMNS
from tablefit.sources.fingerprints import sample_digest
from tablefit.sources.label_folders import IMAGE_SUFFIXES, Parts, find_root, parse_inside
from tablefit.sources.tars import tar_entries
from tablefit.sources.zips import zip_entries


@dataclass(frozen=True)
class _Listing:
    root: Parts
    row_count: int
    loose_count: int
    fingerprint: str


class ArchiveSource:
    """The images of an archive whose `entries` are read by one of the two functions below."""

    columns = IMAGE_COLUMNS

    def __init__(self, path: Path, entries: Callable[[Path], Iterator[Entry]], inside: str | None = None) -> None:
        self.path = path
        self._entries = entries
        self._inside = None if inside is None else parse_inside(inside)

    @property
    def row_count(self) -> int:
        """How many images lie in label folders."""
        return self._listing.row_count

    @property
    def fingerprint(self) -> str:
        """SHA-256 over names and sizes of all images, a sample of the archive's bytes, and where the labels are."""
        return self._listing.fingerprint

    @property
    def loose_count(self) -> int:
        """How many images lie beside or above the label folders, have no label and are left out."""
        return self._listing.loose_count

    def rows(self, skip: int = 0) -> Iterator[SourceRow]:
        """The images as rows with the columns label and image (the file's bytes). Raises InvalidInput for an archive
        that cannot be read."""
        root = self._listing.root
        depth = len(root)
        for entry in self._entries(self.path):
            if len(entry.parts) < depth + 2 or entry.parts[:depth] != root:
                continue
            if skip > 0:
                skip -= 1
                continue
            yield SourceRow("/".join(entry.parts), {"label": entry.parts[depth], "image": entry.read()})

    @cached_property
    def _listing(self) -> _Listing:
        # Counts by folder, since names of all images might not fit into memory.
        counts: Counter[Parts] = Counter()
        digest = hashlib.sha256(sample_digest(self.path).encode())
        for entry in self._entries(self.path):
            counts[entry.parts[:-1]] += 1
            digest.update(f"{'/'.join(entry.parts)}\0{entry.size_bytes}\n".encode())
        root = self._root(counts)
        digest.update("/".join(root).encode())
        depth = len(root)
        row_count = sum(count for folder, count in counts.items() if len(folder) > depth and folder[:depth] == root)
        loose_count = sum(count for folder, count in counts.items() if folder == root[: len(folder)])
        return _Listing(root, row_count, loose_count, digest.hexdigest())

    def _root(self, counts: Counter[Parts]) -> Parts:
        if not counts:
            suffixes = " ".join(sorted(IMAGE_SUFFIXES))
            raise InvalidInput(f"{self.path} holds no images; expected a folder for each label with files {suffixes}.")
        root = find_root(counts, str(self.path)) if self._inside is None else self._inside
        depth = len(root)
        if not any(len(folder) > depth and folder[:depth] == root for folder in counts):
            raise InvalidInput(self._no_labels(root, counts))
        return root

    def _no_labels(self, root: Parts, counts: Counter[Parts]) -> str:
        place = f" in {'/'.join(root)}" if root else ""
        some = "/".join(min(counts)) or "its top"
        return (
            f"{self.path} has no label folders{place}; expected one folder for each label, named by the label, "
            f"with the images in it. It has images in {some}, for one."
        )


def open_tar(path: Path, inside: str | None = None) -> ArchiveSource:
    """The images of a tar archive, compressed or not."""
    return ArchiveSource(path, tar_entries, inside)


def open_zip(path: Path, inside: str | None = None) -> ArchiveSource:
    """The images of a zip archive."""
    return ArchiveSource(path, zip_entries, inside)
