"""Streams are pure functions: equal bytes whatever the engine, the cache, restarts, other readers and the steps asked for."""

import dataclasses
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tablefit.data import StreamHeader, StreamOptions
from tablefit.features import parse_features

from tests.stream_reading import content, digest, message_digest, read, row_ids, weighted_ids
from tests.stream_worlds import DIGIT_COUNT, LABELS, World, fill_all, kind_of, label_of, open_world

# SHA-256 over the batches of SHUFFLED, computed once: they are the same for ever, on every engine.
SHUFFLED_DIGEST = "cd0f9eefae34b32fdb0c57dca860b8d1f2d6614ae0e4d84cb0e03aecc325b450"
SHUFFLED = StreamOptions(
    "digits", validation_fraction=0.2, split_seed=5, part="training", batch_size=64, shuffle_seed=11, epoch=3, tail="pad"
)
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


def test_things(worlds):
    seen = set()
    for world in worlds.values():
        header, batches = read(world.data, StreamOptions("things", batch_size=50))
        print(header)
        print(batches[0])
        seen.add(digest(batches)+ header.pin.digest)
    assert len(seen) == 1
