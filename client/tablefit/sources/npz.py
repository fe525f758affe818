"""Where the arrays of NumPy files are: members of an .npz file, or a pair of .npy files."""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from tablefit.errors import InvalidInput
from tablefit.sources.arrays import ArrayFiles, ArraySource, StoredArray
from tablefit.sources.compression import reading
from tablefit.sources.fingerprints import sample_digest
from tablefit.sources.npy import read_header

_SUFFIX = ".npy"
_FLAG_ENCRYPTED = 0x1

# What the file of images is called, and its file of labels, as whole words of the name.
_PAIRS = (("x", "y"), ("X", "y"), ("X", "Y"), ("images", "labels"))


def open_npz(path: Path, inside: str | None = None) -> ArraySource:
    """The rows of x and y in an .npz file, or of x_NAME and y_NAME for `inside="NAME"`."""
    return ArraySource(partial(_find_members, path, inside))


def open_npy(path: Path) -> ArraySource:
    """The rows of a pair of .npy files, of which either is given."""
    return ArraySource(partial(_find_pair, path))


def npz_holds_images(path: Path, inside: str | None = None) -> bool:
    """Whether an .npz file is one of labelled images: x and y are there, and x is of uint8 or has a picture's axes.

    So is one with x_NAME and y_NAME for which `inside` must be given first, and one that cannot be read.
    """
    try:
        with reading(path):
            names = _member_names(path)
        images, labels = (f"{word}{_part(inside)}" for word in "xy")
        if images not in names or labels not in names:
            return inside is None and any(name.startswith("x_") and f"y_{name[2:]}" in names for name in names)
        return _may_be_images(path, _member(path, images + _SUFFIX))
    except InvalidInput:
        return True


def npy_holds_images(path: Path) -> bool:
    """Whether an .npy file, or the one that it is the partner of, has images, as far as its header says."""
    try:
        images = _pair_of(path)[0]
    except InvalidInput:
        images = path
    try:
        return _may_be_images(path, StoredArray(str(images), partial(_open_file, images)))
    except InvalidInput:
        return True


def find_arrays(path: Path, inside: str | None = None) -> dict[str, StoredArray]:
    """All arrays of an .npz file by name, or those called NAME_inside by NAME."""
    part = _part(inside)
    with reading(path):
        names = [name for name in _member_names(path) if name.endswith(part)]
    return {name.removesuffix(part): _member(path, name + _SUFFIX) for name in names}


def find_array_files(path: Path) -> dict[str, StoredArray]:
    """The array of an .npy file by its name; with its partner, where there is one."""
    try:
        paths: tuple[Path, ...] = _pair_of(path)
    except InvalidInput:
        paths = (path,)
    return {file.stem: StoredArray(str(file), partial(_open_file, file)) for file in paths}


def _member_names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [name.removesuffix(_SUFFIX) for name in archive.namelist() if name.endswith(_SUFFIX)]


def _part(inside: str | None) -> str:
    return f"_{inside}" if inside else ""


def _may_be_images(path: Path, array: StoredArray) -> bool:
    with reading(path), array.open() as file:
        header = read_header(file, array.origin)
    return header.dtype == np.uint8 or len(header.shape) in (3, 4)


def _find_members(path: Path, inside: str | None) -> ArrayFiles:
    with reading(path), zipfile.ZipFile(path) as archive:
        checksums = {info.filename: f"{info.CRC} {info.file_size}" for info in archive.infolist()}
        if any(info.flag_bits & _FLAG_ENCRYPTED for info in archive.infolist()):
            raise InvalidInput(f"{path} is encrypted; expected a plain .npz file, as numpy.savez writes it.")
    suffix = f"_{inside}" if inside else ""
    images, labels, class_names = (f"x{suffix}{_SUFFIX}", f"y{suffix}{_SUFFIX}", f"class_names{_SUFFIX}")
    if images not in checksums or labels not in checksums:
        raise InvalidInput(_not_there(path, suffix, sorted(checksums)))
    has_names = class_names in checksums
    used = (images, labels, class_names) if has_names else (images, labels)
    digest = hashlib.sha256("\n".join(f"{name} {checksums[name]}" for name in used).encode()).hexdigest()
    return ArrayFiles(
        path=path,
        source_name=f"{path.name}/x{suffix}" if inside else path.name,
        images=_member(path, images),
        labels=_member(path, labels),
        class_names=_member(path, class_names) if has_names else None,
        digest=lambda: digest,
    )


def _member(path: Path, member: str) -> StoredArray:
    return StoredArray(f"{member.removesuffix(_SUFFIX)} in {path}", partial(_open_member, path, member))


@contextmanager
def _open_member(path: Path, member: str) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(path) as archive, archive.open(member) as file:
        yield file


def _not_there(path: Path, suffix: str, members: list[str]) -> str:
    names = [name.removesuffix(_SUFFIX) for name in members]
    parts = [name[2:] for name in names if name.startswith("x_") and f"y_{name[2:]}" in names]
    if parts:
        return (
            f"{path} has no arrays x{suffix} and y{suffix}; choose from {', '.join(parts)}, "
            f'such as inside="{parts[-1]}" (--inside {parts[-1]}).'
        )
    return (
        f"{path} has the arrays {', '.join(names) or 'none'}; expected x{suffix} (images) and y{suffix} (labels), "
        "and class_names where y are indices."
    )


def _find_pair(path: Path) -> ArrayFiles:
    images, labels = _pair_of(path)
    return ArrayFiles(
        path=images,
        source_name=images.name,
        images=StoredArray(str(images), partial(_open_file, images)),
        labels=StoredArray(str(labels), partial(_open_file, labels)),
        class_names=None,
        digest=lambda: hashlib.sha256((sample_digest(images) + sample_digest(labels)).encode()).hexdigest(),
    )


def _open_file(path: Path) -> IO[bytes]:
    return path.open("rb")


def _pair_of(path: Path) -> tuple[Path, Path]:
    """The files of images and labels, of which `path` is either."""
    for images_word, labels_word in _PAIRS:
        labels = _renamed(path, images_word, labels_word)
        if labels is not None and labels.is_file():
            return path, labels
        images = _renamed(path, labels_word, images_word)
        if images is not None and images.is_file():
            return images, path
    raise InvalidInput(
        f"{path} has no partner beside it; expected x.npy beside y.npy, x_train.npy beside y_train.npy, "
        "images.npy beside labels.npy and the like, or one .npz file with x and y."
    )


def _renamed(path: Path, word: str, other: str) -> Path | None:
    """The path with a whole word of its name exchanged; None where the word is absent."""
    stem, count = re.subn(rf"(?<![^\W_]){word}(?![^\W_])", other, path.stem)
    return path.with_name(stem + path.suffix) if count else None
