"""IDX pairs as sources: pixels and labels as they were, partners found by name, and what is refused."""

import bz2
import gzip
import io
import lzma
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tablefit.errors import InvalidInput
from tablefit.sources import open_source

PIXELS = np.random.default_rng(1).integers(0, 256, (5, 3, 4), dtype=np.uint8)
LABELS = bytes((7, 0, 255, 7, 1))

IMAGES_NAME, LABELS_NAME = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"

PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def images_content(pixels=PIXELS) -> bytes:
    return struct.pack(">4I", 0x803, *pixels.shape) + pixels.tobytes()


def labels_content(labels: bytes = LABELS) -> bytes:
    return struct.pack(">2I", 0x801, len(labels)) + labels


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(PACKERS.get(path.suffix, bytes)(content))
    return path


def write_pair(folder: Path, images_name: str = IMAGES_NAME, labels_name: str = LABELS_NAME) -> Path:
    write(folder / labels_name, labels_content())
    return write(folder / images_name, images_content())


def decoded(encoded: bytes) -> list[list[int]]:
    with Image.open(io.BytesIO(encoded)) as image:
        assert (image.format, image.mode) == ("PNG", "L")
        return np.asarray(image).tolist()


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".xz"])
def test_rows_have_the_pixels_as_png_and_the_labels_as_text(tmp_path, suffix):
    source = open_source(write_pair(tmp_path, IMAGES_NAME + suffix, LABELS_NAME + suffix))
    rows = list(source.rows())
    assert [decoded(row.values["image"]) for row in rows] == PIXELS.tolist()
    assert [row.values["label"] for row in rows] == ["7", "0", "255", "7", "1"]
    assert [row.source_name for row in rows] == [f"{IMAGES_NAME}{suffix}#{index}" for index in range(5)]
    assert list(source.rows(skip=3)) == rows[3:]
    assert source.row_count == 5


@pytest.mark.parametrize(
    ("images_name", "labels_name"),
    [
        (IMAGES_NAME, LABELS_NAME + ".gz"),
        (IMAGES_NAME + ".gz", LABELS_NAME),
        ("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
        ("my-images-v2-images-idx3-ubyte.gz", "my-images-v2-labels-idx1-ubyte.gz"),
        ("images", "labels"),
    ],
)
def test_the_partner_is_found_from_either_name(tmp_path, images_name, labels_name):
    from_images = open_source(write_pair(tmp_path, images_name, labels_name))
    from_labels = open_source(tmp_path / labels_name)
    assert list(from_labels.rows()) == list(from_images.rows())
    assert from_labels.fingerprint == from_images.fingerprint


def test_the_fingerprint_follows_the_labels(tmp_path):
    path = write_pair(tmp_path)
    before = open_source(path).fingerprint
    write(tmp_path / LABELS_NAME, labels_content(bytes((7, 0, 255, 7, 2))))
    assert open_source(path).fingerprint != before


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (images_content(), labels_content(LABELS[:4]), "has 5 images and .* 4 labels; expected as many"),
        (images_content()[:-1], labels_content(), "expected 76 bytes for the sizes .*, received 75. Get it anew"),
        (images_content() + b"x", labels_content(), "expected 76 bytes for the sizes .*, received 77"),
        (images_content()[:10], labels_content(), "is cut off within its header"),
        (images_content(), labels_content()[:-1], "expected 13 bytes for the sizes .5,., received 12"),
        (b"\0\0\x0d\x03" + images_content()[4:], labels_content(), "no IDX file of unsigned bytes: .* 00 00 0d 03"),
        (images_content(), b"", "labels-idx1-ubyte is no IDX file .* received an empty file"),
        (images_content(), images_content(), "expected .* to hold labels .1 size., received 3 and 3"),
        (images_content(PIXELS[:0]), labels_content(b""), r"has the sizes \(0, 3, 4\)"),
        (images_content(PIXELS[:, :0]), labels_content(), r"has the sizes \(5, 0, 4\); expected images of 1"),
    ],
)
def test_pairs_that_are_broken_are_refused(tmp_path, images, labels, message):
    write(tmp_path / LABELS_NAME, labels)
    source = open_source(write(tmp_path / IMAGES_NAME, images))
    with pytest.raises(InvalidInput, match=message):
        assert source.row_count


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(images_content()[:-13], mtime=0), "is cut off: it ends after 3 of 5 rows"),
        (gzip.compress(images_content(), mtime=0)[:-9], "is broken or cut off"),
        (gzip.compress(images_content() + b"x", mtime=0), "goes on after its 5 rows"),
    ],
)
def test_what_is_wrong_inside_a_compressed_file_is_found_while_it_is_read(tmp_path, content, message):
    path = write_pair(tmp_path, IMAGES_NAME + ".gz")
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=message):
        list(open_source(path).rows())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (IMAGES_NAME + ".gz", images_content(), "holds images, .* expected train-labels-idx1-ubyte or train-labels-"),
        (LABELS_NAME, labels_content(), "holds labels, .* expected train-images-idx3-ubyte or train-images-idx3-"),
        ("pixels", images_content(), "no file beside it holds the labels; expected train-labels-idx1-ubyte"),
    ],
)
def test_a_file_without_its_partner_is_refused_with_the_name_expected(tmp_path, name, content, message):
    source = open_source(write(tmp_path / name, content))
    with pytest.raises(InvalidInput, match=message):
        assert source.row_count


def test_an_idx_pair_has_no_inside(tmp_path):
    with pytest.raises(InvalidInput, match="has no folders inside"):
        open_source(write_pair(tmp_path), "train")
