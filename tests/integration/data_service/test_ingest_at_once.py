"""Several clients ingest into one new table at once, on each engine."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tablefit import Client
from tablefit.errors import InvalidInput

from tests.image_files import png

# Chunks hold 1,000 rows at most, so each upload has several.
FILE_COUNT = 2_500
NOBODY = "127.0.0.1:1"


@pytest.fixture
def ingest(start_service, database_url) -> Iterator[Callable[..., None]]:
    """Ingests a folder into the table digits, both callers at the same moment."""
    service = start_service("--database-url", database_url)
    clients = [Client(service.address, NOBODY) for _ in range(2)]
    together = threading.Barrier(len(clients))

    def run(number: int, folder: Path, *, append: bool) -> None:
        assert list(clients[number].data.list_tables()) == []
        together.wait(30)
        clients[number].ingest("digits", folder, append=append)

    run.clients = clients
    yield run
    for client in clients:
        client.close()


def write_images(folder: Path, count: int, first: int = 0) -> Path:
    for number in range(first, first + count):
        path = folder / str(number % 3) / f"{number:05}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(number))
    return folder


def stored(client: Client) -> list[tuple[str, bytes]]:
    rows = client.list_rows("digits", columns=["source_name", "image"])
    return [(row.values["source_name"], row.values["image"]) for row in rows]


def files(folder: Path) -> list[tuple[str, bytes]]:
    paths = sorted(folder.glob("*/*.png"))
    return [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]


def test_two_folders_each_arrive_once_and_in_their_order(ingest, tmp_path):
    folders = [write_images(tmp_path / "one", 1_200), write_images(tmp_path / "other", 1_200, first=5_000)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: ingest(n, folders[n], append=True), range(2)))
    found = stored(ingest.clients[0])
    assert len(found) == 2_400
    for folder in folders:
        wanted = files(folder)
        assert [row for row in found if row in set(wanted)] == wanted


def test_one_folder_sent_by_two_arrives_once(ingest, tmp_path):
    folder = write_images(tmp_path / "images", FILE_COUNT)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: ingest(n, folder, append=False), range(2)))
    assert stored(ingest.clients[0]) == files(folder)


def test_a_table_that_others_made_is_not_ingested_into(start_service, database_url, plain_sql, tmp_path):
    service = start_service("--database-url", database_url)
    plain_sql("CREATE TABLE digits (a INTEGER)")
    with (
        Client(service.address, NOBODY) as client,
        pytest.raises(InvalidInput, match="the table has no column label, image"),
    ):
        client.ingest("digits", write_images(tmp_path / "images", 3))
