"""The table that the benchmarks of numbers work on, and what others do with it by PyMySQL.

    measurements    id, 20 doubles of full precision, 4 columns of categories; made by the server, equal on every run

It is made by SQL, as a table of somebody else, and never imported. Leaves the service to `ours`.
"""

import warnings
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeAlias

import pymysql
from pymysql.cursors import SSCursor

DOUBLES = tuple(f"d{number}" for number in range(20))
CLASS_COUNTS = {"weekday": 7, "country": 200, "colour": 12, "shop": 1_000}
COLUMNS = (*DOUBLES, *CLASS_COUNTS)
BATCH_ROWS = 1024
# Bytes of a row in a batch: id, doubles, codes of categories.
ROW_BYTES = 8 + 8 * len(DOUBLES) + 4 * len(CLASS_COUNTS)
_INSERTED_ROWS = 50_000
_FETCHED_ROWS = 1_000

Connection: TypeAlias = "pymysql.Connection[Any]"


@dataclass(frozen=True)
class TabularWork:
    """A table of that many rows."""

    row_count: int

    @property
    def name(self) -> str:
        """What the work is called."""
        return "tabular"

    @property
    def table(self) -> str:
        """What the table is called."""
        return f"measurements_{self.row_count}"


def tabular_work(row_count: int) -> TabularWork:
    """The table at the scale of `row_count` PNG files: a million rows for 60,000."""
    return TabularWork(max(10, row_count * 50 // 3))


def make_table(connection: Connection, work: TabularWork) -> None:
    """Makes the table, unless it is there."""
    doubles = ", ".join(f"{name} DOUBLE" for name in DOUBLES)
    texts = ", ".join(f"{name} VARCHAR(40)" for name in CLASS_COUNTS)
    connection.autocommit(True)
    with connection.cursor() as cursor:
        if cursor.execute("SHOW TABLES LIKE %s", (work.table,)):
            return
        cursor.execute(f"CREATE TABLE {work.table} (id INT PRIMARY KEY, {doubles}, {texts})")
        cursor.execute("SET SESSION cte_max_recursion_depth = %s", (_INSERTED_ROWS,))
        for first in range(1, work.row_count + 1, _INSERTED_ROWS):
            cursor.execute(_insert(work.table, first, min(first + _INSERTED_ROWS - 1, work.row_count)))


def read_by_pandas(database_url: str, work: TabularWork) -> float:
    """The usual way to numbers in memory: `pandas.read_sql`. Returns the seconds."""
    import pandas
    import sqlalchemy

    engine = sqlalchemy.create_engine(database_url)
    try:
        with engine.connect() as connection, warnings.catch_warnings():
            start = perf_counter()
            frame = pandas.read_sql(sqlalchemy.text(_select(work)), connection)
            seconds = perf_counter() - start
    finally:
        engine.dispose()
    assert frame.shape == (work.row_count, 1 + len(COLUMNS))
    return seconds


def fetch_bare(connection: Connection, work: TabularWork) -> float:
    """The driver alone: all rows from an unbuffered cursor, each forgotten at once. Returns the seconds."""
    start = perf_counter()
    count = 0
    with connection.cursor(SSCursor) as cursor:
        cursor.execute(_select(work))
        while rows := cursor.fetchmany(_FETCHED_ROWS):
            count += len(rows)
    assert count == work.row_count
    return perf_counter() - start


def _select(work: TabularWork) -> str:
    return f"SELECT id, {', '.join(COLUMNS)} FROM {work.table}"


def _insert(table: str, first: int, last: int) -> str:
    # Numbers whose shortest text has 16 or 17 digits, as measured ones have.
    doubles = [f"SIN(n * {0.7312 + number / 97}) * {10 ** (number % 5)}" for number in range(len(DOUBLES))]
    texts = [f"CONCAT('{name} ', n * 7919 % {count})" for name, count in CLASS_COUNTS.items()]
    return (
        f"INSERT INTO {table} WITH RECURSIVE numbers (n) AS (SELECT {first} UNION ALL "
        f"SELECT n + 1 FROM numbers WHERE n < {last}) SELECT n, {', '.join(doubles + texts)} FROM numbers"
    )
