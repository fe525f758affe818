"""Sources other than folders, stored in a table by the service and read back."""

import io
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
from tablefit import Client
from tablefit.data import IngestProgress
from tablefit.errors import InvalidInput
from tablefit.sources import open_source, upload_id_for

from tests.integration.cli.command_line import Run, Services
from tests.integration.cli.images import write_folder

RANDOM = np.random.default_rng(1)


@pytest.fixture
def client(services: Services):
    with Client(services.data_address, services.training_address) as client:
        yield client


@pytest.mark.parametrize("channels", [1, 3])
def test_what_export_wrote_is_stored_with_equal_pixels(run: Run, client: Client, tmp_path: Path, channels: int):
    x = RANDOM.integers(0, 256, (30, 5, 7, channels), dtype=np.uint8)
    y = (np.arange(30, dtype=np.int32) * 7) % 3
    names = ("ant", "bär", "c d")
    np.savez(tmp_path / "first.npz", x=x, y=y, class_names=np.array(names))
    client.ingest(f"first_{channels}", tmp_path / "first.npz")
    done = run("export", f"first_{channels}", "second.npz")
    assert done.returncode == 0, done.stderr
    client.ingest(f"second_{channels}", tmp_path / "second.npz")
    again_x, again_y, again_names = client.to_numpy(f"second_{channels}")
    assert (again_x.tolist(), again_y.tolist(), again_names) == (x.tolist(), y.tolist(), names)


def test_an_interrupted_upload_of_an_idx_pair_goes_on_where_it_stopped(client: Client, tmp_path: Path):
    x = RANDOM.integers(0, 256, (5_000, 4, 4), dtype=np.uint8)
    labels = bytes(range(10)) * 500
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(struct.pack(">4I", 0x803, *x.shape) + x.tobytes())
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, len(labels)) + labels)
    source = open_source(path)

    def stop(progress: IngestProgress) -> None:
        raise InterruptedError

    client.create_table("idx")
    with pytest.raises(InterruptedError):
        client.data.ingest("idx", source, upload_id_for(path, source), on_progress=stop)
    result = client.ingest("idx", path)
    assert result.committed_rows == 5_000
    assert 0 < result.resumed_rows < 5_000
    stored_x, stored_y, names = client.to_numpy("idx")
    assert stored_x[..., 0].tolist() == x.tolist()
    assert bytes(int(names[index]) for index in stored_y) == labels


def test_an_archive_gives_the_rows_of_its_folder(client: Client, tmp_path: Path):
    folder = write_folder(tmp_path / "source", 5)
    with tarfile.open(tmp_path / "source.tar.gz", "w:gz") as archive:
        for path in sorted(folder.rglob("*.png")):
            archive.add(path, arcname=f"source/{path.relative_to(folder)}")
    client.ingest("from_folder", folder)
    client.ingest("from_archive", tmp_path / "source.tar.gz")
    (x, y, names), (folder_x, folder_y, folder_names) = client.to_numpy("from_archive"), client.to_numpy("from_folder")
    assert (x.tolist(), y.tolist(), names) == (folder_x.tolist(), folder_y.tolist(), folder_names)


def test_inside_stores_one_part_of_an_archive(run: Run, run_json, tmp_path: Path):
    write_folder(tmp_path / "animals" / "train", 3)
    write_folder(tmp_path / "animals" / "test", 1)
    with tarfile.open(tmp_path / "animals.tgz", "w:gz") as archive:
        archive.add(tmp_path / "animals", "animals")
    refused = run("ingest", "part", "animals.tgz")
    assert refused.returncode == 1
    assert 'choose one, such as inside="animals/train" (--inside animals/train)' in refused.stderr
    assert run_json("ingest", "part", "animals.tgz", "--inside", "animals/train")["committed_rows"] == 6
    assert run_json("ingest", "part", "animals.tgz", "--inside", "animals/test", "--append")["table_rows"] == 8


def test_an_archive_without_clear_labels_makes_no_table(client: Client, tmp_path: Path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name in ("train/7/a.png", "test/7/b.png"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(InvalidInput, match="holds test and train"):
        client.ingest("unclear", tmp_path / "a.tar")
    assert "unclear" not in {table.name for table in client.data.list_tables()}
