"""Rows got, listed, inserted, changed and deleted by single requests, on each engine."""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image
from tablefit.errors import InvalidInput, NotFound, WrongState

from data_service import row_changes
from data_service.chunks import IncomingChunk
from data_service.columns import ColumnArray
from data_service.filters import Comparator, Comparison, IsNull, Membership
from data_service.readers import Readers
from data_service.row_changes import Selection
from data_service.row_pages import PageRequest
from data_service.rows import Rows
from data_service.schema import Column, ColumnType, Row, TableKind
from data_service.store import Order
from data_service.tables import Tables
from data_service.verification import RowVerifier
from tests import awkward
from tests.image_files import png

COLUMNS = (Column("n", ColumnType.INTEGER, False), Column("text", ColumnType.TEXT, True))


@pytest.fixture
def rows(store):
    return Rows(store, RowVerifier(store, limit_image_bytes=1_000_000))


@pytest.fixture
def things(store):
    return Tables(store, Readers()).create("things", TableKind.GENERAL, "", "", COLUMNS)


def numbers(*values, texts=None):
    columns = {"n": ColumnArray(np.array(values, np.int64))}
    if texts:
        columns["text"] = ColumnArray(list(texts))
    return IncomingChunk(0, len(values), [], columns)


def all_rows(rows, table="things", columns=("n", "text")):
    return [(row.id, *row.cells) for row in rows.list(table, PageRequest(columns)).rows]


def equals(column, value):
    return Selection(filter=Comparison(column, Comparator.EQUAL, value))


def test_inserted_rows_have_the_ids_that_are_answered(rows, things):
    assert rows.insert("things", numbers(5, 6), "") == [1, 2]
    assert rows.insert("things", numbers(7, texts=["é"]), "") == [3]
    assert all_rows(rows) == [(1, 5, None), (2, 6, None), (3, 7, "é")]


def test_a_repeated_request_inserts_nothing_and_answers_the_same(rows, things):
    assert rows.insert("things", numbers(5, 6), "r") == [1, 2]
    assert rows.insert("things", numbers(5, 6), "r") == [1, 2]
    assert rows.insert("things", numbers(5, 6), "R") == [3, 4]
    with pytest.raises(InvalidInput, match="expected a request_id of its own"):
        rows.insert("things", numbers(5, 7), "r")
    assert [row[1] for row in all_rows(rows)] == [5, 6, 5, 6]


def test_one_bad_row_keeps_all_from_being_inserted(rows, things):
    with pytest.raises(InvalidInput, match=r"row 1 cannot: The column 'text': the text holds a NUL") as refusal:
        rows.insert("things", numbers(1, 2, texts=["a", "\0"]), "")
    assert refusal.value.field == "rows"
    with pytest.raises(InvalidInput, match="expected at most 1,000 rows"):
        rows.insert("things", numbers(*range(1001)), "")
    assert all_rows(rows) == []


def test_rows_are_got_by_their_id(rows, things):
    rows.insert("things", numbers(5, 6, texts=["a", "b"]), "")
    assert rows.get("things", 2, []).rows == [Row(2, (2, 6, "b"))]
    assert rows.get("things", 2, ["text"]).rows == [Row(2, ("b",))]
    with pytest.raises(NotFound, match="Table 'things' has no row 3") as missing:
        rows.get("things", 3, [])
    assert missing.value.details == {"table": "things", "row_id": "3"}


def test_rows_are_changed_by_ids(rows, things):
    rows.insert("things", numbers(1, 2, 3, texts="abc"), "")
    assert rows.update("things", Selection(ids=[3, 1, 3]), {"text": "é' \\"}, False) == 2
    assert all_rows(rows) == [(1, 1, "é' \\"), (2, 2, "b"), (3, 3, "é' \\")]
    # Rows that have the values already count as chosen.
    assert rows.update("things", Selection(ids=[1]), {"text": "é' \\", "n": 1}, False) == 1


def test_rows_are_changed_by_a_filter_after_they_were_counted(rows, things):
    rows.insert("things", numbers(1, 2, 2, texts="abc"), "")
    assert rows.update("things", equals("n", 2), {"text": None}, True) == 2
    assert all_rows(rows) == [(1, 1, "a"), (2, 2, "b"), (3, 2, "c")]
    assert rows.update("things", equals("n", 2), {"text": None, "n": 9}, False) == 2
    assert all_rows(rows) == [(1, 1, "a"), (2, 9, None), (3, 9, None)]


def test_rows_are_deleted_by_ids_or_a_filter(rows, things):
    rows.insert("things", numbers(*range(6)), "")
    assert rows.delete("things", Selection(ids=[2]), True) == 1
    assert rows.delete("things", Selection(ids=[2, 5]), False) == 2
    assert rows.delete("things", Selection(filter=Comparison("id", Comparator.GREATER, 3)), True) == 2
    assert rows.delete("things", Selection(filter=Comparison("id", Comparator.GREATER, 3)), False) == 2
    assert all_rows(rows) == [(1, 0, None), (3, 2, None)]


def test_a_missing_id_changes_nothing(rows, things):
    rows.insert("things", numbers(1, 2), "")
    for validate_only in (True, False):
        with pytest.raises(NotFound, match="has no row 9"):
            rows.update("things", Selection(ids=[1, 9]), {"n": 5}, validate_only)
        with pytest.raises(NotFound, match="has no row 9"):
            rows.delete("things", Selection(ids=[1, 9]), validate_only)
    assert all_rows(rows) == [(1, 1, None), (2, 2, None)]


def test_more_rows_than_the_limit_are_not_changed(rows, things, store):
    rows.insert("things", numbers(1, 2, 3), "")
    where = IsNull("text")
    with pytest.raises(WrongState, match=r"3 rows are chosen, more than the 2 .* copy"):
        store.delete_rows(things.table_id, where, 2)
    with pytest.raises(WrongState, match="3 rows are chosen"):
        store.update_rows(things.table_id, where, {"n": 5}, 2)
    assert [row[1] for row in all_rows(rows)] == [1, 2, 3]
    assert row_changes.LIMIT_CHANGED_ROWS == 100_000


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("selection", "values", "field"),
    [
        (Selection(), {"n": 1}, "selection"),
        (Selection(ids=[]), {"n": 1}, "ids"),
        (Selection(ids=range(10_001)), {"n": 1}, "ids"),
        (Selection(ids=[1]), {}, "values"),
        (Selection(ids=[1]), {"id": 1}, "values"),
        (Selection(ids=[1]), {"no": 1}, "values"),
        (Selection(ids=[1]), {"n": None}, "values"),
        (Selection(ids=[1]), {"n": True}, "values"),
        (Selection(ids=[1]), {"n": "1"}, "values"),
        (Selection(ids=[1]), {"text": 1}, "values"),
        (Selection(ids=[1]), {"text": b"a"}, "values"),
        (Selection(ids=[1]), {"text": "a\0"}, "values"),
        (Selection(filter=Membership("n", ("a",))), {"n": 1}, "filter.membership"),
    ],
)
def test_a_change_that_does_not_fit_is_refused_naming_the_field(rows, things, selection, values, field):
    rows.insert("things", numbers(1), "")
    with pytest.raises(InvalidInput) as refusal:
        rows.update("things", selection, values, False)
    assert refusal.value.field == field


def test_values_of_every_type_are_set(rows, store):
    Tables(store, Readers()).create("things", TableKind.GENERAL, "", "", awkward.COLUMNS)
    nothing = IncomingChunk(0, 2, [], {"whole": ColumnArray(np.array([0, 0]))})
    rows.insert("things", nothing, "")
    for cells in awkward.cells():
        values = dict(zip(awkward.NAMES, cells, strict=True))
        assert rows.update("things", Selection(ids=[2]), values, False) == 1
        assert rows.get("things", 2, awkward.NAMES).rows == [Row(2, cells)]
    assert rows.get("things", 1, awkward.NAMES).rows == [Row(1, (0, *[None] * (len(awkward.COLUMNS) - 1)))]


def test_tensors_of_other_sizes_and_broken_images_are_not_set(rows, store):
    Tables(store, Readers()).create("things", TableKind.GENERAL, "", "", awkward.COLUMNS)
    for values, reason in [
        ({"floats": bytes(23)}, "expected 24 bytes for the tensor column 'floats', received 23"),
        ({"picture": b"x"}, "The column 'picture': "),
        ({"raw": bytes(1_000_001)}, "The column 'raw': the value has more than the 1,000,000 bytes"),
        ({"real 100%(x)s": float("inf")}, "expected a finite number"),
    ]:
        with pytest.raises(InvalidInput, match=reason):
            rows.update("things", equals("whole", 1), values, True)


def test_a_new_image_brings_what_follows_from_it(rows, table):
    rows.insert("digits", images(("a", png(1)), ("b", png(2))), "")
    buffer = io.BytesIO()
    Image.new("RGB", (4, 3), (1, 2, 3)).save(buffer, "JPEG")
    colour = buffer.getvalue()
    assert rows.update("digits", Selection(ids=[2]), {"image": colour, "label": "c"}, False) == 1
    columns = ("label", "image", "width", "height", "channels", "media_type", "sha256", "source_name")
    assert all_rows(rows, "digits", columns) == [
        (1, "a", png(1), 6, 5, 1, "image/png", hashlib.sha256(png(1)).hexdigest(), ""),
        (2, "c", colour, 4, 3, 3, "image/jpeg", hashlib.sha256(colour).hexdigest(), ""),
    ]


def images(*rows):
    labels, files = zip(*rows, strict=True)
    return IncomingChunk(0, len(rows), [], {"label": ColumnArray(list(labels)), "image": ColumnArray(list(files))})


def test_what_follows_from_an_image_cannot_be_set(rows, table):
    rows.insert("digits", images(("a", png(1))), "")
    for values in (
        {"width": 1},
        {"sha256": "ab" * 32},
        {"id": 5},
        {"create_time": None},
        {"label": " "},
        {"source_name": "x" * 1001},
        {"image": b"no image"},
    ):
        with pytest.raises(InvalidInput) as refusal:
            rows.update("digits", Selection(ids=[1]), values, False)
        assert refusal.value.field == "values"


def test_image_rows_are_filtered_and_ordered_as_others_are(rows, table):
    rows.insert("digits", images(*((label, png(n)) for n, label in enumerate(["b", "a", "B", "b "]))), "")
    listed = rows.list("digits", PageRequest(["label"], 2, "", None, (Order("label", descending=True),)))
    assert [row.cells for row in listed.rows] == [("b ",), ("b",)]
    rest = PageRequest(["label"], 2, listed.next_page_token, None, (Order("label", descending=True),))
    assert [row.cells for row in rows.list("digits", rest).rows] == [("a",), ("B",)]
    assert rows.delete("digits", equals("label", "b"), False) == 1
    assert [row[1] for row in all_rows(rows, "digits", ["label"])] == ["a", "B", "b "]


def test_texts_that_share_their_beginning_are_paged_without_loss(rows, things):
    texts = [("é" * 1999) + letter * 3000 for letter in "zyxa"] + ["é" * 2500, "é" * 1999]
    rows.insert("things", numbers(*range(6), texts=texts), "")
    order = (Order("text"),)
    found, token = [], ""
    while True:
        page = rows.list("things", PageRequest(["n"], 1, token, None, order))
        found += [row.cells[0] for row in page.rows]
        token = page.next_page_token
        if not token:
            break
    # By the first 4,000 bytes, of which two belong to the letter that differs.
    assert found == [5, 3, 2, 1, 0, 4]


def test_a_page_of_large_texts_is_bounded_by_bytes(rows, things):
    texts = ["é" * 700_000] * 4
    rows.insert("things", numbers(1, 2, texts=texts[:2]), "")
    rows.insert("things", numbers(3, 4, texts=texts[2:]), "")
    first = rows.list("things", PageRequest(["text"]))
    assert [row.id for row in first.rows] == [1, 2]
    second = rows.list("things", PageRequest(["text"], 0, first.next_page_token))
    assert [row.id for row in second.rows] == [3, 4]
    assert second.next_page_token == ""
    assert [row.id for row in rows.list("things", PageRequest(["n"])).rows] == [1, 2, 3, 4]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    "request_",
    [
        PageRequest(order=(Order("no"),)),
        PageRequest(order=(Order("n"), Order("n"))),
        PageRequest(order=tuple(Order(f"c{n}") for n in range(17))),
    ],
)
def test_an_order_that_does_not_fit_is_refused(rows, things, request_):
    with pytest.raises(InvalidInput) as refusal:
        rows.list("things", request_)
    assert refusal.value.field == "order_by"
