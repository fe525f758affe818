"""Archives as sources: which entries are rows, which folder the labels come from, and what is refused."""

import gzip
import io
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from tablefit.errors import InvalidInput
from tablefit.sources import SourceRow, open_source, upload_id_for
from tablefit.sources.archive_entries import LIMIT_IMAGE_BYTES

TAR_NAMES = ("a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz")
ALL_NAMES = (*TAR_NAMES, "a.zip")


def tar_info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    return info


def pack(path: Path, *names: str) -> Path:
    """An archive in which each entry holds its own name."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, name.encode())
    else:
        method = {".gz": "gz", ".tgz": "gz", ".bz2": "bz2", ".xz": "xz"}.get(path.suffix, "")
        with tarfile.open(path, f"w:{method}") as archive:
            for name in names:
                content = name.encode()
                archive.addfile(tar_info(name, len(content)), io.BytesIO(content))
    return path


def row(name: str, label: str) -> SourceRow:
    return SourceRow(name, {"label": label, "image": name.encode()})


@pytest.mark.parametrize("name", ALL_NAMES)
def test_rows_come_in_the_order_of_the_archive_and_can_be_skipped(tmp_path, name):
    pack(tmp_path / name, "d/8/b.PNG", "d/7/deep/er/a.jpeg", "d/größe/ß.tif", "d/8/a.png")
    source = open_source(tmp_path / name)
    expected = [
        row("d/8/b.PNG", "8"),
        row("d/7/deep/er/a.jpeg", "7"),
        row("d/größe/ß.tif", "größe"),
        row("d/8/a.png", "8"),
    ]
    assert list(source.rows()) == expected
    assert list(source.rows(skip=3)) == expected[3:]
    assert source.row_count == 4


@pytest.mark.parametrize("name", ["a.tar.gz", "a.zip"])
def test_hidden_and_other_entries_are_passed_over(tmp_path, name):
    entries = ("./7/a.png", "./7/.b.png", "./__MACOSX/7/._a.png", "./.git/7/c.png", "./7/notes.txt", "../out.txt")
    source = open_source(pack(tmp_path / name, *entries))
    assert [found.source_name for found in source.rows()] == ["7/a.png"]
    assert source.row_count == 1


@pytest.mark.parametrize(
    ("entries", "labels", "loose_count"),
    [
        (("7/a.png", "8/b.png"), ["7", "8"], 0),
        (("7/a.png",), ["7"], 0),
        (("d/7/a.png",), ["7"], 0),
        (("one/two/three/7/a.png", "one/two/three/8/b.png"), ["7", "8"], 0),
        (("cover.png", "d/7/a.png", "d/8/b.png"), ["7", "8"], 1),
        (("cover.png", "7/a.png", "8/deep/b.png"), ["7", "8"], 1),
        (("vehicles/train/a.png", "vehicles/bus/x/b.png"), ["train", "bus"], 0),
        (("d/train/a.png", "d/test/b.png"), ["train", "test"], 0),
        (("d/train/7/a.png", "d/train/8/b.png"), ["7", "8"], 0),
    ],
)
def test_labels_are_the_folders_below_the_leading_ones(tmp_path, entries, labels, loose_count):
    source = open_source(pack(tmp_path / "a.tar", *entries))
    assert [found.values["label"] for found in source.rows()] == labels
    assert source.row_count == len(labels)
    assert source.loose_count == loose_count


SPLIT = ("m/test/7/a.png", "m/train/7/b.png", "m/train/8/c.png", "m/cover.png")


@pytest.mark.parametrize(
    ("inside", "rows"),
    [
        ("m/train", [row("m/train/7/b.png", "7"), row("m/train/8/c.png", "8")]),
        ("./m/test/", [row("m/test/7/a.png", "7")]),
        ("m", [row("m/test/7/a.png", "test"), row("m/train/7/b.png", "train"), row("m/train/8/c.png", "train")]),
    ],
)
def test_inside_says_which_folder_holds_the_labels(tmp_path, inside, rows):
    source = open_source(pack(tmp_path / "a.tgz", *SPLIT), inside)
    assert list(source.rows()) == rows
    assert source.row_count == len(rows)


@pytest.mark.parametrize(
    ("entries", "inside", "message"),
    [
        (SPLIT[:3], None, r'holds test and train, .* such as inside="m/train" \(--inside m/train\), or say inside="m"'),
        (("d/a.png", "d/x/b.png"), None, r'directly in d and in .* inside="\." .* if d is a label, or inside="d"'),
        (("a.png", "b.png"), None, "has no label folders; expected one folder for each label.* images in its top"),
        (("7/a.txt",), None, "holds no images; expected a folder for each label with files .bmp .gif"),
        ((), None, "holds no images"),
        (SPLIT, "m/train/7", "has no label folders in m/train/7; .* images in m"),
        (SPLIT, "../m", "expected inside to be a path within the source"),
        (("7/a.png", "../8/b.png"), None, r"has the entry '../8/b.png', which points outside"),
        (("/7/a.png",), None, "has the entry '/7/a.png', which points outside"),
        (("C:/7/a.png",), None, "has the entry 'C:/7/a.png', which points outside"),
    ],
)
@pytest.mark.parametrize("name", ["a.tar.gz", "a.zip"])
def test_unclear_labels_and_names_are_refused(tmp_path, name, entries, inside, message):
    path = pack(tmp_path / name, *entries)
    with pytest.raises(InvalidInput, match=message):
        assert open_source(path, inside).row_count


def test_fingerprints_follow_content_and_inside(tmp_path):
    path = pack(tmp_path / "a.tar", *SPLIT)
    fingerprint = open_source(path, "m/train").fingerprint
    assert open_source(path, "m/train/").fingerprint == fingerprint
    assert open_source(path, "m/test").fingerprint != fingerprint
    assert upload_id_for(path, open_source(path, "m/train")) != upload_id_for(path, open_source(path, "m"))
    path.write_bytes(path.read_bytes().replace(b"m/train/8/c.png", b"m/train/9/c.png"))
    with pytest.raises(InvalidInput, match="broken or cut off"):
        assert open_source(path, "m/train").fingerprint
    pack(path, *SPLIT[:3], "m/train/8/d.png")
    assert open_source(path, "m/train").fingerprint != fingerprint


@pytest.mark.parametrize(("kind", "advice"), [(tarfile.SYMTYPE, "--dereference"), (tarfile.LNKTYPE, "--hard-deref")])
def test_links_in_tar_archives_are_refused_with_how_to_pack(tmp_path, kind, advice):
    link = tar_info("7/b.png", 0)
    link.type, link.linkname = kind, "7/a.png"
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.addfile(tar_info("7/a.png", 1), io.BytesIO(b"a"))
        archive.addfile(link)
    with pytest.raises(InvalidInput, match=f"has the link '7/b.png'; expected plain files.*{advice}"):
        assert open_source(tmp_path / "a.tar").row_count


def test_links_in_zip_archives_are_refused(tmp_path):
    info = zipfile.ZipInfo("7/a.png")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "8/a.png")
    with pytest.raises(InvalidInput, match=r"has the link '7/a\.png'; expected plain files"):
        assert open_source(tmp_path / "a.zip").row_count


@pytest.mark.parametrize(
    ("offset_local", "offset_central", "value", "message"),
    [
        (6, 8, b"\x01", "is encrypted; unpack it with its password"),
        (8, 10, b"\x09", r"packed by a method \(number 9\) that cannot be read"),
    ],
)
def test_zip_entries_that_cannot_be_unpacked_are_refused(tmp_path, offset_local, offset_central, value, message):
    path = pack(tmp_path / "a.zip", "7/a.png")
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", offset_local), (b"PK\x01\x02", offset_central)):
        start = content.index(signature) + offset
        content[start : start + 1] = value
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=message):
        assert open_source(path).row_count


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("7/a.png", b"\0" * (LIMIT_IMAGE_BYTES + 1))
    with pytest.raises(
        InvalidInput, match=r"has the entry '7/a\.png' of 62,914,561 bytes unpacked; expected images of at"
    ):
        assert open_source(tmp_path / "a.zip").row_count


def test_a_tar_bomb_is_refused_before_it_is_unpacked(tmp_path):
    with gzip.open(tmp_path / "a.tar.gz", "wb") as file:
        file.write(tar_info("7/a.png", 2**40).tobuf())
    with pytest.raises(InvalidInput, match=r"has the entry '7/a\.png' of 1,099,511,627,776 bytes unpacked"):
        assert open_source(tmp_path / "a.tar.gz").row_count


def test_a_tar_header_of_any_length_is_not_read_into_memory(tmp_path):
    header = tar_info("x", 2**30)
    header.type = tarfile.XHDTYPE
    (tmp_path / "a.tar").write_bytes(tar_info("7/a.png", 0).tobuf() + header.tobuf())
    with pytest.raises(InvalidInput, match="has a header of 1,073,741,824 bytes"):
        assert open_source(tmp_path / "a.tar").row_count


@pytest.mark.parametrize("name", ALL_NAMES)
def test_an_archive_that_was_cut_off_is_refused(tmp_path, name):
    path = pack(tmp_path / name, *(f"d/{number % 10}/{number}.png" for number in range(200)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3 + 100])
    with pytest.raises(InvalidInput, match=rf"{name} is broken or cut off \(.+\); get it anew"):
        assert open_source(path).row_count


def test_a_broken_header_amid_a_tar_archive_is_not_taken_for_its_end(tmp_path):
    path = pack(tmp_path / "a.tar", "7/a.png", "7/b.png", "7/c.png")
    content = bytearray(path.read_bytes())
    content[1024] ^= 1
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="no entry begins at byte 1,024"):
        assert open_source(path).row_count


def test_a_changed_byte_in_a_zip_archive_is_found(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("7/a.png", b"content of a")
    content = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(content.replace(b"content of a", b"content of b"))
    with pytest.raises(InvalidInput, match=r"broken or cut off \(Bad CRC-32 for file '7/a.png'\)"):
        list(open_source(tmp_path / "a.zip").rows())


def test_names_that_packers_write_wrongly_are_mended(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("7/größe_x.png", b"a")
        windows = zipfile.ZipInfo("8\\c.png")
        windows.create_system = 0
        archive.writestr(windows, b"c")
    content = bytearray(path.read_bytes())
    # Not marked as UTF-8, as macOS writes it.
    content[7] = content[content.index(b"PK\x01\x02") + 9] = 0
    path.write_bytes(content)
    assert [found.source_name for found in open_source(path).rows()] == ["7/größe_x.png", "8/c.png"]


# In a process of its own: the threads of a test run allocate, too, and its many objects keep the collector away.
READING = """
import sys, tracemalloc
from tablefit.sources import open_source

source = open_source(sys.argv[1])
row_count = source.row_count
tracemalloc.start()
assert sum(1 for _ in source.rows()) == row_count
print(tracemalloc.get_traced_memory()[1])
"""


def test_memory_does_not_grow_with_the_entries_of_a_tar_archive(tmp_path):
    assert peak_of_reading(tmp_path, 12_000) < 1.5 * peak_of_reading(tmp_path, 3_000)


def peak_of_reading(folder: Path, entry_count: int) -> int:
    """Peak of the bytes that Python allocates while it reads the rows of an archive with so many entries."""
    path = folder / f"{entry_count}.tar"
    with tarfile.open(path, "w") as archive:
        for number in range(entry_count):
            archive.addfile(tar_info(f"{number % 10}/{number}.png", 0))
    done = subprocess.run([sys.executable, "-c", READING, str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout)
