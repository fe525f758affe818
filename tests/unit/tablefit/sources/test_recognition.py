"""Which kind of source a file is taken for, by content first."""

import gzip
import io
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
import pytest
from tablefit.errors import InvalidInput
from tablefit.sources import open_source
from tablefit.sources.fingerprints import PIECE_BYTES, PIECE_COUNT, sample_digest
from tablefit.sources.recognition import Kind, kind_of


def tar_bytes() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("7/a.png"))
    return buffer.getvalue()


def zip_bytes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("7/a.png", b"")
    return buffer.getvalue()


def npy_bytes() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(2))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("download", tar_bytes(), Kind.TAR),
        ("download", gzip.compress(tar_bytes(), mtime=0), Kind.TAR),
        ("a.tgz", b"\x1f\x8bbroken", Kind.TAR),
        ("a.TAR", b"", Kind.TAR),
        ("download", zip_bytes(), Kind.ZIP),
        ("a.npz", zip_bytes(), Kind.NPZ),
        ("a.zip", b"", Kind.ZIP),
        ("download", npy_bytes(), Kind.NPY),
        ("download", gzip.compress(bytes((0, 0, 8, 3, 0, 0, 0, 0)), mtime=0), Kind.IDX),
        ("t10k-images-idx3-ubyte.gz", b"\x1f\x8bbroken", Kind.IDX),
        ("a.csv", b"a.png,7", Kind.CSV),
        ("a.TSV", b"", Kind.CSV),
        ("a.csv.gz", gzip.compress(b"a.png,7", mtime=0), None),
        ("a.png", b"\x89PNG", None),
        ("a", b"", None),
    ],
    # Archives hold the time at which they were made, and test processes have to agree on the names of tests.
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else None,
)
def test_a_file_is_recognised_by_content_then_by_name(tmp_path, name, content, kind):
    (tmp_path / name).write_bytes(content)
    assert kind_of(tmp_path / name) is kind


def test_a_file_of_no_known_kind_is_refused_with_what_can_be_opened(tmp_path):
    (tmp_path / "a.rar").write_bytes(b"Rar!")
    with pytest.raises(InvalidInput) as refused:
        open_source(tmp_path / "a.rar")
    assert str(refused.value) == (
        f"{tmp_path}/a.rar is a file of no kind that can be opened; expected a folder with one folder of images for "
        "each label, an archive of one (.zip, .tar, .tar.gz, .tar.bz2, .tar.xz), an IDX pair "
        "(train-images-idx3-ubyte[.gz] beside train-labels-idx1-ubyte[.gz]), a NumPy file (.npz with x and y, "
        "x.npy beside y.npy, or arrays of as many rows each), a .csv or .tsv file of columns or of paths and labels, "
        "or a .parquet file."
    )


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES + 1, PIECE_BYTES * PIECE_COUNT])
def test_a_small_file_counts_in_full_in_its_digest(tmp_path, size):
    path = tmp_path / "a"
    path.write_bytes(bytes(size))
    digests = {sample_digest(path)}
    for position in {0, size // 2, size - 1} if size else ():
        content = bytearray(size)
        content[position] = 1
        path.write_bytes(content)
        digests.add(sample_digest(path))
    assert len(digests) == 1 + len({0, size // 2, size - 1} if size else ())


def test_the_digest_of_a_large_file_has_its_size_and_both_ends(tmp_path):
    path, size = tmp_path / "a", 3 * PIECE_BYTES * PIECE_COUNT
    digests = set()
    for content in (bytes(size), b"1" + bytes(size - 1), bytes(size - 1) + b"1", bytes(size + 1)):
        path.write_bytes(content)
        digests.add(sample_digest(path))
    assert len(digests) == 4


def test_opening_sources_does_not_load_pillow():
    code = "import sys, tablefit.sources.idx, tablefit.sources.npz; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
