"""All rules of splits with the exact rows of both parts, and what change-detecting snapshots stream."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tablefit.data import FoldSplit, FractionSplit, HashSplit, StreamOptions, TimeSplit, ValueSplit
from tablefit.errors import InvalidInput, WrongState

from data_service.store import Store
from tests.stream_reading import content, read, row_ids
from tests.stream_worlds import (
    THING_COUNT,
    World,
    fill_many,
    fill_things,
    kind_of,
    open_world,
)

ROW_COUNT = 700
MANY = StreamOptions("many", columns=("kind",), batch_size=64)
KINDS = {row_id: kind_of(row_id - 1) for row_id in range(1, ROW_COUNT + 1)}


def fill(store: Store) -> None:
    fill_many(store, ROW_COUNT)
    fill_things(store)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("sqlite")
    with open_world("sqlite", f"sqlite:///{folder / 'tables.db'}", folder, fill=fill) as opened:
        yield opened


def parts(world: World, split: object, **more: object) -> tuple[list[int], list[int]]:
    """The ids of the training and of the validation part."""
    training, validation = (
        row_ids(read(world.data, MANY, split=split, part=part, **more)[1]) for part in ("training", "validation")
    )
    assert sorted(training + validation) == list(range(1, ROW_COUNT + 1))
    return training, validation


def counts(ids: list[int]) -> dict[str | None, int]:
    return {kind: sum(KINDS[row_id] == kind for row_id in ids) for kind in sorted(set(KINDS.values()), key=str)}


def test_rows_are_held_out_by_value(world: World) -> None:
    _, validation = parts(world, ValueSplit("kind", ("rare", "nobody", "some")))
    assert validation == [row_id for row_id, kind in KINDS.items() if kind in ("rare", "some")]
    _, validation = parts(world, ValueSplit("n", (0, 5, 699, -1)))
    assert validation == [1, 6, 700]


def test_booleans_and_texts_hold_rows_out_by_value_and_null_is_for_training(world: World) -> None:
    things = StreamOptions("things", columns=("yes`no", 'a "text": :t'), batch_size=THING_COUNT)
    _, (whole,) = read(world.data, things)
    for column, value in (("yes`no", True), ("yes`no", False), ('a "text": :t', "café"), ('a "text": :t', "")):
        split = ValueSplit(column, (value,))
        (held,) = read(world.data, things, split=split, part="validation")[1]
        is_held = (whole.columns[column] == value) & ~whole.is_null[column]
        assert held.row_ids.tolist() == whole.row_ids[is_held].tolist()
        assert 0 < len(held.row_ids) < THING_COUNT


def test_rows_are_held_out_by_time_and_null_is_for_training(world: World) -> None:
    start = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC) + timedelta(minutes=500)
    later = [row_id for row_id in KINDS if row_id - 1 >= 500 and (row_id - 1) % 13]
    assert parts(world, TimeSplit("seen", start))[1] == later
    assert parts(world, TimeSplit("seen", start.replace(tzinfo=None)))[1] == later
    assert parts(world, TimeSplit("seen", start - timedelta(microseconds=1)))[1] == later
    assert parts(world, TimeSplit("seen", start + timedelta(microseconds=1)))[1] == [i for i in later if i != 501]


def test_folds_hold_each_row_out_once_and_share_the_classes(world: World) -> None:
    held = [parts(world, FoldSplit(7, fold, 3), target="kind")[1] for fold in range(7)]
    assert sorted(row_id for ids in held for row_id in ids) == list(KINDS)
    assert {len(ids) for ids in held} == {100}
    for kind, count in counts(list(KINDS)).items():
        assert {counts(ids)[kind] for ids in held} <= {count // 7, count // 7 + 1}


def test_a_fraction_takes_its_share_of_each_class_and_of_null(world: World) -> None:
    _, validation = parts(world, FractionSplit(0.2, 9), target="kind")
    assert len(validation) == 140
    for kind, count in counts(list(KINDS)).items():
        assert counts(validation)[kind] in (count // 5, count // 5 + 1)
    shuffled = parts(world, FractionSplit(0.2, 9), target="kind", shuffle_seed=4)[1]
    assert (sorted(shuffled), shuffled != validation) == (validation, True)
    assert parts(world, FractionSplit(0.2, 10), target="kind")[1] != validation


def test_without_a_target_with_classes_a_fraction_is_not_stratified(world: World) -> None:
    plain = parts(world, FractionSplit(0.2, 9))[1]
    assert parts(world, FractionSplit(0.2, 9), target="x")[1] == plain
    assert parts(world, FractionSplit(0.2, 9), target="kind", stratify=False)[1] == plain
    assert parts(world, FractionSplit(0.2, 9), target="kind")[1] != plain
    with pytest.raises(InvalidInput, match="expected a target with classes"):
        parts(world, FractionSplit(0.2, 9), target="x", stratify=True)


def test_a_hash_takes_about_its_share(world: World) -> None:
    _, validation = parts(world, HashSplit(0.25, 1))
    assert 140 < len(validation) < 210
    assert set(validation) < set(parts(world, HashSplit(0.4, 1))[1])
    with pytest.raises(InvalidInput, match="expected a split by fraction or fold"):
        parts(world, HashSplit(0.25, 1), target="kind", stratify=True)


def test_numbers_of_classes_are_of_the_part_that_is_streamed(world: World) -> None:
    for part in ("training", "validation"):
        options = {"split": FractionSplit(0.35, 2), "part": part, "target": "kind"}
        header, batches = read(world.data, MANY, **options)
        ids = row_ids(batches)
        expected = [counts(ids)[name] for name in ("often", "rare", "some")]
        (column,) = header.columns
        assert (list(column.class_row_counts), header.row_count) == (expected, len(ids))
        assert column.class_weights == tuple(sum(expected) / (3 * count) for count in expected)


def test_a_part_without_rows_is_refused(world: World) -> None:
    with pytest.raises(WrongState, match="The validation part of table 'many' has no rows"):
        parts(world, ValueSplit("kind", ("nobody",)))


@pytest.mark.parametrize("table", ["things", "many"])
def test_a_change_detecting_snapshot_streams_the_same_bytes(world: World, table: str) -> None:
    detecting = world.data.create_snapshot(table, guarantee="change-detecting").snapshot_id
    exact = world.data.create_snapshot(table)
    options = StreamOptions(batch_size=7, shuffle_seed=2, mode="L", height=5, width=6)
    expected = content(read(world.data, options, snapshot=exact.snapshot_id)[1])
    assert content(read(world.data, options, snapshot=detecting)[1]) == expected
    world.delete_pixels()
    assert content(read(world.data, options, snapshot=detecting)[1]) == expected
    world.restart()
    assert content(read(world.data, options, snapshot=detecting, start_step=40, step_count=3)[1]) == expected[40:43]
    assert world.data.get_snapshot(detecting).guarantee == "change-detecting"
