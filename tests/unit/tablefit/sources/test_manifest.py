"""Manifests as sources: which columns count, which files are meant, and what is said about lines that are wrong."""

from pathlib import Path

import pytest
from tablefit.errors import InvalidInput
from tablefit.sources import SourceRow, open_source


def write(folder: Path, text: str | bytes, name: str = "list.csv") -> Path:
    for image in ("a.png", "sub/b.png", "größe, 3.png"):
        path = folder / image
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(image.encode())
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


def row(name: str, label: str, content: str | None = None) -> SourceRow:
    return SourceRow(name, {"label": label, "image": (content or name).encode()})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.csv", "path,label\nsub/b.png,8\na.png,7\n"),
        ("list.csv", "sub/b.png,8\r\na.png,7"),
        ("list.csv", "﻿Label , split,FileName\n8,train,sub/b.png\n\n7,test, a.png \n"),
        ("list.CSV", "class;image\n8;sub/b.png\n7;a.png\n"),
        ("list.tsv", "file\ty\nsub/b.png\t8\na.png\t7\n"),
        ("list.tab", "sub/b.png\t8\na.png\t7\n"),
    ],
)
def test_rows_come_in_the_order_of_the_lines(tmp_path, name, text):
    source = open_source(write(tmp_path, text, name))
    assert list(source.rows()) == [row("sub/b.png", "8"), row("a.png", "7")]
    assert list(source.rows(skip=1)) == [row("a.png", "7")]
    assert source.row_count == 2


def test_quoted_fields_and_absolute_paths_are_read(tmp_path):
    absolute = str(tmp_path / "a.png")
    source = open_source(write(tmp_path, f'"größe, 3.png","a ""b"" c"\n{absolute},7\n'))
    assert list(source.rows()) == [row("größe, 3.png", 'a "b" c'), row(absolute, "7", "a.png")]


def test_fingerprints_follow_labels_and_files(tmp_path):
    path = write(tmp_path, "a.png,7\n")
    before = open_source(path).fingerprint
    assert open_source(write(tmp_path, "path,label\na.png,7\n")).fingerprint == before
    assert open_source(write(tmp_path, "a.png,8\n")).fingerprint != before
    write(tmp_path, "a.png,7\n")
    (tmp_path / "a.png").write_bytes(b"more")
    assert open_source(path).fingerprint != before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a.png,7\nb.png,8\n\nsub,9\n",
            r"files that are not there: line 2 \(b\.png\), line 4 \(sub\); expected the path",
        ),
        ("x,1\n" * 7, r"line 5 \(x\) and 2 more; expected the path"),
        ("path,label\na.png,7\na.png\n", "Line 3 of .* has 1 fields; expected 2, as in the header"),
        ("a.png,7\na.png,7,x\n", "Line 2 of .* has 3 fields; expected 2, a path and a label"),
        ("a.png,7\na.png, \n", "Line 2 of .* lacks its label"),
        ("a.png,7\n,7\n", "Line 2 of .* lacks its path"),
        ("a.png,7,x\n", "has the columns a.png, 7, x; expected a header with one column of paths .path, file"),
        ("path,kind\na.png,7\n", "has the columns path, kind; expected a header"),
        ("path,file,label\na.png,a.png,7\n", "has the columns path, file, label; expected a header with one column"),
        ("path,label\n", "lists no images; expected lines with a path and a label"),
        ("", "lists no images"),
        (b"a.png,7\na.png,\xff\n", "is not text in UTF-8"),
        (b"\xff\xfea\x00", "is not text in UTF-8"),
        ('a.png,7\n"a.png,7\n', "Cannot read .* after line 2 .unexpected end of data.; expected CSV or TSV"),
    ],
)
def test_lines_that_are_wrong_are_named(tmp_path, text, message):
    source = open_source(write(tmp_path, text), kind="manifest")
    with pytest.raises(InvalidInput, match=message):
        assert source.row_count


def test_a_file_that_vanished_stops_with_its_line(tmp_path):
    source = open_source(write(tmp_path, "sub/b.png,8\na.png,7\n"))
    assert source.row_count == 2
    (tmp_path / "a.png").unlink()
    with pytest.raises(
        InvalidInput, match=r"Cannot read .*a\.png \(line 2 of .*list\.csv\): No such file.*goes on from"
    ):
        list(source.rows())
