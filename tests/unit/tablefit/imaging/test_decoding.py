"""Whatever the way by which images are decoded, their pixels are those that `pixels` defines."""

import io
import struct
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tablefit.imaging import decoding, pixels, plain_png
from tablefit.imaging.decoding import BadImageAt, Decoder, decode_many
from tablefit.imaging.pixels import ImageFacts, PixelFormat

GREY, COLOUR = 0, 2
NONE, SUB, UP, AVERAGE, PAETH = range(5)


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    opened = Decoder()
    yield opened
    opened.close()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def plain(
    rows: list[bytes],
    width: int,
    colour: int = GREY,
    *,
    height: int = 0,
    cuts: int = 1,
    interlace: int = 0,
    spoilt_bytes: int = 0,
    apart_bytes: int = 0,
) -> bytes:
    """A PNG of rows that begin with their filter, its compressed content in so many chunks. `height` is what the header
    says if that is not the truth; `spoilt_bytes` at the end of the content are wrong, `apart_bytes` a chunk apart."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height or len(rows), 8, colour, 0, 0, interlace))
    content = zlib.compress(b"".join(rows))
    content = content[: len(content) - spoilt_bytes] + bytes(spoilt_bytes)
    size = len(content) - apart_bytes if apart_bytes else -(-len(content) // cuts)
    parts = [chunk(b"IDAT", content[start : start + size]) for start in range(0, len(content), size)]
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(parts) + chunk(b"IEND", b"")


def noise(seed: int, size: int) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8).tobytes()


def filtered(seed: int, filters: list[int], width: int, channels: int) -> list[bytes]:
    return [bytes([kind]) + noise(seed + row, width * channels) for row, kind in enumerate(filters)]


EVERY_FILTER = [NONE, SUB, UP, AVERAGE, PAETH, PAETH, AVERAGE, UP, SUB, NONE]


def by_pixels(encoded: bytes, wanted: PixelFormat) -> list[object] | str:
    try:
        return pixels.decode(encoded, wanted).tolist()
    except pixels.BadImage as error:
        return str(error)


def by_decoder(decoder: Decoder, encoded: bytes, wanted: PixelFormat) -> list[object] | str:
    try:
        return decoder.decode([encoded], wanted)[0].tolist()
    except BadImageAt as error:
        return str(error)


@pytest.mark.parametrize(("colour", "mode", "channels"), [(GREY, "L", 1), (COLOUR, "RGB", 3)])
def test_plain_png_takes_the_short_way_to_the_same_pixels(
    decoder: Decoder, colour: int, mode: pixels.Mode, channels: int
) -> None:
    wanted = PixelFormat(mode, len(EVERY_FILTER), 7)
    files = [plain(filtered(seed, EVERY_FILTER, 7, channels), 7, colour) for seed in range(0, 100, 10)]
    assert all(plain_png.parse(file) is not None for file in files)
    assert decoder.decode(files, wanted).tolist() == [by_pixels(file, wanted) for file in files]
    assert pixels.inspect(files[0]) == ImageFacts(7, len(EVERY_FILTER), channels, "image/png")


SOUND = plain(filtered(1, EVERY_FILTER, 7, 1), 7)
ROWS = filtered(1, EVERY_FILTER, 7, 1)
LARGE_ROWS = filtered(1, [NONE] * 300, 300, 1)
UNUSUAL = {
    "another size": plain(ROWS[:5], 7),
    "colour": plain(filtered(2, EVERY_FILTER, 7, 3), 7, COLOUR),
    "interlaced": plain(ROWS, 7, interlace=1),
    "a comment": SOUND[:33] + chunk(b"tEXt", b"Title\0digit") + SOUND[33:],
    "a transparent grey": SOUND[:33] + chunk(b"tRNS", b"\0\x05") + SOUND[33:],
    "several chunks": plain(ROWS, 7, cuts=3),
    "several chunks, too few rows": plain(ROWS[:9], 7, cuts=3, height=10),
    "several chunks, more rows than the header says": plain(ROWS, 7, cuts=3, height=9),
    "too few rows, their check sum in two chunks": plain(ROWS[:9], 7, height=10, apart_bytes=2),
    "several chunks, a wrong check sum of the rows": plain(ROWS, 7, cuts=9, spoilt_bytes=2),
    "much content": plain(LARGE_ROWS, 300),
    "much content, too few rows": plain(LARGE_ROWS[:299], 300, height=300),
    "much content, a wrong check sum of the rows": plain(LARGE_ROWS, 300, spoilt_bytes=2),
    "an unknown filter": plain([b"\x09" + row[1:] for row in ROWS], 7),
    "too few rows": SOUND[:20] + struct.pack(">I", 11) + SOUND[24:29] + struct.pack(">I", 0) + SOUND[33:],
    "too few rows, well signed": SOUND[:8]
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 7, 11, 8, GREY, 0, 0, 0))
    + SOUND[33:],
    "more rows than the header says": SOUND[:8]
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 7, 9, 8, GREY, 0, 0, 0))
    + SOUND[33:],
    "no rows": SOUND[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", 7, 0, 8, GREY, 0, 0, 0)) + SOUND[33:],
    "something behind the end": SOUND + b"more",
    "no end": SOUND[:-12],
    "cut in the middle": SOUND[: len(SOUND) // 2],
    "a wrong check sum of the header": SOUND[:29] + b"\0\0\0\0" + SOUND[33:],
    "a wrong check sum of the content": SOUND[:-16] + b"\0\0\0\0" + SOUND[-12:],
    "spoiled content": SOUND[:60] + bytes(9) + SOUND[69:],
    "nothing": b"",
    "no image": b"\x89PNG\r\n\x1a\n" + b"x" * 100,
}


def test_many_png_are_inspected_at_once_as_each_is_alone() -> None:
    colour = plain(filtered(3, EVERY_FILTER, 7, 3), 7, COLOUR)
    assert pixels.inspect_plain([SOUND, colour, SOUND, colour, SOUND]) == dict(
        enumerate(map(pixels.inspect, [SOUND, colour, SOUND, colour, SOUND]))
    )
    # Of each twice, lest it be left out for being alone.
    files = [SOUND, *UNUSUAL.values(), *UNUSUAL.values(), SOUND]
    for among in (files, *([file, SOUND, file] for file in UNUSUAL.values())):
        for place, facts in pixels.inspect_plain(among).items():
            assert facts == pixels.inspect(among[place])
    assert pixels.inspect_plain([SOUND, SOUND], limit_pixels=69) == {}


@pytest.mark.parametrize("side", [300_000, 2**31 - 1, 2**32 - 1])
def test_no_room_is_made_for_what_a_header_says(side: int) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, GREY, 0, 0, 0))
    assert pixels.inspect_plain([SOUND[:8] + header + SOUND[33:]] * 2) == {}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_png_gives_the_same_pixels_or_the_same_refusal(decoder: Decoder, name: str) -> None:
    for wanted in (
        PixelFormat("L", 10, 7),
        PixelFormat("RGB", 10, 7),
        PixelFormat("L", 9, 7),
        PixelFormat("L", 300, 300),
    ):
        assert by_decoder(decoder, UNUSUAL[name], wanted) == by_pixels(UNUSUAL[name], wanted)


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_ingest_accepts_gives_pixels_in_every_format(name: str) -> None:
    """The short way serves one format only."""
    try:
        facts = pixels.inspect(UNUSUAL[name])
    except pixels.BadImage:
        return
    for wanted in (PixelFormat("L", facts.height, facts.width), PixelFormat("RGB", 3, 3)):
        assert not isinstance(by_pixels(UNUSUAL[name], wanted), str)


@pytest.mark.parametrize("place", range(0, len(SOUND), 3))
def test_one_changed_byte_gives_the_same_pixels_or_the_same_refusal(decoder: Decoder, place: int) -> None:
    spoiled = SOUND[:place] + bytes([SOUND[place] ^ 0x11]) + SOUND[place + 1 :]
    wanted = PixelFormat("L", 10, 7)
    assert by_decoder(decoder, spoiled, wanted) == by_pixels(spoiled, wanted)


def test_content_behind_the_rows_gives_the_same_pixels_or_the_same_refusal(decoder: Decoder) -> None:
    content = zlib.compress(b"".join(ROWS))
    for behind in (b"\0", b"more", zlib.compress(b"more")):
        encoded = SOUND[:33] + chunk(b"IDAT", content + behind) + SOUND[-12:]
        assert by_decoder(decoder, encoded, PixelFormat("L", 10, 7)) == by_pixels(encoded, PixelFormat("L", 10, 7))


def test_an_unknown_filter_in_one_image_leaves_the_others_right() -> None:
    wanted, out = PixelFormat("L", 10, 7), np.zeros((2, 10, 7, 1), np.uint8)
    with pytest.raises(BadImageAt) as caught:
        decode_many([SOUND, UNUSUAL["an unknown filter"]], wanted, out)
    assert (caught.value.place, out[0].tolist()) == (1, by_pixels(SOUND, wanted))


@pytest.mark.parametrize("sheet_bytes", [1, 70, 200, 1_000_000])
def test_images_that_are_decoded_as_one_do_not_see_each_other(
    monkeypatch: pytest.MonkeyPatch, sheet_bytes: int
) -> None:
    """The last row of one stands above the first of the next, whose filter must not look at it."""
    monkeypatch.setattr(decoding, "_SHEET_BYTES", sheet_bytes)
    wanted = PixelFormat("L", 2, 7)
    files = [
        plain(filtered(seed, [first, second], 7, 1), 7) for seed, first in enumerate(range(5)) for second in (1, 4)
    ]
    out = np.empty((len(files), *wanted.row_shape), np.uint8)
    decode_many(files, wanted, out)
    assert out.tolist() == [by_pixels(file, wanted) for file in files]


def test_pixels_may_be_decoded_into_a_mapped_file(tmp_path: Path) -> None:
    wanted = PixelFormat("L", 10, 7)
    files = [memoryview(SOUND), UNUSUAL["a comment"], memoryview(jpeg(1))]
    out = np.memmap(tmp_path / "pixels", np.uint8, "w+", shape=(3, *wanted.row_shape))
    decode_many(files, wanted, out)
    out.flush()
    expected = np.array([by_pixels(bytes(file), wanted) for file in files], np.uint8)
    assert (tmp_path / "pixels").read_bytes() == expected.tobytes()


def test_no_images_give_no_pixels(decoder: Decoder) -> None:
    assert decoder.decode([], PixelFormat("L", 10, 7)).shape == (0, 10, 7, 1)


def jpeg(seed: int, side: int = 160) -> bytes:
    file = io.BytesIO()
    shape = (side, side, 3)
    Image.fromarray(np.frombuffer(noise(seed, side * side * 3), np.uint8).reshape(shape)).save(file, "JPEG")
    return file.getvalue()


def test_large_files_come_in_their_order(decoder: Decoder) -> None:
    files = [jpeg(seed) for seed in range(6)]
    wanted = PixelFormat("RGB", 20, 30)
    assert decoder.decode(files, wanted).tolist() == [by_pixels(file, wanted) for file in files]


def test_files_of_all_kinds_may_come_together(decoder: Decoder) -> None:
    files = [SOUND, jpeg(1), SOUND, UNUSUAL["a comment"], jpeg(2, 16)]
    wanted = PixelFormat("L", 10, 7)
    assert decoder.decode(files, wanted).tolist() == [by_pixels(file, wanted) for file in files]


@pytest.mark.parametrize("sound", [SOUND, jpeg(1)])
def test_the_first_bad_image_is_told_by_its_place(decoder: Decoder, sound: bytes) -> None:
    with pytest.raises(BadImageAt, match="truncated") as caught:
        decoder.decode([sound, sound, sound[:-40], sound[:-41]], PixelFormat("L", 10, 7))
    assert caught.value.place == 2


def test_more_pixels_than_the_limit_are_refused_by_every_way() -> None:
    with pytest.raises(pixels.BadImage, match="more than the limit of 69 pixels"):
        pixels.inspect(SOUND, limit_pixels=69)
    with pytest.raises(BadImageAt, match="more than the limit of 69 pixels"):
        Decoder(limit_pixels=69).decode([SOUND], PixelFormat("L", 10, 7))
    assert pixels.inspect(SOUND, limit_pixels=70).width == 7


def test_many_readers_decode_at_once(decoder: Decoder) -> None:
    files, wanted = [jpeg(seed) for seed in range(4)], PixelFormat("L", 9, 9)
    expected = [by_pixels(file, wanted) for file in files]
    barrier = threading.Barrier(4)

    def read(_: int) -> list[object]:
        barrier.wait(30)
        return decoder.decode(files, wanted).tolist()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, range(4))) == [expected] * 4
