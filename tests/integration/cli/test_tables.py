"""Tables and rows from the command line."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.command_line import TABLEFIT, TIMEOUT_S, Run, Services
from tests.integration.cli.images import png, write_folder


def test_a_table_is_created_shown_renamed_and_deleted(run: Run, run_json):
    assert run("table", "create", "made", "--kind", "image", "--description", "of noise").stdout == (
        "Created image table made.\n"
    )
    table = run_json("table", "show", "made")
    assert (table["name"], table["kind"], table["description"], table["row_count"]) == ("made", "image", "of noise", 0)
    assert [column["name"] for column in table["columns"]][:3] == ["id", "label", "image"]
    assert run("table", "rename", "made", "größe").stdout == "Renamed made to größe.\n"
    assert "größe" in [table["name"] for table in run_json("table", "list")]
    assert run("table", "delete", "größe", "--yes").stdout == "Deleted größe and its 0 rows.\n"
    gone = run("table", "show", "größe")
    assert (gone.returncode, gone.stdout) == (1, "")
    assert gone.stderr.startswith("Error: ")


def test_deleting_outside_a_terminal_wants_yes(run: Run, run_json):
    run_json("table", "create", "kept")
    refused = run("table", "delete", "kept")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "Error: Deleting kept and its 0 rows wants --yes outside a terminal.\n"
    assert run_json("table", "delete", "kept", "--yes") == {"deleted": "kept", "row_count": 0}


@pytest.mark.parametrize(("typed", "status"), [("asked", 0), ("something else", 1), ("", 1)])
def test_deleting_in_a_terminal_asks_for_the_name(services: Services, run: Run, typed: str, status: int):
    run("table", "create", "asked")
    ours, theirs = pty.openpty()
    arguments = [*TABLEFIT, "table", "delete", "asked"]
    with subprocess.Popen(arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=services.environment) as process:
        os.close(theirs)
        os.write(ours, f"{typed}\n".encode())
        assert process.wait(TIMEOUT_S) == status
    os.close(ours)
    assert run("table", "show", "asked").returncode == (1 if status == 0 else 0)
    run("table", "delete", "asked", "--yes")


def test_a_bad_table_name_is_refused_with_a_sentence(run: Run):
    refused = run("table", "create", "x; DROP TABLE y")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: ")
    assert refused.stderr.count("\n") == 1


def test_rows_are_listed_in_order_of_id(run: Run, run_json, tmp_path: Path):
    run_json("ingest", "listed", write_folder(tmp_path / "source", 15))
    rows = run_json("row", "list", "listed", "--limit", "0")
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert [row["label"] for row in rows] == ["cat"] * 15 + ["dog"] * 15
    assert (rows[0]["source_name"], rows[0]["height"], rows[0]["width"]) == ("cat/0000.png", 12, 10)
    listed = run("row", "list", "listed", "--columns", "label,source_name")
    lines = listed.stdout.splitlines()
    assert [line.split() for line in lines[:2]] == [
        ["ID", "LABEL", "SOURCE_NAME"],
        [str(rows[0]["id"]), "cat", "cat/0000.png"],
    ]
    assert len(lines) == 21
    assert listed.stderr == "20 of 30 rows; --limit 0 lists all.\n"


def test_a_reader_that_leaves_early_is_no_error(services: Services, run_json, tmp_path: Path):
    run_json("ingest", "piped", write_folder(tmp_path / "source", 1_500, size=(2, 2)))
    line = f"'{TABLEFIT[0]}' -m tablefit.cli row list piped --limit 0 | head -n 1"
    done = subprocess.run(
        ["bash", "-c", line], env=services.environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
    )
    assert done.stdout.split()[0] == "ID"
    assert done.stderr == ""


def test_images_in_json_are_the_files_as_given(run_json, tmp_path: Path):
    run_json("ingest", "encoded", write_folder(tmp_path / "source", 1, ("cat",)))
    import base64

    row = run_json("row", "list", "encoded", "--columns", "image")[0]
    assert base64.b64decode(row["image"]) == png(0)


def test_the_address_is_taken_after_the_command_before_it_or_from_the_environment(run: Run, services: Services):
    address = services.data_address
    assert run("table", "list", "--data-service", address).returncode == 0
    assert run("--data-service", address, "table", "list").returncode == 0
    wrong = run("--data-service", "127.0.0.1:1", "table", "list")
    assert wrong.returncode == 1
    assert "Cannot reach the data service at 127.0.0.1:1: connection refused." in wrong.stderr
    assert run("--data-service", "127.0.0.1:1", "table", "list", "--data-service", address).returncode == 0


def test_an_export_holds_pixels_labels_names_and_ids(run: Run, run_json, tmp_path: Path):
    import numpy as np

    run_json("ingest", "exported", write_folder(tmp_path / "source", 3))
    done = run_json("export", "exported", "out.npz")
    assert done == {
        "path": "out.npz",
        "table": "exported",
        "format": "npz",
        "row_count": 6,
        "columns": ["label", "image"],
        "x_shape": [6, 12, 10, 1],
        "class_names": ["cat", "dog"],
    }
    with np.load(tmp_path / "out.npz") as arrays:
        assert sorted(arrays) == ["class_names", "id", "x", "y"]
        assert arrays["class_names"].tolist() == ["cat", "dog"]
        assert arrays["y"].tolist() == [0, 0, 0, 1, 1, 1]
        assert arrays["id"].tolist() == [row["id"] for row in run_json("row", "list", "exported")]
        expected = np.random.default_rng(1002).integers(0, 256, (12, 10), np.uint8)
        assert arrays["x"][5, :, :, 0].tolist() == expected.tolist()


def test_an_export_replaces_no_file_unless_told(run: Run, run_json, tmp_path: Path):
    run_json("ingest", "twice", write_folder(tmp_path / "source", 1))
    (tmp_path / "out.npz").write_text("mine")
    refused = run("export", "twice", "out.npz")
    assert (refused.returncode, refused.stderr) == (
        1,
        "Error: out.npz exists already; give another name, or --overwrite to replace it.\n",
    )
    assert (tmp_path / "out.npz").read_text() == "mine"
    assert run("export", "twice", "out.npz", "--overwrite", "--image-size", "5x4", "--mode", "rgb").stdout == (
        "Wrote 2 rows of 5x4 RGB in 2 classes to out.npz.\n"
    )
    assert [path.name for path in tmp_path.glob("*.npz*")] == ["out.npz"]


def test_rows_of_mixed_sizes_want_a_size(run: Run, run_json, tmp_path: Path):
    folder = write_folder(tmp_path / "source", 1)
    (folder / "cat" / "other.png").write_bytes(png(5, (3, 3), "RGB"))
    run_json("ingest", "mixed", folder)
    refused = run("export", "mixed", "out.npz")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert not (tmp_path / "out.npz").exists()
    assert run_json("export", "mixed", "out.npz", "--image-size", "4", "--mode", "L")["x_shape"] == [3, 4, 4, 1]


def test_json_has_nothing_else_on_standard_output(run: Run, tmp_path: Path):
    done = run("ingest", "silent", write_folder(tmp_path / "source", 2), "--json")
    assert json.loads(done.stdout)["committed_rows"] == 4
    assert done.stderr == ""
