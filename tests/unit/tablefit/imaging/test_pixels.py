"""Pixels are exact, whatever the kind of file; what is no image is refused by a sentence of its own."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from tablefit.imaging import pixels
from tablefit.imaging.pixels import BadImage, ImageFacts, PixelFormat


@pytest.fixture(autouse=True)
def _without_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        pixels.silence_warnings()
        yield


GREY, ALPHA_GREY, COLOUR, PALETTE, ALPHA_COLOUR = 0, 4, 2, 3, 6


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, bits: int, colour_type: int, rows: list[bytes], *extra: bytes) -> bytes:
    """A PNG written by hand, so that Pillow's writer takes no part in what is expected."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0))
    content = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def save(image: Image.Image, file_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def grey_ramp() -> Image.Image:
    return Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4) * 20)


def decode(encoded: bytes, mode: pixels.Mode, height: int, width: int) -> list[object]:
    array = pixels.decode(encoded, PixelFormat(mode, height, width))
    assert array.dtype == np.uint8
    assert array.shape == (height, width, 1 if mode == "L" else 3)
    return array.tolist()


def on_white(value: int, alpha: int) -> int:
    return round((value * alpha + 255 * (255 - alpha)) / 255)


HAND_MADE = {
    "grey of 1 bit": (png(8, 1, 1, GREY, [b"\xa5"]), "L", [255, 0, 255, 0, 0, 255, 0, 255]),
    "grey of 4 bits": (png(2, 1, 4, GREY, [b"\x1f"]), "L", [17, 255]),
    "grey of 8 bits": (png(3, 1, 8, GREY, [b"\x00\x7f\xff"]), "L", [0, 127, 255]),
    "grey of 16 bits": (png(3, 1, 16, GREY, [b"\x12\xff\xff\xff\x00\xff"]), "L", [0x12, 255, 0]),
    "grey of 8 bits with a transparent one": (
        png(2, 1, 8, GREY, [b"\x1f\x20"], chunk(b"tRNS", b"\0\x1f")),
        "L",
        [255, 0x20],
    ),
    "grey of 1 bit with a transparent one": (
        png(8, 1, 1, GREY, [b"\xa0"], chunk(b"tRNS", b"\0\0")),
        "L",
        [255, 255, 255, 255, 255, 255, 255, 255],
    ),
    "grey and alpha of 8 bits": (
        png(3, 1, 8, ALPHA_GREY, [b"\x64\xff\x64\x80\x64\x00"]),
        "L",
        [100, on_white(100, 128), 255],
    ),
    "grey and alpha of 16 bits": (
        png(2, 1, 16, ALPHA_GREY, [b"\x64\x00\xff\x00\x64\x00\x80\x00"]),
        "L",
        [100, on_white(100, 128)],
    ),
    "colour of 8 bits": (png(2, 1, 8, COLOUR, [b"\x01\x02\x03\xfd\xfe\xff"]), "RGB", [[1, 2, 3], [253, 254, 255]]),
    "colour of 16 bits": (png(1, 1, 16, COLOUR, [b"\x12\xff\x56\x00\x9a\x80"]), "RGB", [[0x12, 0x56, 0x9A]]),
    "colour of 8 bits with a transparent one": (
        png(2, 1, 8, COLOUR, [b"\x01\x02\x03\x01\x02\x04"], chunk(b"tRNS", b"\0\x01\0\x02\0\x03")),
        "RGB",
        [[255, 255, 255], [1, 2, 4]],
    ),
    "colour and alpha": (
        png(2, 1, 8, ALPHA_COLOUR, [b"\x00\x64\xff\x33\x0a\x14\x1e\x00"]),
        "RGB",
        [[on_white(0, 51), on_white(100, 51), 255], [255, 255, 255]],
    ),
    "palette": (
        png(3, 1, 8, PALETTE, [b"\x01\x00\x01"], chunk(b"PLTE", b"\xff\x00\x00\x00\x80\x00")),
        "RGB",
        [[0, 128, 0], [255, 0, 0], [0, 128, 0]],
    ),
    "palette of greys": (
        png(2, 1, 1, PALETTE, [b"\x40"], chunk(b"PLTE", b"\x05\x05\x05\x09\x09\x09")),
        "RGB",
        [[5, 5, 5], [9, 9, 9]],
    ),
    "palette with alpha": (
        png(2, 1, 8, PALETTE, [b"\x00\x01"], chunk(b"PLTE", b"\xff\x00\x00\x00\xff\x00"), chunk(b"tRNS", b"\x80")),
        "RGB",
        [[255, on_white(0, 128), on_white(0, 128)], [0, 255, 0]],
    ),
}


@pytest.mark.parametrize("name", HAND_MADE)
def test_png_gives_exact_pixels(name: str) -> None:
    encoded, mode, expected = HAND_MADE[name]
    facts = pixels.inspect(encoded)
    assert facts == ImageFacts(len(expected), 1, 1 if mode == "L" else 3, "image/png")
    assert ([[value] for value in expected] if mode == "L" else expected) == decode(encoded, mode, 1, facts.width)[0]


@pytest.mark.parametrize("value", range(0, 256, 5))
def test_alpha_is_composited_on_white_and_rounded_to_the_nearest(value: int) -> None:
    alphas = bytes(range(256))
    row = b"".join(bytes([value, alpha]) for alpha in alphas)
    expected = [[on_white(value, alpha)] for alpha in alphas]
    assert decode(png(256, 1, 8, ALPHA_GREY, [row]), "L", 1, 256)[0] == expected


def test_grey_becomes_three_equal_channels() -> None:
    assert decode(png(2, 1, 8, GREY, [b"\x01\xfe"]), "RGB", 1, 2) == [[[1, 1, 1], [254, 254, 254]]]


def test_colour_becomes_luma_of_itu_r_601() -> None:
    encoded = png(3, 1, 8, COLOUR, [b"\xff\x00\x00\x00\xff\x00\x00\x00\xff"])
    assert decode(encoded, "L", 1, 3) == [[[76], [150], [29]]]


def test_a_palette_becomes_luma_by_way_of_its_colours() -> None:
    encoded = png(1, 1, 8, PALETTE, [b"\x00"], chunk(b"PLTE", b"\x0a\xc8\x64"))
    assert decode(encoded, "L", 1, 1) == decode(png(1, 1, 8, COLOUR, [b"\x0a\xc8\x64"]), "L", 1, 1)


def test_another_size_is_bilinear() -> None:
    encoded = png(2, 2, 8, GREY, [b"\x00\xc8", b"\x64\xff"])
    expected = np.asarray(
        Image.fromarray(np.array([[0, 200], [100, 255]], np.uint8)).resize((5, 3), Image.Resampling.BILINEAR)
    )
    assert decode(encoded, "L", 3, 5) == expected[:, :, None].tolist()
    assert decode(png(2, 1, 8, GREY, [b"\x00\xc8"]), "L", 1, 1) == [[[100]]]


# Orientation: what the stored rows of [[0, 1], [2, 3], [4, 5]] become, as EXIF 2.32 defines tag 0x0112.
UPRIGHT = {
    1: [[0, 1], [2, 3], [4, 5]],
    2: [[1, 0], [3, 2], [5, 4]],
    3: [[5, 4], [3, 2], [1, 0]],
    4: [[4, 5], [2, 3], [0, 1]],
    5: [[0, 2, 4], [1, 3, 5]],
    6: [[4, 2, 0], [5, 3, 1]],
    7: [[5, 3, 1], [4, 2, 0]],
    8: [[1, 3, 5], [0, 2, 4]],
}


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize(("file_format", "options"), [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})])
def test_exif_orientation_is_applied(orientation: int, file_format: str, options: dict[str, object]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.arange(6, dtype=np.uint8).reshape(3, 2)).convert("RGB")
    encoded = save(image, file_format, exif=exif, **options)
    expected = np.array(UPRIGHT[orientation])
    height, width = expected.shape
    facts = pixels.inspect(encoded)
    assert (width, height, 3) == (facts.width, facts.height, facts.channels)
    assert decode(encoded, "L", height, width) == expected[:, :, None].tolist()


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation_of_a_jpeg_is_applied(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    blocks = np.repeat(np.repeat(np.arange(6, dtype=np.uint8).reshape(3, 2) * 40, 8, axis=0), 8, axis=1)
    encoded = save(Image.fromarray(blocks), "JPEG", exif=exif, quality=100)
    expected = np.repeat(np.repeat(np.array(UPRIGHT[orientation]) * 40, 8, axis=0), 8, axis=1)
    height, width = expected.shape
    assert decode(encoded, "L", height, width) == expected[:, :, None].tolist()


@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0", b"no exif at all"])
def test_broken_exif_does_not_keep_an_image_out(exif: bytes) -> None:
    assert pixels.inspect(save(grey_ramp(), "JPEG", exif=exif)) == ImageFacts(4, 3, 1, "image/jpeg")


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_gives_the_pixels_that_pillow_gives(mode: str) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (16, 24, 3), dtype=np.uint8)
    encoded = save(Image.fromarray(noise).convert(mode), "JPEG", quality=90)
    with Image.open(io.BytesIO(encoded)) as opened:
        assert opened.mode == mode
        expected = np.asarray(opened.convert("RGB"))
    assert pixels.inspect(encoded) == ImageFacts(24, 16, 1 if mode == "L" else 3, "image/jpeg")
    assert decode(encoded, "RGB", 16, 24) == expected.tolist()


def test_a_jpeg_with_further_pictures_gives_its_first() -> None:
    other = Image.fromarray(np.full((3, 4), 255, np.uint8))
    encoded = save(grey_ramp(), "MPO", save_all=True, append_images=[other], quality=100)
    assert pixels.inspect(encoded) == ImageFacts(4, 3, 1, "image/jpeg")
    assert decode(encoded, "L", 3, 4) == decode(save(grey_ramp(), "JPEG", quality=100), "L", 3, 4)


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_of_several_frames_counts(file_format: str) -> None:
    frames = [Image.new("RGB", (2, 2), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if file_format == "WEBP" else {}
    encoded = save(frames[0], file_format, save_all=True, append_images=frames[1:], **options)
    assert decode(encoded, "RGB", 2, 2) == [[[255, 0, 0]] * 2] * 2


def test_a_transparent_gif_stands_on_white() -> None:
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    image.putpalette([10, 20, 30, 40, 50, 60])
    encoded = save(image, "GIF", transparency=0)
    assert pixels.inspect(encoded) == ImageFacts(2, 1, 3, "image/gif")
    assert decode(encoded, "RGB", 1, 2) == [[[255, 255, 255], [40, 50, 60]]]


@pytest.mark.parametrize(
    ("file_format", "media_type"),
    [
        ("PNG", "image/png"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
        ("PPM", "image/x-portable-anymap"),
    ],
)
def test_files_without_loss_give_back_what_was_put_in(file_format: str, media_type: str) -> None:
    encoded = save(grey_ramp(), file_format)
    assert pixels.inspect(encoded) == ImageFacts(4, 3, 1, media_type)
    assert decode(encoded, "L", 3, 4) == np.asarray(grey_ramp())[:, :, None].tolist()


def test_webp_without_loss_gives_back_what_was_put_in() -> None:
    image = Image.fromarray(np.arange(36, dtype=np.uint8).reshape(3, 4, 3))
    encoded = save(image, "WEBP", lossless=True)
    assert pixels.inspect(encoded) == ImageFacts(4, 3, 3, "image/webp")
    assert decode(encoded, "RGB", 3, 4) == np.asarray(image).tolist()


def test_pnm_of_16_bits_keeps_its_high_byte() -> None:
    encoded = b"P5 2 1 65535\n\x12\xff\xff\x00"
    assert pixels.inspect(encoded) == ImageFacts(2, 1, 1, "image/x-portable-anymap")
    assert decode(encoded, "L", 1, 2) == [[[0x12], [0xFF]]]


def test_tiff_of_16_bits_keeps_its_high_byte() -> None:
    encoded = save(Image.fromarray(np.array([[0x12FF, 0xFF00]], np.uint16)), "TIFF")
    assert pixels.inspect(encoded) == ImageFacts(2, 1, 1, "image/tiff")
    assert decode(encoded, "L", 1, 2) == [[[0x12], [0xFF]]]


def truncated(file_format: str) -> bytes:
    noise = Image.fromarray(np.random.default_rng(7).integers(0, 256, (64, 64), dtype=np.uint8))
    encoded = save(noise, file_format)
    return encoded[: len(encoded) // 2]


NO_IMAGE = (
    "the file is not an image that can be read: expected PNG, JPEG, GIF, BMP, WebP, TIFF or PPM with a sound header"
)
REFUSED = {
    "nothing": (b"", "the file is empty"),
    "text": (b"<html>404</html>", NO_IMAGE),
    "a format that is not read": (save(grey_ramp(), "ICO"), NO_IMAGE),
    "a header cut short": (png(8, 1, 1, GREY, [b"\0"])[:20], "the image is broken: its header does not decode"),
    "half a PNG": (truncated("PNG"), "the image is truncated: its pixels end too early"),
    "half a JPEG": (truncated("JPEG"), "the image is truncated: its pixels end too early"),
    "half a BMP": (truncated("BMP"), "the image is truncated: its pixels end too early"),
    "numbers of 32 bits": (
        save(Image.fromarray(np.zeros((2, 2), np.int32)), "TIFF"),
        "the image has pixels of the kind I, which have no defined reduction to 8 bits",
    ),
    "numbers with fractions": (
        save(Image.fromarray(np.zeros((2, 2), np.float32)), "TIFF"),
        "the image has pixels of the kind F, which have no defined reduction to 8 bits",
    ),
    "a bomb": (
        png(50_000, 1_001, 1, GREY, []),
        "the image has 50000 x 1001 pixels, more than the limit of 50,000,000 pixels",
    ),
    "a bomb that Pillow refuses": (
        png(100_000, 100_000, 1, GREY, []),
        "the image has more pixels than the limit of 50,000,000 pixels",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_image_is_refused_by_its_own_sentence(name: str) -> None:
    encoded, expected = REFUSED[name]
    with pytest.raises(BadImage) as refused:
        pixels.inspect(encoded)
    assert str(refused.value) == expected


def test_the_limit_of_pixels_is_inclusive() -> None:
    encoded = png(8, 1, 1, GREY, [b"\0"])
    assert pixels.inspect(encoded, limit_pixels=8).width == 8
    with pytest.raises(BadImage, match="8 x 1 pixels, more than the limit of 7 pixels"):
        pixels.inspect(encoded, limit_pixels=7)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"])
def test_damaged_files_are_refused_or_read_but_never_raise_anything_else(file_format: str) -> None:
    chance = np.random.default_rng(11)
    image = Image.fromarray(chance.integers(0, 256, (12, 10, 3), dtype=np.uint8))
    encoded = bytearray(save(image if file_format != "GIF" else image.quantize(8), file_format))
    outcomes = set()
    for _ in range(300):
        damaged = bytearray(encoded)
        for place in chance.integers(0, len(damaged), 3):
            damaged[place] = chance.integers(0, 256)
        cut = bytes(damaged[: chance.integers(1, len(damaged) + 1)])
        try:
            facts = pixels.inspect(cut, limit_pixels=1_000_000)
            pixels.decode(cut, PixelFormat("RGB", 4, 4), limit_pixels=1_000_000)
            outcomes.add(facts.media_type.split("/")[0])
        except BadImage as refused:
            outcomes.add(str(refused).partition(":")[0])
    assert len(outcomes) > 1


def test_warnings_of_the_decoder_can_be_silenced() -> None:
    encoded = save(grey_ramp(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pixels.silence_warnings()
        pixels.inspect(encoded)
        pixels.inspect(png(10_000, 10_000, 1, GREY, [b"\0" * 1250] * 10_000), limit_pixels=200_000_000)
    assert [str(warning.message) for warning in caught] == []
