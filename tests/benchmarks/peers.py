"""What others do with the same images by PyMySQL and Pillow: the program that this one descends from, and bare SQL.

The table is the original's: `lable INT, picdata BLOB, datasize INT`, without a key. Each function does the work once
and returns the seconds that it took.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np
import pymysql
from PIL import Image

from tests.benchmarks.works import Work

CHUNK_ROWS = 1_000
_INSERT = "INSERT INTO pictures (lable, picdata, datasize) VALUES (%s, %s, %s)"

Connection: TypeAlias = "pymysql.Connection[Any]"


def make_table(connection: Connection) -> None:
    """An empty table in the original's layout, in place of the one that may be there."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pictures")
        # The original says BLOB; larger images need the larger type, which is as fast.
        cursor.execute("CREATE TABLE pictures (lable INT, picdata LONGBLOB, datasize INT)")


def insert_each(connection: Connection, folder: Path, limit_rows: int) -> tuple[float, int]:
    """The original's way in: one INSERT and one commit for each file. Returns the seconds and the rows."""
    start = perf_counter()
    count = 0
    connection.autocommit(True)
    with connection.cursor() as cursor:
        for row in _rows(folder):
            cursor.execute(_INSERT, row)
            count += 1
            if count == limit_rows:
                break
    return perf_counter() - start, count


def insert_chunks(connection: Connection, folder: Path) -> float:
    """Bare executemany: statements of many rows, a commit for each thousand."""
    start = perf_counter()
    connection.autocommit(False)
    with connection.cursor() as cursor:
        chunk = []
        for row in _rows(folder):
            chunk.append(row)
            if len(chunk) == CHUNK_ROWS:
                cursor.executemany(_INSERT, chunk)
                connection.commit()
                chunk = []
        if chunk:
            cursor.executemany(_INSERT, chunk)
        connection.commit()
    return perf_counter() - start


def read_all(connection: Connection, work: Work) -> float:
    """The original's way out: fetch all rows, decode one after the other, append, make one array."""
    start = perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT lable, picdata, datasize FROM pictures")
        rows = cursor.fetchall()
    images, labels = [], []
    for label, encoded, _ in rows:
        image = Image.open(io.BytesIO(encoded)).convert(work.mode)
        if image.size != (work.side, work.side):
            image = image.resize((work.side, work.side), Image.Resampling.BILINEAR)
        images.append(np.array(image))
        labels.append(label)
    pixels, codes = np.array(images), np.array(labels)
    seconds = perf_counter() - start
    assert len(pixels) == len(codes) == work.row_count
    return seconds


def _rows(folder: Path) -> Iterator[tuple[int, bytes, int]]:
    for label in sorted(os.listdir(folder)):
        for name in sorted(os.listdir(folder / label)):
            encoded = (folder / label / name).read_bytes()
            yield int(label), encoded, len(encoded)
