"""Rows for tests that begin where ingestion ends: a store on SQLite, filled directly, changed by another SQL client."""

import hashlib
import itertools
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from tablefit.imaging import pixels

from data_service.schema import Cell, Chunk, ImageRow, NewTable, Row, Table, TableKind
from data_service.store import RowQuery, Store, open_store

DATABASE_FILE = "tables.db"
_uploads = itertools.count()


def open_sqlite(folder: Path) -> Store:
    """A store in `folder`; the caller closes it."""
    return open_store(f"sqlite:///{folder / DATABASE_FILE}")


def create_table(store: Store, name: str = "digits") -> Table:
    """An empty image table."""
    return store.create_table(NewTable(name, TableKind.IMAGE, "", ""))


def append(store: Store, table: Table, rows: Iterable[tuple[str, bytes]]) -> None:
    """Adds (label, encoded image) rows; their ids go on by one."""
    made = tuple(_image_row(label, image) for label, image in rows)
    store.append_chunk(table.table_id, f"test {next(_uploads)}", Chunk(0, "0" * 64, made, ()))


def read_rows(store: Store, table: Table, columns: Sequence[str]) -> list[Row]:
    """The named columns of all rows in order of id; there are few."""
    located = store.locate_rows(table.table_id, RowQuery(), None, 10_000)
    return store.read_rows(table.table_id, columns, [place.id for place in located])


def labels(store: Store, table: Table) -> list[Cell]:
    """The labels of an image table in order of id."""
    return [row.cells[0] for row in read_rows(store, table, ["label"])]


def execute(folder: Path, statement: str, *arguments: object) -> None:
    """Runs a statement as another SQL client would."""
    with sqlite3.connect(folder / DATABASE_FILE) as connection:
        connection.execute(statement, arguments)
    connection.close()


def _image_row(label: str, image: bytes) -> ImageRow:
    facts = pixels.inspect(image)
    return ImageRow(
        label=label,
        image=image,
        width=facts.width,
        height=facts.height,
        channels=facts.channels,
        media_type=facts.media_type,
        sha256=hashlib.sha256(image).hexdigest(),
        source_name="",
    )
