"""Protobuf's wire format, for messages that are mostly bytes: put together from parts, and read as views.

    field     key, then a varint (type 0), 8 bytes (type 1), a size and so many bytes (type 2), or 4 bytes (type 5)
    key       number << 3 | type, as a varint
    varint    7 bits in each byte, the low ones first; all bytes but the last have the high bit set

Protobuf's classes copy bytes when they are set, serialized, parsed and looked at; this copies them once, when the
message is put together. Format: https://protobuf.dev/programming-guides/encoding/. Leaves what the fields mean to
those who read and write them.
"""

from functools import cache

from google.protobuf.message import DecodeError

VARINT, BYTES = 0, 2
_FIXED_SIZES = {1: 8, 5: 4}
_LIMIT_VARINT_BYTES = 10
_SINGLE = [bytes([value]) for value in range(0x80)]


def varint(value: int, width: int = 1) -> bytes:
    """A value from 0, in at least `width` bytes: those that a value does not need are allowed, and say nothing."""
    if value < 0x80 and width == 1:
        return _SINGLE[value]
    found = bytearray()
    while value > 0x7F or len(found) < width - 1:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


@cache
def key(number: int, wire_type: int) -> bytes:
    """What a field begins with."""
    return varint(number << 3 | wire_type)


def varint_field(number: int, value: int) -> bytes:
    """A field of a number from 0; nothing for 0, which readers take for granted."""
    return key(number, VARINT) + varint(value) if value else b""


def bytes_field(number: int, content: bytes) -> bytes:
    """A field of bytes, a text in UTF-8, packed numbers or a message; nothing for none."""
    return key(number, BYTES) + varint(len(content)) + content if content else b""


def read_fields(message: memoryview) -> list[tuple[int, int | memoryview]]:
    """Number and value of each field in order: a number from 0 for a varint, else the bytes, not copied.

    Raises DecodeError when these are not the bytes of a message.
    """
    found: list[tuple[int, int | memoryview]] = []
    place, end = 0, len(message)
    while place < end:
        head, place = _read_varint(message, place)
        wire_type = head & 7
        if wire_type == BYTES:
            size, place = _read_varint(message, place)
        elif wire_type == VARINT:
            value, place = _read_varint(message, place)
            found.append((head >> 3, value))
            continue
        elif wire_type in _FIXED_SIZES:
            size = _FIXED_SIZES[wire_type]
        else:
            raise DecodeError(f"expected a field of wire type 0, 1, 2 or 5, received {wire_type}")
        stop = place + size
        if stop > end:
            raise DecodeError(f"expected {size} bytes of a field, received {end - place}")
        found.append((head >> 3, message[place:stop]))
        place = stop
    return found


def read_varints(packed: memoryview) -> list[int]:
    """The numbers of a packed field. Raises DecodeError."""
    found, place = [], 0
    while place < len(packed):
        value, place = _read_varint(packed, place)
        found.append(value)
    return found


def _read_varint(message: memoryview, place: int) -> tuple[int, int]:
    """The value that begins at a place, and where it ends."""
    try:
        byte = message[place]
        if byte < 0x80:
            return byte, place + 1
        value, shift = byte & 0x7F, 7
        for following in range(place + 1, place + _LIMIT_VARINT_BYTES):
            byte = message[following]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, following + 1
            shift += 7
    except IndexError:
        raise DecodeError("expected the end of a varint, received the end of the message") from None
    raise DecodeError(f"expected a varint of at most {_LIMIT_VARINT_BYTES} bytes, received a longer one")
