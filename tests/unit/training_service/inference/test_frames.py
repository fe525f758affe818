"""Frames between the service and a model's process."""

import json
import socket
import struct
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from training_service.inference.frames import LIMIT_ARRAY_BYTES, BadFrame, Frame, receive, send


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def objects(*values: object) -> np.ndarray:
    array = np.empty(len(values), np.object_)
    array[:] = values
    return array


def test_values_and_arrays_of_all_kinds_arrive_as_they_were_sent(ends) -> None:
    left, right = ends
    arrays = {
        "pixels": np.random.default_rng(1).integers(0, 256, (5, 300, 200, 3), np.uint8),
        "turned": np.arange(12, dtype=np.float64).reshape(3, 4).T,
        "flags": np.array([True, False]),
        "none": np.zeros((0, 3), np.float32),
        "number": np.array(7, np.int64),
        "texts": objects("été", "", "a\0b"),
        "files": objects(b"\x00\xff", b""),
        "no texts": objects(),
    }
    sending = threading.Thread(target=send, args=(left, Frame("rows", {"a": [1, None]}, arrays)))
    sending.start()
    found = receive(right)
    sending.join()
    assert (found.kind, found.values) == ("rows", {"a": [1, None]})
    assert list(found.arrays) == list(arrays)
    for name, array in arrays.items():
        assert (found.arrays[name].dtype, found.arrays[name].shape) == (array.dtype, array.shape)
        assert found.arrays[name].tolist() == array.tolist()


def test_the_end_of_the_other_side_is_none_also_in_the_midst_of_a_frame(ends) -> None:
    left, right = ends
    left.sendall(struct.pack("<I", 100) + b"{")
    left.close()
    assert receive(right) is None
    assert receive(right) is None


def header(*described: dict) -> bytes:
    return json.dumps({"kind": "rows", "values": {}, "arrays": described}).encode()


@pytest.mark.parametrize(
    "text",
    [
        b"no json",
        json.dumps({"kind": "rows", "values": {}}).encode(),
        header({"size": LIMIT_ARRAY_BYTES + 1}),
        header({"size": -1}),
        header({"name": "x", "type": "<f4", "shape": [2], "size": 4}),
        header({"name": "x", "type": "|O", "shape": [0], "size": 0}),
        header({"name": "x", "type": "text", "shape": [1], "size": 4}),
    ],
)
def test_what_is_no_frame_is_refused(ends, text: bytes) -> None:
    left, right = ends
    left.sendall(struct.pack("<I", len(text)) + text + b"\xff\xff\xff\xff")
    left.close()
    with pytest.raises(BadFrame):
        receive(right)
