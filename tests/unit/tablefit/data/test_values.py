"""Values of rows between Python and messages."""

from datetime import UTC, datetime

import numpy as np
import pytest
from tablefit.data.tables import Column
from tablefit.data.values import to_cell, to_chunk, to_value
from tablefit.errors import InvalidInput
from tablefit.rpc import tensors
from tablefit.v1 import data_service_pb2 as pb

INTEGER = Column("age", "integer", nullable=True)
TIME = Column("seen", "timestamp")
TENSOR = Column("vector", "tensor", nullable=True, data_type="float32", shape=(2,))
NAME = Column("name", "text")
PHOTO = Column("photo", "image")


@pytest.mark.parametrize(
    ("cell", "column", "back"),
    [
        (3, INTEGER, 3),
        (np.int16(3), INTEGER, 3),
        (None, INTEGER, None),
        (1, Column("w", "float"), 1.0),
        (np.bool_(True), Column("b", "boolean"), True),
        ("2024-05-01T12:00:00+02:00", TIME, datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("größe", NAME, "größe"),
        (bytearray(b"\0"), PHOTO, b"\0"),
    ],
)
def test_a_value_comes_back_in_its_columns_type(cell, column, back):
    found = to_cell(to_value(cell, column), column)
    assert (found, type(found)) == (back, type(back))


def test_a_tensor_comes_back_as_an_array():
    found = to_cell(to_value([1, 0.1], TENSOR), TENSOR)
    assert found.tolist() == np.array([1, 0.1], np.float32).tolist()
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    ("cell", "column"),
    [
        (1.5, INTEGER),
        ("x", PHOTO),
        ([1, 2, 3], TENSOR),
        (["a", "b"], TENSOR),
        ([300, 1], Column("v", "tensor", data_type="uint8", shape=(2,))),
        ([1.5, 1], Column("v", "tensor", data_type="uint8", shape=(2,))),
    ],
)
def test_a_value_that_would_have_to_be_changed_is_refused(cell, column):
    with pytest.raises(InvalidInput, match="expected"):
        to_value(cell, column)


def test_a_chunk_holds_rows_by_column():
    rows = [{"age": 3, "seen": "1970-01-01T00:00:00.000007", "vector": [1, 2]}, {"seen": "1970-01-01"}]
    chunk = to_chunk(rows, (INTEGER, TIME, TENSOR))
    age = pb.ColumnValues(column="age", tensor=tensors.encode(np.array([3, 0])), is_null=b"\0\1")
    seen = pb.ColumnValues(column="seen", tensor=tensors.encode(np.array([7, 0])))
    vectors = np.array([[1, 2], [0, 0]], np.float32)
    vector = pb.ColumnValues(column="vector", tensor=tensors.encode(vectors), is_null=b"\0\1")
    assert chunk == pb.RowChunk(row_count=2, columns=[age, seen, vector])


def test_a_chunk_of_images_names_their_origin():
    rows = [{"name": "cat", "photo": b"png", "source_name": "cat/1.png"}, {"name": "dog", "photo": b"gif"}]
    chunk = to_chunk(rows, (NAME, PHOTO, Column("source_name", "text")), "source_name")
    assert chunk == pb.RowChunk(
        row_count=2,
        source_names=["cat/1.png", ""],
        columns=[
            pb.ColumnValues(column="name", texts=pb.TextValues(values=["cat", "dog"])),
            pb.ColumnValues(column="photo", blobs=pb.BlobValues(values=[b"png", b"gif"])),
        ],
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"agee": 1}, "There is no column 'agee' to set; expected age."),
        ({"age": "x"}, "Row 0: expected an integer of 64 bits for the column 'age', received 'x'"),
    ],
)
def test_a_row_that_does_not_fit_is_named(row, message):
    with pytest.raises(InvalidInput) as caught:
        to_chunk([row], (INTEGER,))
    assert caught.value.message == message
