"""Tables and views that others made: found, described and read with no import, and never changed unasked."""

import grpc
import numpy as np
import pytest
from tablefit.errors import NotFound, PermissionDenied
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

from data_service.columns import to_microseconds
from data_service.filters import Comparator, Comparison
from data_service.readers import Readers
from data_service.row_changes import Selection
from data_service.row_pages import PageRequest
from data_service.rows import Rows
from data_service.schema import ColumnType, NewTable, Row, TableKind, TableOrigin
from data_service.store import open_store
from data_service.tables import Tables
from data_service.verification import RowVerifier
from tests.image_files import png
from tests.integration.data_service.test_reading import read

ODD_NAMES = ["two words", 'a "quoted" name', "back`tick", "select", "Größe", "percent %s %% :x", "semi;colon--"]

# (declaration, value as SQL, type, value as read)
MYSQL_COLUMNS = {
    "ti": ("TINYINT(1)", "127", ColumnType.INTEGER, 127),
    "bi": ("BIGINT", "-9223372036854775808", ColumnType.INTEGER, -(2**63)),
    "ub": ("BIGINT UNSIGNED", "9223372036854775807", ColumnType.INTEGER, 2**63 - 1),
    "zf": ("INT(6) ZEROFILL", "42", ColumnType.INTEGER, 42),
    "b1": ("BIT(1)", "b'1'", ColumnType.BOOLEAN, True),
    "b9": ("BIT(9)", "b'100000001'", ColumnType.INTEGER, 257),
    "f": ("FLOAT", "0.1", ColumnType.FLOAT, float(np.float32(0.1))),
    "f8": ("FLOAT", "16777217", ColumnType.FLOAT, 16777216.0),
    "d": ("DOUBLE", "0.30000000000000004", ColumnType.FLOAT, 0.1 + 0.2),
    "dn": ("DOUBLE", "4.9406564584124654e-324", ColumnType.FLOAT, 5e-324),
    "dz": ("DOUBLE", "-0e0", ColumnType.FLOAT, 0.0),
    "de": ("DECIMAL(30,10)", "12345678901234567890.0123456789", ColumnType.FLOAT, 12345678901234567890.0123456789),
    "c": ("CHAR(5)", "'ab  '", ColumnType.CATEGORY, "ab"),
    "vc": ("VARCHAR(255)", "'tail  '", ColumnType.CATEGORY, "tail  "),
    "vl": ("VARCHAR(256)", "''", ColumnType.TEXT, ""),
    "la": ("VARCHAR(20) CHARACTER SET latin1", "'Müllß'", ColumnType.CATEGORY, "Müllß"),
    "gc": ("TEXT COLLATE utf8mb4_general_ci", "'cafe\u0301 😀'", ColumnType.TEXT, "cafe\u0301 😀"),
    "en": ("ENUM('Cat','dog')", "'Cat'", ColumnType.CATEGORY, "Cat"),
    "se": ("SET('x','y')", "'y,x'", ColumnType.TEXT, "x,y"),
    "js": ("JSON", "'[1]'", ColumnType.TEXT, "[1]"),
    "da": ("DATE", "'0001-01-01'", ColumnType.TIMESTAMP, -62_135_596_800_000_000),
    "dt": ("DATETIME(6)", "'9999-12-31 23:59:59.999999'", ColumnType.TIMESTAMP, 253_402_300_799_999_999),
    "ts": ("TIMESTAMP(6) NULL", "'2024-02-29 12:00:00.000001'", ColumnType.TIMESTAMP, 1_709_208_000_000_001),
    "tm": ("TIME(6)", "'-12:30:01.000001'", ColumnType.INTEGER, -45_001_000_001),
    "ye": ("YEAR", "2024", ColumnType.INTEGER, 2024),
    "vb": ("VARBINARY(300)", f"x'{bytes(range(256)).hex()}'", ColumnType.BYTES, bytes(range(256))),
    "bl": ("LONGBLOB", "x'FDFEFF00'", ColumnType.BYTES, b"\xfd\xfe\xff\0"),
}  # fmt: skip


def types_of(table):
    return {column.name: column.type for column in table.columns}


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_table_of_any_name_is_listed_and_read(store, database_url, engine_name, name):
    quote = '"' if engine_name == "sqlite" else "`"
    quoted = quote + name.replace(quote, quote * 2) + quote
    for statement in (
        f"CREATE TABLE {quoted} ({quoted} INTEGER NOT NULL PRIMARY KEY, v VARCHAR(9))",
        f"INSERT INTO {quoted} VALUES (4, 'x')",
    ):
        store._database.write(
            lambda c, text=statement: c.exec_driver_sql(text, execution_options={"no_parameters": True})
        )
    (entry,) = store.list_entries(("", ""), 10)
    table = store.get_table(entry.name)
    assert (table.name, table.origin, table.key_column, table.row_count) == (name, TableOrigin.DATABASE, name, 1)
    assert table.read_only
    assert read(store, name) == ([4], {name: [4], "v": ["x"]})
    assert store.get_table_by_id(table.table_id) == table


def test_the_layout_of_the_original_program_is_read_by_naming_its_columns(store, plain_sql, engine_name):
    blob = "BLOB"
    plain_sql(f"CREATE TABLE Digits (lable INT, picdata {blob}, datasize INT)")
    for seed in (3, 1):
        plain_sql(f"INSERT INTO Digits VALUES ({seed}, x'{png(seed).hex()}', {len(png(seed))})")
    table = store.get_table("digits")
    assert (table.name, table.key_column, table.row_count) == ("Digits", "", 2)
    assert types_of(table) == {
        "lable": ColumnType.INTEGER,
        "picdata": ColumnType.IMAGE,
        "datasize": ColumnType.INTEGER,
    }
    assert "judging by the first ones" in table.columns[1].description
    assert read(store, "Digits", ["lable", "picdata"]) == ([1, 2], {"lable": [3, 1], "picdata": [png(3), png(1)]})


def test_a_view_is_numbered_and_not_counted(store, plain_sql):
    plain_sql("CREATE TABLE t (k INTEGER NOT NULL PRIMARY KEY, v VARCHAR(20))")
    plain_sql("INSERT INTO t VALUES (5, 'a'), (7, NULL)")
    plain_sql("CREATE VIEW seen AS SELECT k * 2 AS twice, v FROM t")
    view = store.get_table("seen")
    assert (view.origin, view.key_column, view.row_count, view.read_only) == (TableOrigin.VIEW, "", -1, True)
    assert read(store, "seen") == ([1, 2], {"twice": [10, 14], "v": ["a", None]})


def test_own_tables_and_those_of_others_are_listed_together_by_pages(store, plain_sql):
    for name in ("b", "D"):
        store.create_table(NewTable(name, TableKind.IMAGE, "", ""))
    for name in ("a", "C", "e"):
        plain_sql(f"CREATE TABLE {name} (v INT)")
    plain_sql("CREATE VIEW f AS SELECT v FROM a")
    tables = Tables(store, Readers())
    found, token = [], ""
    while True:
        page = tables.list(2, token)
        found += [(table.name, table.origin.value) for table in page.tables]
        token = page.next_page_token
        if not token:
            break
    assert found == [
        ("a", "database"),
        ("b", "service"),
        ("C", "database"),
        ("D", "service"),
        ("e", "database"),
        ("f", "view"),
    ]
    assert [table.name for table in tables.list(0, "", [TableOrigin.VIEW]).tables] == ["f"]
    assert [table.name for table in tables.list(0, "", [TableOrigin.SERVICE]).tables] == ["b", "D"]


def test_a_unique_column_serves_as_the_key_only_where_it_is_an_integer_and_never_null(store, plain_sql):
    for name, columns, key in (
        ("one", "a INT NOT NULL UNIQUE, b INT", "a"),
        ("two", "a INT UNIQUE, b INT", ""),
        ("three", "a VARCHAR(9) NOT NULL PRIMARY KEY, b INT NOT NULL UNIQUE", "b"),
        ("four", "a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b)", ""),
        ("five", "a INT, b INT", ""),
    ):
        plain_sql(f"CREATE TABLE {name} ({columns})")
        assert store.get_table(name).key_column == key


def test_each_type_of_mysql_is_read_as_its_own(database_server):
    url = database_server.create_database()
    name = url.rpartition("/")[2]
    columns = MYSQL_COLUMNS
    store = open_store(url)
    try:
        with database_server.connect(name) as connection, connection.cursor() as cursor:
            cursor.execute("SET time_zone = '+00:00'")
            declared = ", ".join(f"{key} {kind}" for key, (kind, *_) in columns.items())
            cursor.execute(f"CREATE TABLE t (k INT PRIMARY KEY, {declared}, place POINT)")
            values = ", ".join(value for _, value, *_ in columns.values())
            cursor.execute(f"INSERT INTO t VALUES (1, {values}, NULL)")
            cursor.execute("INSERT INTO t (k) VALUES (2)")
        table = store.get_table("t")
        assert types_of(table) == {"k": ColumnType.INTEGER, **{key: kind for key, (_, _, kind, _) in columns.items()}}
        assert table.description == "Left out, for their types: place."
        expected = {key: [value, None] for key, (*_, value) in columns.items()}
        assert read(store, "t") == ([1, 2], {"k": [1, 2], **expected})
        database_server.execute(f"CREATE VIEW {name}.v AS SELECT * FROM {name}.t")
        assert types_of(store.get_table("v")) == types_of(table)
        assert read(store, "v") == ([1, 2], {"k": [1, 2], **expected})
        page = Rows(store, RowVerifier(store)).list(
            "t", PageRequest([key for key in columns if key not in ("vb", "bl")])
        )
        cells = dict(zip((column.name for column in page.columns), page.rows[0].cells, strict=True))
        shown = {key: cell if key not in ("da", "dt", "ts") else to_microseconds(cell) for key, cell in cells.items()}
        assert shown == {key: value for key, (*_, value) in columns.items() if key not in ("vb", "bl")}
    finally:
        store.close()
        database_server.drop_database(url)


def test_types_of_sqlite_follow_declarations_and_else_values(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 't.db'}")
    for statement in (
        (
            "CREATE TABLE t (a INTEGER PRIMARY KEY, b VARCHAR(10), c VARCHAR(500), d DOUBLE PRECISION, e BOOLEAN, "
            "f DATETIME, g, h, i BLOB, j NUMERIC(9,2), k)"
        ),
        "INSERT INTO t VALUES (1, 'x', 'y', 1, 1, '2024-02-29 12:00:00', 7, 'text', x'00', 2, NULL)",
        "CREATE VIEW v AS SELECT a + 0.5 AS half, g FROM t",
    ):
        store._database.write(lambda c, text=statement: c.exec_driver_sql(text))
    assert types_of(store.get_table("t")) == {
        "a": ColumnType.INTEGER,
        "b": ColumnType.CATEGORY,
        "c": ColumnType.TEXT,
        "d": ColumnType.FLOAT,
        "e": ColumnType.BOOLEAN,
        "f": ColumnType.TIMESTAMP,
        "g": ColumnType.INTEGER,
        "h": ColumnType.CATEGORY,
        "i": ColumnType.BYTES,
        "j": ColumnType.FLOAT,
    }
    assert store.get_table("t").description == "Left out, for their types: k."
    assert read(store, "v") == ([1], {"half": [1.5], "g": [7]})
    assert read(store, "t")[1]["f"] == [1_709_208_000_000_000]
    store.close()


def test_nothing_of_others_is_changed_unless_a_pattern_allows_it(database_url, plain_sql):
    for name in ("staging_a", "other"):
        plain_sql(f"CREATE TABLE {name} (k INTEGER NOT NULL PRIMARY KEY, v VARCHAR(20))")
        plain_sql(f"INSERT INTO {name} VALUES (1, 'x'), (2, 'y')")
    store = open_store(database_url, allow_changes=["staging_*"])
    rows = Rows(store, RowVerifier(store))
    with pytest.raises(PermissionDenied, match="start the service with --allow-changes"):
        rows.delete("other", Selection(ids=[1]), validate_only=False)
    with pytest.raises(PermissionDenied, match="--allow-changes"):
        store.delete_rows(store.get_table("other").table_id, [1], 10)
    with pytest.raises(PermissionDenied, match="did not make it"):
        Tables(store, Readers()).delete("staging_a")
    assert not store.get_table("staging_a").read_only
    assert rows.delete("staging_a", Selection(ids=[1]), validate_only=False) == 1
    chosen = Selection(filter=Comparison("v", Comparator.EQUAL, "y"))
    assert rows.update("staging_a", chosen, {"v": "z"}, validate_only=False) == 1
    assert rows.list("staging_a", PageRequest(["v"])).rows == [Row(2, ("z",))]
    store.close()
    assert plain_sql("SELECT k, v FROM other ORDER BY k") == [(1, "x"), (2, "y")]
    assert plain_sql("SELECT k, v FROM staging_a") == [(2, "z")]


@pytest.fixture
def reader_url(database_server):
    """The URL of a database with a table, under an account that may only select."""
    url = database_server.create_database()
    name = url.rpartition("/")[2]
    database_server.execute(f"CREATE TABLE {name}.t (k INT PRIMARY KEY, v VARCHAR(20))")
    database_server.execute(f"INSERT INTO {name}.t VALUES (1, 'a'), (2, 'b')")
    yield url, database_server.create_account("secret", url, grant="SELECT")
    database_server.drop_database(url)


def test_an_account_that_may_only_select_lists_and_reads(reader_url):
    _, limited = reader_url
    store = open_store(limited, "secret", allow_changes=["*"])
    assert [entry.name for entry in store.list_entries(("", ""), 10)] == ["t"]
    assert store.get_table("T").read_only
    assert read(store, "t") == ([1, 2], {"k": [1, 2], "v": ["a", "b"]})
    with pytest.raises(PermissionDenied, match="it needs the rights SELECT, INSERT, UPDATE, DELETE, CREATE"):
        store.create_table(NewTable("new", TableKind.IMAGE, "", ""))
    with pytest.raises(PermissionDenied):
        store.delete_rows(store.get_table("t").table_id, [1], 10)
    with pytest.raises(NotFound):
        store.get_table("missing")
    store.close()


def test_an_account_that_may_only_select_reads_tables_that_another_service_keeps(reader_url):
    full, limited = reader_url
    keeper = open_store(full)
    keeper.create_table(NewTable("digits", TableKind.IMAGE, "", ""))
    store = open_store(limited, "secret")
    assert [(entry.name, entry.origin.value) for entry in store.list_entries(("", ""), 10)] == [
        ("digits", "service"),
        ("t", "database"),
    ]
    assert store.get_table("digits").read_only
    with pytest.raises(PermissionDenied, match="needs the rights"):
        store.delete_table(store.get_table("digits").table_id)
    store.close()
    keeper.close()


def test_a_service_whose_account_may_only_select_answers_over_its_socket(start_service, reader_url):
    service = start_service("--database-url", reader_url[1])
    with grpc.insecure_channel(service.address) as channel:
        stub = DataServiceStub(channel)
        (table,) = stub.ListTables(pb.ListTablesRequest(origins=[pb.TABLE_ORIGIN_DATABASE])).tables
        assert (table.name, table.read_only, table.key_column, table.row_count) == ("t", True, "k", 2)
        with pytest.raises(grpc.RpcError) as caught:
            stub.CreateTable(pb.CreateTableRequest(table=pb.Table(name="x", kind=pb.TABLE_KIND_IMAGE)))
        assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
        assert "it needs the rights" in caught.value.details()
