"""Tables in the store, on each engine."""

import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from tablefit.errors import AlreadyExists, InvalidInput, NotFound, PermissionDenied

from data_service.schema import IMAGE_COLUMNS, Chunk, ImageRow, NewTable, TableKind
from data_service.store import open_store
from tests.stored_rows import labels, read_rows


def new(name, request_id="", description=""):
    return NewTable(name, TableKind.IMAGE, description, request_id)


def names_of(store):
    return [entry.name for entry in store.list_entries(("", ""), 1000)]


def row(label="7"):
    return ImageRow(label, b"\x00image'\"\\\xff", 3, 2, 1, "image/png", "ab" * 32, "7/a.png")


def test_a_new_table_is_described_in_full(store):
    before = datetime.now(UTC)
    table = store.create_table(new("Digits", description="written by hand ✍"))
    assert table.name == "Digits"
    assert table.kind is TableKind.IMAGE
    assert table.description == "written by hand ✍"
    assert table.columns == IMAGE_COLUMNS
    assert table.row_count == 0
    assert table.create_time == table.update_time
    assert before <= table.create_time <= datetime.now(UTC)
    assert store.get_table("dIGITS") == table
    assert store.get_table_by_id(table.table_id) == table


def test_any_sql_client_can_read_the_rows(store, plain_sql, engine_name):
    table = store.create_table(new("select"))
    store.append_chunk(table.table_id, "u", Chunk(0, "00" * 32, (row("é😀"),), ()))
    quote = '"' if engine_name == "sqlite" else "`"
    columns = "id, label, image, width, height, channels, media_type, sha256, source_name"
    assert plain_sql(f"SELECT {columns} FROM {quote}select{quote}") == [
        (1, "é😀", b"\x00image'\"\\\xff", 3, 2, 1, "image/png", "ab" * 32, "7/a.png")
    ]


@pytest.mark.parametrize(
    "name", ["group", "42", "1e5", "0x10", "_", "ORDER", "数字", "données", "Ǆ", "İstanbul", "ﬁ", "x" * 64, "ж" * 64]
)
def test_any_allowed_name_works_for_all_that_a_table_is_for(store, name):
    table = store.create_table(new(name))
    store.append_chunk(table.table_id, "u", Chunk(0, "00" * 32, (row("a"), row("b")), ()))
    assert store.get_table(name).row_count == 2
    assert labels(store, table) == ["a", "b"]
    store.update_table(name, new_name="other")
    assert store.update_table("other", new_name=name).name == name
    store.delete_table(table.table_id)
    assert names_of(store) == []


@pytest.mark.parametrize("name", ["数" * 51, "한" * 64, "İ" * 64])
def test_a_name_that_makes_no_file_is_refused_in_a_sentence_and_leaves_nothing(store, engine_name, name):
    kept = store.create_table(new("kept"))
    store.append_chunk(kept.table_id, "u", Chunk(0, "00" * 32, (row(),), ()))
    if engine_name == "sqlite":
        assert store.create_table(new(name)).name == name
        return
    with pytest.raises(InvalidInput, match="expected a shorter table name"):
        store.create_table(new(name))
    with pytest.raises(InvalidInput, match="expected a shorter table name"):
        store.update_table("kept", new_name=name)
    assert names_of(store) == ["kept"]
    assert store.get_table("kept").row_count == 1
    assert store.update_table("kept", new_name="数" * 50).row_count == 1


def test_names_that_sqlite_keeps_for_itself_are_refused_there(store, engine_name):
    if engine_name == "sqlite":
        with pytest.raises(InvalidInput, match='does not begin with "sqlite_"'):
            store.create_table(new("SQLite_x"))
    else:
        assert store.create_table(new("SQLite_x")).name == "SQLite_x"


def test_names_are_compared_without_case(store):
    store.create_table(new("Straße"))
    with pytest.raises(AlreadyExists, match="There is a table 'Straße' already"):
        store.create_table(new("STRASSE"))


def test_a_name_of_any_length_is_merely_not_found(store):
    with pytest.raises(NotFound, match="There is no table 'xxx"):
        store.get_table("x" * 20_000_000)


def test_a_name_is_found_however_it_is_decomposed(store):
    name = "\N{GREEK SMALL LETTER ALPHA WITH PSILI AND VARIA AND YPOGEGRAMMENI}" * 21
    store.create_table(new(name))
    assert store.get_table(unicodedata.normalize("NFD", name)).name == name


@pytest.mark.parametrize("name", ["Foreign", "foreign"])
def test_a_table_that_the_service_did_not_create_is_left_alone(store, plain_sql, name):
    plain_sql("CREATE TABLE Foreign_ (n INT)")
    plain_sql("CREATE VIEW seen AS SELECT n FROM Foreign_")
    for taken in (f"{name}_", "Seen"):
        with pytest.raises(AlreadyExists, match="which this service did not create"):
            store.create_table(new(taken))
    own = store.create_table(new("own"))
    with pytest.raises(AlreadyExists):
        store.update_table("own", new_name=f"{name}_")
    with pytest.raises(PermissionDenied, match="did not make it"):
        store.update_table("Foreign_", new_name="other")
    with pytest.raises(PermissionDenied, match="did not make it"):
        store.delete_table(store.get_table("Foreign_").table_id)
    assert names_of(store) == ["Foreign_", "own", "seen"]
    store.delete_table(own.table_id)
    assert plain_sql("SELECT count(*) FROM Foreign_") == [(0,)]


def test_a_repeated_request_returns_the_table_that_the_first_made(store):
    first = store.create_table(new("digits", "request-1"))
    assert store.create_table(new("Digits", "request-1")).table_id == first.table_id
    store.update_table("digits", new_name="letters")
    assert store.create_table(new("digits", "request-1")).name == "letters"
    with pytest.raises(InvalidInput, match="request_id of its own"):
        store.create_table(new("others", "request-1"))
    with pytest.raises(AlreadyExists):
        store.create_table(new("letters", "request-2"))
    store.delete_table(first.table_id)
    assert store.create_table(new("digits", "request-1")).table_id != first.table_id


def test_ids_of_callers_differ_by_trailing_spaces_and_case(store):
    tables = [store.create_table(new(name, request)) for name, request in (("a", "r"), ("b", "r "), ("c", "R"))]
    assert len({table.table_id for table in tables}) == 3


def test_tables_are_listed_in_order_of_name_by_pages(store):
    for name in ("b", "C", "a", "_", "é", "数"):
        store.create_table(new(name))
    assert names_of(store) == ["_", "a", "b", "C", "é", "数"]
    first = store.list_entries(("", ""), 2)
    assert [entry.name for entry in first] == ["_", "a"]
    assert [entry.name for entry in store.list_entries(("a", "a"), 3)] == ["b", "C", "é"]
    assert [table.row_count for table in store.describe_entries(first)] == [0, 0]


def test_a_table_keeps_its_id_and_rows_through_a_rename(store):
    table = store.create_table(new("digits"))
    store.append_chunk(table.table_id, "u", Chunk(0, "00" * 32, (row(),), ()))
    renamed = store.update_table("digits", new_name="letters", description="new")
    assert (renamed.table_id, renamed.name, renamed.row_count) == (table.table_id, "letters", 1)
    assert renamed.description == "new"
    assert renamed.update_time > table.update_time
    with pytest.raises(NotFound, match="There is no table 'digits'"):
        store.get_table("digits")
    assert [row.id for row in read_rows(store, table, ["label"])] == [1]


def test_a_table_can_be_renamed_to_another_case_of_its_name(store):
    store.create_table(new("digits"))
    assert store.update_table("digits", new_name="DIGITS").name == "DIGITS"
    assert names_of(store) == ["DIGITS"]


def test_a_name_in_use_is_refused_for_a_rename(store):
    store.create_table(new("digits"))
    store.create_table(new("letters"))
    with pytest.raises(AlreadyExists, match="'letters'"):
        store.update_table("digits", new_name="Letters", description="changed")
    assert names_of(store) == ["digits", "letters"]
    assert store.get_table("digits").description == ""


def test_a_deleted_table_is_gone_with_its_rows_and_uploads(store):
    table = store.create_table(new("digits"))
    store.append_chunk(table.table_id, "u", Chunk(0, "00" * 32, (row(),), ()))
    store.delete_table(table.table_id)
    for call in (
        lambda: store.get_table("digits"),
        lambda: labels(store, table),
        lambda: store.delete_table(table.table_id),
        lambda: store.append_chunk(table.table_id, "u", Chunk(1, "00" * 32, (row(),), ())),
    ):
        with pytest.raises(NotFound):
            call()
    again = store.create_table(new("digits"))
    assert again.table_id != table.table_id
    assert again.row_count == 0
    assert store.get_upload(again.table_id, "u").next_chunk == 0


def test_a_table_dropped_by_others_is_not_there_and_its_name_is_free(store, plain_sql):
    table = store.create_table(new("digits"))
    other = store.create_table(new("letters"))
    plain_sql("DROP TABLE digits")
    for call in (
        lambda: store.get_table("digits"),
        lambda: labels(store, table),
        lambda: store.append_chunk(table.table_id, "u", Chunk(0, "00" * 32, (row(),), ())),
        lambda: store.update_table("digits", new_name="numbers"),
        lambda: store.update_table("digits", description="gone"),
    ):
        with pytest.raises(NotFound, match="dropped by other means"):
            call()
    assert [found.name for found in store.describe_entries(store.list_entries(("", ""), 10))] == ["letters"]
    assert store.create_table(new("digits")).table_id != table.table_id
    plain_sql("DROP TABLE letters")
    store.delete_table(other.table_id)
    assert names_of(store) == ["digits"]


def test_everything_is_there_after_opening_again(store, database_url):
    table = store.create_table(new("digits", "r", "kept"))
    store.append_chunk(table.table_id, "u", Chunk(0, "00" * 32, (row(),), ()))
    store.close()
    again = open_store(database_url)
    found = again.get_table("digits")
    again.close()
    assert (found.table_id, found.description, found.row_count) == (table.table_id, "kept", 1)
    assert found.update_time - table.create_time < timedelta(minutes=1)


def test_many_callers_that_create_one_name_make_one_table(store):
    barrier = threading.Barrier(6)

    def create(number):
        barrier.wait(30)
        try:
            return store.create_table(new("Digits" if number % 2 else "digits")).table_id
        except AlreadyExists:
            return ""

    with ThreadPoolExecutor(6) as pool:
        made = [table_id for table_id in pool.map(create, range(6)) if table_id]
    assert made == [store.get_table("digits").table_id]


def test_a_reader_follows_a_table_that_is_renamed_all_the_time(store):
    table = store.create_table(new("digits"))
    store.append_chunk(table.table_id, "u", Chunk(0, "00" * 32, (row("a"), row("b")), ()))
    ended = threading.Event()

    def read():
        seen = []
        while not ended.is_set():
            seen.append(labels(store, table))
        return seen

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for old, name in [("digits", "letters"), ("letters", "digits")] * 5:
            store.update_table(old, new_name=name)
        ended.set()
        assert all(labels == ["a", "b"] for reader in readers for labels in reader.result(60))
