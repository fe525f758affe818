"""Streams are pure functions: equal bytes whatever engine, cache, restarts, other readers and steps asked for."""

import dataclasses
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from tablefit.data import Batch, StreamHeader, StreamOptions
from tablefit.errors import InvalidInput, WrongState
from tablefit.features import parse_features

from tests.stream_reading import content, digest, message_digest, read, row_ids, step_bytes, weighted_ids
from tests.stream_wishes import ROW_COUNTS, stream_options
from tests.stream_worlds import LABELS, MANY_COUNT, World, fill_all, kind_of, label_of, open_world

# SHA-256 over the batches of SHUFFLED, computed once: they are the same for ever, on every engine.
SHUFFLED_DIGEST = "cd0f9eefae34b32fdb0c57dca860b8d1f2d6614ae0e4d84cb0e03aecc325b450"
SHUFFLED = StreamOptions(
    "digits",
    validation_fraction=0.2,
    split_seed=5,
    part="training",
    batch_size=64,
    shuffle_seed=11,
    epoch=3,
    tail="pad",
)
NORMALIZED = {"features": [{"x": "standardize"}, {"face": "image_normalization"}]}
TIMEOUT_S = 60


@pytest.fixture(scope="module")
def worlds(
    mysql_server: Any, mariadb_server: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, World]]:
    """A service on each engine, all with the same tables."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("sqlite")
        urls = {"sqlite": f"sqlite:///{folder / 'tables.db'}"}
        for name, server in (("mysql", mysql_server), ("mariadb", mariadb_server)):
            urls[name] = server.create_database()
            stack.callback(server.drop_database, urls[name])
        opened = {}
        for name, url in urls.items():
            world = open_world(name, url, tmp_path_factory.mktemp(name), fill=fill_all)
            opened[name] = stack.enter_context(world)
        yield opened


def test_the_order_of_a_shuffled_stream_is_what_it_always_was(worlds: dict[str, World]) -> None:
    for world in worlds.values():
        header, batches = read(world.data, SHUFFLED)
        assert header.class_names == tuple(sorted(LABELS))
        assert (header.row_count, header.step_count, header.padded_row_count) == (2400, 38, 32)
        assert message_digest(batches) == SHUFFLED_DIGEST
        ids = row_ids(batches)
        labels = np.concatenate([batch.columns["label"] for batch in batches]).tolist()
        assert labels == [sorted(LABELS).index(label_of(row_id - 1)) for row_id in ids]


def outcome(world: World, options: StreamOptions, **changes: Any) -> tuple[object, ...]:
    """What a stream gives, or the sentence that refuses it, without what differs between services."""
    try:
        header, batches = read(world.data, options, **changes)
    except (WrongState, InvalidInput) as refused:
        return (refused.message,)
    return general(header), digest(batches)


def general(header: StreamHeader) -> str:
    """A header without the identifiers that a service gives."""
    return repr(dataclasses.replace(header, table_id="", pin=dataclasses.replace(header.pin, snapshot_id="")))


# Examples of a short run and of a campaign.
EXAMPLES = pytest.mark.parametrize("count", [8, pytest.param(100, marks=pytest.mark.campaign)])


def try_all(count: int, promise: Callable[..., None], **given_by: Any) -> None:
    """Runs `promise` with `count` sets of drawn arguments."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    chosen = settings(max_examples=count, deadline=None, derandomize=True, database=None, suppress_health_check=checks)
    chosen(given(**given_by)(promise))()


@EXAMPLES
def test_a_stream_is_the_same_bytes_on_every_engine(worlds: dict[str, World], count: int) -> None:
    def promise(options: StreamOptions) -> None:
        outcomes = [outcome(world, options) for world in worlds.values()]
        assert outcomes[0] == outcomes[1] == outcomes[2]

    try_all(count, promise, options=stream_options())


@EXAMPLES
def test_steps_are_the_same_bytes_from_whatever_step_they_are_read(worlds: dict[str, World], count: int) -> None:
    data = worlds["sqlite"].data

    def promise(options: StreamOptions, draws: st.DataObject) -> None:
        header, whole = read_if_possible(worlds["sqlite"], options)
        start = draws.draw(st.integers(0, header.step_count))
        taken = draws.draw(st.integers(0, header.step_count + 1))
        again, some = read(data, options, snapshot=header.pin.snapshot_id, start_step=start, step_count=taken)
        assert general(again) == general(header)
        assert content(some) == content(whole)[start : start + taken if taken else None]

    try_all(count, promise, options=stream_options(), draws=st.data())


@EXAMPLES
def test_ranks_make_up_the_stream_of_one_reader(worlds: dict[str, World], count: int) -> None:
    data = worlds["mysql"].data

    def promise(options: StreamOptions, world_size: int, tail: str) -> None:
        header, whole = read_if_possible(worlds["mysql"], options, tail=tail)
        shares = [read(data, options, tail=tail, rank=rank, world_size=world_size) for rank in range(world_size)]
        assert {general(share) for share, _ in shares} == {general(header)}
        for step, batch in enumerate(whole):
            for rank, (_, share) in enumerate(shares):
                assert step_bytes(share[step]) == step_bytes(stride(batch, rank, world_size))
        assert {len(share) for _, share in shares} == {len(whole)}

    world_sizes, tails = st.sampled_from([1, 2, 3, 4, 6, 12]), st.sampled_from(["drop", "pad"])
    try_all(count, promise, options=stream_options(), world_size=world_sizes, tail=tails)


def read_if_possible(world: World, options: StreamOptions, **changes: Any) -> tuple[StreamHeader, list[Batch]]:
    """A stream, unless a part has no rows or its rows fill no batch."""
    try:
        return read(world.data, options, **changes)
    except WrongState:
        return reject()


def stride(batch: Batch, rank: int, world_size: int) -> Batch:
    """Every `world_size`-th row of a batch."""
    rows = slice(rank, None, world_size)
    nulls = {name: flags[rows] for name, flags in batch.is_null.items() if flags[rows].any()}
    return dataclasses.replace(
        batch,
        row_ids=batch.row_ids[rows],
        columns={name: values[rows] for name, values in batch.columns.items()},
        weights=None if batch.weights is None else batch.weights[rows],
        is_null=nulls,
    )


@EXAMPLES
def test_each_row_has_weight_one_once_in_an_epoch(worlds: dict[str, World], count: int) -> None:
    data = worlds["mariadb"].data

    def promise(options: StreamOptions, tail: str) -> None:
        parts = ["training", "validation"] if options.split else [None]
        found = []
        for part in parts:
            header, batches = read(data, options, tail=tail, part=part, columns=(), features=(), balance="none")
            ids = weighted_ids(batches)
            assert len(ids) == header.row_count
            assert {batch.row_ids.size for batch in batches[: None if tail == "pad" else -1]} <= {options.batch_size}
            assert len(row_ids(batches)) == header.row_count + header.padded_row_count
            assert len(batches) == header.step_count
            found += ids
        assert sorted(found) == list(range(1, ROW_COUNTS[options.table] + 1))

    try_all(count, promise, options=stream_options(), tail=st.sampled_from(["keep", "pad"]))


def test_padding_repeats_the_beginning_of_the_epoch_and_dropping_leaves_out_its_end(worlds: dict[str, World]) -> None:
    data, kept = worlds["sqlite"].data, {"batch_size": 700, "columns": ("label",)}
    whole = row_ids(read(data, SHUFFLED, tail="keep", **kept)[1])
    header, padded = read(data, SHUFFLED, tail="pad", **kept)
    assert (header.padded_row_count, row_ids(padded)) == (400, [*whole, *whole[:400]])
    assert padded[-1].weights.tolist() == [1.0] * 300 + [0.0] * 400
    header, dropped = read(data, SHUFFLED, tail="drop", **kept)
    assert (header.dropped_row_count, header.step_count, row_ids(dropped)) == (300, 3, whole[:2100])


def test_oversampling_repeats_rows_until_classes_are_equally_frequent(worlds: dict[str, World]) -> None:
    options = StreamOptions("many", columns=("kind",), target="kind", balance="oversample", batch_size=1000)
    by_kind: dict[str | None, list[int]] = {}
    for number in range(MANY_COUNT):
        by_kind.setdefault(kind_of(number), []).append(number + 1)
    most = len(by_kind["often"])
    for shuffle_seed in (None, 8):
        header, batches = read(worlds["mysql"].data, options, shuffle_seed=shuffle_seed)
        counts = Counter(row_ids(batches))
        for kind, ids in by_kind.items():
            each, rest = (1, 0) if kind is None else divmod(most, len(ids))
            assert sorted(counts[row_id] for row_id in ids) == [each] * (len(ids) - rest) + [each + 1] * rest
        assert header.row_count == MANY_COUNT
        assert header.oversampled_row_count == 3 * most - sum(len(by_kind[kind]) for kind in by_kind if kind)
        (column,) = header.columns
        assert column.class_names == ("often", "rare", "some")
        expected = [len(by_kind[kind]) for kind in column.class_names]
        assert list(column.class_row_counts) == expected
        assert column.class_weights == tuple(sum(expected) / (3 * number) for number in expected)


@pytest.mark.parametrize("engine", ["sqlite", "mysql"])
def test_caches_restarts_and_other_readers_make_no_difference(worlds: dict[str, World], engine: str) -> None:
    world = worlds[engine]
    many = StreamOptions("many", batch_size=500, shuffle_seed=3, features=parse_features(NORMALIZED).features)
    first = [read(world.data, options) for options in (SHUFFLED, many)]
    expected = [digest(batches) for _, batches in first]
    pins = [header.pin.snapshot_id for header, _ in first]

    def check() -> None:
        for options, pin, known in zip((SHUFFLED, many), pins, expected, strict=True):
            assert digest(read(world.data, options, snapshot=pin)[1]) == known

    check()
    world.delete_pixels()
    check()
    world.restart()
    check()
    world.service.kill()
    world.delete_pixels()
    world.service.start()
    read_together(world, many, pins[1], expected[1])


def read_together(world: World, options: StreamOptions, pin: str, expected: str) -> None:
    """Eight readers at once, of a service that has nothing in its memory or cache."""
    together = threading.Barrier(8)

    def one(_: int) -> str:
        together.wait(TIMEOUT_S)
        return digest(read(world.data, options, snapshot=pin)[1])

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(8))) == {expected}
