"""Tables of any columns: made, filled and read the same on each engine."""

from datetime import UTC, datetime

import numpy as np
import pytest
from tablefit.errors import AlreadyExists, InvalidInput

from data_service.chunks import LIMIT_ROWS, IncomingChunk
from data_service.columns import ColumnArray
from data_service.ingest import Finish, Ingest, Start, UploadState
from data_service.readers import Readers
from data_service.row_pages import PageRequest
from data_service.rows import Rows
from data_service.schema import KEY_COLUMN, Column, ColumnType, NewTable, Row, TableKind, UploadRecord
from data_service.store import open_store
from data_service.tables import Tables
from data_service.verification import RowVerifier
from tests import awkward

NUMBERS = (Column("n", ColumnType.INTEGER, False), Column("x", ColumnType.FLOAT, True))


def create(store, columns, name="things"):
    return Tables(store, Readers()).create(name, TableKind.GENERAL, "", "", columns)


@pytest.fixture
def send(store):
    """Ingests chunks of columns into a table and returns the answers to them."""

    def run(*chunks, table="things", upload_id="u"):
        messages = [
            IncomingChunk(number, len(next(iter(columns.values()))), [], columns)
            for number, columns in enumerate(chunks)
        ]
        ingest = Ingest(store, RowVerifier(store, limit_image_bytes=1_000_000))
        return list(ingest.run(iter([Start(table, upload_id), *messages])))[1:]

    return run


@pytest.fixture
def rows(store):
    return Rows(store, RowVerifier(store))


def test_awkward_values_come_back_equal(store, send, rows):
    table = create(store, awkward.COLUMNS)
    assert table.columns == (KEY_COLUMN, *awkward.COLUMNS)
    (answer,) = send(awkward.arrays())
    assert answer.record.rejections == ()
    page = rows.list("things", PageRequest(awkward.NAMES))
    assert page.rows == [Row(n + 1, cells) for n, cells in enumerate(awkward.cells())]
    assert [list(map(type, row.cells)) for row in page.rows] == [list(map(type, cells)) for cells in awkward.cells()]


def test_awkward_values_come_back_equal_when_inserted_singly(store, rows):
    create(store, awkward.COLUMNS)
    ids = rows.insert("things", IncomingChunk(0, awkward.ROW_COUNT, [], awkward.arrays()), "")
    assert ids == list(range(1, awkward.ROW_COUNT + 1))
    page = rows.list("things", PageRequest(awkward.NAMES))
    assert page.rows == [Row(n + 1, cells) for n, cells in enumerate(awkward.cells())]


def test_doubles_of_any_bits_come_back_equal(store, send, rows):
    create(store, NUMBERS)
    bits = np.random.default_rng(1).integers(0, 2**64, 3000, dtype=np.uint64, endpoint=False)
    values = bits.view(np.float64)
    values = values[np.isfinite(values)]
    send({"n": ColumnArray(np.arange(len(values))), "x": ColumnArray(values)})
    found = []
    token = ""
    while True:
        page = rows.list("things", PageRequest(["x"], 1000, token))
        found += [row.cells[0] for row in page.rows]
        token = page.next_page_token
        if not token:
            break
    assert found == values.tolist()


def test_zero_has_no_sign(store, send, rows):
    create(store, NUMBERS)
    send({"n": ColumnArray(np.array([1])), "x": ColumnArray(np.array([-0.0]))})
    assert str(rows.get("things", 1, ["x"]).rows[0].cells[0]) == "0.0"


FUSSY = (
    Column("x", ColumnType.FLOAT, False),
    Column("t", ColumnType.TIMESTAMP, False),
    Column("text", ColumnType.TEXT, True),
    Column("c", ColumnType.CATEGORY, True),
    Column("i", ColumnType.IMAGE, True),
    Column("b", ColumnType.BYTES, True),
)
GOOD = {"x": 1.5, "t": 0, "text": "a", "c": "b", "i": awkward.PICTURES[0], "b": b"c"}
WRONG = [
    {},
    {"x": float("nan")},
    {"x": float("-inf")},
    {"x": None},
    {"t": 2**62},
    {"text": "a\0b"},
    {"text": "\ud800"},
    {"c": "é" * 1001},
    {"i": b"no image"},
    {"b": b"x" * 1_000_001},
    {},
]


def test_rows_that_cannot_be_stored_are_refused_by_name_while_the_rest_is(store, send, rows):
    create(store, FUSSY)
    sent = [{**GOOD, **row} for row in WRONG]

    def column(name, dtype=None):
        values = [row[name] for row in sent]
        is_null = np.array([value is None for value in values])
        filled = [0 if value is None else value for value in values]
        return ColumnArray(filled if dtype is None else np.array(filled, dtype), is_null)

    chunk = {name: column(name, {"x": np.float64, "t": np.int64}.get(name)) for name in GOOD}
    (answer,) = send(chunk)
    assert [(rejection.index, rejection.reason[:40]) for rejection in answer.record.rejections] == [
        (1, "The column 'x': expected a finite number"),
        (2, "The column 'x': expected a finite number"),
        (3, "The column 'x' holds NULL, which it is d"),
        (4, "The column 't': expected a time in the y"),
        (5, "The column 'text': the text holds a NUL "),
        (6, "The column 'text': the text is not valid"),
        (7, "The column 'c': the text has 1,001 chara"),
        (8, "The column 'i': the file is not an image"),
        (9, "The column 'b': the value has more than "),
    ]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    kept = (1.5, epoch, "a", "b", awkward.PICTURES[0], b"c")
    assert rows.list("things", PageRequest(list(GOOD))).rows == [Row(1, kept), Row(2, kept)]


def test_a_nullable_column_may_be_left_out(store, send, rows):
    create(store, awkward.COLUMNS)
    send({"whole": ColumnArray(np.array([7]))})
    assert rows.get("things", 1, awkward.NAMES).rows == [Row(1, (7, *[None] * (len(awkward.COLUMNS) - 1)))]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    "columns",
    [
        {"x": ColumnArray(np.array([1.0]))},
        {"n": ColumnArray(np.array([1])), "y": ColumnArray(np.array([1]))},
        {"n": ColumnArray(np.array([1])), "id": ColumnArray(np.array([1]))},
        {"n": ColumnArray(np.array([1.0]))},
        {"n": ColumnArray(np.array([1], np.int32))},
        {"n": ColumnArray(np.array([[1]]))},
        {"n": ColumnArray(["1"])},
        {"n": ColumnArray([b"1"])},
        {"n": ColumnArray(np.array([1])), "x": ColumnArray(np.array([1.0, 2.0]))},
        {"n": ColumnArray(np.array([1])), "x": ColumnArray(np.array([1.0]), np.array([False, False]))},
    ],
)
def test_a_chunk_whose_form_does_not_fit_is_refused_whole(store, send, columns):
    create(store, NUMBERS)
    with pytest.raises(InvalidInput, match=r"^expected") as refusal:
        send(columns)
    assert refusal.value.field == "chunk.columns"
    assert store.get_table("things").row_count == 0


def test_a_repeated_chunk_is_told_from_one_with_other_content(store, send):
    create(store, awkward.COLUMNS)
    send(awkward.arrays())
    (again,) = send(awkward.arrays())
    assert again.repeated
    other = awkward.arrays()
    other["whole"].is_null[0] = True
    with pytest.raises(Exception, match="was committed with other content"):
        send(other)
    assert store.get_table("things").row_count == awkward.ROW_COUNT


def test_a_full_chunk_goes_in_order(store, send, rows):
    create(store, (*NUMBERS, Column("b", ColumnType.BYTES, False)))
    count = 8192
    numbers = np.random.default_rng(2).permutation(count)
    blobs = [bytes([n % 256]) * 400 for n in range(count)]
    send({"n": ColumnArray(numbers), "x": ColumnArray(numbers / 3), "b": ColumnArray(blobs)})
    found = rows.list("things", PageRequest(["n", "x", "b"], 1000)).rows
    expected = zip(range(1, 1001), numbers.tolist(), (numbers / 3).tolist(), blobs, strict=False)
    assert [(row.id, *row.cells) for row in found] == list(expected)
    assert store.get_table("things").row_count == count


def test_the_same_request_makes_one_table_and_another_is_told(store):
    wanted = NewTable("things", TableKind.GENERAL, "", "r", NUMBERS)
    made = store.create_table(wanted)
    assert store.create_table(wanted).table_id == made.table_id
    with pytest.raises(InvalidInput, match="expected a request_id of its own"):
        store.create_table(NewTable("things", TableKind.GENERAL, "", "r", NUMBERS[:1]))
    with pytest.raises(AlreadyExists):
        store.create_table(NewTable("THINGS", TableKind.GENERAL, "", "", NUMBERS))


def test_columns_survive_a_restart_and_a_rename(store, database_url):
    create(store, awkward.COLUMNS)
    store.update_table("things", new_name="other")
    store.close()
    again = open_store(database_url)
    assert again.get_table("other").columns == (KEY_COLUMN, *awkward.COLUMNS)
    again.close()


def test_a_general_table_is_deleted_with_its_rows(store, send):
    table = create(store, NUMBERS)
    send({"n": ColumnArray(np.array([1]))})
    store.delete_table(table.table_id)
    create(store, NUMBERS)
    assert store.get_table("things").row_count == 0


def test_a_catalogue_of_the_earlier_version_is_brought_up_to_date(store, table, send, plain_sql, database_url):
    store.close()
    plain_sql("ALTER TABLE tablefit_tables DROP COLUMN columns")
    again = open_store(database_url)
    assert again.get_table("digits").columns == table.columns
    create(again, NUMBERS)
    assert again.get_table("things").columns == (KEY_COLUMN, *NUMBERS)
    again.close()
    open_store(database_url).close()


def test_columns_that_the_server_does_not_take_are_told_of(store, engine_name):
    columns = [Column(f"c{n}", ColumnType.TEXT, True) for n in range(1000)]
    if engine_name == "sqlite":
        assert len(create(store, columns).columns) == 1001
        return
    with pytest.raises(InvalidInput, match="expected columns that the database server takes together") as refusal:
        create(store, columns)
    assert refusal.value.field == "table.columns"
    assert create(store, NUMBERS).row_count == 0


def test_a_finished_upload_is_answered_as_one_of_images_is(store):
    create(store, NUMBERS)
    chunk = IncomingChunk(0, 2, ["a", "b"], {"n": ColumnArray(np.array([1, 2]))})
    messages = [Start("things", "u"), chunk, Finish(1)]
    answers = list(Ingest(store, RowVerifier(store)).run(iter(messages)))
    assert answers[-1] == UploadState(UploadRecord(1, 2, 0, True), 2, LIMIT_ROWS)
