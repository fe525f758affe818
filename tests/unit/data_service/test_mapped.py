"""Arrays in files without a name."""

from pathlib import Path

import numpy as np
import pytest

from data_service.mapped import CHUNK_ROWS, Appended, allocate, chunks


@pytest.mark.parametrize("row_count", [0, 1, 1000])
def test_an_allocated_array_is_zeros_that_can_be_written(tmp_path: Path, row_count: int) -> None:
    array = allocate(tmp_path, np.int64, row_count)
    assert array.tolist() == [0] * row_count
    array[:] = range(row_count)
    assert array.tolist() == list(range(row_count))


def test_what_was_appended_is_read_in_order(tmp_path: Path) -> None:
    rows = Appended(tmp_path, np.uint8, (2,))
    rows.append(b"\x01\x02\x03\x04")
    rows.append(np.array([[5, 6]]))
    assert rows.finish().tolist() == [[1, 2], [3, 4], [5, 6]]


def test_nothing_appended_is_an_empty_array(tmp_path: Path) -> None:
    assert Appended(tmp_path, np.uint8, (32,)).finish().shape == (0, 32)


def test_arrays_leave_no_files_behind(tmp_path: Path) -> None:
    array = allocate(tmp_path, np.int64, 10)
    rows = Appended(tmp_path, np.int64)
    rows.append(np.arange(3))
    finished = rows.finish()
    assert list(tmp_path.iterdir()) == []
    assert (len(array), len(finished)) == (10, 3)


@pytest.mark.parametrize("row_count", [0, 1, CHUNK_ROWS, CHUNK_ROWS + 1, 3 * CHUNK_ROWS])
def test_chunks_cover_all_rows_once(row_count: int) -> None:
    covered = [range(row_count)[chunk] for chunk in chunks(row_count)]
    assert sum(map(len, covered)) == row_count
    assert all(0 < len(part) <= CHUNK_ROWS for part in covered)
    assert [part.start for part in covered] == list(range(0, row_count, CHUNK_ROWS))
