"""Reads one image file as it is, for the sources that name files of their own: folders and manifests."""

import os
from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.sources.archive_entries import LIMIT_IMAGE_BYTES


def read_image(path: Path | str, where: str = "") -> bytes:
    """The file's bytes. `where` says where its name comes from. Raises InvalidInput when it cannot be read.

    Of a file that no message could hold only the beginning: the service refuses that, too, as too large, and the rest
    of the source goes on.
    """
    try:
        with open(path, "rb") as file:
            # Room for as much as is asked for is made first: to ask for the limit takes longer than to read.
            size = os.fstat(file.fileno()).st_size
            content = file.read(min(size + 1, LIMIT_IMAGE_BYTES))
            # It has grown, or is no plain file.
            return content + file.read(LIMIT_IMAGE_BYTES - len(content)) if len(content) > size else content
    except OSError as error:
        raise InvalidInput(
            f"Cannot read {path}{where}: {error.strerror}. "
            "Mend that and give the same command again; it goes on from there."
        ) from error
