"""Changes of whole tables, on each engine: rows appended, relabelled, deduplicated, all deleted."""

import numpy as np
import pytest
from tablefit.errors import Cancelled, InvalidInput, NotFound, WrongState

from data_service.chunks import IncomingChunk
from data_service.columns import ColumnArray
from data_service.filters import Comparator, Comparison
from data_service.ingest import Ingest, Start
from data_service.readers import Readers
from data_service.row_pages import PageRequest
from data_service.rows import Rows
from data_service.running_uploads import RunningUploads
from data_service.schema import Column, ColumnType, TableKind
from data_service.staging import Staging
from data_service.table_changes import LIMIT_MAPPING, TableChanges
from data_service.tables import Tables
from data_service.verification import RowVerifier
from tests import awkward
from tests.image_files import png
from tests.stored_rows import append, create_table

COLUMNS = (
    Column("n", ColumnType.INTEGER, False),
    Column("x", ColumnType.FLOAT, True),
    Column("text", ColumnType.TEXT, True),
)
LIMIT_ROWS = 20


@pytest.fixture
def uploads():
    return RunningUploads()


@pytest.fixture
def tables(store):
    return Tables(store, Readers())


@pytest.fixture
def changes(store, tables, uploads):
    return TableChanges(store, tables, uploads, RowVerifier(store), Staging(store, RowVerifier(store)), LIMIT_ROWS)


@pytest.fixture
def ingest(store, uploads):
    return Ingest(store, RowVerifier(store, limit_image_bytes=1_000_000), uploads)


@pytest.fixture
def fill(tables, ingest):
    """Makes a table with these texts; n counts from 0, x is NULL."""

    def run(texts, name="things", columns=COLUMNS):
        tables.create(name, TableKind.GENERAL, "", "", columns)
        nulls = np.array([text is None for text in texts])
        values = {"n": ColumnArray(np.arange(len(texts))), "text": ColumnArray([text or "" for text in texts], nulls)}
        list(ingest.run(iter([Start(name, "u"), IncomingChunk(0, len(texts), [], values)])))

    return run


@pytest.fixture
def rows(store):
    def run(table="things", columns=("n", "text")):
        page = Rows(store, RowVerifier(store)).list(table, PageRequest(columns, 1000))
        return [(row.id, *row.cells) for row in page.rows]

    return run


def active():
    return True


def count_of(steps):
    *before, last = steps
    assert [step.row_count for step in before] == [None]
    return last.row_count


def test_appended_rows_come_behind_those_that_are_there(changes, fill, rows):
    fill(["a", None])
    fill(["b", "é"], "more")
    first, last = changes.append("more", "things", None, active)
    assert (first.done_rows, first.total_rows) == (0, 2)
    assert last.tables[0].row_count == 4
    assert rows() == [(1, 0, "a"), (2, 1, None), (3, 0, "b"), (4, 1, "é")]
    where = Comparison("text", Comparator.EQUAL, "b")
    list(changes.append("more", "things", where, active))
    # InnoDB leaves gaps between the ids that it gives.
    assert [row[1:] for row in rows()[4:]] == [(0, "b")]
    list(changes.append("things", "things", None, active))
    assert [row[2] for row in rows()] == ["a", None, "b", "é", "b"] * 2
    assert len({row[0] for row in rows()}) == 10


def test_tables_with_other_columns_are_not_appended(changes, fill, rows):
    fill(["a"])
    fill(["a"], "wider", (*COLUMNS, Column("y", ColumnType.FLOAT, True)))
    fill(["a"], "category", (*COLUMNS[:2], Column("text", ColumnType.CATEGORY, True)))
    fill(["a"], "full", (*COLUMNS[:2], Column("text", ColumnType.TEXT, False)))
    with pytest.raises(InvalidInput, match="only 'wider' has 'y'"):
        list(changes.append("wider", "things", None, active))
    with pytest.raises(InvalidInput, match="only 'wider' has 'y'"):
        list(changes.append("things", "wider", None, active))
    with pytest.raises(InvalidInput, match="'text' is of type category in 'category' and of type text in 'things'"):
        list(changes.append("category", "things", None, active))
    with pytest.raises(InvalidInput, match="'text' may be NULL in 'things' only"):
        list(changes.append("things", "full", None, active))
    list(changes.append("full", "things", None, active))
    assert rows() == [(1, 0, "a"), (2, 0, "a")]


def test_more_rows_than_the_limit_are_neither_appended_nor_changed(changes, fill, rows):
    fill(["a"] * (LIMIT_ROWS + 1))
    fill(["b"], "target")
    for change in (
        changes.append("things", "target", None, active),
        changes.relabel("things", "text", {"a": "b"}, False, active),
    ):
        with pytest.raises(WrongState, match=r"21 rows are to be changed, more than the 20 .* Copy the rows"):
            list(change)
    fill(["a"] * (LIMIT_ROWS + 2), "many")
    with pytest.raises(WrongState, match="At least 21 rows"):
        list(changes.deduplicate("many", ["text"], False, active))
    assert count_of(changes.deduplicate("things", ["text"], True, active)) == 20
    assert len(rows()) == 21
    assert rows("target") == [(1, 0, "b")]


def test_a_caller_who_goes_away_takes_a_change_back(changes, fill, rows):
    fill(["a", "a", "b"])
    before = rows()
    for change in (
        changes.append("things", "things", None, lambda: False),
        changes.relabel("things", "text", {"a": "b"}, False, lambda: False),
        changes.deduplicate("things", ["text"], False, lambda: False),
    ):
        with pytest.raises(Cancelled):
            list(change)
    assert rows() == before


def test_labels_are_swapped_byte_for_byte(changes, fill, rows):
    fill(["a", "b", "A", "á", "a ", None, "c"])
    mapping = {"a": "b", "b": "a", "c": "c"}
    assert count_of(changes.relabel("things", "text", mapping, True, active)) == 2
    assert [row[2] for row in rows()] == ["a", "b", "A", "á", "a ", None, "c"]
    assert count_of(changes.relabel("things", "text", mapping, False, active)) == 2
    assert [row[2] for row in rows()] == ["b", "a", "A", "á", "a ", None, "c"]


def test_as_many_labels_as_allowed_are_replaced_at_once(changes, fill, rows):
    fill(["999", "0", "x"])
    mapping = {str(n): f"new {n} ' \\ %" for n in range(LIMIT_MAPPING)}
    assert count_of(changes.relabel("things", "text", mapping, False, active)) == 2
    assert [row[2] for row in rows()] == ["new 999 ' \\ %", "new 0 ' \\ %", "x"]
    with pytest.raises(InvalidInput, match="expected 1 to 1,000 values, received 1,001"):
        list(changes.relabel("things", "text", {**mapping, "x": "y"}, False, active))


def test_values_that_a_column_cannot_hold_are_refused(changes, fill, store, rows):
    fill(["a"])
    append(store, create_table(store), [("a", png(1))])
    with pytest.raises(InvalidInput, match="holds a NUL character"):
        list(changes.relabel("things", "text", {"a": "\0"}, False, active))
    with pytest.raises(InvalidInput, match="The label is empty"):
        list(changes.relabel("digits", "", {"a": " "}, False, active))
    with pytest.raises(InvalidInput, match="expected a column of texts out of label, source_name; received 'sha256'"):
        list(changes.relabel("digits", "sha256", {"a": "b"}, False, active))
    with pytest.raises(InvalidInput, match="expected a column of texts out of text; received ''"):
        list(changes.relabel("things", "", {"a": "b"}, False, active))
    assert count_of(changes.relabel("digits", "", {"a": "b"}, False, active)) == 1
    assert rows("digits", ("label",)) == [(1, "b")]


def test_of_equal_rows_the_first_stays(changes, fill, rows):
    fill(["a", "A", "a", None, "a ", None, "a", ""])
    assert count_of(changes.deduplicate("things", ["text", "x"], True, active)) == 3
    assert count_of(changes.deduplicate("things", [], False, active)) == 0
    assert count_of(changes.deduplicate("things", ["text", "x"], False, active)) == 3
    assert [row[0] for row in rows()] == [1, 2, 4, 5, 8]
    assert count_of(changes.deduplicate("things", ["text"], False, active)) == 0
    with pytest.raises(InvalidInput, match="expected columns without 'id'"):
        list(changes.deduplicate("things", ["id"], False, active))


def test_zeros_are_equal_whatever_their_sign(changes, fill, rows, plain_sql):
    fill(["a", "a", "a"])
    plain_sql("UPDATE things SET x = CASE id WHEN 1 THEN -0e0 WHEN 2 THEN 0e0 ELSE 1e0 END, n = 0")
    assert count_of(changes.deduplicate("things", [], False, active)) == 1
    assert [row[0] for row in rows()] == [1, 3]


def test_awkward_values_are_all_different(changes, tables, ingest, rows):
    tables.create("things", TableKind.GENERAL, "", "", awkward.COLUMNS)
    for upload in "ab":
        chunk = IncomingChunk(0, awkward.ROW_COUNT, [], awkward.arrays())
        list(ingest.run(iter([Start("things", upload), chunk])))
    before = rows("things", awkward.NAMES)
    different = {cells[1:] for cells in before}
    count = 2 * awkward.ROW_COUNT - len(different)
    assert count_of(changes.deduplicate("things", [], False, active)) == count
    assert {cells[1:] for cells in rows("things", awkward.NAMES)} == different


def test_images_are_equal_when_their_files_are(changes, store, rows):
    append(store, create_table(store), [("a", png(1)), ("b", png(2)), ("c", png(1))])
    assert count_of(changes.deduplicate("digits", [], False, active)) == 1
    assert rows("digits", ("label",)) == [(1, "a"), (2, "b")]
    assert count_of(changes.deduplicate("digits", ["label", "image"], False, active)) == 0


def test_a_table_is_emptied_and_filled_again_by_the_same_upload(changes, fill, rows, ingest):
    fill(["a", "b"])
    assert changes.truncate("things", True) == 2
    assert changes.truncate("things", False) == 2
    assert rows() == []
    assert changes.truncate("things", False) == 0
    chunk = IncomingChunk(0, 1, [], {"n": ColumnArray(np.array([9]))})
    list(ingest.run(iter([Start("things", "u"), chunk])))
    assert rows() == [(3, 9, None)]


def test_a_table_is_not_emptied_under_an_upload(changes, fill, rows, ingest):
    fill(["a"])
    chunk = IncomingChunk(0, 1, [], {"n": ColumnArray(np.array([9]))})
    answers = ingest.run(iter([Start("things", "v"), chunk]))
    next(answers)
    with pytest.raises(WrongState, match="The upload 'v' writes to the table 'things'"):
        changes.truncate("things", False)
    list(answers)
    assert changes.truncate("things", False) == 2


def test_what_there_is_not_cannot_be_changed(changes):
    with pytest.raises(NotFound):
        changes.truncate("nothing", False)
    with pytest.raises(NotFound):
        list(changes.relabel("nothing", "text", {"a": "b"}, False, active))
