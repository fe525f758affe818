"""Images as a folder of label folders, each file byte for byte as it was stored.

Names are spelled by `tablefit.folder_names`, so that any label and any source name come back when the folder is
ingested; the marker file in it says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tablefit.errors import InvalidInput
from tablefit.exports.replacement import replaced_folder
from tablefit.folder_names import FolderNames
from tablefit.sources.label_folders import is_image

# How the files of the usual formats begin, and what their names end in.
_BEGINNINGS = (
    (b"\x89PNG", ".png"),
    (b"\xff\xd8", ".jpg"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"RIFF", ".webp"),
    (b"P", ".pnm"),
)


@dataclass(frozen=True)
class LabelledImage:
    """A row that becomes a file."""

    id: int
    label: str | None
    source_name: str
    image: bytes | None


def write_image_folder(path: Path, rows: Iterable[LabelledImage]) -> int:
    """Writes all rows and returns how many labels they have. The folder appears when it is complete.

    Raises InvalidInput for a row without label or image.
    """
    names = FolderNames()
    folders: set[str] = set()
    with replaced_folder(path) as folder:
        for row in rows:
            if row.label is None or row.image is None:
                missing = "label" if row.label is None else "image"
                raise InvalidInput(f"Row {row.id} has no {missing}; a folder holds rows with both. Export a part only.")
            place = names.path_of(row.label, row.source_name, row.id, _suffix(row.source_name, row.image))
            label_folder = names.folder_of(row.label)
            if label_folder not in folders:
                (folder / label_folder).mkdir()
                folders.add(label_folder)
            (folder / place).write_bytes(row.image)
        names.write_marker(folder)
    return len(folders)


def _suffix(source_name: str, image: bytes) -> str:
    """That of the source name if it is an image's, else what the content says."""
    suffix = PurePosixPath(source_name).suffix
    if suffix and is_image(f"a{suffix}"):
        return suffix
    return next((suffix for beginning, suffix in _BEGINNINGS if image.startswith(beginning)), ".png")
