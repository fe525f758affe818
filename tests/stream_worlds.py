"""Data services on each engine with equal tables, shared by the tests of a module.

digits   3,000 labelled images, labels that collations confuse
things   600 rows with columns of every type, values that engines disagree about, and NULLs
many     10,500 rows of numbers, classes, times and images, in several blocks of a snapshot
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sql
from PIL import Image
from tablefit.data import DataClient

from data_service.chunks import IncomingChunk
from data_service.columns import ColumnArray
from data_service.ingest import Ingest, Start
from data_service.schema import Column, ColumnType, NewTable, TableKind
from data_service.store import Store, open_store
from data_service.verification import RowVerifier
from tests import awkward
from tests.data_program import DataService, data_services
from tests.image_files import encode
from tests.stored_rows import append, create_table

DIGIT_COUNT, THING_COUNT, MANY_COUNT = 3000, 600, 10_500
# Collations take some of these for equal, and their order for another one.
LABELS = ("café", "Cat", "cafe", "cat", "cat ", "Straße", "strasse")
MANY_COLUMNS = (
    Column("n", ColumnType.INTEGER, False),
    Column("x", ColumnType.FLOAT, True),
    Column("kind", ColumnType.CATEGORY, True),
    Column("seen", ColumnType.TIMESTAMP, True),
    Column("face", ColumnType.IMAGE, True),
)
_CHUNK_ROWS = 1000


@dataclass
class World:
    """A service of its own on one engine, a client of it, and the database as another SQL client sees it."""

    engine: str
    url: str
    directory: Path
    service: DataService
    data: DataClient
    connections: sql.Engine

    def execute(self, statement: str, **values: object) -> list[Any]:
        """Runs a statement as another SQL client would."""
        with self.connections.begin() as connection:
            result = connection.execute(sql.text(statement), values)
            return list(result.all()) if result.returns_rows else []

    def delete_pixels(self) -> None:
        shutil.rmtree(self.directory / "pixels")

    def restart(self) -> None:
        self.service.end()
        self.service.start()


@contextmanager
def open_world(engine: str, url: str, folder: Path, *arguments: str, fill: Callable[[Store], None]) -> Iterator[World]:
    """A service on an empty database, into which `fill` puts tables first."""
    with closing(open_store(url)) as store:
        fill(store)
    with ExitStack() as stack:
        start = stack.enter_context(data_services(folder))
        directory = folder / "service"
        service = start("--database-url", url, *arguments, directory=directory)
        data = stack.enter_context(DataClient(service.address))
        connections = sql.create_engine(url)
        stack.callback(connections.dispose)
        yield World(engine, url, directory, service, data, connections)


def fill_all(store: Store) -> None:
    """All three tables."""
    fill_digits(store)
    fill_things(store)
    fill_many(store)


def fill_digits(store: Store, row_count: int = DIGIT_COUNT) -> None:
    append(store, create_table(store), [(label_of(number), image_of(number)) for number in range(row_count)])


def fill_things(store: Store) -> None:
    store.create_table(NewTable("things", TableKind.GENERAL, "", "", awkward.COLUMNS))
    send(store, "things", awkward.arrays(), awkward.ROW_COUNT)
    send(store, "things", _plain_things(THING_COUNT - awkward.ROW_COUNT), THING_COUNT - awkward.ROW_COUNT)


def fill_many(store: Store, row_count: int = MANY_COUNT, name: str = "many") -> None:
    store.create_table(NewTable(name, TableKind.GENERAL, "", "", MANY_COLUMNS))
    for start in range(0, row_count, _CHUNK_ROWS):
        count = min(_CHUNK_ROWS, row_count - start)
        send(store, name, many_columns(start, count), count)


def send(store: Store, table: str, columns: dict[str, ColumnArray], row_count: int) -> None:
    """Appends rows as an upload does."""
    upload_id = f"rows {store.get_table(table).row_count}"
    chunk = IncomingChunk(0, row_count, [], columns)
    (_, answer) = Ingest(store, RowVerifier(store)).run(iter([Start(table, upload_id), chunk]))
    assert answer.record.rejections == ()


def label_of(number: int) -> str:
    return LABELS[(3 * number + number // 10) % len(LABELS)]


def image_of(number: int, size: tuple[int, int] = (6, 5)) -> bytes:
    """An image whose pixels nothing but this line decides about."""
    pixels = (np.arange(size[0] * size[1]) * 7 + number * 13) % 256
    return encode(Image.fromarray(pixels.astype(np.uint8).reshape(size[1], size[0])))


_FACES = [image_of(number) for number in range(64)]


def many_columns(start: int, count: int) -> dict[str, ColumnArray]:
    """The rows of `many` with numbers from `start` on: ids are one more than numbers."""
    n = np.arange(start, start + count)
    seen = n * 60_000_000 + 1_700_000_000_000_000
    return {
        "n": ColumnArray(n),
        "x": ColumnArray(np.where(n % 11 == 0, 0.0, n / 7), n % 11 == 0),
        "kind": ColumnArray([kind_of(number) or "" for number in n.tolist()], n % 17 == 0),
        "seen": ColumnArray(np.where(n % 13 == 0, 0, seen), n % 13 == 0),
        "face": ColumnArray([b"" if k % 19 == 0 else _FACES[k % 64] for k in n.tolist()], n % 19 == 0),
    }


def kind_of(number: int) -> str | None:
    """The class of a row of `many`: three classes of unequal size, and NULL."""
    return None if number % 17 == 0 else ("rare" if number % 10 == 0 else ("some" if number % 3 == 0 else "often"))


def _plain_things(count: int) -> dict[str, ColumnArray]:
    rng = np.random.default_rng(5)

    def nulls() -> np.ndarray:
        return rng.random(count) < 0.1

    def picked(values: list[Any], empty: Any) -> ColumnArray:
        is_null = nulls()
        chosen = rng.integers(0, len(values), count)
        return ColumnArray(
            [empty if null else values[place] for place, null in zip(chosen, is_null, strict=True)], is_null
        )

    def drawn(values: np.ndarray) -> ColumnArray:
        is_null = nulls()
        values[is_null] = 0
        return ColumnArray(values, is_null)

    columns = (
        drawn(rng.integers(-(2**62), 2**62, count)),
        drawn(rng.normal(size=count) * 10.0 ** rng.integers(-300, 300, count)),
        drawn(rng.random(count) < 0.5),
        picked([text for text in awkward.TEXTS if len(text) < 100], ""),
        picked([text for text in awkward.CATEGORIES if len(text) < 100], ""),
        drawn(rng.integers(-(10**15), 10**16, count)),
        picked([raw for raw in awkward.RAW if len(raw) < 1000], b""),
        picked(awkward.PICTURES, b""),
        drawn(rng.normal(size=(count, 2, 3)).astype(np.float32)),
        drawn(rng.integers(0, 256, count).astype(np.uint8)),
    )
    return dict(zip(awkward.NAMES, columns, strict=True))
