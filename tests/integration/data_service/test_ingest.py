"""Uploads as the ingest answers them, on the embedded engine: the same rows on the others are the store's tests."""

import io
import struct
import threading
import zlib

import pytest
from PIL import Image
from tablefit.errors import InvalidInput, NotFound, OutOfOrder, WrongState

from data_service.chunks import LIMIT_BLOB_ROWS, LIMIT_BYTES, LIMIT_ROWS, IncomingChunk
from data_service.columns import ColumnArray
from data_service.ingest import Acknowledgement, Finish, Ingest, Start, UploadState
from data_service.schema import Rejection, Row, UploadRecord
from data_service.verification import RowVerifier
from tests.image_files import encode, png
from tests.stored_rows import labels, read_rows


@pytest.fixture
def engine_name():
    return "sqlite"


@pytest.fixture
def ingest(store):
    return Ingest(store, RowVerifier(store, limit_image_bytes=100_000, limit_pixels=1_000_000))


@pytest.fixture
def run(ingest, table):
    """Sends messages after a start and returns the answers to them."""

    def run_messages(*messages, upload_id="u"):
        return list(ingest.run(iter([Start("digits", upload_id), *messages])))[1:]

    return run_messages


def incoming(number, row_count, source_names, columns):
    """A chunk of lists by column."""
    return IncomingChunk(
        number, row_count, source_names, {name: ColumnArray(values) for name, values in columns.items()}
    )


def chunk(number, *rows):
    """A chunk of (source name, label, image)."""
    names, labels, images = (list(column) for column in zip(*rows, strict=True))
    return incoming(number, len(rows), names, {"label": labels, "image": images})


def good(number):
    return (f"{number}.png", str(number % 10), png(number))


def huge_png(width, height):
    """A PNG of a few bytes that claims many pixels."""

    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(b"")) + part(b"IEND", b"")


def test_the_start_is_answered_with_where_the_upload_stands(ingest, store, table, run):
    assert list(ingest.run(iter([Start("DIGITS", "u")]))) == [UploadState(UploadRecord(), 0, LIMIT_BLOB_ROWS)]
    run(chunk(0, good(0), good(1)), upload_id="other")
    run(chunk(0, good(2), ("bad", "x", b"")))
    assert list(ingest.run(iter([Start("digits", "u")]))) == [
        UploadState(UploadRecord(1, 1, 1, False), 3, LIMIT_BLOB_ROWS)
    ]


def test_rows_are_stored_with_what_decoding_tells(run, store, table):
    colour = encode(Image.new("RGB", (4, 3), (1, 2, 3)), "JPEG")
    run(chunk(0, good(7), ("b.jpg", "ü", colour)))
    columns = ["label", "image", "width", "height", "channels", "media_type", "source_name"]
    assert [row.cells for row in read_rows(store, table, columns)] == [
        ("7", png(7), 6, 5, 1, "image/png", "7.png"),
        ("ü", colour, 4, 3, 3, "image/jpeg", "b.jpg"),
    ]


def test_turned_photographs_have_the_size_that_people_see(run, store, table):
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    Image.new("RGB", (8, 2)).save(file, "JPEG", exif=exif)
    run(chunk(0, ("a.jpg", "x", file.getvalue())))
    assert [row.cells for row in read_rows(store, table, ["width", "height", "channels"])] == [(2, 8, 3)]


def test_rows_that_cannot_be_stored_are_refused_one_by_one_with_the_reason(run, store, table):
    whole = encode(Image.effect_noise((60, 60), 50), "JPEG")
    bad = [
        ("junk", "x", b"not an image", "The file is not an image that can be read: expected PNG"),
        ("cut", "x", whole[: len(whole) // 2], "The image is truncated"),
        ("empty", "x", b"", "The image is empty: 0 bytes."),
        ("bomb", "x", huge_png(40_000, 40_000), "The image has"),
        ("wide", "x", huge_png(2_000, 1_000), "The image has 2000 x 1000 pixels, more than the limit of 1,000,000"),
        ("heavy", "x", png(1) + b"\0" * 100_000, "The image has more than the 100,000 bytes that one may have."),
        ("blank", " \t", png(1), "The label is empty."),
        ("long", "x" * 1001, png(1), "The label has 1,001 characters, more than the 1,000 that it may have."),
        ("nul", "a\0b", png(1), "The label holds a NUL character."),
        ("half", "\ud800", png(1), "The label is not valid Unicode text."),
        ("s" * 1001, "x", png(1), "The source name has 1,001 characters, more than the 1,000 that it may have."),
    ]
    rows = [row for name, label, image, _ in bad for row in (good(3), (name, label, image))]
    (answer,) = run(chunk(0, *rows))
    assert answer.record.committed_rows == len(bad)
    assert [rejection.index for rejection in answer.record.rejections] == list(range(1, 2 * len(bad), 2))
    for rejection, (name, _, _, reason) in zip(answer.record.rejections, bad, strict=True):
        assert rejection.source_name == name[:1000]
        assert reason in rejection.reason
        assert rejection.reason.endswith(".")
    assert labels(store, table) == ["3"] * len(bad)


def test_a_label_of_the_greatest_length_is_kept(run, store, table):
    label = "😀" * 1000
    run(chunk(0, ("s" * 1000, label, png(1))))
    assert labels(store, table) == [label]


def test_a_chunk_without_any_good_row_is_committed_too(run, store, table):
    rejection = Rejection(0, "a", "The image is empty: 0 bytes.")
    first, second = run(chunk(0, ("a", "x", b"")), chunk(1, good(1)))
    assert first.record.rejections == (rejection,)
    assert (first.record.committed_rows, second.record.committed_rows) == (0, 1)


def test_a_repeated_chunk_is_acknowledged_with_its_rejections_and_not_stored_again(run, store, table):
    chunks = [chunk(0, good(0), ("bad", "x", b"")), chunk(1, good(1)), chunk(2, good(2))]
    answers = run(*chunks)
    assert run(*chunks) == [Acknowledgement(answer.record, repeated=True) for answer in answers]
    assert run(chunks[0]) == [Acknowledgement(answers[0].record, repeated=True)]
    assert labels(store, table) == ["0", "1", "2"]


@pytest.mark.parametrize(
    "other",
    [
        ("0.png", "0", png(1)),
        ("0.png", "1", png(0)),
        ("1.png", "0", png(0)),
    ],
)
def test_a_number_repeated_with_other_content_is_refused(run, store, table, other):
    run(chunk(0, good(0)))
    with pytest.raises(WrongState, match="Chunk 0 was committed with other content"):
        run(chunk(0, other))
    with pytest.raises(WrongState):
        run(chunk(0, good(0), good(0)))
    assert store.get_table("digits").row_count == 1


def test_the_order_of_columns_does_not_make_other_content(run):
    run(incoming(0, 1, ["s"], {"label": ["x"], "image": [png(0)]}))
    (answer,) = run(incoming(0, 1, ["s"], {"image": [png(0)], "label": ["x"]}))
    assert answer.repeated


def test_a_gap_is_refused(run):
    with pytest.raises(OutOfOrder, match="expected chunk 0 next, received chunk 1"):
        run(chunk(1, good(0)))
    with pytest.raises(OutOfOrder, match="expected chunk 1 next, received chunk 3"):
        run(chunk(0, good(0)), chunk(3, good(1)))


def test_an_open_stream_goes_on_where_another_has_moved_the_upload(ingest, table, run):
    acknowledged = threading.Event()

    def messages():
        yield Start("digits", "u")
        yield chunk(0, good(0))
        assert acknowledged.wait(30)
        run(chunk(1, good(1)))
        yield chunk(1, good(1))
        yield chunk(2, good(2))

    answers = []
    for answer in ingest.run(messages()):
        answers.append(answer)
        if len(answers) == 2:
            acknowledged.set()
    assert [(answer.record.committed_rows, answer.repeated) for answer in answers[1:]] == [
        (1, False),
        (2, True),
        (3, False),
    ]


def test_finish_is_answered_and_ends_the_upload(run):
    finished = UploadState(UploadRecord(1, 1, 0, True), 1, LIMIT_BLOB_ROWS)
    assert run(chunk(0, good(0)), Finish(1), chunk(1, good(1)))[1:] == [finished]
    assert run(Finish(1)) == [finished]
    for more in (chunk(0, good(0)), chunk(1, good(1))):
        with pytest.raises(WrongState, match="is finished; choose another upload_id"):
            run(more)


def test_a_finish_with_missing_chunks_is_refused(run):
    with pytest.raises(OutOfOrder):
        run(chunk(0, good(0)), Finish(2))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (incoming(-1, 1, ["s"], {"label": ["x"], "image": [b"x"]}), "chunk.number"),
        (incoming(0, 0, [], {"label": [], "image": []}), "chunk.row_count"),
        (incoming(0, LIMIT_ROWS + 1, ["s"], {"label": ["x"], "image": [b"x"]}), "chunk.row_count"),
        (incoming(0, 1, ["s"], {"label": ["x"]}), "chunk.columns"),
        (incoming(0, 1, ["s"], {"label": ["x"], "image": [b"x"], "width": ["1"]}), "chunk.columns"),
        (incoming(0, 2, ["s"], {"label": ["x"], "image": [b"x"]}), "chunk.columns"),
        (incoming(0, 1, ["s", "t"], {"label": ["x"], "image": [b"x"]}), "chunk.columns"),
        (incoming(0, 1, ["s"], {"label": [b"x"], "image": [b"x"]}), "chunk.columns"),
        (incoming(0, 1, ["s"], {"label": ["x"], "image": ["x"]}), "chunk.columns"),
        (chunk(0, ("a", "x", b"x" * LIMIT_BYTES), good(1)), "chunk"),
        (Start("digits", "u"), "start"),
    ],
)
def test_a_message_that_does_not_fit_is_refused_naming_the_field(run, store, wrong, field):
    with pytest.raises(InvalidInput, match=r"^expected") as caught:
        run(wrong)
    assert caught.value.field == field
    assert store.get_table("digits").row_count == 0


def test_a_single_row_may_be_larger_than_a_chunk_of_many(store, table):
    large = png(1) + b"\0" * (LIMIT_BYTES + 1)
    run = Ingest(store, RowVerifier(store)).run(iter([Start("digits", "u"), chunk(0, ("a", "x", large))]))
    assert list(run)[1].record.committed_rows == 1
    assert read_rows(store, table, ["image"]) == [Row(1, (large,))]


def test_a_start_that_does_not_fit_is_refused(ingest, table):
    for messages, error in [
        ([], InvalidInput),
        ([Finish(0)], InvalidInput),
        ([chunk(0, good(0))], InvalidInput),
        ([Start("digits", "")], InvalidInput),
        ([Start("digits", "u" * 129)], InvalidInput),
        ([Start("digits", "u\0")], InvalidInput),
        ([Start("letters", "u")], NotFound),
        ([Start("", "u")], NotFound),
    ]:
        with pytest.raises(error):
            list(ingest.run(iter(messages)))


def test_a_caller_that_vanishes_leaves_what_was_acknowledged(ingest, table, store, run):
    def messages():
        yield Start("digits", "u")
        yield chunk(0, good(0))
        raise ConnectionError("gone")

    answers = ingest.run(messages())
    assert [next(answers), next(answers)][1].record.committed_rows == 1
    with pytest.raises(ConnectionError):
        next(answers)
    assert run(chunk(0, good(0)), chunk(1, good(1)))[1].record.committed_rows == 2
