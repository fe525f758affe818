"""Messages out of the bytes of a pipe, however these are cut."""

import pytest

from training_service import messages
from training_service.messages import MessageReader


@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
def test_messages_are_put_together_from_pieces_of_any_size(size):
    data = b'{"kind": "step", "step": 1}\n{"kind": "finished"}\n{"kind": "cut'
    reader = MessageReader("job")
    found = [message for at in range(0, len(data), size) for message in reader.read(data[at : at + size])]
    assert found == [{"kind": "step", "step": 1}, {"kind": "finished"}]


def test_a_line_that_is_too_long_is_dropped_alone(monkeypatch, caplog):
    monkeypatch.setattr(messages, "LIMIT_LINE_BYTES", 10)
    reader = MessageReader("job")
    pieces = [b'{"kind": "a"}\n{"kind":', b' "very long', b' indeed"}\n{"kind": "b"}\n']
    assert [message["kind"] for piece in pieces for message in reader.read(piece)] == ["a", "b"]
    assert len(caplog.records) == 1


@pytest.mark.parametrize("line", [b"", b"nonsense", b"[]", b"{}", b'{"kind": 1}', b"\xff", b"[" * 100_000])
def test_a_line_that_is_no_message_is_logged_and_left_out(line, caplog):
    assert list(MessageReader("job").read(line + b'\n{"kind": "step"}\n')) == [{"kind": "step"}]
    assert "job job: its process sent a line that is no message" in caplog.text
