"""The rows of a snapshot as streams want them: ids and classes of all rows, and what is made once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tablefit.errors import InvalidInput

from data_service import pinned_rows
from data_service.columns import ColumnArray, RowBatch
from data_service.pinned_rows import PinnedRows
from data_service.schema import Column, ColumnType
from data_service.snapshots import Snapshots
from tests.pinned_rows import pin

TIMEOUT_S = 30
COLUMNS = (
    Column("kind", ColumnType.CATEGORY, True),
    Column("note", ColumnType.TEXT, True),
    Column("yes", ColumnType.BOOLEAN, True),
    Column("n", ColumnType.INTEGER, True),
)
IDS = [-3, 2, 5, 6, 7, 9, 11, 12, 20]
KINDS = ["cat", "Cat", None, "café", "cat", "𝄞", None, "", "cafe"]
NOTES = ["b", None, "", "a", "b", "b", None, "ab", "a"]
YES = [True, None, False, True, True, None, False, True, True]
NUMBERS = [1, None, 3, 4, 5, 6, 7, None, 9]

pytestmark = pytest.mark.usefixtures("small_blocks")


def nulls(values: list) -> np.ndarray:
    return np.array([value is None for value in values])


@pytest.fixture
def rows(pins: Snapshots, tmp_path: Path) -> PinnedRows:
    arrays = {
        "kind": ColumnArray([kind or "" for kind in KINDS], nulls(KINDS)),
        "note": ColumnArray([note or "" for note in NOTES], nulls(NOTES)),
        "yes": ColumnArray(np.array([bool(value) for value in YES]), nulls(YES)),
        "n": ColumnArray(np.array([number or 0 for number in NUMBERS]), nulls(NUMBERS)),
    }
    return PinnedRows(pin(pins, COLUMNS, RowBatch(np.array(IDS), arrays)), tmp_path)


def named(names: tuple[str, ...], values: list) -> list[int]:
    return [-1 if value is None else names.index(value) for value in values]


def test_ids_of_all_blocks_are_joined(rows: PinnedRows) -> None:
    assert (rows.pinned.block_count, rows.row_count) == (3, 9)
    assert (rows.ids.tolist(), rows.ids.dtype) == (IDS, np.int64)


@pytest.mark.parametrize(("column", "values"), [("kind", KINDS), ("note", NOTES)])
def test_classes_are_the_distinct_values_in_order_of_code_point(
    rows: PinnedRows, column: str, values: list[str | None]
) -> None:
    classes = rows.classes(column)
    assert classes.names == tuple(sorted({value for value in values if value is not None}))
    assert (classes.codes.tolist(), classes.codes.dtype) == (named(classes.names, values), np.int32)
    assert classes.row_counts == tuple(values.count(name) for name in classes.names)
    assert classes.count(np.array([0, 2, 4, 4])) == tuple(
        [values[place] for place in (0, 2, 4, 4)].count(name) for name in classes.names
    )


def test_booleans_are_two_classes(rows: PinnedRows) -> None:
    classes = rows.classes("yes")
    assert (classes.names, classes.row_counts) == (("false", "true"), (2, 5))
    assert classes.codes.tolist() == [-1 if value is None else int(value) for value in YES]


def test_numbers_come_with_their_nulls(rows: PinnedRows) -> None:
    values, is_null = rows.numbers("n")
    assert is_null is not None
    assert [None if null else value for value, null in zip(values.tolist(), is_null, strict=True)] == NUMBERS


def test_positions_are_found_in_their_blocks(rows: PinnedRows) -> None:
    numbers, places = rows.locate(np.array([8, 0, 3, 4, 0]))
    assert numbers == [0, 1, 2]
    assert [at.tolist() for at in places] == [[1, 2, 4], [3], [0]]
    assert rows.locate(np.empty(0, dtype=np.int64)) == ([], [])


def test_an_unknown_column_is_refused_by_its_field(rows: PinnedRows) -> None:
    assert rows.column("n").type is ColumnType.INTEGER
    with pytest.raises(InvalidInput, match="has kind, note, yes, n; received 'm'") as refused:
        rows.column("m", "split.value.column")
    assert refused.value.field == "split.value.column"


def test_what_is_remembered_is_made_once(rows: PinnedRows) -> None:
    made: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def make() -> int:
        begun.set()
        assert go_on.wait(TIMEOUT_S)
        made.append(1)
        return len(made)

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(rows.remembered, "a", make) for _ in range(2)]
        assert begun.wait(TIMEOUT_S)
        # Whoever wants something else does not wait.
        assert rows.remembered("b", lambda: "other") == "other"
        assert rows.ids.tolist() == IDS
        go_on.set()
        assert [answer.result(TIMEOUT_S) for answer in asked] == [1, 1]


def test_what_could_not_be_made_is_tried_again(rows: PinnedRows) -> None:
    def fail() -> int:
        raise LookupError("gone")

    with pytest.raises(LookupError):
        rows.remembered("a", fail)
    assert rows.remembered("a", lambda: None) is None
    assert rows.remembered("a", fail) is None


def test_what_was_used_last_is_remembered(rows: PinnedRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned_rows, "KEPT_FACTS", 2)
    for name in ("a", "b", "a", "c"):
        rows.remembered(name, lambda name=name: name)
    assert [rows.remembered(name, lambda: "anew") for name in ("a", "c", "b")] == ["a", "c", "anew"]
