"""Datasets from queries: made, described, listed, read, renamed and deleted; and what is refused on live servers."""

import threading

import pytest
from tablefit.errors import AlreadyExists, InvalidInput, NotFound, PermissionDenied, WrongState

from data_service.datasets import Datasets, NewDataset
from data_service.readers import Readers
from data_service.row_changes import Selection
from data_service.rows import Rows
from data_service.schema import ColumnType, NewTable, TableKind, TableOrigin
from data_service.store import open_store
from data_service.tables import Tables, TableUpdate
from data_service.verification import RowVerifier
from tests.image_files import png
from tests.integration.data_service.test_reading import read

JOIN = (
    "SELECT o.id AS number, c.name AS who, o.price * 1.5e0 AS price, c.picture FROM orders o "
    "LEFT JOIN customers c ON o.customer = c.id ORDER BY o.id DESC"
)


@pytest.fixture
def kept(database_url, plain_sql, tmp_path):
    """A store with a few tables made by hand, that keeps datasets."""
    plain_sql("CREATE TABLE customers (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40), picture BLOB)")
    plain_sql(f"INSERT INTO customers VALUES (1, 'Ann', x'{png(1).hex()}'), (2, 'Bob', x'{png(2).hex()}')")
    plain_sql("CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, customer INTEGER, price FLOAT)")
    plain_sql("INSERT INTO orders VALUES (10, 1, 0.5), (11, 2, 0.25), (12, 9, 4)")
    opened = open_store(database_url, datasets_folder=tmp_path / "datasets")
    yield opened
    opened.close()


def test_train_ready_rows_come_out_of_a_join(kept):
    made = Datasets(kept).create(NewDataset("sales", JOIN, "who buys"))
    assert (made.name, made.origin, made.read_only, made.row_count, made.key_column, made.description) == (
        "sales",
        TableOrigin.QUERY,
        True,
        -1,
        "",
        "who buys",
    )
    assert {column.name: column.type for column in made.columns} == {
        "number": ColumnType.INTEGER,
        "who": ColumnType.CATEGORY,
        "price": ColumnType.FLOAT,
        "picture": ColumnType.IMAGE,
    }
    assert read(kept, "sales") == (
        [1, 2, 3],
        {
            "number": [12, 11, 10],
            "who": [None, "Bob", "Ann"],
            "price": [6.0, 0.375, 0.75],
            "picture": [None, png(2), png(1)],
        },
    )


def test_a_dataset_is_listed_found_renamed_described_and_deleted_like_a_table(kept, database_url, tmp_path):
    made = Datasets(kept).create(NewDataset("Sales", "SELECT id FROM orders"))
    tables = Tables(kept, Readers())
    assert [table.name for table in tables.list(0, "").tables] == ["customers", "orders", "Sales"]
    assert tables.get("sales").table_id == made.table_id
    renamed = tables.update(TableUpdate("SALES", "buys", "all of them", ["name", "description"]))
    assert (renamed.name, renamed.description, renamed.table_id) == ("buys", "all of them", made.table_id)
    with pytest.raises(NotFound):
        tables.get("Sales")
    again = open_store(database_url, datasets_folder=tmp_path / "datasets") if "mysql" in database_url else kept
    assert again.get_table("buys") == renamed
    assert again.get_table_by_id(made.table_id) == renamed
    tables.delete("buys")
    with pytest.raises(NotFound):
        again.get_table("buys")
    if again is not kept:
        again.close()


def test_a_dataset_outlives_its_service(kept, database_url, tmp_path):
    made = Datasets(kept).create(NewDataset("sales", JOIN))
    kept.close()
    again = open_store(database_url, datasets_folder=tmp_path / "datasets")
    assert again.get_table("sales") == made
    assert read(again, "sales", ["number"])[1] == {"number": [12, 11, 10]}
    again.close()


def test_names_are_unique_among_tables_views_and_datasets(kept, plain_sql):
    plain_sql("CREATE VIEW seen AS SELECT id FROM orders")
    datasets = Datasets(kept)
    datasets.create(NewDataset("sales", "SELECT id FROM orders"))
    for name in ("Orders", "SEEN", "Sales"):
        with pytest.raises(AlreadyExists):
            datasets.create(NewDataset(name, "SELECT id FROM customers"))
    with pytest.raises(AlreadyExists):
        kept.create_table(NewTable("SALES", TableKind.IMAGE, "", ""))
    kept.create_table(NewTable("own", TableKind.IMAGE, "", ""))
    for name in ("SALES", "seen"):
        with pytest.raises(AlreadyExists):
            kept.update_table("own", new_name=name)
    for name in ("OWN", "orders"):
        with pytest.raises(AlreadyExists):
            kept.update_table("sales", new_name=name)


def test_a_repeated_request_returns_the_dataset_of_the_first(kept):
    datasets = Datasets(kept)
    wanted = NewDataset("sales", "SELECT id FROM orders", request_id="r")
    made = datasets.create(wanted)
    assert datasets.create(wanted) == made
    with pytest.raises(InvalidInput, match="request_id of its own"):
        datasets.create(NewDataset("other", "SELECT id FROM orders", request_id="r"))


def test_of_many_that_make_one_name_at_once_one_wins(kept):
    datasets = Datasets(kept)
    answers = []

    def make(number):
        try:
            answers.append(datasets.create(NewDataset("sales", f"SELECT id + {number} AS n FROM orders")).table_id)
        except AlreadyExists:
            answers.append(None)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 6
    assert [answer for answer in answers if answer] == [kept.get_table("sales").table_id]


def test_validate_only_describes_and_keeps_nothing(kept):
    shown = Datasets(kept).create(NewDataset("sales", JOIN, validate_only=True))
    assert [column.name for column in shown.columns] == ["number", "who", "price", "picture"]
    with pytest.raises(NotFound):
        kept.get_table("sales")


def test_a_dataset_is_changed_by_nobody(kept):
    Datasets(kept).create(NewDataset("sales", JOIN))
    with pytest.raises(PermissionDenied, match="it is a query"):
        Rows(kept, RowVerifier(kept)).delete("sales", Selection(ids=[1]), validate_only=False)


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("DELETE FROM orders", "expected a SELECT"),
        ("SELECT id FROM orders; SELECT id FROM orders", "expected one SELECT"),
        ("SELECT id FROM tablefit_tables", "reserved"),
        ("SELECT id FROM missing", "not one of them"),
        ("SELECT nothing FROM orders", "the database takes; it says: .*nothing"),
        ("SELECT id, customer AS ID FROM orders", "different names|name of its own"),
        ("SELECT o.*, c.* FROM orders o JOIN customers c ON o.customer = c.id", "name of its own|Duplicate column"),
        ("SELECT SLEEP(9) AS s FROM orders", "SLEEP"),
        ("SELECT LOAD_FILE('/etc/passwd') AS f FROM orders", "LOAD_FILE"),
        ("SELECT BENCHMARK(9, id) AS b FROM orders", "BENCHMARK"),
        ("SELECT GET_LOCK('x', 9) AS l FROM orders", "GET_LOCK"),
        ("SELECT @@version AS v FROM orders", "expected"),
        ("SELECT id FROM orders FOR UPDATE", "expected"),
        ("SELECT id FROM orders INTO OUTFILE '/tmp/x'", "INTO"),
        ("SELECT user AS u FROM mysql.user", "expected"),
        ("SELECT id /*! , SLEEP(9) AS s */ FROM orders", "comments|execute"),
        ("SELECT NULL AS n FROM orders", "whose types batches can hold"),
    ],
)
def test_what_may_not_run_is_refused_and_kept_nowhere(kept, query, what):
    with pytest.raises(InvalidInput, match=what) as caught:
        Datasets(kept).create(NewDataset("bad", query))
    assert caught.value.field == "query"
    with pytest.raises(NotFound):
        kept.get_table("bad")


def test_a_query_that_takes_too_long_is_ended(database_url, plain_sql, tmp_path):
    plain_sql("CREATE TABLE n (v INTEGER)")
    plain_sql(f"INSERT INTO n VALUES {', '.join(f'({v})' for v in range(2000))}")
    store = open_store(database_url, datasets_folder=tmp_path / "datasets", query_limit_s=1)
    endless = "SELECT a.v AS v FROM n a, n b, n c, n d WHERE a.v + b.v + c.v + d.v = -1"
    if store.limit_statement_bytes is None:
        # SQLite tells the types of a query by its first rows alone.
        with pytest.raises(InvalidInput, match="at most 1 seconds"):
            Datasets(store).create(NewDataset("endless", endless))
    else:
        Datasets(store).create(NewDataset("endless", endless))
        with pytest.raises(WrongState, match=r"took longer than 1 seconds.*--query-limit"):
            read(store, "endless")
    store.close()
