"""Filters mean the same on every engine, and the same as the plain Python that states their meaning here."""

import operator
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tablefit.errors import InvalidInput

from data_service import filters
from data_service.chunks import IncomingChunk
from data_service.columns import ColumnArray, to_microseconds
from data_service.filters import Comparator, Comparison, IsNull, Like, Membership, Not
from data_service.readers import Readers
from data_service.row_pages import PageRequest
from data_service.rows import Rows
from data_service.schema import Column, ColumnType, TableKind
from data_service.store import Order
from data_service.tables import Tables
from data_service.verification import RowVerifier

COLUMNS = (
    Column("whole", ColumnType.INTEGER, True),
    Column("real", ColumnType.FLOAT, True),
    Column("yes", ColumnType.BOOLEAN, True),
    Column("text", ColumnType.TEXT, True),
    Column("time", ColumnType.TIMESTAMP, True),
    Column("raw", ColumnType.BYTES, True),
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Few values, so that conditions hit; each with a neighbour that some engine takes for the same.
VALUES = {
    "whole": [-(2**63), -1, 0, 1, 2**53, 2**53 + 1, 2**63 - 1],
    "real": [-1e300, -0.5, 0.0, 0.1, 0.1 + 2**-56, 1.0, 5e-324, 9007199254740992.0],
    "yes": [True, False],
    "text": [
        "",
        " ",
        "a",
        "A",
        "a ",
        "a\t",
        "á",
        "a\u0301",
        "ab",
        "a%",
        "a_b",
        "a\\b",
        "a*",
        "[a]",
        "a?",
        "😀",
        "\uffff",
    ],
    "time": [datetime(1, 1, 1, tzinfo=UTC), EPOCH, EPOCH + timedelta(microseconds=1), datetime(9999, 1, 1, tzinfo=UTC)],
    "raw": [b"", b" ", b"\0", b"a", b"A", b"a ", b"\xff", b"'\\"],
}
COMPARE = {
    Comparator.EQUAL: operator.eq,
    Comparator.NOT_EQUAL: operator.ne,
    Comparator.LESS: operator.lt,
    Comparator.LESS_OR_EQUAL: operator.le,
    Comparator.GREATER: operator.gt,
    Comparator.GREATER_OR_EQUAL: operator.ge,
}


def made_rows():
    rng = np.random.default_rng(3)
    rows = []
    for _ in range(120):
        values = {name: values[rng.integers(len(values))] for name, values in VALUES.items()}
        rows.append({name: None if rng.random() < 0.15 else value for name, value in values.items()})
    return rows


def column(name, rows):
    values = [row[name] for row in rows]
    is_null = np.array([value is None for value in values])
    filler = VALUES[name][0]
    filled = [filler if value is None else value for value in values]
    if name == "time":
        filled = list(map(to_microseconds, filled))
    dtype = {"whole": np.int64, "time": np.int64, "real": np.float64, "yes": np.bool_}.get(name)
    return ColumnArray(filled if dtype is None else np.array(filled, dtype), is_null)


@pytest.fixture
def rows(store):
    """The rows of a table `things`, filled with `made_rows`."""
    Tables(store, Readers()).create("things", TableKind.GENERAL, "", "", COLUMNS)
    found = Rows(store, RowVerifier(store))
    sent = made_rows()
    found.insert("things", IncomingChunk(0, len(sent), [], {name: column(name, sent) for name in VALUES}), "")
    return found


def key(value):
    return value.encode() if isinstance(value, str) else value


def like(pattern, text):
    parts = []
    letters = iter(pattern)
    for letter in letters:
        if letter in "%_":
            parts.append(".*" if letter == "%" else ".")
        else:
            parts.append(re.escape(next(letters) if letter == "\\" else letter))
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def evaluate(wanted, row):
    """True, False, or None where SQL does not know."""
    match wanted:
        case filters.All(parts) | filters.Any(parts):
            found = {evaluate(part, row) for part in parts}
            decisive = isinstance(wanted, filters.Any)
            return decisive if decisive in found else None if None in found else not decisive
        case Not(part):
            found = evaluate(part, row)
            return None if found is None else not found
        case IsNull(name):
            return row[name] is None
    value = row[wanted.column]
    if value is None:
        return None
    match wanted:
        case Comparison(_, comparator, other):
            return COMPARE[comparator](key(value), key(other))
        case Membership(_, values):
            return key(value) in [key(other) for other in values]
        case Like(_, pattern):
            return like(pattern, value)


def list_ids(rows, wanted, order=(), page_size=1000):
    ids, token = [], ""
    while True:
        page = rows.list("things", PageRequest(["yes"], page_size, token, wanted, order))
        ids += [row.id for row in page.rows]
        token = page.next_page_token
        if not token:
            return ids


def leaves():
    names = st.sampled_from(sorted(VALUES))
    comparisons = names.flatmap(
        lambda name: st.builds(Comparison, st.just(name), st.sampled_from(Comparator), st.sampled_from(VALUES[name]))
    )
    memberships = names.flatmap(
        lambda name: st.builds(
            Membership, st.just(name), st.lists(st.sampled_from(VALUES[name]), min_size=1, max_size=4).map(tuple)
        )
    )
    patterns = st.lists(
        st.sampled_from(["%", "_", "a", "A", "\\%", "\\_", "\\\\", "\\a", "*", "?", "[", "]", "á", "😀"])
    )
    likes = st.builds(Like, st.just("text"), patterns.map("".join))
    return st.one_of(comparisons, memberships, likes, st.builds(IsNull, names))


def conditions():
    return st.recursive(
        leaves(),
        lambda inner: st.one_of(
            st.builds(filters.All, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(filters.Any, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=6,
    )


def orders():
    terms = st.builds(Order, st.sampled_from(["whole", "real", "yes", "text", "time"]), st.booleans())
    return st.lists(terms, max_size=3, unique_by=lambda order: order.column).map(tuple)


def expected_ids(sent, wanted, order):
    chosen = [n for n, row in enumerate(sent) if evaluate(wanted, row)]
    # Sorting is stable, also in reverse.
    for term in reversed(order):
        known = [n for n in chosen if sent[n][term.column] is not None]
        known.sort(key=lambda n, name=term.column: key(sent[n][name]), reverse=term.descending)
        # NULLs come first either way.
        chosen = [n for n in chosen if sent[n][term.column] is None] + known
    return [n + 1 for n in chosen]


SHORT = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SHORT
@given(wanted=conditions(), order=orders(), page_size=st.integers(1, 200))
def test_filters_and_orders_mean_what_python_says(rows, wanted, order, page_size):
    assert list_ids(rows, wanted, order, max(page_size, 7)) == expected_ids(made_rows(), wanted, order)


def test_every_pattern_of_each_text_finds_it_alone(rows):
    sent = made_rows()
    for text in VALUES["text"]:
        pattern = "".join(f"\\{letter}" if letter in "%_\\" else letter for letter in text)
        assert list_ids(rows, Like("text", pattern)) == [n + 1 for n, row in enumerate(sent) if row["text"] == text]


def test_a_filter_as_wide_and_deep_as_allowed_is_answered(rows):
    wanted = IsNull("whole")
    for _ in range(15):
        wanted = filters.Any((*[IsNull("whole")] * 60, Not(filters.All((wanted, *[IsNull("real")] * 60)))))
        wanted = filters.All((wanted,))
        if depth(wanted) > filters.LIMIT_DEPTH - 4:
            break
    found = list_ids(rows, wanted)
    assert found == expected_ids(made_rows(), wanted, ())
    wide = filters.Any((*[Comparison("whole", Comparator.EQUAL, n) for n in range(999)], IsNull("real")))
    assert list_ids(rows, wide) == expected_ids(made_rows(), wide, ())


def test_ten_thousand_values_are_answered(rows):
    wanted = Membership("whole", tuple(range(10_000)))
    assert list_ids(rows, wanted) == expected_ids(made_rows(), wanted, ())


def depth(wanted):
    match wanted:
        case filters.All(parts) | filters.Any(parts):
            return 1 + max(map(depth, parts))
        case Not(part):
            return 1 + depth(part)
    return 1


def test_columns_compare_by_their_bytes_whatever_their_collation(rows, plain_sql, engine_name):
    if engine_name == "sqlite":
        plain_sql("ALTER TABLE things RENAME TO before")
        columns = (
            "id INTEGER PRIMARY KEY, whole BIGINT, real DOUBLE, yes BOOLEAN, text TEXT COLLATE NOCASE, time DATETIME"
        )
        plain_sql(f"CREATE TABLE things ({columns}, raw BLOB)")
        plain_sql("INSERT INTO things SELECT * FROM before")
    else:
        plain_sql("ALTER TABLE things MODIFY text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
    sent = made_rows()
    order = (Order("text", descending=True),)
    for wanted in (
        Comparison("text", Comparator.EQUAL, "a"),
        Comparison("text", Comparator.LESS, "a "),
        Membership("text", ("A", "á")),
        Like("text", "a%"),
        Not(Like("text", "_")),
    ):
        assert list_ids(rows, wanted, order, 5) == expected_ids(sent, wanted, order)


def test_a_change_of_the_filter_ends_a_list(rows):
    first = PageRequest(["whole"], 2, "", IsNull("real"))
    token = rows.list("things", first).next_page_token
    with pytest.raises(InvalidInput, match="expected the next_page_token of a page of this very list"):
        rows.list("things", replace(first, page_token=token, filter=None))
