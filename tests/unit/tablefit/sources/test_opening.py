"""What a CSV file is read as, and what is said where a reader is missing or does not fit."""

import subprocess
import sys

import pytest
from tablefit.errors import InvalidInput
from tablefit.sources import open_source
from tablefit.sources.manifest import ManifestSource
from tablefit.sources.table_source import TableSource


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("path,label\na.png,7\n", ManifestSource),
        ("Label;split;File\n7;train;gone.jpg\n", ManifestSource),
        ("path,label\nscan,7\n", ManifestSource),
        ("a.png,7\n", ManifestSource),
        ("gone.png,7\n", ManifestSource),
        ("path,label\n", ManifestSource),
        ("path,label\n/usr/x,7\n", TableSource),
        ("path,kind\na.png,7\n", TableSource),
        ("path,file,label\na.png,a.png,7\n", TableSource),
        ("a.png,7,x\n", TableSource),
        ("1,7\n", TableSource),
        ("x,y\n1,7\n", TableSource),
        ("", TableSource),
    ],
)
def test_a_csv_file_that_lists_images_is_a_manifest_and_any_other_a_table(tmp_path, text, kind):
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "scan").write_bytes(b"")
    (tmp_path / "list.csv").write_text(text)
    assert type(open_source(tmp_path / "list.csv")) is kind


def test_a_kind_that_is_given_settles_it(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("path,label\na.png,7\n")
    assert type(open_source(path, kind="table")) is TableSource
    path.write_text("x,7\n")
    assert type(open_source(path, kind="manifest")) is ManifestSource
    with pytest.raises(InvalidInput, match=r"list\.csv cannot be read as images; expected manifest or table"):
        open_source(path, kind="images")
    with pytest.raises(InvalidInput, match="cannot be read as table; expected images"):
        open_source(tmp_path, kind="table")
    with pytest.raises(InvalidInput, match=r"list\.csv has no folders inside"):
        open_source(path, "train")


def test_a_missing_pyarrow_is_named_with_what_to_install(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from tablefit.sources import open_source, from_rows\n"
        "assert from_rows([{'a': 1}]).row_count == 1\n"
        "try: open_source(sys.argv[1])\n"
        "except Exception as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.csv")], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == 'Reading a.csv as a table needs pyarrow: pip install "tablefit[tables]".\n'


def test_sources_load_neither_pyarrow_nor_pandas_before_they_need_them():
    code = (
        "import sys, tablefit.sources.opening, tablefit.sources.npz\n"
        "sys.exit(bool({'pyarrow', 'pandas'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
