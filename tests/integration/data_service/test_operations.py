"""Tables made of the rows of others, on each engine: exact rows, and nothing left of what was not finished."""

import numpy as np
import pytest
from tablefit.errors import AlreadyExists, Cancelled, InvalidInput, NotFound, WrongState

from data_service.chunks import IncomingChunk
from data_service.columns import ColumnArray
from data_service.filters import Comparator, Comparison
from data_service.ingest import Ingest, Start
from data_service.operations import Copy, Operations, Sample, Split
from data_service.readers import Readers
from data_service.row_pages import PageRequest
from data_service.rows import Rows
from data_service.schema import IMAGE_COLUMNS, KEY_COLUMN, Column, ColumnType, TableKind
from data_service.staging import Staging
from data_service.tables import Tables
from data_service.verification import RowVerifier
from tests import awkward
from tests.image_files import png
from tests.stored_rows import append, create_table

COLUMNS = (Column("n", ColumnType.INTEGER, False), Column("text", ColumnType.TEXT, True))


@pytest.fixture
def readers():
    return Readers()


@pytest.fixture
def tables(store, readers):
    return Tables(store, readers)


@pytest.fixture
def operations(store, tables, tmp_path):
    return Operations(store, tables, Staging(store, RowVerifier(store)), tmp_path)


@pytest.fixture
def fill(store, tables):
    """Makes a table of columns and ingests their values."""

    def run(name, columns, values):
        tables.create(name, TableKind.GENERAL, "", "", columns)
        chunk = IncomingChunk(0, len(next(iter(values.values()))), [], values)
        list(Ingest(store, RowVerifier(store, limit_image_bytes=1_000_000)).run(iter([Start(name, "u"), chunk])))

    return run


@pytest.fixture
def numbers(fill):
    """1,200 rows: n is 10 times the id, text one of ten."""

    def run(name="things", count=1200):
        texts = [f"t{n % 10}" for n in range(count)]
        fill(name, COLUMNS, {"n": ColumnArray(np.arange(1, count + 1) * 10), "text": ColumnArray(texts)})

    return run


@pytest.fixture
def rows(store):
    """All rows of a table: the id, then the cells of the columns."""

    def run(table, columns=("n", "text")):
        found, token = [], ""
        while True:
            page = Rows(store, RowVerifier(store)).list(table, PageRequest(columns, 1000, token))
            found += [(row.id, *row.cells) for row in page.rows]
            token = page.next_page_token
            if not token:
                return found

    return run


@pytest.fixture
def names(tables, plain_sql, engine_name):
    """The tables that the service knows; checks that the database has no others of them."""

    def run():
        query = "SHOW TABLES" if engine_name != "sqlite" else "SELECT name FROM sqlite_master WHERE type = 'table'"
        found = {name for (name,) in plain_sql(query) if not name.startswith("sqlite_")}
        known = [table.name for table in tables.list(0, "").tables]
        assert found == {*known, "tablefit_tables", "tablefit_uploads", "tablefit_upload_chunks"}
        assert sorted(name for (name,) in plain_sql("SELECT name FROM tablefit_tables")) == known
        return known

    return run


def active():
    return True


def test_a_copy_has_the_same_rows_under_the_same_ids(operations, numbers, rows, names):
    numbers()
    *steps, last = operations.copy(Copy("things", "copy", description="A copy"), active)
    assert [(step.done_rows, step.total_rows, step.tables) for step in steps[:2]] == [(0, 1200, ()), (200, 1200, ())]
    (table,) = last.tables
    assert (table.name, table.description, table.row_count) == ("copy", "A copy", 1200)
    assert table.columns == (KEY_COLUMN, *COLUMNS)
    assert rows("copy") == rows("things")
    assert names() == ["copy", "things"]


def test_awkward_values_are_copied_byte_for_byte(operations, fill, rows):
    fill("things", awkward.COLUMNS, awkward.arrays())
    list(operations.copy(Copy("things", "copy"), active))
    assert rows("copy", awkward.NAMES) == rows("things", awkward.NAMES)


def test_rows_that_are_added_to_a_copy_get_new_ids(operations, numbers, rows, store):
    numbers(count=3)
    list(operations.copy(Copy("things", "copy"), active))
    chunk = IncomingChunk(0, 1, [], {"n": ColumnArray(np.array([7]))})
    assert Rows(store, RowVerifier(store)).insert("copy", chunk, "") == [4]


def test_a_row_with_the_id_0_keeps_it(operations, numbers, rows, plain_sql):
    numbers(count=2)
    plain_sql("UPDATE things SET id = 0 WHERE id = 1")
    list(operations.copy(Copy("things", "copy"), active))
    assert rows("copy") == [(0, 10, "t0"), (2, 20, "t1")]


def test_a_copy_takes_the_rows_and_columns_that_are_asked_for(operations, numbers, rows):
    numbers()
    where = Comparison("text", Comparator.EQUAL, "t3")
    *_, last = operations.copy(Copy("things", "copy", where, ("text",)), active)
    assert (last.done_rows, last.total_rows) == (120, 120)
    assert rows("copy", ("text",)) == [(n, "t3") for n in range(4, 1201, 10)]
    with pytest.raises(InvalidInput, match="expected columns out of id, n, text"):
        list(operations.copy(Copy("things", "other", None, ("m",)), active))
    with pytest.raises(InvalidInput, match="expected 1 to 1,000 columns, received 0"):
        list(operations.copy(Copy("things", "other", None, ("id",)), active))


def test_an_image_table_stays_one_when_it_is_copied_whole(operations, store, rows):
    append(store, create_table(store), [("a", png(1)), ("b", png(2))])
    *_, last = operations.copy(Copy("digits", "copy"), active)
    assert (last.tables[0].kind, last.tables[0].columns) == (TableKind.IMAGE, IMAGE_COLUMNS)
    every = [column.name for column in IMAGE_COLUMNS]
    assert rows("copy", every) == rows("digits", every)
    *_, last = operations.copy(Copy("digits", "part", None, ("image", "label")), active)
    assert last.tables[0].kind is TableKind.GENERAL
    assert rows("part", ("label", "image")) == [(1, "a", png(1)), (2, "b", png(2))]


def test_an_empty_table_is_copied(operations, tables, rows):
    tables.create("things", TableKind.GENERAL, "", "", COLUMNS)
    *_, last = operations.copy(Copy("things", "copy"), active)
    assert last.tables[0].row_count == 0


def test_a_name_that_is_taken_is_refused_before_and_after(operations, numbers, names, tables):
    numbers()
    with pytest.raises(AlreadyExists, match="There is a table 'things' already"):
        list(operations.copy(Copy("things", "THINGS"), active))
    copying = operations.copy(Copy("things", "copy"), active)
    next(copying)
    tables.create("copy", TableKind.GENERAL, "", "", COLUMNS)
    with pytest.raises(AlreadyExists, match="There is a table 'copy' already"):
        list(copying)
    assert names() == ["copy", "things"]
    assert tables.get("copy").row_count == 0


def test_what_there_is_not_is_not_copied(operations, numbers):
    numbers(count=1)
    with pytest.raises(NotFound):
        list(operations.copy(Copy("nothing", "copy"), active))
    with pytest.raises(InvalidInput) as refusal:
        list(operations.copy(Copy("things", "tablefit_x"), active))
    assert refusal.value.field == "target"


def test_a_caller_who_goes_away_leaves_nothing_behind(operations, numbers, names):
    numbers()
    answers = iter([True, True, False])
    with pytest.raises(Cancelled):
        list(operations.copy(Copy("things", "copy"), lambda: next(answers)))
    assert names() == ["things"]


def test_a_stream_that_is_closed_leaves_nothing_behind(operations, numbers, names, tables):
    numbers()
    splitting = operations.split(Split("things", [("a", 0.5), ("b", 0.5)]), active)
    next(splitting)
    next(splitting)
    splitting.close()
    assert names() == ["things"]


def test_nobody_sees_a_table_before_it_is_complete(operations, numbers, tables):
    numbers()
    copying = operations.copy(Copy("things", "copy"), active)
    next(copying)
    next(copying)
    assert [table.name for table in tables.list(0, "").tables] == ["things"]
    with pytest.raises(NotFound):
        tables.get("copy")
    list(copying)
    assert tables.get("copy").row_count == 1200


def test_other_tables_are_made_and_deleted_while_one_is_being_copied(operations, numbers, tables, names):
    numbers()
    copying = operations.copy(Copy("things", "copy"), active)
    next(copying)
    tables.create("other", TableKind.IMAGE, "", "")
    tables.delete("other")
    list(copying)
    assert names() == ["copy", "things"]


def test_a_source_is_held_while_it_is_copied_and_may_be_renamed(operations, numbers, tables, rows, store):
    numbers()
    copying = operations.copy(Copy("things", "copy"), active)
    next(copying)
    with pytest.raises(WrongState, match="is being read by the copy to copy"):
        tables.delete("things")
    store.update_table("things", new_name="renamed")
    list(copying)
    assert rows("copy") == rows("renamed")


def test_rows_that_are_added_meanwhile_are_not_copied(operations, numbers, rows, plain_sql):
    numbers()
    copying = operations.copy(Copy("things", "copy"), active)
    next(copying)
    next(copying)
    plain_sql("INSERT INTO things (n, text) VALUES (5, 'new')")
    list(copying)
    assert rows("copy") == rows("things")[:-1]


def test_a_split_has_each_row_once_and_each_class_in_the_same_shares(operations, numbers, rows, names):
    numbers()
    shares = [("train", 0.7), ("val", 0.2), ("test", 0.1)]
    *_, last = operations.split(Split("things", shares, "text", 5), active)
    assert [(table.name, table.row_count) for table in last.tables] == [("train", 840), ("val", 240), ("test", 120)]
    parts = [rows(name) for name, _ in shares]
    assert sorted(row for part in parts for row in part) == rows("things")
    for part, count in zip(parts, (84, 24, 12), strict=True):
        assert [sum(row[2] == f"t{n}" for row in part) for n in range(10)] == [count] * 10
    assert names() == ["test", "things", "train", "val"]


def test_a_split_is_the_same_on_every_engine(operations, numbers, rows):
    numbers(count=20)
    list(operations.split(Split("things", [("a", 0.5), ("b", 0.3), ("c", 0.2)], "text", 1), active))
    assert {name: [row[0] for row in rows(name)] for name in "abc"} == SPLIT_IDS
    list(operations.sample(Sample("things", "d", row_count=5, seed=1), active))
    assert [row[0] for row in rows("d")] == SAMPLE_IDS


SPLIT_IDS = {
    "a": [1, 3, 4, 5, 7, 8, 9, 12, 16, 20],
    "b": [6, 10, 11, 13, 15, 18],
    "c": [2, 14, 17, 19],
}
SAMPLE_IDS = [3, 5, 9, 13, 20]


def test_classes_are_told_apart_by_bytes_and_null_is_one(operations, fill, rows):
    texts = ["Cat", "cat", "café", "cafe", "cat ", None] * 4
    marks = np.array([text is None for text in texts])
    values = {"n": ColumnArray(np.arange(24)), "text": ColumnArray([text or "" for text in texts], marks)}
    fill("things", COLUMNS, values)
    list(operations.split(Split("things", [("a", 0.5), ("b", 0.5)], "text"), active))
    for name in "ab":
        assert sorted(str(row[2]) for row in rows(name)) == sorted(map(str, texts[:12]))


def test_shares_that_do_not_fit_are_refused(operations, numbers, names):
    numbers(count=3)

    def refusal(*shares, by=""):
        with pytest.raises(InvalidInput) as refused:
            list(operations.split(Split("things", shares, by), active))
        return refused.value.field

    assert refusal(("a", 0.5)) == "shares"
    assert refusal(("a", 0.5), ("A", 0.5)) == "shares.table"
    assert refusal(("a", 0.5), ("b", 0.4)) == "shares.fraction"
    assert refusal(("a", 1.5), ("b", -0.5)) == "shares.fraction"
    assert refusal(("a", 0.5), ("b", 0.5), by="m") == "columns"
    with pytest.raises(AlreadyExists):
        list(operations.split(Split("things", [("a", 0.5), ("things", 0.5)]), active))
    assert names() == ["things"]


def test_a_sample_has_as_many_rows_as_asked_for(operations, numbers, rows):
    numbers()
    list(operations.sample(Sample("things", "few", row_count=100, seed=3), active))
    list(operations.sample(Sample("things", "more", fraction=0.1, seed=4), active))
    few, more = rows("few"), rows("more")
    assert (len(few), len(more)) == (100, 120)
    assert set(few) < set(rows("things"))
    assert few != more[:100]
    with pytest.raises(InvalidInput, match="expected at most the 1,200 rows that there are, received 1,201"):
        list(operations.sample(Sample("things", "x", row_count=1201), active))
    with pytest.raises(InvalidInput, match="either row_count or fraction"):
        list(operations.sample(Sample("things", "x"), active))
