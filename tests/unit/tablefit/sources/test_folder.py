"""Image folders as sources: which files are rows, in which order, and what is said when there are none."""

from pathlib import Path

import pytest
from tablefit.errors import InvalidInput
from tablefit.sources import SourceRow, open_source, upload_id_for


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def test_rows_come_in_order_of_path_with_label_name_and_bytes(tmp_path):
    write(tmp_path, "b/2.PNG", "a/deep/er/1.jpeg", "a/0.png", "größe/ß.tif")
    rows = list(open_source(tmp_path).rows())
    assert rows == [
        SourceRow("a/0.png", {"label": "a", "image": b"a/0.png"}),
        SourceRow("a/deep/er/1.jpeg", {"label": "a", "image": b"a/deep/er/1.jpeg"}),
        SourceRow("b/2.PNG", {"label": "b", "image": b"b/2.PNG"}),
        SourceRow("größe/ß.tif", {"label": "größe", "image": "größe/ß.tif".encode()}),
    ]


def test_hidden_and_other_files_are_passed_over_and_loose_images_are_named(tmp_path):
    write(tmp_path, "a/1.png", "a/.2.png", ".git/3.png", "a/notes.txt", "a/.thumbs/4.png", "loose.png")
    source = open_source(tmp_path)
    assert [row.source_name for row in source.rows()] == ["a/1.png"]
    assert source.row_count == 1
    assert source.loose_names == ("loose.png",)


def test_a_file_is_read_to_its_end_although_it_says_that_it_is_empty(tmp_path):
    # As files of the kernel do, and others that are being written.
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").symlink_to("/proc/version")
    (tmp_path / "a" / "2.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "a" / "3.png").mkdir()
    assert [row.values["image"] for row in open_source(tmp_path).rows()] == [Path("/proc/version").read_bytes()]


def test_rows_can_be_skipped(tmp_path):
    write(tmp_path, "a/1.png", "a/2.png", "a/3.png")
    assert [row.source_name for row in open_source(tmp_path).rows(skip=2)] == ["a/3.png"]


def test_a_link_that_leads_back_is_followed_once(tmp_path):
    write(tmp_path, "a/1.png")
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a")
    assert [row.source_name for row in open_source(tmp_path).rows()] == ["a/1.png"]


def test_the_upload_id_follows_path_listing_and_ordinal(tmp_path):
    write(tmp_path, "x/a/1.png", "y/a/1.png")
    x, y = tmp_path / "x", tmp_path / "y"
    first = upload_id_for(x, open_source(x))
    assert upload_id_for(x, open_source(x)) == first
    assert upload_id_for(tmp_path / "." / "x", open_source(x)) == first
    assert len({first, upload_id_for(x, open_source(x), 1), upload_id_for(y, open_source(y))}) == 3
    write(x, "a/2.png")
    assert upload_id_for(x, open_source(x)) != first


@pytest.mark.parametrize(
    ("names", "path", "message"),
    [
        ((), "missing", "missing does not exist; expected a folder"),
        (("file.png",), "file.png", "file.png is a file of no kind that can be opened; expected a folder"),
        (("one/1.png",), "one", "images directly inside it, such as 1.png; expected one folder for each label"),
        (("one/a/notes.txt",), "one", "holds no images"),
    ],
)
def test_what_is_no_image_folder_is_refused_with_what_is_expected(tmp_path, names, path, message):
    write(tmp_path, *names)
    with pytest.raises(InvalidInput, match=message):
        assert open_source(tmp_path / path).row_count


def test_a_file_that_vanished_stops_with_its_name(tmp_path):
    write(tmp_path, "a/1.png", "a/2.png")
    source = open_source(tmp_path)
    assert source.row_count == 2
    (tmp_path / "a/2.png").unlink()
    with pytest.raises(InvalidInput, match=r"Cannot read .*a/2\.png: No such file.*goes on from there"):
        list(source.rows())


def test_train_and_test_folders_are_not_taken_for_labels_unless_said_so(tmp_path):
    write(tmp_path, "mnist/train/7/1.png", "mnist/train/8/2.png", "mnist/test/7/1.png")
    with pytest.raises(InvalidInput, match=r"holds test and train, .* choose one, such as inside=\"train\""):
        assert open_source(tmp_path / "mnist").row_count
    labels = {
        name: [row.values["label"] for row in open_source(tmp_path / "mnist", name).rows()] for name in ("train", ".")
    }
    assert labels == {"train": ["7", "8"], ".": ["test", "train", "train"]}
    assert [row.source_name for row in open_source(tmp_path, "mnist/test").rows()] == ["mnist/test/7/1.png"]


def test_two_parts_of_one_folder_are_two_uploads(tmp_path):
    write(tmp_path, "train/7/1.png", "test1/7/1.png")
    train, test = open_source(tmp_path, "train"), open_source(tmp_path, "test1")
    assert upload_id_for(tmp_path, train) != upload_id_for(tmp_path, test)


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("nowhere", "has no folder nowhere"),
        ("../a", "expected inside to be a path within the source"),
        ("/a", "within"),
    ],
)
def test_an_inside_that_is_not_inside_is_refused(tmp_path, inside, message):
    write(tmp_path, "a/1.png")
    with pytest.raises(InvalidInput, match=message):
        assert open_source(tmp_path, inside).row_count
