"""All rows of a table, view or query read once: the same values from every engine, of one moment, as given.

Expected are the values of `tests.awkward` and those written by plain SQL here.
"""

import itertools
import threading
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from tablefit.errors import Unavailable, WrongState

from data_service.chunks import IncomingChunk
from data_service.columns import ColumnArray, to_microseconds
from data_service.ingest import Ingest, Start
from data_service.readers import Readers
from data_service.schema import Column, ColumnType, NewTable, TableKind
from data_service.store import open_store
from data_service.store.packed_reading import read_packed
from data_service.store.source import Source, source_of
from data_service.tables import Tables
from data_service.verification import RowVerifier
from tests import awkward
from tests.image_files import png


def keep_on() -> None:
    """Never asks a reading to stop."""


def read(store, name, columns=None, check=keep_on):
    """Ids, and each column's values as a list with None for NULL."""
    table = store.get_table(name)
    chosen = table.columns if columns is None else [c for c in table.columns if c.name in columns]
    return joined(store.read_all_rows(table, chosen, check), [column.name for column in chosen])


def joined(batches, names):
    ids, found = [], {name: [] for name in names}
    for batch in batches:
        ids += batch.ids.tolist()
        for name in names:
            array = batch.columns[name]
            values = array.values if isinstance(array.values, list) else array.values.tolist()
            nulls = [False] * len(values) if array.is_null is None else array.is_null.tolist()
            assert len(values) == len(nulls) == batch.row_count
            found[name] += [None if null else value for value, null in zip(values, nulls, strict=True)]
    return ids, found


def fill(store, name, columns, arrays, row_count):
    Tables(store, Readers()).create(name, TableKind.GENERAL, "", "", columns)
    step = 4000
    messages = [
        IncomingChunk(
            number,
            min(step, row_count - start),
            [],
            {
                key: ColumnArray(
                    array.values[start : start + step],
                    None if array.is_null is None else array.is_null[start : start + step],
                )
                for key, array in arrays.items()
            },
        )
        for number, start in enumerate(range(0, row_count, step))
    ]
    answers = list(Ingest(store, RowVerifier(store)).run(iter([Start(name, "u"), *messages])))
    assert sum(len(answer.record.rejections) for answer in answers[1:]) == 0


def test_awkward_values_arrive_equal_from_every_engine(store):
    fill(store, "things", awkward.COLUMNS, awkward.arrays(), awkward.ROW_COUNT)
    ids, found = read(store, "things")
    assert ids == found.pop("id") == list(range(1, awkward.ROW_COUNT + 1))
    expected = {
        "whole": awkward.WHOLE,
        "real 100%(x)s": awkward.REAL,
        "yes`no": awkward.YES,
        'a "text": :t': awkward.TEXTS,
        "select": awkward.CATEGORIES,
        "Zeit": list(map(to_microseconds, awkward.TIMES)),
        "raw": awkward.RAW,
        "picture": awkward.PICTURES,
        "one": awkward.ONE.tolist(),
    }
    floats = found.pop("floats")
    assert found == {name: [*values, None] for name, values in expected.items()}
    np.testing.assert_array_equal(np.array(floats[:-1], np.float32), awkward.FLOATS)
    assert floats[-1] is None


def test_doubles_of_any_bits_arrive_equal(store):
    bits = np.random.default_rng(7).integers(0, 2**64, 20_000, dtype=np.uint64, endpoint=False)
    values = bits.view(np.float64)
    values = values[np.isfinite(values)]
    fill(store, "numbers", (Column("x", ColumnType.FLOAT, False),), {"x": ColumnArray(values)}, len(values))
    ids, found = read(store, "numbers", ["x"])
    assert ids == list(range(1, len(values) + 1))
    assert found["x"] == values.tolist()


@pytest.mark.parametrize("key", ["k INTEGER NOT NULL PRIMARY KEY, ", ""])
def test_many_doubles_with_nulls_arrive_equal(store, plain_sql, key):
    names = [f"c{place}" for place in range(53)]
    # Few digits: SQLite reads long ones from text not quite exactly.
    numbers = np.random.default_rng(8).integers(-(2**40), 2**40, (300, 53)) / 8
    lacks = np.random.default_rng(9).random((300, 53)) < np.linspace(0, 1, 53)
    rows = [
        [None if null else value for value, null in zip(*row, strict=True)]
        for row in zip(numbers.tolist(), lacks.tolist(), strict=True)
    ]
    plain_sql(f"CREATE TABLE nulls ({key}{', '.join(f'{name} DOUBLE' for name in names)})")
    literals = [[*([str(n)] if key else []), *map(repr, row)] for n, row in enumerate(rows)]
    values = ", ".join(f"({', '.join(row)})" for row in literals).replace("None", "NULL")
    plain_sql(f"INSERT INTO nulls VALUES {values}")
    ids, found = read(store, "nulls", names)
    assert ids == list(range(0 if key else 1, 300 + (0 if key else 1)))
    assert found == dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def test_doubles_whose_digits_the_server_bounds_arrive_as_it_writes_them(database_server, tmp_path):
    url = database_server.create_database()
    name = url.rpartition("/")[2]
    store = open_store(url, datasets_folder=tmp_path)
    try:
        database_server.execute(f"CREATE TABLE {name}.t (id INT PRIMARY KEY, m DOUBLE(10,2), f FLOAT(7,3), s FLOAT)")
        database_server.execute(
            f"INSERT INTO {name}.t VALUES (1, 0.1, 0.333, 0.1), (2, 0.1, NULL, NULL), (3, 0.2, 1, 2)"
        )
        queries = store.queries
        query = "SELECT AVG(m) AS a, MAX(f) + 0e0 AS f, MAX(s) AS s FROM t"
        queries.add(queries.make("means", query, "", queries.describe(query), ("", "")))
        tenth, third = np.array([0.1, 0.333], np.float32).tolist()
        assert read(store, "t") == (
            [1, 2, 3],
            {"id": [1, 2, 3], "m": [0.1, 0.1, 0.2], "f": [third, None, 1], "s": [tenth, None, 2]},
        )
        assert read(store, "means") == ([1], {"a": [0.133333], "f": [1], "s": [2]})
    finally:
        store.close()
        database_server.drop_database(url)


def test_an_image_table_is_read_whole(store):
    store.create_table(NewTable("digits", TableKind.IMAGE, "", ""))
    images = [png(seed) for seed in range(40)]
    labels = [("Cat", "cat", "café", "cafe\u0301")[seed % 4] for seed in range(40)]
    chunk = IncomingChunk(
        0, 40, [f"{n}.png" for n in range(40)], {"label": ColumnArray(labels), "image": ColumnArray(images)}
    )
    list(Ingest(store, RowVerifier(store)).run(iter([Start("digits", "u"), chunk])))
    ids, found = read(store, "digits", ["label", "image", "width"])
    assert ids == list(range(1, 41))
    assert found == {"label": labels, "image": images, "width": [6] * 40}


def test_ids_come_in_order_whatever_they_are(store, plain_sql):
    plain_sql("CREATE TABLE sparse (k BIGINT NOT NULL PRIMARY KEY, v INT)")
    keys = [-(2**63), -5, 0, 3, 2**40, 2**63 - 1]
    for key in reversed(keys):
        plain_sql(f"INSERT INTO sparse VALUES ({key}, {key % 7})")
    assert read(store, "sparse", ["v"]) == (keys, {"v": [key % 7 for key in keys]})


def test_an_empty_table_has_no_batches(store, plain_sql):
    plain_sql("CREATE TABLE empty_ (k INTEGER NOT NULL PRIMARY KEY, v INT)")
    plain_sql("CREATE TABLE unkeyed (v INT)")
    for name in ("empty_", "unkeyed"):
        table = store.get_table(name)
        assert list(store.read_all_rows(table, table.columns, keep_on)) == []


def many_rows(plain_sql, name="many", key="k BIGINT NOT NULL PRIMARY KEY", count=20_000):
    plain_sql(f"CREATE TABLE {name} ({key}, v VARCHAR(40))")
    for start in range(0, count, 5000):
        values = ", ".join(f"({n}, 'row {n}')" for n in range(start, start + 5000))
        plain_sql(f"INSERT INTO {name} VALUES {values}")


@pytest.mark.parametrize("key", ["k BIGINT NOT NULL PRIMARY KEY", "k BIGINT"])
def test_rows_that_others_change_in_the_middle_are_read_as_they_were(store, plain_sql, key):
    many_rows(plain_sql, key=key)
    table = store.get_table("many")
    batches = store.read_all_rows(table, table.columns, keep_on)
    first = next(batches)
    plain_sql("DELETE FROM many WHERE k BETWEEN 100 AND 15000")
    plain_sql("UPDATE many SET v = 'changed'")
    plain_sql("INSERT INTO many VALUES (-1, 'new'), (99999, 'new')")
    ids, found = joined(itertools.chain([first], batches), ["k", "v"])
    assert found["k"] == list(range(20_000))
    assert found["v"] == [f"row {n}" for n in range(20_000)]
    assert ids == (found["k"] if "PRIMARY" in key else list(range(1, 20_001)))


def test_batches_hold_a_few_thousand_rows_and_a_few_megabytes(store, plain_sql):
    many_rows(plain_sql)
    table = store.get_table("many")
    assert max(batch.row_count for batch in store.read_all_rows(table, table.columns, keep_on)) <= 8192
    plain_sql("CREATE TABLE wide (k INTEGER NOT NULL PRIMARY KEY, v TEXT)" if store.limit_statement_bytes is None else
              "CREATE TABLE wide (k INTEGER NOT NULL PRIMARY KEY, v LONGTEXT)")  # fmt: skip
    for n in range(24):
        plain_sql(f"INSERT INTO wide VALUES ({n}, '{'x' * 700_000}{n}')")
    wide = store.get_table("wide")
    batches = list(store.read_all_rows(wide, wide.columns, keep_on))
    assert joined(batches, ["v"])[1]["v"] == ["x" * 700_000 + str(n) for n in range(24)]
    assert len(batches) > 1 or store.limit_statement_bytes is None


def test_a_row_too_large_for_a_packed_value_is_read_by_itself(database_server):
    url = database_server.create_database()
    database_server.execute(f"CREATE TABLE {url.rpartition('/')[2]}.t (k INT PRIMARY KEY, a LONGBLOB, b LONGTEXT)")
    large = bytes(range(256)) * 12_000
    with database_server.connect(url.rpartition("/")[2]) as connection, connection.cursor() as cursor:
        for n in range(4):
            cursor.execute("INSERT INTO t VALUES (%s, _binary %s, %s)", (n, large[n:], "é" * (n * 750_000)))
        cursor.execute("INSERT INTO t VALUES (9, NULL, NULL)")
    store = open_store(url)
    try:
        ids, found = read(store, "t", ["a", "b"])
    finally:
        store.close()
        database_server.drop_database(url)
    assert ids == [0, 1, 2, 3, 9]
    assert found["a"] == [large, large[1:], large[2:], large[3:], None]
    assert found["b"] == ["", *("é" * (n * 750_000) for n in (1, 2, 3)), None]


def test_packed_ranges_and_single_rows_give_equal_values(database_server):
    url = database_server.create_database()
    store = open_store(url)
    try:
        fill(store, "things", awkward.COLUMNS, awkward.arrays(), awkward.ROW_COUNT)
        entry = store.find_table("things")
        ranged = source_of(entry, "`", 60)
        single = Source(ranged.name, f"(SELECT * FROM {ranged.from_sql} ORDER BY id LIMIT 1000) AS q")
        found = []
        for source in (ranged, single):
            with store._database.pinned() as connection:
                found.append(joined(read_packed(connection, source, entry.columns), awkward.NAMES))
        found[0][1].pop("floats"), found[1][1].pop("floats")
        assert found[0] == found[1]
    finally:
        store.close()
        database_server.drop_database(url)


def test_a_reader_that_stops_early_closes_its_connection(database_server):
    url = database_server.create_database()
    name = url.rpartition("/")[2]
    store = open_store(url)
    try:
        database_server.execute(f"CREATE TABLE {name}.t (v VARCHAR(200))")
        rows = ", ".join(f"('{n:0200}')" for n in range(5000))
        for _ in range(8):
            database_server.execute(f"INSERT INTO {name}.t VALUES {rows}")
        table = store.get_table("t")
        batches = store.read_all_rows(table, table.columns, keep_on)
        next(batches)
        begun = time.monotonic()
        batches.close()
        assert time.monotonic() - begun < 5
        # Rows can be altered at once only when nobody reads them.
        database_server.execute(f"ALTER TABLE {name}.t ADD COLUMN w INT")
    finally:
        store.close()
        database_server.drop_database(url)


def test_what_check_raises_ends_the_reading(store, plain_sql):
    many_rows(plain_sql)

    def refuse():
        raise Unavailable("the caller went away")

    with pytest.raises(Unavailable, match="went away"):
        read(store, "many", check=refuse)
    assert len(read(store, "many")[0]) == 20_000


def test_a_killed_connection_is_unavailable_and_the_next_reading_works(database_server):
    url = database_server.create_database()
    name = url.rpartition("/")[2]
    store = open_store(url)
    try:
        database_server.execute(f"CREATE TABLE {name}.t (k INT PRIMARY KEY, v VARCHAR(200))")
        for start in range(0, 40_000, 5000):
            rows = ", ".join(f"({n}, '{n:0200}')" for n in range(start, start + 5000))
            database_server.execute(f"INSERT INTO {name}.t VALUES {rows}")
        table = store.get_table("t")
        batches = store.read_all_rows(table, table.columns, keep_on)
        next(batches)
        for (number,) in database_server.execute(
            "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = %s AND ID <> CONNECTION_ID()", (name,)
        ):
            database_server.execute(f"KILL {number}")
        with pytest.raises(Unavailable):
            list(batches)
        assert len(read(store, "t")[0]) == 40_000
    finally:
        store.close()
        database_server.drop_database(url)


def test_a_value_that_does_not_fit_is_refused_by_row_and_column(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 't.db'}")
    run = store._database.write
    statements = {
        "i": ("INTEGER", "'x'", "a value of type str"),
        "f": ("REAL", "'x'", "a value of type str"),
        "e": ("REAL", "9e999", "inf"),
        "b": ("BOOLEAN", "2", "2, which is neither"),
        "t": ("TEXT", "x'00'", "a value of type bytes"),
        "d": ("DATETIME", "'now'", "not written as a time"),
        "y": ("DATETIME", "'2024-02-30'", "no time of the years"),
        "r": ("BLOB", "'x'", "a value of type str"),
    }
    for name, (kind, value, what) in statements.items():
        for statement in (
            f"CREATE TABLE {name} (k INTEGER PRIMARY KEY, v {kind})",
            f"INSERT INTO {name} VALUES (4, NULL), (7, {value})",
        ):
            run(lambda connection, statement=statement: connection.exec_driver_sql(statement))
        with pytest.raises(WrongState, match=rf"Row 7 of '{name}' holds .*{what}.* in its column 'v'"):
            read(store, name)
    store.close()


def test_dates_that_are_none_and_integers_that_are_too_large_are_refused(database_server):
    url = database_server.create_database()
    name = url.rpartition("/")[2]
    store = open_store(url)
    try:
        with database_server.connect(name) as connection, connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = ''")
            cursor.execute("CREATE TABLE d (k INT PRIMARY KEY, v DATE)")
            cursor.execute("INSERT INTO d VALUES (1, '2024-01-01'), (2, '0000-00-00')")
            cursor.execute("CREATE TABLE u (v BIGINT UNSIGNED)")
            cursor.execute("INSERT INTO u VALUES (1), (18446744073709551615)")
        with pytest.raises(WrongState, match="Row 2 of 'd' holds '0000-00-00', which is no time"):
            read(store, "d")
        with pytest.raises(WrongState, match="Row 2 of 'u' holds 18446744073709551615, an integer of more than 64"):
            read(store, "u")
    finally:
        store.close()
        database_server.drop_database(url)


def test_two_readings_go_on_at_once(store, plain_sql):
    many_rows(plain_sql)
    found = []
    threads = [threading.Thread(target=lambda: found.append(read(store, "many"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [len(ids) for ids, _ in found] == [20_000] * 3
    assert found[0] == found[1] == found[2]


def test_times_of_any_year_arrive_in_microseconds(store, plain_sql):
    is_sqlite = store.limit_statement_bytes is None
    plain_sql(f"CREATE TABLE times (k INTEGER NOT NULL PRIMARY KEY, t {'DATETIME' if is_sqlite else 'DATETIME(6)'})")
    texts = ["0001-01-01 00:00:00.000001", "9999-12-31 23:59:59.999999", "1969-12-31 23:59:59.500000"]
    for place, text in enumerate(texts):
        plain_sql(f"INSERT INTO times VALUES ({place}, '{text}')")
    expected = [to_microseconds(datetime.fromisoformat(text).replace(tzinfo=UTC)) for text in texts]
    assert read(store, "times", ["t"]) == ([0, 1, 2], {"t": expected})


@pytest.mark.parametrize("engine_name", ["mysql", "mariadb"])
def test_a_table_without_transactions_is_read_in_one_state(store, plain_sql):
    many_rows(plain_sql)
    plain_sql("ALTER TABLE many ENGINE = MyISAM")
    table = store.get_table("many")
    batches = store.read_all_rows(table, table.columns, keep_on)
    first = next(batches)
    # The server lets others change such a table only when all of its rows are on their way.
    change = threading.Thread(target=plain_sql, args=("UPDATE many SET v = 'changed'",))
    change.start()
    ids, found = joined(itertools.chain([first], batches), ["v"])
    change.join(60)
    assert not change.is_alive()
    assert ids == list(range(20_000))
    assert found["v"] == [f"row {n}" for n in range(20_000)]
