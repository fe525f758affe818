"""NumPy files as sources: what `tablefit export` writes comes back as it was, and nothing is ever unpickled."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tablefit.errors import InvalidInput
from tablefit.sources import Source, open_source

RANDOM = np.random.default_rng(1)
GREY = RANDOM.integers(0, 256, (4, 3, 5), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 256, (4, 3, 5, 3), dtype=np.uint8)
ALPHA = RANDOM.integers(0, 256, (4, 3, 5, 4), dtype=np.uint8)
INDICES = np.array([1, 0, 2, 1], np.int32)
NAMES = np.array(["ant", "bär", ""], np.str_)


def save(path: Path, **arrays) -> Path:
    np.savez(path, **arrays)
    return path


def pixels_of(source: Source) -> list:
    found = []
    for row in source.rows():
        with Image.open(io.BytesIO(row.values["image"])) as image:
            assert image.format == "PNG"
            found.append(np.asarray(image).tolist())
    return found


def labels_of(source: Source) -> list[str]:
    return [row.values["label"] for row in source.rows()]


@pytest.mark.parametrize("save_by", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    ("x", "pixels"), [(GREY, GREY), (GREY[..., np.newaxis], GREY), (COLOUR, COLOUR), (ALPHA, ALPHA)]
)
def test_what_export_writes_comes_back_as_it_was(tmp_path, save_by, x, pixels):
    save_by(tmp_path / "digits.npz", x=x, y=INDICES, class_names=NAMES, id=np.arange(4))
    source = open_source(tmp_path / "digits.npz")
    assert pixels_of(source) == pixels.tolist()
    assert labels_of(source) == ["bär", "ant", "", "bär"]
    assert [row.source_name for row in source.rows()] == [f"digits.npz#{index}" for index in range(4)]
    assert list(source.rows(skip=3)) == list(source.rows())[3:]
    assert source.row_count == 4


@pytest.mark.parametrize(
    ("y", "labels"),
    [
        (np.array([3, -1, 0, 2**40]), ["3", "-1", "0", "1099511627776"]),
        (np.array([[3], [1], [0], [2]], ">u2"), ["3", "1", "0", "2"]),
        (np.array(["ant", "", "größe", "7"]), ["ant", "", "größe", "7"]),
        (np.array([b"ant", b"", "größe".encode(), b"7"]), ["ant", "", "größe", "7"]),
        (np.array(["", "", "", ""]), ["", "", "", ""]),
        (np.zeros(4, "<U0"), ["", "", "", ""]),
    ],
)
def test_labels_without_class_names_are_numbers_or_texts(tmp_path, y, labels):
    assert labels_of(open_source(save(tmp_path / "a.npz", x=GREY, y=y))) == labels


def test_inside_names_the_part_of_a_file_with_several(tmp_path):
    path = save(tmp_path / "a.npz", x_train=GREY, y_train=INDICES, x_test=GREY[:1], y_test=INDICES[:1])
    train, test = open_source(path, "train"), open_source(path, "test")
    assert [row.source_name for row in test.rows()] == ["a.npz/x_test#0"]
    assert labels_of(train) == ["1", "0", "2", "1"]
    assert train.fingerprint != test.fingerprint
    with pytest.raises(InvalidInput, match=r'no arrays x and y; choose from test, train, such as inside="train"'):
        assert open_source(path).row_count


@pytest.mark.parametrize(
    ("images", "labels"),
    [("x.npy", "y.npy"), ("X_train.npy", "y_train.npy"), ("X-1.npy", "Y-1.npy"), ("my_images.npy", "my_labels.npy")],
)
def test_a_pair_of_npy_files_is_found_from_either(tmp_path, images, labels):
    np.save(tmp_path / images, GREY)
    np.save(tmp_path / labels, INDICES)
    from_images, from_labels = open_source(tmp_path / images), open_source(tmp_path / labels)
    assert pixels_of(from_images) == GREY.tolist()
    assert list(from_labels.rows()) == list(from_images.rows())
    assert from_labels.fingerprint == from_images.fingerprint
    assert next(from_images.rows(skip=2)).source_name == f"{images}#2"


def test_a_npy_file_without_its_partner_is_refused(tmp_path):
    np.save(tmp_path / "xylophones.npy", GREY)
    np.save(tmp_path / "yylophones.npy", INDICES)
    source = open_source(tmp_path / "xylophones.npy", kind="images")
    with pytest.raises(InvalidInput, match=r"no partner beside it; expected x\.npy beside y\.npy"):
        assert source.row_count


def test_fingerprints_follow_the_values(tmp_path):
    path = save(tmp_path / "a.npz", x=GREY, y=INDICES)
    before = open_source(path).fingerprint
    assert open_source(save(path, x=GREY, y=INDICES)).fingerprint == before
    assert open_source(save(path, x=GREY, y=INDICES[::-1])).fingerprint != before


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": GREY / 255, "y": INDICES}, r"x in .* has the type float64 .*expected pixels 0\.\.255 as uint8"),
        ({"x": GREY[0], "y": INDICES}, r"has the type uint8 and the shape \(3, 5\); expected pixels"),
        ({"x": np.moveaxis(COLOUR, 3, 1), "y": INDICES}, "expected 1, 3 or 4 channels on the last axis, received 5"),
        ({"x": GREY[:0], "y": INDICES[:0]}, r"the shape \(0, 3, 5\); expected rows of images"),
        ({"x": GREY[:, :0], "y": INDICES}, r"the shape \(4, 0, 5\); expected rows of images"),
        ({"x": np.asfortranarray(COLOUR), "y": INDICES}, "is in Fortran order, .* save np.ascontiguousarray"),
        ({"x": GREY, "y": INDICES[:3]}, "x in .* has 4 rows and y in .* 3; expected one label for each image"),
        ({"x": GREY, "y": INDICES / 2}, "y in .* has the type float64 .* expected integers or texts"),
        ({"x": GREY, "y": np.eye(4, dtype=int)}, r"the shape \(4, 4\); expected integers or texts of shape \(row,\)"),
        ({"x": GREY, "y": np.array(3)}, "y in .* is a single value; expected an array"),
        ({"x": GREY, "y": INDICES.astype(object)}, "y in .* holds Python objects, which are never loaded"),
        ({"x": GREY, "y": INDICES, "class_names": NAMES.astype(object)}, "class_names in .* holds Python objects"),
        ({"x": GREY, "y": INDICES, "class_names": NAMES[:2]}, "has 2 in row 2; expected an index .*, 0 to 1"),
        ({"x": GREY, "y": INDICES, "class_names": INDICES}, "class_names in .* has the type int32; expected texts"),
        ({"x": GREY, "y": INDICES, "class_names": NAMES[None]}, r"has the shape \(1, 3\) .* expected one axis"),
        ({"x": GREY, "y": np.array([b"\xff"] * 4)}, "y in .*, row 0, holds a text that is not valid Unicode"),
        ({"x": GREY, "y": np.array(["\ud800"] * 4)}, "y in .*, row 0, holds a text that is not valid Unicode"),
        ({"images": GREY, "y": INDICES}, r"has the arrays images, y; expected x \(images\) and y \(labels\)"),
    ],
)
def test_arrays_that_are_no_labelled_images_are_refused(tmp_path, arrays, message):
    source = open_source(save(tmp_path / "a.npz", **arrays), kind="images")
    with pytest.raises(InvalidInput, match=message):
        list(source.rows())


def write_members(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (npy(GREY)[:-16], "x in .* is cut off: it ends after 2 of 4 rows"),
        (npy(GREY)[:40], "x in .* is no array in NumPy's format, or one that is broken"),
        (b"", "x in .* is no array in NumPy's format"),
        (b"\x93NUMPY\x09\x00" + npy(GREY)[8:], "x in .* is no array in NumPy's format"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", "x in .* has a header of more than 10,000 bytes"),
        (npy(GREY).replace(b"(4, 3, 5)", b"(4, __)  "), "x in .* is no array in NumPy's format"),
        (npy(GREY).replace(b"(4, 3, 5), }", b"(4, 3, 5)   "), "x in .* is no array in NumPy's format"),
        (
            npy(GREY).replace(b"(4, 3, 5), }  ", b"(4, -3, -5), }"),
            r"x in .* has the shape \(4, -3, -5\), so it is broken",
        ),
    ],
)
def test_arrays_that_are_broken_are_refused(tmp_path, x, message):
    source = open_source(write_members(tmp_path / "a.npz", x=x, y=npy(INDICES)))
    with pytest.raises(InvalidInput, match=message):
        list(source.rows())


def test_a_changed_value_is_found_by_its_checksum(tmp_path):
    path = write_members(tmp_path / "a.npz", x=npy(GREY), y=npy(INDICES))
    path.write_bytes(path.read_bytes().replace(GREY[3].tobytes(), GREY[2].tobytes()))
    with pytest.raises(InvalidInput, match=r"a\.npz is broken or cut off \(Bad CRC-32 for file 'x\.npy'\)"):
        list(open_source(path).rows())


def test_a_file_cut_off_is_refused(tmp_path):
    path = save(tmp_path / "a.npz", x=GREY, y=INDICES)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InvalidInput, match=r"a\.npz is broken or cut off"):
        assert open_source(path).row_count
