"""How labels follow from the paths of images: the rules that folders and archives share.

    digits/7/a.png           root "digits"   label "7"
    digits/7/scans/b.JPG     root "digits"   label "7"
    digits/.trash/c.png      passed over, as all hidden files and folders are

The root is the folder that holds the label folders. Whoever lists the images calls it by name (`inside`) or lets
`find_root` find it. Leaves reading to `folder` and `archives`.
"""

import posixpath
from collections.abc import Collection
from typing import TypeAlias

from tablefit.errors import InvalidInput

IMAGE_SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".jpe", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm")
)

# Names that stand for parts of a data set rather than for labels.
SPLIT_NAMES = frozenset(("train", "training", "test", "testing", "val", "valid", "validation", "eval", "dev"))

# The names from the top down to a folder or file.
Parts: TypeAlias = tuple[str, ...]


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is passed over: dot files, and the folder that macOS adds to archives."""
    return name.startswith(".") or name == "__MACOSX"


def is_image(name: str) -> bool:
    """Whether a file of this name counts as an image, by its suffix in any case."""
    return posixpath.splitext(name)[1].lower() in IMAGE_SUFFIXES


def parse_inside(inside: str) -> Parts:
    """The parts of a folder's path within a source; "." and "" are its top. Raises InvalidInput for a way out of it."""
    parts = tuple(part for part in inside.split("/") if part not in ("", "."))
    if ".." in parts or inside.startswith("/"):
        raise InvalidInput(f"expected inside to be a path within the source such as digits/train, received {inside!r}.")
    return parts


def find_root(folders: Collection[Parts], origin: str) -> Parts:
    """The folder that holds the label folders, given all folders that have images directly in them.

    Goes down from the top as long as there is one way only and label folders remain below. Raises InvalidInput where
    that leaves the labels unclear; `origin` names the source.
    """
    root: Parts = ()
    while True:
        names = {folder[len(root)] for folder in folders if len(folder) > len(root)}
        if len(names) != 1:
            break
        deeper = (*root, *names)
        if not any(len(folder) > len(deeper) for folder in folders):
            break
        if deeper in folders:
            raise InvalidInput(_unclear_depth(origin, root, deeper))
        root = deeper
    check_splits(folders, root, origin)
    return root


def check_splits(folders: Collection[Parts], root: Parts, origin: str) -> None:
    """Raises InvalidInput when the folders in `root` look like train and test sets, each with label folders inside."""
    depth = len(root)
    with_folders = {folder[depth] for folder in folders if len(folder) > depth + 1 and folder[:depth] == root}
    splits = sorted(name for name in with_folders if name.casefold() in SPLIT_NAMES)
    if len(splits) > 1:
        raise InvalidInput(
            f"{origin} holds {' and '.join(splits)}, each with folders of its own; choose one, such as "
            f"{_saying((*root, splits[-1]))}, or say {_saying(root)} if these names are the labels."
        )


def check_encodable(name: str) -> None:
    """Raises InvalidInput for a name that is not text."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"The name {name!r} is not UTF-8; rename the file or folder and try again.") from error


def _unclear_depth(origin: str, root: Parts, deeper: Parts) -> str:
    name = "/".join(deeper)
    return (
        f"{origin} has images directly in {name} and in folders below it, so its labels are unclear; "
        f"say {_saying(root)} if {deeper[-1]} is a label, or {_saying(deeper)} if the folders in it are."
    )


def _saying(folder: Parts) -> str:
    path = "/".join(folder) or "."
    return f'inside="{path}" (--inside {path})'
