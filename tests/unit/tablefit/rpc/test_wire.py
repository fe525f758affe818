"""Messages written and read without protobuf's classes: the same ones that those write and read."""

from typing import Any

import numpy as np
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from tablefit.data.batch_messages import Group, read_response
from tablefit.errors import InvalidInput
from tablefit.rpc import tensors, wire
from tablefit.rpc.tensor_fields import ALIGNMENT, Parts, to_content, to_rows_content, to_string_content
from tablefit.v1 import data_service_pb2 as pb

DTYPES = st.sampled_from(["u1", "<i2", "<i4", "<i8", "<f4", "<f8", "?", "<f2", "i1", "<u2"])
SHAPES = st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple)


@st.composite
def arrays(draw: st.DrawFn, row_count: int | None = None) -> np.ndarray:
    dtype, shape = np.dtype(draw(DTYPES)), draw(SHAPES)
    shape = shape if row_count is None else (row_count, *shape[1:])
    size = int(np.prod(shape)) * dtype.itemsize
    # Booleans are bytes of 0 and 1.
    content = draw(st.binary(min_size=size, max_size=size))
    return np.frombuffer(bytes(byte & 1 for byte in content) if dtype.kind == "b" else content, dtype).reshape(shape)


@st.composite
def named_tensors(
    draw: st.DrawFn, row_count: int | None = None
) -> tuple[str, np.ndarray | list[str] | list[bytes], bytes]:
    sizes = {"min_size": row_count or 0, "max_size": 9 if row_count is None else row_count}
    texts, strings = (st.lists(kind(max_size=4), **sizes) for kind in (st.text, st.binary))
    values = draw(st.one_of(arrays(row_count), texts, strings))
    is_null = draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    return draw(st.text(max_size=200)), values, bytes(is_null) if any(is_null) else b""


FIELDS = st.fixed_dictionaries(
    {
        "first_step": st.integers(0, 2**63 - 1),
        "row_counts": st.lists(st.integers(0, 3), max_size=3),
        "part": st.integers(0, 2**31 - 1),
        "part_count": st.integers(0, 2**31 - 1),
    }
)


def content(values: Any) -> Any:
    if isinstance(values, np.ndarray):
        return to_content(values)
    is_text = not values or isinstance(values[0], str)
    return to_string_content(values, pb.DATA_TYPE_TEXT if is_text else pb.DATA_TYPE_BYTES)


def message(values: Any) -> pb.Tensor:
    if isinstance(values, np.ndarray):
        return tensors.encode(values)
    is_text = not values or isinstance(values[0], str)
    return tensors.encode_strings(values, pb.DATA_TYPE_TEXT if is_text else pb.DATA_TYPE_BYTES)


def assert_equal(found: np.ndarray, values: Any) -> None:
    assert found.tolist() == (values.tolist() if isinstance(values, np.ndarray) else values) or np.array_equal(
        found, values, equal_nan=True
    )
    assert found.shape == np.shape(values) or not len(found)
    assert not found.flags.writeable


@given(start=st.integers(0, 40), columns=st.lists(named_tensors(), max_size=5))
def test_what_is_written_is_what_protobuf_reads_and_aligned(start: int, columns: list[Any]) -> None:
    parts = Parts()
    parts.add(wire.bytes_field(1000, b"x" * start))
    for name, values, is_null in columns:
        parts.add_named_tensor(pb.BatchGroup.COLUMNS_FIELD_NUMBER, name, content(values), is_null)
    data = parts.join(b"")
    assert len(data) == parts.size
    group = pb.BatchGroup.FromString(data)
    assert [(named.column, named.is_null) for named in group.columns] == [(name, nulls) for name, _, nulls in columns]
    for named, (_, values, _) in zip(group.columns, columns, strict=True):
        assert named.tensor == message(values)
    for number, value in wire.read_fields(memoryview(data)):
        if number == pb.BatchGroup.COLUMNS_FIELD_NUMBER:
            tensor = dict(wire.read_fields(dict(wire.read_fields(value))[pb.NamedTensor.TENSOR_FIELD_NUMBER]))
            found = tensor.get(pb.Tensor.DATA_FIELD_NUMBER, b"")
            place = np.frombuffer(found, np.uint8).ctypes.data - np.frombuffer(data, np.uint8).ctypes.data
            assert place % ALIGNMENT == 0


@given(st.data(), FIELDS)
def test_what_protobuf_writes_is_read(data: st.DataObject, fields: dict[str, Any]) -> None:
    ids = np.arange(sum(fields["row_counts"])) * 7
    columns = data.draw(st.dictionaries(st.text(max_size=9), named_tensors(len(ids)), max_size=4))
    sent = pb.StreamBatchesResponse(batches=pb.BatchGroup(**fields, row_ids=tensors.encode(ids)))
    for name, (_, values, is_null) in columns.items():
        sent.batches.columns.add(column=name, tensor=message(values), is_null=is_null)
    found = read_response(sent.SerializeToString())
    assert isinstance(found, Group)
    assert {name: getattr(found, name) for name in fields} == fields
    assert_equal(found.row_ids, ids)
    assert found.weights is None
    assert list(found.columns) == list(columns)
    for name, (_, values, is_null) in columns.items():
        assert_equal(found.columns[name], values)
        assert (name in found.is_null) == bool(is_null)


def test_a_header_is_read_and_fields_of_later_contracts_are_passed_over() -> None:
    header = pb.StreamHeader(row_count=7, target="label")
    unknown = wire.key(90, 1) + bytes(8) + wire.key(91, 5) + bytes(4) + wire.varint_field(92, 2**60)
    assert read_response(unknown + pb.StreamBatchesResponse(header=header).SerializeToString()) == header


@given(rows=st.lists(st.just(np.arange(6, dtype="<i4").reshape(2, 3)), min_size=1, max_size=4))
def test_rows_from_anywhere_are_one_tensor(rows: list[np.ndarray]) -> None:
    parts = Parts()
    parts.add_tensor(pb.BatchGroup.ROW_IDS_FIELD_NUMBER, to_rows_content(rows))
    assert pb.BatchGroup.FromString(parts.join(b"")).row_ids == tensors.encode(np.stack(rows))


@pytest.mark.parametrize(
    "data",
    [
        b"\x12",
        b"\x12\x05abc",
        b"\x13\x01a",
        b"\xff" * 11,
        b"",
        b"\x10\x01",
        b"\x12\x02\x2a\x05",
        b"\x12\x04\x08\x80\x80\x80",
        wire.bytes_field(2, wire.bytes_field(7, wire.bytes_field(1, b"a"))),
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(DecodeError, match=r"expected .* received"):
        read_response(data)


@pytest.mark.parametrize("name", ["row_ids", "weights", "columns"])
def test_a_group_with_other_rows_than_it_says_is_refused(name: str) -> None:
    right, wrong = tensors.encode(np.arange(3)), tensors.encode(np.arange(2))
    fields = {"row_ids": right, "weights": right, "columns": [pb.NamedTensor(column="x", tensor=right)]}
    fields[name] = [pb.NamedTensor(column="x", tensor=wrong)] if name == "columns" else wrong
    sent = pb.StreamBatchesResponse(batches=pb.BatchGroup(row_counts=[1, 2], **fields))
    with pytest.raises(DecodeError, match=r"expected 3 .* received an array of shape \(2,\)"):
        read_response(sent.SerializeToString())


def test_a_tensor_that_does_not_fit_its_bytes_is_refused() -> None:
    wrong = pb.Tensor(data_type=pb.DATA_TYPE_INT64, shape=[2], data=bytes(8))
    sent = pb.StreamBatchesResponse(batches=pb.BatchGroup(row_ids=wrong))
    with pytest.raises(InvalidInput, match="expected 16 bytes"):
        read_response(sent.SerializeToString())
