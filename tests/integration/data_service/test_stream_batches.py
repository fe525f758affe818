"""StreamBatches over real sockets, as a caller in any language sees it: messages, refusals, readers that go or wait."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from tablefit.data import StreamOptions
from tablefit.errors import InvalidInput, NotFound, OutOfOrder, TablefitError, WrongState
from tablefit.rpc import status, tensors
from tablefit.rpc.channel import open_channel
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

from data_service.store import Store
from tests.stored_rows import append, create_table
from tests.stream_reading import content, digest, read
from tests.stream_worlds import World, fill_digits, fill_many, image_of, open_world
from tests.waiting import wait_until

TIMEOUT_S = 60
MIB = 1024 * 1024
PLAIN = pb.StreamBatchesRequest(table="digits", batch_size=8)
# Messages of 1 MiB, so that most of a stream is not on the way yet when its first batch has come.
LARGE = StreamOptions("digits", mode="RGB", height=296, width=296, batch_size=4, shuffle_seed=1)


def fill(store: Store) -> None:
    fill_digits(store, 300)
    mixed = create_table(store, "mixed")
    append(store, mixed, [("a", image_of(number)) for number in range(99)])
    append(store, mixed, [("a", image_of(99, (9, 9)))])
    fill_many(store, 100)


@pytest.fixture(scope="module")
def world(mysql_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    url = mysql_server.create_database()
    with open_world("mysql", url, tmp_path_factory.mktemp("mysql"), fill=fill) as opened:
        yield opened
    mysql_server.drop_database(url)


@pytest.fixture
def stub(world: World) -> Iterator[DataServiceStub]:
    with open_channel(world.service.address) as channel:
        yield DataServiceStub(channel)


def changed(request: pb.StreamBatchesRequest, **changes: Any) -> pb.StreamBatchesRequest:
    wanted = pb.StreamBatchesRequest()
    wanted.CopyFrom(request)
    for name in changes:
        wanted.ClearField(name)
    wanted.MergeFrom(pb.StreamBatchesRequest(**changes))
    return wanted


def groups(stub: DataServiceStub, request: pb.StreamBatchesRequest) -> list[pb.BatchGroup]:
    header, *rest = stub.StreamBatches(request, timeout=TIMEOUT_S)
    assert header.WhichOneof("content") == "header"
    return [message.batches for message in rest]


def failure(stub: DataServiceStub, request: pb.StreamBatchesRequest) -> TablefitError:
    with pytest.raises(grpc.RpcError) as refused:
        list(stub.StreamBatches(request, timeout=TIMEOUT_S))
    return status.from_call(refused.value, "data service")


def test_a_header_alone_ends_the_call_and_says_all(stub: DataServiceStub) -> None:
    split = pb.Split(fraction=pb.FractionSplit(validation_fraction=0.2, seed=5))
    request = changed(PLAIN, header_only=True, split=split, tail=pb.TAIL_PAD, batch_size=64)
    (message,) = stub.StreamBatches(request)
    header = message.header
    assert (header.block_rows, header.window_blocks) == (1024, 64)
    assert (header.row_count, header.step_count, header.padded_row_count, header.dropped_row_count) == (240, 4, 16, 0)
    assert (header.target, header.oversampled_row_count) == ("label", 0)
    assert header.image == pb.ImageOptions(
        mode=pb.IMAGE_MODE_L,
        height=5,
        width=6,
        resampling=pb.RESAMPLING_BILINEAR,
        fit=pb.IMAGE_FIT_STRETCH,
    )
    label, image = header.columns
    assert (label.column, label.data_type, label.type) == ("label", pb.DATA_TYPE_INT32, pb.COLUMN_TYPE_CATEGORY)
    assert (image.column, image.data_type, list(image.row_shape)) == ("image", pb.DATA_TYPE_UINT8, [5, 6, 1])
    assert sum(label.class_row_counts) == 240
    snapshot = header.snapshot
    assert (snapshot.table, snapshot.row_count, snapshot.guarantee) == ("digits", 300, pb.GUARANTEE_EXACT)
    assert snapshot.expire_time.seconds - snapshot.create_time.seconds >= 30 * 86_400 - 1


def test_small_batches_share_a_message_but_for_the_first(stub: DataServiceStub) -> None:
    first, rest = groups(stub, PLAIN)
    assert (first.first_step, list(first.row_counts), first.part_count) == (0, [8], 1)
    assert (rest.first_step, list(rest.row_counts)) == (1, [8] * 36 + [4])
    assert tensors.decode(rest.row_ids).tolist() == list(range(9, 301))
    assert [tuple(column.tensor.shape) for column in rest.columns] == [(292,), (292, 5, 6, 1)]


def test_rows_of_the_largest_size_fit_a_message_each(stub: DataServiceStub) -> None:
    image = pb.ImageOptions(mode=pb.IMAGE_MODE_RGB, height=4096, width=4096)
    found = groups(stub, changed(PLAIN, batch_size=2, image=image, step_count=2))
    assert [(group.first_step, group.part, group.part_count, list(group.row_counts)) for group in found] == [
        (0, 0, 2, [1]),
        (0, 1, 2, [1]),
        (1, 0, 2, [1]),
        (1, 1, 2, [1]),
    ]
    assert [tuple(group.columns[1].tensor.shape) for group in found] == [(1, 4096, 4096, 3)] * 4


def test_nulls_are_told_column_by_column(stub: DataServiceStub) -> None:
    (group,) = groups(stub, changed(PLAIN, table="many", batch_size=100))
    n = np.arange(100)
    for column, modulus in zip(group.columns, (None, 11, 17, 13, 19), strict=True):
        expected = b"" if modulus is None else (n % modulus == 0).astype(np.uint8).tobytes()
        assert column.is_null == expected
    values = {column.column: tensors.decode(column.tensor) for column in group.columns}
    assert np.isnan(values["x"][[0, 11]]).all()
    assert values["kind"][[0, 17]].tolist() == [-1, -1]
    assert values["seen"][[0, 13]].tolist() == [0, 0]
    assert not values["face"][[0, 19]].any()


REFUSED: dict[str, tuple[dict[str, Any], type[TablefitError], str]] = {
    "no such table": ({"table": "letters"}, NotFound, "There is no table 'letters'."),
    "no such snapshot": ({"snapshot": "7"}, NotFound, "There is no snapshot '7'"),
    "no batch size": ({"batch_size": 0}, InvalidInput, "expected batch_size of 1 to 65,536, received 0"),
    "an unknown tail": ({"tail": 9}, InvalidInput, "expected a tail of this service's contract, received 9"),
    "a step beyond the epoch": ({"start_step": 39}, OutOfOrder, "expected a start_step of 0 to 38"),
    "no size": ({"table": "mixed"}, WrongState, "different sizes (6 x 5, 9 x 9 and maybe more)"),
    "an unknown column": ({"columns": ["nope"]}, InvalidInput, "expected a column out of label, image"),
    "an unknown target": ({"target": "nope"}, InvalidInput, "expected a column out of label, image"),
    "a column twice": ({"columns": ["label", "label"]}, InvalidInput, "expected each column once, received one twice"),
    "no rule": ({"split": pb.Split()}, InvalidInput, "expected a rule of the split, received none"),
    "no time": ({"split": pb.Split(time={"column": "create_time"})}, InvalidInput, "expected the first time"),
    "no timestamp": (
        {"split": pb.Split(time={"column": "label", "validation_start": {"seconds": 1}})},
        InvalidInput,
        "expected a timestamp column, received the category column 'label'",
    ),
    "no values of such a type": (
        {"split": pb.Split(value={"column": "image", "validation_values": [{"text": "a"}]})},
        InvalidInput,
        "expected a category, text, boolean or integer column, received the image column 'image'",
    ),
    "a value of another type": (
        {"split": pb.Split(value={"column": "label", "validation_values": [{"integer": 1}]})},
        InvalidInput,
        "expected values of the category column 'label', received 1",
    ),
    "a column that is not there": (
        {"split": pb.Split(value={"column": "nope", "validation_values": [{"text": "a"}]})},
        InvalidInput,
        "expected a column of 'digits', which has label, image",
    ),
    "nothing held out": (
        {
            "split": pb.Split(
                value={"column": "label", "validation_values": [{"text": "nobody"}]}, part=pb.SPLIT_PART_VALIDATION
            )
        },
        WrongState,
        "The validation part of table 'digits' has no rows",
    ),
    "strata without classes": (
        {
            "split": pb.Split(fold={"fold_count": 2}, stratification=pb.STRATIFICATION_TARGET),
            "target": "width",
        },
        InvalidInput,
        "expected a target with classes (a category, text or boolean column) to stratify by, received width",
    ),
    "balance without classes": (
        {"balance": pb.BALANCE_OVERSAMPLE, "target": "width"},
        InvalidInput,
        "expected a target with classes (a category, text or boolean column) to balance by, received width",
    ),
    "ranks that keep the tail": ({"world_size": 2}, InvalidInput, "expected the tail to be dropped or padded"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_streamed_is_refused_with_its_status(stub: DataServiceStub, name: str) -> None:
    changes, error, message = REFUSED[name]
    refused = failure(stub, changed(PLAIN, **changes))
    assert (type(refused), message in refused.message) == (error, True), refused.message


def test_a_reader_that_goes_away_frees_its_snapshot(world: World, stub: DataServiceStub) -> None:
    world.execute("UPDATE mixed SET label = 'b' WHERE id = 1")
    image = pb.ImageOptions(mode=pb.IMAGE_MODE_RGB, height=500, width=500)
    call = stub.StreamBatches(changed(PLAIN, table="mixed", image=image, reader="job 6b1f"))
    snapshot_id = next(call).header.snapshot.snapshot_id
    with pytest.raises(WrongState, match="is being read by job 6b1f") as refused:
        world.data.delete_snapshot(snapshot_id)
    assert refused.value.details["readers"] == "job 6b1f"
    call.cancel()

    def is_deleted() -> bool:
        try:
            world.data.delete_snapshot(snapshot_id)
        except WrongState:
            return False
        return True

    wait_until(is_deleted)
    with pytest.raises(NotFound):
        world.data.get_snapshot(snapshot_id)


def test_readers_that_do_not_read_keep_nobody_waiting_and_no_connection(world: World) -> None:
    header, batches = read(world.data, LARGE)
    expected, before = digest(batches), private_bytes(world)
    slow = [world.data.stream_batches(LARGE) for _ in range(12)]
    held = [next(iter(stream)) for stream in slow]
    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(lambda _: digest(read(world.data, LARGE)[1]), range(10))) == {expected}
    assert world.execute(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND command <> 'Sleep' "
        "AND id <> CONNECTION_ID()"
    ) == [(0,)]
    # 22 streams of 75 MiB each; about two messages and what is gathered at once are in memory of those that wait.
    assert private_bytes(world) - before < 12 * 40 * MIB
    assert content(held) == content(batches[:1]) * 12
    assert content(slow[0]) == content(batches[1:])
    for stream in slow:
        stream.close()
    world.data.create_snapshot("digits")
    wait_until(lambda: is_free(world, header.pin.snapshot_id))


def is_free(world: World, snapshot_id: str) -> bool:
    try:
        world.data.delete_snapshot(snapshot_id)
    except WrongState:
        return False
    return True


def private_bytes(world: World) -> int:
    lines = Path(f"/proc/{world.service.pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))
