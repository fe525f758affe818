"""IDX, the format in which MNIST came: a file of images and a file of labels beside it, plain or compressed.

    train-images-idx3-ubyte.gz   00 00 08 03, count, height, width (big-endian 32-bit), then pixels, a byte each
    train-labels-idx1-ubyte.gz   00 00 08 01, count, then labels, a byte each

The partner of either is found by its name: "labels" for "images", "idx1" for "idx3", with or without the suffix of the
compression. Each image becomes a PNG file, each label its decimal text; the source name is the image file and the row's
index from 0, `train-images-idx3-ubyte.gz#17`.
"""

import hashlib
import math
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tablefit.errors import InvalidInput
from tablefit.sources import SourceRow
from tablefit.sources.archive_entries import LIMIT_IMAGE_BYTES
from tablefit.sources.columns import IMAGE_COLUMNS
from tablefit.sources.compression import is_compressed, open_decompressed, reading
from tablefit.sources.equal_records import Records, read_records
from tablefit.sources.fingerprints import sample_digest
from tablefit.sources.png import encode_png

_UNSIGNED_BYTE = 0x08
_SUFFIXES = ("", ".gz", ".bz2", ".xz")


@dataclass(frozen=True)
class _IdxFile:
    """A file with its header: its sizes, the first of which counts the rows."""

    path: Path
    sizes: tuple[int, ...]

    @property
    def count(self) -> int:
        return self.sizes[0]

    @property
    def record_bytes(self) -> int:
        return math.prod(self.sizes[1:])

    @property
    def header_bytes(self) -> int:
        return 4 + 4 * len(self.sizes)


class IdxSource:
    """The rows of a pair of IDX files, of which either is given."""

    columns = IMAGE_COLUMNS

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def row_count(self) -> int:
        """How many images there are, as both headers say."""
        return self._pair[0].count

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the sizes of both files and samples of their bytes."""
        return hashlib.sha256("".join(sample_digest(idx.path) for idx in self._pair).encode()).hexdigest()

    def rows(self, skip: int = 0) -> Iterator[SourceRow]:
        """The images as rows with the columns label and image (a PNG file). Raises InvalidInput for files that cannot
        be read."""
        images, labels = self._pair
        height, width = images.sizes[1:]
        pairs = zip(_read(images, skip), _read(labels, skip), strict=True)
        for index, (pixels, label) in enumerate(pairs, start=skip):
            image = encode_png(pixels, (height, width, 1))
            yield SourceRow(f"{images.path.name}#{index}", {"label": str(label[0]), "image": image})

    @cached_property
    def _pair(self) -> tuple[_IdxFile, _IdxFile]:
        given = _open(self.path)
        partner = _open(_find_partner(given))
        images, labels = (given, partner) if len(given.sizes) > 1 else (partner, given)
        if len(images.sizes) != 3 or len(labels.sizes) != 1:
            raise InvalidInput(
                f"expected {images.path} to hold images (3 sizes) and {labels.path} to hold labels (1 size), "
                f"received {len(images.sizes)} and {len(labels.sizes)}."
            )
        if images.count != labels.count:
            raise InvalidInput(
                f"{images.path} has {images.count:,} images and {labels.path} {labels.count:,} labels; "
                "expected as many. Do they belong together?"
            )
        if not 0 < images.record_bytes <= LIMIT_IMAGE_BYTES or not images.count:
            raise InvalidInput(f"{images.path} has the sizes {images.sizes}; expected images of 1 to 60 MiB.")
        return images, labels


def _open(path: Path) -> _IdxFile:
    """The file's header, checked, and its length where that can be seen."""
    with reading(path), open_decompressed(path) as file:
        head = file.read(4)
        if len(head) < 4 or head[:3] != bytes((0, 0, _UNSIGNED_BYTE)) or head[3] not in (1, 2, 3, 4):
            raise InvalidInput(
                f"{path} is no IDX file of unsigned bytes: expected it to begin with 00 00 08 and the number of sizes "
                f"(03 for images, 01 for labels), received {head.hex(' ') or 'an empty file'}."
            )
        sizes = file.read(4 * head[3])
        if len(sizes) < 4 * head[3]:
            raise InvalidInput(f"{path} is cut off within its header. Get it anew.")
    idx = _IdxFile(path, struct.unpack(f">{head[3]}I", sizes))
    _check_length(idx)
    return idx


def _check_length(idx: _IdxFile) -> None:
    expected = idx.header_bytes + idx.count * idx.record_bytes
    with reading(idx.path):
        received = expected if is_compressed(idx.path) else idx.path.stat().st_size
    if received != expected:
        raise InvalidInput(
            f"{idx.path} is broken or cut off: expected {expected:,} bytes for the sizes {idx.sizes}, "
            f"received {received:,}. Get it anew."
        )


def _read(idx: _IdxFile, skip: int) -> Iterator[bytes]:
    path = idx.path
    records = Records(path, str(path), idx.count, idx.record_bytes)
    with ExitStack() as stack:
        with reading(path):
            file = stack.enter_context(open_decompressed(path))
            file.seek(idx.header_bytes)
        yield from read_records(file, records, skip)
        with reading(path):
            # The checksum of a compressed file is checked when its end is read.
            if file.read(1):
                raise InvalidInput(f"{path} goes on after its {records.count:,} rows, so it is broken. Get it anew.")


def _find_partner(given: _IdxFile) -> Path:
    """The other file of the pair, beside the one given."""
    holds, wants = ("labels", "images") if len(given.sizes) == 1 else ("images", "labels")
    stem = _partner_stem(given.path, holds, wants)
    for suffix in (given.path.suffix, *_SUFFIXES):
        partner = given.path.with_name(stem + suffix)
        if suffix in _SUFFIXES and partner != given.path and partner.is_file():
            return partner
    raise InvalidInput(
        f"{given.path} holds {holds}, and no file beside it holds the {wants}; expected {stem} or {stem}.gz."
    )


def _partner_stem(path: Path, holds: str, wants: str) -> str:
    """The partner's name without the suffix of a compression; MNIST's own for a file of another name."""
    numbers = {"images": "idx3", "labels": "idx1"}
    stem = path.name.removesuffix(path.suffix) if path.suffix in _SUFFIXES else path.name
    if holds not in stem:
        return f"train-{wants}-{numbers[wants]}-ubyte"
    before, _, after = stem.rpartition(holds)
    return before + wants + after.replace(numbers[holds], numbers[wants])
