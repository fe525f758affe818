"""Reads one image file as it is, for the sources that name files of their own: folders and manifests."""

from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.sources.archive_entries import LIMIT_IMAGE_BYTES


def read_image(path: Path, where: str = "") -> bytes:
    """The file's bytes. `where` says where its name comes from. Raises InvalidInput when it cannot be read.

    Of a file that no message could hold only the beginning: the service refuses that, too, as too large, and the rest
    of the source goes on.
    """
    try:
        with path.open("rb") as file:
            return file.read(LIMIT_IMAGE_BYTES)
    except OSError as error:
        raise InvalidInput(
            f"Cannot read {path}{where}: {error.strerror}. "
            "Mend that and give the same command again; it goes on from there."
        ) from error
