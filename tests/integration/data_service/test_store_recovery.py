"""What a service that died while it created, renamed or deleted a table leaves behind is mended.

MySQL commits such statements at once, so a change can be cut off between its steps. The states in between are written
here as the service would have left them. On SQLite a change is one transaction, and there are none.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from tablefit.errors import NotFound, PermissionDenied, TooBusy

from data_service.schema import Chunk, ImageRow, NewTable, TableKind
from data_service.store import open_store
from tests.stored_rows import labels
from tests.waiting import wait_until

pytestmark = pytest.mark.long


@pytest.fixture
def engine_name(database_server):
    return database_server.engine


@pytest.fixture
def run_sql(database_server, database_url):
    database = database_url.rpartition("/")[2]

    def run(statement):
        with database_server.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute("SET SESSION lock_wait_timeout = 20")
            cursor.execute(statement)
            return list(cursor.fetchall())

    return run


def new(name, request_id=""):
    return NewTable(name, TableKind.IMAGE, "", request_id)


def store_row(store, table):
    row = ImageRow("a", b"x", 1, 1, 1, "image/png", "ab" * 32, "a.png")
    store.append_chunk(table.table_id, "u", Chunk(0, "00" * 32, (row,), ()))


def sql_tables(run_sql):
    return sorted(name for (name,) in run_sql("SHOW TABLES") if not name.startswith("tablefit_"))


def catalogue(run_sql):
    return run_sql("SELECT name, state, pending_name FROM tablefit_tables ORDER BY name")


@pytest.fixture(params=["at the next start", "at the next change"])
def mend(request, store, database_url):
    """Lets the store mend, in each of the two ways."""

    def at_start():
        open_store(database_url).close()

    def at_change():
        store.delete_table(store.create_table(new("another")).table_id)

    return at_start if request.param == "at the next start" else at_change


def test_a_table_that_was_about_to_be_created_never_was(store, mend, run_sql):
    store.create_table(new("digits", "r"))
    run_sql("UPDATE tablefit_tables SET state = 'creating'")
    run_sql("DROP TABLE digits")
    with pytest.raises(NotFound):
        store.get_table("digits")
    mend()
    assert catalogue(run_sql) == []
    assert store.create_table(new("digits", "r")).row_count == 0


def test_a_table_whose_creation_was_not_answered_is_dropped(store, mend, run_sql):
    store.create_table(new("digits"))
    run_sql("UPDATE tablefit_tables SET state = 'creating'")
    with pytest.raises(NotFound):
        store.get_table("digits")
    mend()
    assert (catalogue(run_sql), sql_tables(run_sql)) == ([], [])


def test_a_table_that_somebody_else_made_under_the_name_in_the_meantime_is_kept(store, mend, run_sql):
    for state in ("creating", "deleting"):
        table = store.create_table(new("digits"))
        run_sql(f"UPDATE tablefit_tables SET state = '{state}'")
        run_sql("DROP TABLE digits")
        run_sql("CREATE TABLE digits (n INT)")
        mend()
        assert (catalogue(run_sql), sql_tables(run_sql)) == ([], ["digits"])
        run_sql("DROP TABLE digits")
        with pytest.raises(NotFound):
            store.get_table_by_id(table.table_id)


@pytest.mark.parametrize("is_dropped", [False, True])
def test_a_deletion_is_carried_through(store, mend, run_sql, is_dropped):
    store_row(store, store.create_table(new("digits")))
    run_sql("UPDATE tablefit_tables SET state = 'deleting'")
    if is_dropped:
        run_sql("DROP TABLE digits")
    with pytest.raises(NotFound):
        store.get_table("digits")
    mend()
    assert (catalogue(run_sql), sql_tables(run_sql)) == ([], [])
    assert run_sql(
        "SELECT (SELECT count(*) FROM tablefit_uploads) + (SELECT count(*) FROM tablefit_upload_chunks)"
    ) == [(0,)]


@pytest.mark.parametrize("is_renamed", [False, True])
def test_a_rename_ends_with_the_name_that_the_table_has(store, mend, run_sql, is_renamed):
    table = store.create_table(new("digits"))
    store_row(store, table)
    run_sql("UPDATE tablefit_tables SET pending_name = 'letters', pending_key = 'letters'")
    if is_renamed:
        run_sql("RENAME TABLE digits TO letters")
    name = "letters" if is_renamed else "digits"
    mend()
    assert catalogue(run_sql) == [(name, "ready", None)]
    assert store.get_table(name).table_id == table.table_id


@pytest.mark.parametrize("call", ["get old", "get new", "scan", "append", "list"])
def test_a_rename_is_mended_by_the_next_call_on_the_table(store, run_sql, call):
    table = store.create_table(new("digits"))
    store_row(store, table)
    run_sql("UPDATE tablefit_tables SET pending_name = 'letters', pending_key = 'letters'")
    run_sql("RENAME TABLE digits TO letters")
    if call == "get old":
        with pytest.raises(NotFound):
            store.get_table("digits")
    elif call == "get new":
        assert store.get_table("letters").row_count == 1
    elif call == "scan":
        assert labels(store, table) == ["a"]
    elif call == "append":
        row = ImageRow("b", b"y", 1, 1, 1, "image/png", "ab" * 32, "b.png")
        store.append_chunk(table.table_id, "u", Chunk(1, "00" * 32, (row,), ()))
        assert labels(store, table) == ["a", "b"]
    else:
        assert [found.name for found in store.describe_entries(store.list_entries(("", ""), 10))] == ["letters"]
    assert catalogue(run_sql) == [("letters", "ready", None)]


def test_another_service_leaves_a_creation_under_way_alone(store, database_url, database_server, run_sql):
    """Its CREATE waits behind a lock of this test; a second service starts and works meanwhile, and mends nothing."""
    store.create_table(new("blocked"))
    with database_server.connect(database_url.rpartition("/")[2]) as blocker, blocker.cursor() as cursor:
        blocker.begin()
        cursor.execute("SELECT * FROM blocked")
        with ThreadPoolExecutor(2) as pool:
            renaming = pool.submit(store.update_table, "blocked", new_name="free")
            wait_until(lambda: is_waiting_for_a_table(database_server))
            assert catalogue(run_sql) == [("blocked", "ready", "free")]
            starting = pool.submit(open_store, database_url)
            wait_until(lambda: is_waiting_for_the_right_to_change(database_server))
            assert catalogue(run_sql) == [("blocked", "ready", "free")]
            blocker.rollback()
            assert renaming.result(60).name == "free"
            second = starting.result(60)
    assert second.get_table("free").row_count == 0
    second.close()


def test_a_table_in_use_by_others_is_busy_and_stays(store, database_url, database_server):
    table = store.create_table(new("digits"))
    store_row(store, table)
    with database_server.connect(database_url.rpartition("/")[2]) as reader, reader.cursor() as cursor:
        reader.begin()
        cursor.execute("SELECT * FROM digits")
        with pytest.raises(TooBusy):
            store.update_table("digits", new_name="letters")
        with pytest.raises(TooBusy):
            store.delete_table(table.table_id)
        assert store.get_table("digits").row_count == 1
        assert store.create_table(new("others")).row_count == 0


@pytest.mark.parametrize("state", ["deleting", "creating"])
def test_a_table_in_use_by_others_is_mended_later_and_hinders_no_other(
    store, database_url, database_server, run_sql, state
):
    store_row(store, store.create_table(new("digits")))
    run_sql(f"UPDATE tablefit_tables SET state = '{state}'")
    with database_server.connect(database_url.rpartition("/")[2]) as reader, reader.cursor() as cursor:
        reader.begin()
        cursor.execute("SELECT * FROM digits")
        assert store.create_table(new("others")).row_count == 0
    if state == "deleting":
        assert store.get_table("digits").row_count == 1
    else:
        store.delete_table(store.get_table("others").table_id)
        assert catalogue(run_sql) == []


def test_an_account_that_may_not_drop_tables_keeps_them_and_changes_others(database_server, database_url, run_sql):
    url = database_server.create_account("secret", database_url, grant="SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER")
    with closing(open_store(url)) as store:
        table = store.create_table(new("digits"))
        store_row(store, table)
        for refused in (lambda: store.delete_table(table.table_id), lambda: store.update_table("digits", new_name="a")):
            with pytest.raises(PermissionDenied):
                refused()
        assert store.get_table("digits").row_count == 1
        assert store.create_table(new("letters")).name == "letters"
    assert [row[1] for row in catalogue(run_sql)] == ["ready", "ready"]


def processes(server):
    return [str(state) for (state,) in server.execute("SELECT STATE FROM information_schema.PROCESSLIST")]


def is_waiting_for_a_table(server):
    return any("metadata lock" in state for state in processes(server))


def is_waiting_for_the_right_to_change(server):
    return any("User lock" in state or "user lock" in state.lower() for state in processes(server))
