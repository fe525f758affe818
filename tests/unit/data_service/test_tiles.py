"""Rows out of tiles: the very ones of the snapshot, whatever was asked for before."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_service import tiles
from data_service.columns import ColumnArray, RowBatch
from data_service.pinned_rows import PinnedRows
from data_service.schema import Column, ColumnType
from data_service.snapshots import Guarantee, Snapshots
from data_service.tiles import Tiles
from tests.pinned_rows import pin

pytestmark = pytest.mark.usefixtures("small_blocks")
ROWS = 300
COLUMNS = (
    Column("flag", ColumnType.BOOLEAN, True),
    Column("number", ColumnType.FLOAT, True),
    Column("count", ColumnType.INTEGER, False),
    Column("kind", ColumnType.CATEGORY, True),
    Column("grid", ColumnType.TENSOR, False, data_type="int16", shape=(2, 3)),
    Column("text", ColumnType.TEXT, False),
)
NULLS = {"flag": [], "number": [7, 200], "kind": [40]}


def arrays() -> dict[str, ColumnArray]:
    number = np.arange(ROWS)
    values = {
        "flag": number % 3 == 0,
        "number": number / 7,
        "count": number * 11,
        "kind": [f"kind {place % 5}" for place in range(ROWS)],
        "grid": (number[:, None, None] + np.arange(6).reshape(2, 3)).astype(np.int16),
        "text": [str(place) for place in range(ROWS)],
    }
    return {name: ColumnArray(given, _flags(name)) for name, given in values.items()}


def _flags(name: str) -> np.ndarray | None:
    return np.isin(np.arange(ROWS), NULLS[name]) if NULLS.get(name) else None


@pytest.fixture(params=[Guarantee.EXACT, Guarantee.CHANGE_DETECTING])
def rows(pins: Snapshots, tmp_path: Path, request: pytest.FixtureRequest) -> PinnedRows:
    return PinnedRows(pin(pins, COLUMNS, RowBatch(np.arange(ROWS) + 50, arrays()), request.param), tmp_path)


def check(found: dict[str, ColumnArray] | None, rows: PinnedRows, positions: Sequence[int]) -> None:
    at = np.asarray(positions)
    assert found is not None
    for name, array in found.items():
        nulls = np.isin(at, NULLS.get(name, []))
        assert (array.is_null is None) == (not nulls.any())
        assert array.is_null is None or array.is_null.tolist() == nulls.tolist()
        wanted = arrays()[name].values
        if name == "kind":
            wanted = np.array([rows.classes(name).names.index(value) for value in wanted])
        assert array.values[~nulls].tolist() == np.asarray(wanted)[at][~nulls].tolist()


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reads=st.lists(st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=20), min_size=1, max_size=6),
    tile_rows=st.sampled_from([1, 8, 64, ROWS]),
)
def test_rows_are_those_of_the_snapshot(rows: PinnedRows, reads: list[list[int]], tile_rows: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "TILE_ROWS", tile_rows)
        held = Tiles(rows, tiles.find_columns(rows, COLUMNS))
        for positions in reads:
            check(held.take(np.array(positions)), rows, positions)


def test_a_tile_gives_its_place_to_one_that_is_wanted(rows: PinnedRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "TILE_ROWS", 8)
    columns = tiles.find_columns(rows, COLUMNS)
    row_bytes = 40 if rows.record.guarantee is Guarantee.EXACT else 24
    monkeypatch.setattr(tiles, "LIMIT_BYTES", 2 * 8 * row_bytes)
    held = Tiles(rows, columns)
    for positions in ([9, 1], [17, 2], [200, 18], [7, 9, 0]):
        check(held.take(np.array(positions)), rows, positions)
    assert held.take(np.array([1, 9, 17])) is None
    check(held.take(np.array([16, 23])), rows, [16, 23])


def test_columns_without_one_size_are_left_to_others(rows: PinnedRows, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [column.name for column in tiles.find_columns(rows, COLUMNS)]
    is_exact = rows.record.guarantee is Guarantee.EXACT
    assert names == ["flag", "number", "count", "kind", *(["grid"] if is_exact else [])]
    monkeypatch.setattr(tiles, "LIMIT_BYTES", 23 * 64 * 1024)
    assert tiles.find_columns(rows, COLUMNS) == []
    assert tiles.find_columns(rows, COLUMNS[-1:]) == []
