"""Values at any positions: the very ones of the rows, of every type, from copies and from what is read again."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tablefit.imaging.pixel_format import PixelFormat

from data_service.columns import ColumnArray, RowBatch
from data_service.gathering import Gatherer
from data_service.order import Positions
from data_service.pinned_rows import PinnedRows
from data_service.schema import Column, ColumnType
from data_service.snapshots import Guarantee, Snapshots
from tests import awkward
from tests.pinned_rows import pin

pytestmark = pytest.mark.usefixtures("small_blocks")
IDS = np.arange(100, 100 + awkward.ROW_COUNT)
POSITIONS = st.lists(st.integers(0, awkward.ROW_COUNT - 1), min_size=1, max_size=30)
FORMAT = PixelFormat("L", 1, 1)


class ShownPixels:
    """Pixels that are the positions themselves."""

    pixel_format = FORMAT

    def read(self, positions: Positions, *, at_once: bool = False) -> np.ndarray:
        return positions.astype(np.uint8).reshape(-1, 1, 1, 1)


class KeptValues:
    """What a database would give when it is read again."""

    def __init__(self, rows: PinnedRows) -> None:
        self._rows = rows
        self.asked: list[list[int]] = []

    def read(self, column: Column, positions: Positions) -> list[bytes]:
        self.asked.append(positions.tolist())
        place = awkward.NAMES.index(column.name)
        return [awkward.cells()[position][place] for position in positions.tolist()]


@pytest.fixture(params=[Guarantee.EXACT, Guarantee.CHANGE_DETECTING])
def rows(pins: Snapshots, tmp_path: Path, request: pytest.FixtureRequest) -> PinnedRows:
    batch = RowBatch(IDS, stored_arrays())
    return PinnedRows(pin(pins, awkward.COLUMNS, batch, request.param), tmp_path)


def stored_arrays() -> dict[str, ColumnArray]:
    """As rows come from the store."""
    return awkward.arrays()


def expected(column: Column, position: int, classes: tuple[str, ...]) -> object:
    """A value as a batch holds it: None for NULL."""
    value = awkward.cells()[position][awkward.NAMES.index(column.name)]
    if value is None:
        return None
    match column.type:
        case ColumnType.CATEGORY:
            return classes.index(value)
        case ColumnType.IMAGE:
            return position
        case ColumnType.TENSOR:
            return hashlib.sha256(value).hexdigest()
        case ColumnType.TIMESTAMP:
            return stored_arrays()[column.name].values[position].item()
    return value


def shown(column: Column, array: ColumnArray) -> list[object]:
    found = []
    for place in range(len(array)):
        value = array.values[place]
        if array.is_null is not None and array.is_null[place]:
            found.append(None)
        elif column.type is ColumnType.TENSOR:
            found.append(hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest())
        else:
            found.append(value.item() if isinstance(value, np.ndarray | np.generic) else value)
    return found


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(positions=POSITIONS)
def test_values_of_every_type_come_in_the_order_asked_for(rows: PinnedRows, positions: list[int]) -> None:
    gatherer = Gatherer(rows, awkward.NAMES, {"picture": ShownPixels()}, KeptValues(rows))
    found = gatherer.read(np.array(positions))
    assert list(found) == awkward.NAMES
    classes = rows.classes("select").names
    for column in awkward.COLUMNS:
        wanted = [expected(column, position, classes) for position in positions]
        assert shown(column, found[column.name]) == wanted


def test_nulls_are_zeros_and_empty_and_no_class(rows: PinnedRows) -> None:
    last = awkward.ROW_COUNT - 1
    found = Gatherer(rows, awkward.NAMES, {"picture": ShownPixels()}, KeptValues(rows)).read(np.array([last]))
    for name in ("whole", "real 100%(x)s", "yes`no", "Zeit", "floats", "one"):
        assert not np.any(found[name].values)
    assert [found[name].values[0] for name in ('a "text": :t', "raw", "select")] == ["", b"", -1]
    assert all(array.is_null is not None and array.is_null.tolist() == [True] for array in found.values())


def test_flags_of_null_are_left_out_where_no_row_is_null(rows: PinnedRows) -> None:
    found = Gatherer(rows, awkward.NAMES, {"picture": ShownPixels()}, KeptValues(rows)).read(np.arange(12))
    assert [name for name, array in found.items() if array.is_null is not None] == []


def test_columns_come_in_the_order_named(rows: PinnedRows) -> None:
    names: Sequence[str] = ("select", "whole")
    assert list(Gatherer(rows, names, {}, KeptValues(rows)).read(np.array([1]))) == ["select", "whole"]
