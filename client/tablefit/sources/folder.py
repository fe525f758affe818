"""Image folders: one folder for each label, images inside at any depth.

    digits/7/a.png           label "7", source name "7/a.png"
    digits/7/scans/b.JPG     label "7", source name "7/scans/b.JPG"

Hidden files and folders, and files that are no images by their name, are passed over. Order is by path, compared by
code point. With `inside`, the label folders are those in that folder of it. In a folder that `tablefit export` made,
which its marker file tells, names are spelled by `tablefit.folder_names`; in any other they are taken as they are.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from tablefit.errors import InvalidInput
from tablefit.folder_names import ReadNames, read_marker
from tablefit.sources import SourceRow
from tablefit.sources.columns import IMAGE_COLUMNS
from tablefit.sources.image_files import read_image
from tablefit.sources.label_folders import (
    IMAGE_SUFFIXES,
    Parts,
    check_encodable,
    check_splits,
    is_hidden,
    is_image,
    parse_inside,
)


@dataclass(frozen=True)
class _Entry:
    path: str
    label: str
    source_name: str
    size_bytes: int


class FolderSource:
    """The images of a folder. The listing is made once, when it is first asked for; files are read one at a time."""

    columns = IMAGE_COLUMNS

    def __init__(self, folder: Path, inside: str | None = None) -> None:
        self.folder = folder
        self._root = None if inside is None else parse_inside(inside)

    @property
    def row_count(self) -> int:
        """How many images there are."""
        return len(self._listing)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over names and sizes."""
        digest = hashlib.sha256()
        for entry in self._listing:
            digest.update(f"{entry.path}\0{entry.size_bytes}\n".encode())
        return digest.hexdigest()

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The distinct labels in order of code point."""
        return tuple(sorted({entry.label for entry in self._listing}))

    def rows(self, skip: int = 0) -> Iterator[SourceRow]:
        """The images as rows with the columns label and image (the file's bytes). Raises InvalidInput for a file that
        cannot be read."""
        folder = os.path.join(self.folder, "")
        for entry in self._listing[skip:]:
            blob = read_image(f"{folder}{entry.path}")
            yield SourceRow(entry.source_name, {"label": entry.label, "image": blob})

    @property
    def loose_names(self) -> tuple[str, ...]:
        """Images directly in the folder, which have no label and are left out."""
        return self._files_found[1]

    @property
    def _listing(self) -> list[_Entry]:
        return self._files_found[0]

    @cached_property
    def _files_found(self) -> tuple[list[_Entry], tuple[str, ...]]:
        root = self._root or ()
        place = self.folder.joinpath(*root)
        if not place.is_dir():
            raise InvalidInput(
                f"{self.folder} has no folder {'/'.join(root)}; say which folder holds the label folders."
            )
        spelled = read_marker(place)
        loose: list[str] = []
        found: list[_Entry] = []
        for parts, names in _folders(place, root):
            for name, size_bytes in names:
                path = "/".join((*parts, name))
                if len(parts) == len(root):
                    loose.append(path)
                    continue
                check_encodable(path)
                found.append(_to_entry(path, len(root), size_bytes, spelled))
        if not found:
            raise InvalidInput(_nothing_found(place, loose))
        if self._root is None:
            check_splits({tuple(entry.path.split("/")[:-1]) for entry in found}, root, str(self.folder))
        found.sort(key=lambda entry: entry.path)
        return found, tuple(sorted(loose))


def _to_entry(path: str, depth: int, size_bytes: int, spelled: ReadNames | None) -> _Entry:
    """The image at `path`, whose label folder stands `depth` folders down."""
    parts = path.split("/")
    if spelled is None:
        return _Entry(path, parts[depth], path, size_bytes)
    source_name = spelled.source_name_of("/".join(parts[depth:]))
    return _Entry(path, spelled.label_of(parts[depth]), source_name, size_bytes)


def _nothing_found(place: Path, loose: list[str]) -> str:
    if loose:
        return (
            f"{place} has images directly inside it, such as {PurePosixPath(loose[0]).name}; "
            "expected one folder for each label, named by the label, with the images in it."
        )
    suffixes = " ".join(sorted(IMAGE_SUFFIXES))
    return f"{place} holds no images; expected a folder for each label with files {suffixes}."


def _folders(top: Path, root: Parts) -> Iterator[tuple[Parts, list[tuple[str, int]]]]:
    """For each folder from `top` down, whose own parts are `root`: its parts, and the names and sizes of its images.

    Links to folders are followed once each. Works on text: a `Path` for each of many files takes longer than they do.
    """
    seen: set[str] = set()
    for place, folders, files in os.walk(top, followlinks=True, onerror=_raise):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        names = [name for name in files if not is_hidden(name) and is_image(name)]
        sizes = ((name, _size(os.path.join(place, name))) for name in names)
        found = [(name, size_bytes) for name, size_bytes in sizes if size_bytes is not None]
        yield (*root, *Path(place).relative_to(top).parts), found


def _size(path: str) -> int | None:
    """Bytes of a file; None where there is none, such as behind a broken link."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _raise(error: OSError) -> None:
    raise InvalidInput(f"Cannot read the folder {error.filename}: {error.strerror}.") from error
