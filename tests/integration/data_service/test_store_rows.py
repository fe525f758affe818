"""Rows and uploads in the store, on each engine."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from tablefit.errors import OutOfOrder, WrongState

from data_service.schema import Appended, Chunk, ChunkRecord, ImageRow, Rejection, Row, UploadRecord
from tests.stored_rows import labels, read_rows

DIGEST = "12" * 32


def rows(*numbers, image=None):
    return tuple(
        ImageRow(f"label {n}", image or bytes([n % 256]) * n, n, n + 1, 3, "image/png", f"{n:064x}", f"source {n}")
        for n in numbers
    )


def append(store, table, number, *stored, rejections=(), upload_id="u"):
    return store.append_chunk(table.table_id, upload_id, Chunk(number, DIGEST, rows(*stored), rejections))


def test_rows_come_back_byte_for_byte_in_order_of_ingestion(store, table):
    images = [bytes(range(256)), b"\0\n\r\x1a\"'\\%s:x", b"x", b"\xff" * 300_000]
    stored = tuple(
        ImageRow(label, image, 1, 2, 3, "image/png", "ab" * 32, f"{label}.png")
        for label, image in zip(["b", "a", "é 😀 '\"\\%", "c "], images, strict=True)
    )
    store.append_chunk(table.table_id, "u", Chunk(0, DIGEST, stored, ()))
    found = read_rows(store, table, ["label", "image", "source_name"])
    assert found == [Row(n + 1, (row.label, row.image, row.source_name)) for n, row in enumerate(stored)]


def test_a_full_chunk_keeps_its_order(store, table):
    numbers = [(7 * n) % 1000 for n in range(1000)]
    stored = rows(*numbers, image=b"i" * 4000)
    store.append_chunk(table.table_id, "u", Chunk(0, DIGEST, stored, ()))
    found = read_rows(store, table, ["label"])
    assert [row.cells[0] for row in found] == [f"label {n}" for n in numbers]
    assert [row.id for row in found] == list(range(1, 1001))


def test_cells_have_the_types_of_their_columns(store, table):
    before = datetime.now(UTC)
    append(store, table, 0, 5)
    ((time, width, digest),) = [row.cells for row in read_rows(store, table, ["create_time", "width", "sha256"])]
    assert before <= time <= datetime.now(UTC)
    assert (width, digest) == (5, f"{5:064x}")


def test_an_upload_that_nobody_began_stands_at_its_beginning(store, table):
    assert store.get_upload(table.table_id, "u") == UploadRecord(0, 0, 0, False)
    assert store.find_chunk(table.table_id, "u", 0) is None


def test_a_chunk_and_its_record_are_committed_together(store, table):
    rejections = (Rejection(1, "b'ad \"ü.png", "The image is broken."),)
    appended = append(store, table, 0, 1, 2, rejections=rejections)
    record = ChunkRecord(0, DIGEST, 2, rejections)
    assert appended == Appended(record, written=True)
    assert store.find_chunk(table.table_id, "u", 0) == record
    assert append(store, table, 1, 3).record == ChunkRecord(1, DIGEST, 3, ())
    assert store.get_upload(table.table_id, "u") == UploadRecord(2, 3, 1, False)
    assert store.get_table("digits").row_count == 3


def test_any_committed_chunk_is_answered_from_its_record_and_not_written_again(store, table):
    for number in range(3):
        append(store, table, number, number)
    for number in range(3):
        assert append(store, table, number, number) == Appended(ChunkRecord(number, DIGEST, number + 1, ()), False)
    assert [row.id for row in read_rows(store, table, ["label"])] == [1, 2, 3]


def test_a_gap_is_refused_and_changes_nothing(store, table):
    append(store, table, 0, 1)
    with pytest.raises(OutOfOrder, match="expected chunk 1 next, received chunk 2"):
        append(store, table, 2, 2)
    assert store.get_upload(table.table_id, "u") == UploadRecord(1, 1, 0, False)
    assert store.get_table("digits").row_count == 1


def test_an_upload_is_finished_when_it_has_all_its_chunks(store, table):
    append(store, table, 0, 1)
    with pytest.raises(OutOfOrder, match="expected chunk 1 next, received the end after 2 chunks"):
        store.finish_upload(table.table_id, "u", 2)
    with pytest.raises(WrongState, match="has 1 chunks, not 0"):
        store.finish_upload(table.table_id, "u", 0)
    finished = UploadRecord(1, 1, 0, True)
    assert store.finish_upload(table.table_id, "u", 1) == finished
    assert store.finish_upload(table.table_id, "u", 1) == finished
    assert store.get_upload(table.table_id, "u") == finished
    for number in (0, 1):
        with pytest.raises(WrongState, match="is finished"):
            append(store, table, number, 1)


def test_an_empty_upload_can_be_finished(store, table):
    assert store.finish_upload(table.table_id, "u", 0) == UploadRecord(0, 0, 0, True)


def test_uploads_of_ids_that_look_alike_are_apart(store, table):
    for position, upload_id in enumerate(["u", "U", "u ", "ü", "u\u0308", "😀" * 128]):
        append(store, table, 0, position, upload_id=upload_id)
    assert store.get_table("digits").row_count == 6


def test_chunks_sent_by_several_at_once_are_stored_once_and_in_order(store, table):
    barrier = threading.Barrier(4)

    def send(_):
        barrier.wait(30)
        return [append(store, table, number, number, number + 100).written for number in range(8)]

    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(send, range(4)))
    assert [sum(column) for column in zip(*written, strict=True)] == [1] * 8
    expected = [f"label {n}" for number in range(8) for n in (number, number + 100)]
    assert labels(store, table) == expected


def test_rows_of_parallel_uploads_become_visible_in_order_of_their_ids(store, table):
    """A pin says that all ids up to its last are there; a smaller id must not appear later."""
    ended = threading.Event()
    faults = []

    def watch():
        seen: list[int] = []
        while not ended.is_set():
            ids = [row.id for row in read_rows(store, table, ["label"])]
            if ids[: len(seen)] != seen:
                faults.append((seen, ids))
            seen = ids

    def send(name):
        for number in range(6):
            append(store, table, number, *range(50), upload_id=name)

    with ThreadPoolExecutor(4) as pool:
        watcher = pool.submit(watch)
        list(pool.map(send, ["a", "b", "c"]))
        ended.set()
        watcher.result(60)
    assert faults == []
    assert store.get_table("digits").row_count == 900


@pytest.mark.parametrize("engine_name", ["mysql", "mariadb"])
def test_rows_are_sent_many_at_a_time(store, table, engine_name, request):
    """One statement a row would make remote databases slow by the length of the way there and back."""
    server = request.getfixturevalue(f"{engine_name}_server")

    def insert_count():
        return int(server.execute("SHOW GLOBAL STATUS LIKE 'Com_insert'")[0][1])

    before = insert_count()
    store.append_chunk(table.table_id, "u", Chunk(0, DIGEST, rows(*range(1000), image=b"i" * 200), ()))
    # The rows are well below a megabyte: one statement for them, one each for upload and chunk.
    assert insert_count() - before == 3


def test_an_image_too_large_for_a_statement_is_refused_before_it_is_sent(store, table, engine_name):
    if engine_name == "sqlite":
        assert store.refuse_bytes(20_000_000, "image") == ""
        return
    limit = store.limit_statement_bytes
    assert store.refuse_bytes(limit // 2 - 40_000, "image") == ""
    assert "max_allowed_packet" in store.refuse_bytes(limit // 2, "image")
    fitting = ImageRow("x", b"'" * (min(limit, 32 * 1024 * 1024) // 2 - 40_000), 1, 1, 1, "image/png", "ab" * 32, "s")
    store.append_chunk(table.table_id, "u", Chunk(0, DIGEST, (fitting,), ()))
    assert read_rows(store, table, ["image"]) == [Row(1, (fitting.image,))]
