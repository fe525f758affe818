"""Rows of sources as messages: by column, within limits, and none that no message holds."""

from collections.abc import Iterator

import numpy as np
import pytest
from tablefit.data.row_chunks import chunks_of, row_name, to_message
from tablefit.errors import InvalidInput
from tablefit.rpc import tensors
from tablefit.rpc.settings import LIMIT_MESSAGE_BYTES
from tablefit.sources import from_rows
from tablefit.sources.columns import ColumnArray, ColumnChunk


def test_each_kind_of_column_becomes_the_form_that_the_service_takes():
    is_null = np.array([False, True])
    columns = {
        "n": ColumnArray(np.array([1, 2**62])),
        "yes": ColumnArray(np.array([True, False]), is_null),
        "vector": ColumnArray(np.array([[1, 2], [3, 4]], np.float16)),
        "name": ColumnArray(["größe", ""], is_null),
        "raw": ColumnArray([b"\0", b""], np.array([False, False])),
    }
    message = to_message(ColumnChunk(2, columns))
    assert (message.row_count, list(message.source_names)) == (2, [])
    found = {column.column: column for column in message.columns}
    assert tensors.decode(found["n"].tensor).tolist() == [1, 2**62]
    assert tensors.decode(found["yes"].tensor).tolist() == [True, False]
    assert tensors.decode(found["vector"].tensor).dtype == np.float16
    assert list(found["name"].texts.values) == ["größe", ""]
    assert list(found["raw"].blobs.values) == [b"\0", b""]
    assert {name: column.is_null for name, column in found.items()} == {
        "n": b"",
        "yes": b"\0\1",
        "vector": b"",
        "name": b"\0\1",
        "raw": b"",
    }


@pytest.mark.parametrize("skip", [0, 1, 7, 10])
def test_rows_go_on_after_those_that_are_done_within_the_limits(skip: int):
    source = from_rows([{"n": number, "s": "x" * 100} for number in range(10)])
    chunks = list(chunks_of(source, skip, limit_rows=4, limit_bytes=320))
    numbers = [tensors.decode(chunk.columns[0].tensor).tolist() for chunk in chunks]
    assert [number for part in numbers for number in part] == list(range(skip, 10))
    # Two rows of 108 bytes each fit, three do not.
    assert all(len(part) <= 2 for part in numbers)


def test_a_value_that_no_message_holds_is_cut_to_one_that_is_refused_for_its_length():
    source = from_rows([{"a": "x"}, {"a": "y" * 5_000_000}, {"a": "z"}])
    lengths = [len(chunk.columns[0].texts.values[0]) for chunk in chunks_of(source, 0, 8192, 1000)]
    assert lengths[1] == 1_000_001
    assert lengths[0] == 1


def test_a_row_of_many_large_values_is_refused_by_name():
    columns = {f"c{number}": ColumnArray([b"x" * 16_000_000]) for number in range(5)}

    class Wide:
        origin = "wide"

        def chunks(self, skip: int, limit_rows: int, limit_bytes: int) -> Iterator[ColumnChunk]:
            yield ColumnChunk(1, columns)

    with pytest.raises(InvalidInput, match=f"wide#3 has 80,000,.* at most {LIMIT_MESSAGE_BYTES - 2**20:,} in one row"):
        list(chunks_of(Wide(), 3, 8192, 1000))


def test_rows_without_names_are_called_by_their_place():
    assert row_name(from_rows([{"a": 1}], name="made"), 17) == "made#17"
