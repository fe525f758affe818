"""Arrays as messages and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tablefit.errors import InvalidInput
from tablefit.rpc import tensors
from tablefit.v1 import data_service_pb2 as pb

DTYPES = st.sampled_from(["u1", "<i4", "<i8", "<f4", ">i4", ">f4"])


@given(DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0))))
def test_an_array_comes_back_equal_whatever_its_byte_order(array):
    decoded = tensors.decode(tensors.encode(array))
    assert decoded.shape == array.shape
    assert decoded.dtype == array.dtype.newbyteorder("<")
    np.testing.assert_array_equal(decoded, array)


def test_the_bytes_are_little_endian_in_c_order():
    array = np.asfortranarray(np.array([[1, 2], [3, 4]], ">i4"))
    assert tensors.encode(array).data == bytes([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0])


def test_an_element_type_without_a_message_is_refused():
    with pytest.raises(InvalidInput, match="received complex128"):
        tensors.encode(np.zeros(1, complex))


@pytest.mark.parametrize(
    ("shape", "data"), [([2, 2], b"123"), ([3], b"1234"), ([-1], b""), ([-1, -4], b"1234")], ids=str
)
def test_bytes_that_do_not_fit_the_shape_are_refused(shape, data):
    with pytest.raises(InvalidInput, match=r"expected .* bytes"):
        tensors.decode(pb.Tensor(data_type=pb.DATA_TYPE_UINT8, shape=shape, data=data))


def test_a_tensor_without_a_type_is_refused():
    with pytest.raises(InvalidInput, match="data type 0"):
        tensors.decode(pb.Tensor(shape=[0]))
