"""What zip and tar archives have in common entry by entry: which names count, and what is refused.

Nothing is ever written to disk, so a name that points outside the archive could do no harm; it is refused because no
label follows from it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.sources.label_folders import Parts, check_encodable, is_hidden, is_image

# What one row may take: it travels in one message of 64 MiB with its frame.
LIMIT_IMAGE_BYTES = 60 * 1024 * 1024

_DRIVE = re.compile("[A-Za-z]:")


@dataclass(frozen=True)
class Entry:
    """An image in an archive. `read` gives its bytes, and works only until the next entry is taken."""

    parts: Parts
    size_bytes: int
    read: Callable[[], bytes]


def image_parts(archive: Path, name: str) -> Parts | None:
    """The parts of an entry's name, without "."; None when it is no image by its name, or hidden.

    Raises InvalidInput for an image whose name is absolute or leads upwards.
    """
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if not parts or not is_image(parts[-1]):
        return None
    if name.startswith("/") or ".." in parts or _DRIVE.fullmatch(parts[0]):
        raise InvalidInput(
            f"{archive} has the entry {name!r}, which points outside the archive; "
            "expected names such as digits/7/a.png. Pack the folder anew from the folder above it."
        )
    if any(is_hidden(part) for part in parts):
        return None
    check_encodable(name)
    return parts


def check_size(archive: Path, name: str, size_bytes: int) -> None:
    """Raises InvalidInput for an entry that is too large to be a row."""
    if size_bytes > LIMIT_IMAGE_BYTES:
        raise InvalidInput(
            f"{archive} has the entry {name!r} of {size_bytes:,} bytes unpacked; expected images of at most "
            f"{LIMIT_IMAGE_BYTES:,} bytes. Take it out of the archive and try again."
        )


def link_refused(archive: Path, name: str, advice: str) -> InvalidInput:
    """The error for an image that is a link to another file."""
    return InvalidInput(f"{archive} has the link {name!r}; expected plain files. Pack the folder anew with {advice}.")
