"""StreamBatches over real sockets on each engine: exact bytes, whatever happens to service, cache and table."""

import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc
import numpy as np
import pytest
import sqlalchemy as sql
from PIL import Image
from tablefit.data import DataClient
from tablefit.errors import InvalidInput, NotFound, OutOfOrder, TablefitError, WrongState
from tablefit.rpc import status, tensors
from tablefit.rpc.channel import open_channel
from tablefit.sources import SourceRow
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

from tests.data_program import DataService
from tests.image_files import encode
from tests.waiting import wait_until

ROW_COUNT = 3000
# Collations take some of these for equal, and their order for another one.
LABELS = ("café", "Cat", "cafe", "cat", "cat ", "Straße", "strasse")
TIMEOUT_S = 60

SHUFFLED = pb.StreamBatchesRequest(
    table="digits",
    batch_size=64,
    shuffle=pb.Shuffle(seed=11, epoch=3),
    split=pb.Split(validation_fraction=0.2, seed=5),
    tail=pb.TAIL_PAD,
)
# SHA-256 over the batches of SHUFFLED, computed once: they are the same for ever, on every engine.
SHUFFLED_DIGEST = "cd0f9eefae34b32fdb0c57dca860b8d1f2d6614ae0e4d84cb0e03aecc325b450"


def label_of(number: int) -> str:
    return LABELS[(3 * number + number // 10) % len(LABELS)]


def image_of(number: int, size: tuple[int, int] = (6, 5)) -> bytes:
    """An image whose pixels nothing but this line decides about."""
    pixels = (np.arange(size[0] * size[1]) * 7 + number * 13) % 256
    return encode(Image.fromarray(pixels.astype(np.uint8).reshape(size[1], size[0])))


def made_rows(first: int = 0, count: int = ROW_COUNT) -> list[tuple[str, bytes]]:
    return [(label_of(number), image_of(number)) for number in range(first, first + count)]


class Caller:
    """Calls one data service, and ingests into it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._channel = open_channel(address)
        self.stub = DataServiceStub(self._channel)

    def close(self) -> None:
        self._channel.close()

    def ingest(self, rows: list[tuple[str, bytes]], table: str = "digits", upload_id: str = "first") -> None:
        with DataClient(self._address) as client:
            if table not in [found.name for found in client.list_tables()]:
                client.create_table(table)
            assert client.ingest(table, Rows(rows), upload_id=upload_id).committed_rows == len(rows)

    def read(self, request: pb.StreamBatchesRequest, **changes: object) -> tuple[pb.StreamHeader, list[pb.Batch]]:
        """Header and batches, or the error that the call ended with."""
        return read_call(self.open(request, **changes))

    def open(self, request: pb.StreamBatchesRequest, **changes: object) -> grpc.Call:
        changed = pb.StreamBatchesRequest(**changes)
        changed_request = pb.StreamBatchesRequest()
        changed_request.CopyFrom(request)
        for field, _ in changed.ListFields():
            changed_request.ClearField(field.name)
        changed_request.MergeFrom(changed)
        return self.stub.StreamBatches(changed_request, timeout=TIMEOUT_S)


def read_call(call: grpc.Call) -> tuple[pb.StreamHeader, list[pb.Batch]]:
    try:
        return next(call).header, rest_of(call)
    except grpc.RpcError as error:
        raise status.from_call(error, "data service") from error


def rest_of(call: grpc.Call) -> list[pb.Batch]:
    return [batch for message in call for batch in message.batches.batches]


def content(batches: list[pb.Batch]) -> list[bytes]:
    return [batch.SerializeToString(deterministic=True) for batch in batches]


def digest(batches: list[pb.Batch]) -> str:
    return hashlib.sha256(b"".join(content(batches))).hexdigest()


def row_ids(batches: list[pb.Batch]) -> list[int]:
    return [row_id for batch in batches for row_id in tensors.decode(batch.row_ids).tolist()]


@pytest.fixture
def service(start_service: Callable[..., DataService], database_url: str, tmp_path: Path) -> DataService:
    return start_service("--database-url", database_url, directory=tmp_path / "service")


@pytest.fixture
def caller(service: DataService) -> Iterator[Caller]:
    opened = Caller(service.address)
    yield opened
    opened.close()


@pytest.fixture
def execute(database_url: str) -> Iterator[Callable[..., None]]:
    """Runs a statement as another SQL client would."""
    engine = sql.create_engine(database_url)

    def run(statement: str, **values: object) -> None:
        with engine.begin() as connection:
            connection.execute(sql.text(statement), values)

    yield run
    engine.dispose()


def test_a_stream_is_the_same_bytes_on_every_engine(caller: Caller) -> None:
    caller.ingest(made_rows())
    header, batches = caller.read(SHUFFLED)
    assert list(header.class_names) == sorted(LABELS)
    assert (header.row_count, header.step_count, header.padded_row_count) == (2400, 38, 32)
    assert [batch.step for batch in batches] == list(range(38))
    ids = row_ids(batches)
    assert len(set(ids[:2400])) == 2400
    assert ids[2400:] == ids[:32]
    labels = np.concatenate([tensors.decode(batch.columns[0].tensor) for batch in batches])
    expected = [sorted(LABELS).index(label_of(row_id - 1)) for row_id in ids]
    assert labels.tolist() == expected
    weights = np.concatenate([tensors.decode(batch.weights) for batch in batches])
    assert weights.tolist() == [1.0] * 2400 + [0.0] * 32
    assert digest(batches) == SHUFFLED_DIGEST


def test_both_parts_hold_each_row_once(caller: Caller) -> None:
    caller.ingest(made_rows())
    training = row_ids(caller.read(SHUFFLED, tail=pb.TAIL_KEEP)[1])
    validation_split = pb.Split(validation_fraction=0.2, seed=5, part=pb.SPLIT_PART_VALIDATION)
    validation = row_ids(caller.read(SHUFFLED, tail=pb.TAIL_KEEP, split=validation_split)[1])
    assert sorted(training + validation) == list(range(1, ROW_COUNT + 1))
    assert len(validation) == 600


def test_steps_alone_restarts_and_deleted_caches_give_the_same_bytes(
    caller: Caller, service: DataService, tmp_path: Path
) -> None:
    caller.ingest(made_rows())
    header, whole = caller.read(SHUFFLED)
    expected = content(whole)
    blocks = tmp_path / "service" / "blocks"

    def check() -> None:
        again, batches = caller.read(SHUFFLED, pin=header.pin)
        assert again == header
        assert content(batches) == expected
        for step in (0, 17, 37):
            (batch,) = caller.read(SHUFFLED, pin=header.pin, start_step=step, step_count=1)[1]
            assert content([batch]) == expected[step : step + 1]

    check()
    shutil.rmtree(blocks)
    check()
    service.end()
    service.start()
    check()
    service.kill()
    for path in blocks.iterdir():
        path.unlink()
    service.start()
    check()


def test_a_stream_cut_off_by_a_killed_service_goes_on_at_its_step(caller: Caller, service: DataService) -> None:
    caller.ingest(made_rows(count=200))
    large = pb.StreamBatchesRequest(
        table="digits", batch_size=4, shuffle=pb.Shuffle(seed=1), image=pb.ImageOptions(height=256, width=256)
    )
    header, whole = caller.read(large)
    call = caller.open(large)
    received = [next(call).header]
    batches = [batch for _ in range(5) for batch in next(call).batches.batches]
    service.kill()
    with pytest.raises(grpc.RpcError):
        batches.extend(batch for message in call for batch in message.batches.batches)
    service.start()
    rest = caller.read(large, pin=received[0].pin, start_step=len(batches))[1]
    assert content(batches + rest) == content(whole)
    assert received == [header]


def test_many_readers_get_the_same_bytes_from_a_cold_cache(caller: Caller) -> None:
    caller.ingest(made_rows())
    together = threading.Barrier(8)

    def read(_: int) -> str:
        together.wait(TIMEOUT_S)
        return digest(caller.read(SHUFFLED)[1])

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, range(8))) == {SHUFFLED_DIGEST}


def test_rows_inserted_later_are_invisible_at_the_pin(caller: Caller) -> None:
    caller.ingest(made_rows())
    call = caller.open(SHUFFLED)
    header = next(call).header
    caller.ingest([("aardvark", image_of(9000, (20, 20)))] * 30, upload_id="second")
    assert digest(rest_of(call)) == SHUFFLED_DIGEST
    again, batches = caller.read(SHUFFLED, pin=header.pin)
    assert again == header
    assert digest(batches) == SHUFFLED_DIGEST
    now = caller.read(SHUFFLED, image=pb.ImageOptions(mode=pb.IMAGE_MODE_L, height=5, width=6))[0]
    assert now.pin.row_count == ROW_COUNT + 30


CHANGES = {
    "deleted": "DELETE FROM deleted WHERE id = 234",
    "labelled": "UPDATE labelled SET label = 'cow' WHERE id = 234",
    "recased": "UPDATE recased SET label = UPPER(label) WHERE id = 234",
    "replaced": "UPDATE replaced SET image = :image, sha256 = :sha256 WHERE id = 234",
}


def test_a_change_by_another_client_ends_the_next_stream_with_the_pin(
    caller: Caller, service: DataService, execute: Callable[..., None]
) -> None:
    image = image_of(77)
    pins = {}
    for table, statement in CHANGES.items():
        caller.ingest(made_rows(count=300), table)
        pins[table] = caller.read(SHUFFLED, table=table)[0].pin
        given = {"image": image, "sha256": hashlib.sha256(image).hexdigest()} if ":image" in statement else {}
        execute(statement, **given)
        with pytest.raises(WrongState) as refused:
            caller.read(SHUFFLED, table=table, pin=pins[table])
        assert refused.value.details == {"table": table, "row_id": "234", "reason": "WRONG_STATE"}
    service.end()
    service.start()
    for table, pin in pins.items():
        with pytest.raises(WrongState) as refused:
            caller.read(SHUFFLED, table=table, pin=pin)
        assert refused.value.details == {"table": table, "reason": "WRONG_STATE"}


def test_an_image_changed_without_its_sha256_ends_a_stream_that_decodes_it(
    caller: Caller, execute: Callable[..., None]
) -> None:
    caller.ingest(made_rows(count=300))
    execute("UPDATE digits SET image = :image WHERE id = 234", image=image_of(77))
    with pytest.raises(WrongState, match="Row 234 of table 'digits' holds another image") as refused:
        caller.read(pb.StreamBatchesRequest(table="digits", batch_size=64))
    assert refused.value.details == {"table": "digits", "row_id": "234", "reason": "WRONG_STATE"}


def test_a_row_deleted_while_it_is_streamed_ends_the_stream(
    start_service: Callable[..., DataService], database_url: str, execute: Callable[..., None]
) -> None:
    """Without a cache each row is read when its batch is due, and no more than flow control lets through before."""
    service = start_service("--database-url", database_url, "--cache-limit", "0")
    caller = Caller(service.address)
    caller.ingest(made_rows(count=300))
    call = caller.open(
        pb.StreamBatchesRequest(
            table="digits", batch_size=4, image=pb.ImageOptions(mode=pb.IMAGE_MODE_RGB, height=256, width=256)
        )
    )
    assert next(call).header.row_count == 300
    execute("DELETE FROM digits WHERE id = 290")
    with pytest.raises(grpc.RpcError) as ended:
        pytest.fail(f"received {len(rest_of(call))} batches and no error")
    error = status.from_call(ended.value, "data service")
    assert isinstance(error, WrongState)
    assert error.details == {"table": "digits", "row_id": "290", "reason": "WRONG_STATE"}
    caller.close()


def test_a_table_can_be_renamed_under_a_stream(caller: Caller) -> None:
    caller.ingest(made_rows())
    header = caller.read(SHUFFLED)[0]
    call = caller.open(SHUFFLED)
    next(call)
    caller.stub.UpdateTable(
        pb.UpdateTableRequest(table="digits", update=pb.Table(name="numerals"), update_mask={"paths": ["name"]})
    )
    assert digest(rest_of(call)) == SHUFFLED_DIGEST
    assert digest(caller.read(SHUFFLED, table="numerals", pin=header.pin)[1]) == SHUFFLED_DIGEST


def test_a_reader_that_goes_away_frees_the_table(caller: Caller) -> None:
    caller.ingest(made_rows(count=200))
    large = pb.StreamBatchesRequest(
        table="digits", batch_size=4, image=pb.ImageOptions(height=256, width=256), reader="job 6b1f"
    )
    call = caller.open(large)
    next(call)
    with pytest.raises(grpc.RpcError) as refused:
        caller.stub.DeleteTable(pb.DeleteTableRequest(table="digits"))
    error = status.from_call(refused.value, "data service")
    assert isinstance(error, WrongState)
    assert error.details["readers"] == "job 6b1f"
    call.cancel()

    def is_deleted() -> bool:
        try:
            caller.stub.DeleteTable(pb.DeleteTableRequest(table="digits"))
        except grpc.RpcError as still_read:
            if still_read.code() is not grpc.StatusCode.FAILED_PRECONDITION:
                raise
            return False
        return True

    wait_until(is_deleted)


REFUSED: dict[str, tuple[dict[str, object], type[TablefitError], str]] = {
    "no such table": ({"table": "letters"}, NotFound, "There is no table 'letters'."),
    "no such snapshot": ({"snapshot": "7"}, NotFound, "There is no snapshot '7'"),
    "no batch size": ({"batch_size": 0}, InvalidInput, "expected batch_size of 1 to 65,536, received 0"),
    "an unknown tail": ({"tail": 9}, InvalidInput, "expected a tail of this service's contract, received 9"),
    "a step beyond the epoch": ({"start_step": 14}, OutOfOrder, "expected a start_step of 0 to 13"),
    "no size": ({"image": pb.ImageOptions()}, WrongState, "different sizes (6 x 5, 9 x 9 and maybe more)"),
}


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_cannot_be_streamed_is_refused_with_its_status(caller: Caller) -> None:
    caller.ingest([*made_rows(count=99), ("cat", image_of(99, (9, 9)))])
    good = pb.StreamBatchesRequest(table="digits", batch_size=8, image=pb.ImageOptions(height=5, width=6))
    assert caller.read(good)[0].step_count == 13
    for changes, error, message in REFUSED.values():
        request = pb.StreamBatchesRequest()
        request.CopyFrom(good)
        for field, value in changes.items():
            if isinstance(value, int | str):
                setattr(request, field, value)
            else:
                getattr(request, field).CopyFrom(value)
        with pytest.raises(error) as refused:
            caller.read(request)
        assert message in refused.value.message


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_rows_of_the_largest_size_fit_a_message_each(caller: Caller) -> None:
    caller.ingest(made_rows(count=3))
    image = pb.ImageOptions(mode=pb.IMAGE_MODE_RGB, height=4096, width=4096)
    batches = caller.read(pb.StreamBatchesRequest(table="digits", batch_size=2, image=image))[1]
    assert [(batch.step, batch.part, batch.part_count) for batch in batches] == [(0, 0, 2), (0, 1, 2), (1, 0, 1)]
    assert [tuple(batch.columns[1].tensor.shape) for batch in batches] == [(1, 4096, 4096, 3)] * 3


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_header_alone_ends_the_call(caller: Caller) -> None:
    caller.ingest(made_rows(count=20))
    messages = list(caller.open(SHUFFLED, header_only=True))
    assert [message.WhichOneof("content") for message in messages] == ["header"]
    header = messages[0].header
    assert (header.block_rows, header.window_blocks) == (1024, 64)
    assert header.image == pb.ImageOptions(mode=pb.IMAGE_MODE_L, height=5, width=6)
    assert [(column.column, list(column.row_shape)) for column in header.columns] == [
        ("label", []),
        ("image", [5, 6, 1]),
    ]
