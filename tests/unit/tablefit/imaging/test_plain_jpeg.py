"""The short way of JPEG gives Pillow's pixels, and leaves what is not plain to the long one."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tablefit.imaging import pixels, plain_jpeg
from tablefit.imaging.decoding import BadImageAt, decode_many
from tablefit.imaging.pixels import ImageFacts, PixelFormat
from tablefit.imaging.sheets import Shape

WANTED = PixelFormat("RGB", 24, 20)


def jpeg(seed: int = 1, mode: str = "RGB", size: tuple[int, int] = (20, 24), **options: object) -> bytes:
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).convert(mode).save(file, "JPEG", **options)
    return file.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def with_segment(marker: int, content: bytes) -> bytes:
    sound = jpeg()
    return sound[:20] + segment(marker, content) + sound[20:]


def by_pixels(encoded: bytes) -> list[object] | str:
    try:
        return pixels.decode(encoded, WANTED).tolist()
    except pixels.BadImage as error:
        return str(error)


def by_decode_many(encoded: bytes) -> list[object] | str:
    out = np.empty((1, *WANTED.row_shape), np.uint8)
    try:
        decode_many([encoded], WANTED, out)
    except BadImageAt as error:
        return str(error)
    return out[0].tolist()


PLAIN = {
    "as written by Pillow": jpeg(),
    "of another quality": jpeg(quality=30),
    "without less colour than grey": jpeg(subsampling=0),
    "progressive": jpeg(progressive=True),
    "with tables of its own": jpeg(optimize=True),
    "with restart marks": jpeg(restart_marker_blocks=1),
}
UNUSUAL = {
    "turned by EXIF": jpeg(exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"),
    "turned by XMP": with_segment(0xE1, b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="6"/>'),
    "a comment": jpeg(comment=b"a comment"),
    "a profile": jpeg(icc_profile=b"profile"),
    "of four colours": jpeg(mode="CMYK"),
    "colours that are no YCbCr": jpeg(keep_rgb=True),
    "broken JFIF": with_segment(0xE0, b"JFIF\0"),
    "broken tables": with_segment(0xDB, b"\0" * 64),
    "tables of 16 bits": with_segment(0xDB, b"\x10" + b"\0\x01" * 64),
    "a mark of the scan inside a segment": with_segment(0xDD, b"\xff\xda"),
    "no scan": jpeg()[:200],
    "no end": jpeg()[:-2],
    "something behind the end": jpeg() + b"more",
    "half of it": jpeg()[:-300],
    "a mark of nothing": jpeg()[:20] + b"\xff\x01" + jpeg()[20:],
    "much content": jpeg(size=(400, 300), quality=100),
    "nothing but a mark": b"\xff\xd8",
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_jpeg_takes_the_short_way_to_the_same_pixels(name: str) -> None:
    assert plain_jpeg.parse(PLAIN[name]) == Shape("RGB", 20, 24)
    assert by_decode_many(PLAIN[name]) == by_pixels(PLAIN[name])
    assert pixels.inspect(PLAIN[name]) == ImageFacts(20, 24, 3, "image/jpeg")


def test_plain_grey_jpeg_takes_the_short_way_to_the_same_pixels() -> None:
    encoded, wanted = jpeg(mode="L"), PixelFormat("L", 24, 20)
    assert plain_jpeg.parse(encoded) == Shape("L", 20, 24)
    out = np.empty((1, *wanted.row_shape), np.uint8)
    decode_many([encoded], wanted, out)
    assert out[0].tolist() == pixels.decode(encoded, wanted).tolist()


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_jpeg_gives_the_same_pixels_or_the_same_refusal(name: str) -> None:
    assert by_decode_many(UNUSUAL[name]) == by_pixels(UNUSUAL[name])


@pytest.mark.parametrize(
    "name", ["turned by EXIF", "turned by XMP", "a comment", "a profile", "of four colours", "broken tables", "no scan"]
)
def test_unusual_jpeg_is_not_plain(name: str) -> None:
    assert plain_jpeg.parse(UNUSUAL[name]) is None


@given(st.sampled_from(sorted(PLAIN)), st.data())
@settings(deadline=None, max_examples=300)
def test_damaged_jpeg_gives_the_same_pixels_or_the_same_refusal(name: str, data: st.DataObject) -> None:
    damaged = bytearray(PLAIN[name])
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(2, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    assert by_decode_many(bytes(damaged)) == by_pixels(bytes(damaged))


@given(st.sampled_from(sorted(PLAIN)), st.integers(0, 2000))
@settings(deadline=None)
def test_jpeg_cut_anywhere_gives_the_same_pixels_or_the_same_refusal(name: str, size: int) -> None:
    assert by_decode_many(PLAIN[name][:size]) == by_pixels(PLAIN[name][:size])


@pytest.mark.parametrize("kind", [bytes, memoryview])
def test_unusual_ones_among_many_leave_the_others_right(kind: Callable[[bytes], bytes | memoryview]) -> None:
    files = [jpeg(1), jpeg(2, mode="L"), UNUSUAL["something behind the end"], jpeg(3), UNUSUAL["turned by EXIF"]]
    out = np.empty((5, *WANTED.row_shape), np.uint8)
    decode_many([kind(file) for file in files], WANTED, out)
    assert out.tolist() == [by_pixels(file) for file in files]
