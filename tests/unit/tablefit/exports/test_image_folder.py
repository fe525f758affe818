"""Folders of images and the way back through the source of folders."""

import pytest
from tablefit.errors import AlreadyExists, InvalidInput
from tablefit.exports.image_folder import LabelledImage, write_image_folder
from tablefit.exports.replacement import check_target
from tablefit.sources.folder import FolderSource

LABELS = ["../x", "CON", "", "Cat", "cat", "dot.", "end ", "%", "a/b", "x" * 300, ".hidden", "größe", "train", "test"]


def test_awkward_labels_and_names_come_back_with_the_same_bytes(tmp_path):
    sources = ["../../etc/passwd.png", "a~1.png", "", "cat/plain.png", "y" * 400, "cat/photo.JPEG", "C:\\x.gif"]
    rows = [
        LabelledImage(number, label, sources[number % len(sources)], b"\x89PNG" + bytes([number]))
        for number, label in enumerate(LABELS * 3)
    ]
    assert write_image_folder(tmp_path / "out", rows) == len(LABELS)
    found = {
        (row.values["label"], row.source_name, row.values["image"]) for row in FolderSource(tmp_path / "out").rows()
    }
    assert found == {(row.label, row.source_name, row.image) for row in rows}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_plain_names_stay_as_they_were(tmp_path):
    rows = [LabelledImage(7, "cat", "cat/a b.png", b"png"), LabelledImage(8, "dog", "https://x/1", b"\xff\xd8jpeg")]
    write_image_folder(tmp_path / "out", rows)
    files = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*g"))
    assert files == ["cat/a b~7.png", "dog/https%3A%2F%2Fx%2F1~~8.jpg"]


def test_without_the_marker_names_are_taken_as_they_are(tmp_path):
    (tmp_path / "100%25").mkdir()
    (tmp_path / "100%25" / "a~1.png").write_bytes(b"png")
    (row,) = FolderSource(tmp_path).rows()
    assert (row.values["label"], row.source_name) == ("100%25", "100%25/a~1.png")


@pytest.mark.parametrize(("label", "image", "missing"), [(None, b"png", "label"), ("cat", None, "image")])
def test_a_row_without_label_or_image_leaves_nothing_behind(tmp_path, label, image, missing):
    rows = [LabelledImage(1, "cat", "", b"png"), LabelledImage(2, label, "", image)]
    with pytest.raises(InvalidInput, match=f"Row 2 has no {missing}"):
        write_image_folder(tmp_path / "out", rows)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_replaced_only_when_an_export_made_it(tmp_path):
    out = tmp_path / "out"
    write_image_folder(out, [LabelledImage(1, "cat", "", b"png")])
    with pytest.raises(AlreadyExists, match="--overwrite to replace it"):
        check_target(out, overwrite=False, is_folder=True)
    check_target(out, overwrite=True, is_folder=True)
    write_image_folder(out, [LabelledImage(2, "dog", "", b"png")])
    assert [row.values["label"] for row in FolderSource(out).rows()] == ["dog"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(AlreadyExists, match="was not made by an export"):
        check_target(tmp_path / "mine", overwrite=True, is_folder=True)
