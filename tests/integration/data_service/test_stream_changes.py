"""Streams while another SQL client inserts, changes and deletes rows: a snapshot's stay, a new stream sees the new."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
from tablefit.data import HashSplit, StreamOptions, ValueSplit
from tablefit.errors import NotFound, Unavailable, WrongState
from tablefit.features import parse_features

from data_service.store import Store
from tests.stream_reading import content, read, row_ids
from tests.stream_worlds import World, fill_digits, fill_many, image_of, open_world

ROW_COUNT = 10_100
# Files of a snapshot that the rows fall into, by their ids.
BLOCK_COUNT = 4
MANY = StreamOptions("many", batch_size=1000)
SHUFFLED = StreamOptions("many", batch_size=1000, shuffle_seed=6, columns=("n", "kind", "face"))
DIGITS = StreamOptions("digits", batch_size=8)


def fill(store: Store) -> None:
    fill_many(store, ROW_COUNT)
    for name in ("dropped", "hashed", "fitted"):
        fill_many(store, 200, name)
    fill_digits(store, 60)


@contextmanager
def world_on(engine: str, request: pytest.FixtureRequest, factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = factory.mktemp(engine)
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'tables.db'}"
        if engine != "sqlite":
            server = request.getfixturevalue(f"{engine}_server")
            url = server.create_database()
            stack.callback(server.drop_database, url)
        yield stack.enter_context(open_world(engine, url, folder, fill=fill))


@pytest.fixture(scope="module", params=["sqlite", "mysql", "mariadb"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_on(request.param, request, tmp_path_factory) as opened:
        yield opened


def block_files(world: World) -> list[str]:
    """The files of all snapshots."""
    return sorted(path.name for path in (world.directory / "blocks").rglob("*") if path.is_file())


def pixel_files(world: World) -> set[str]:
    return {path.name for path in (world.directory / "pixels").iterdir()}


def test_a_table_that_has_not_changed_gives_its_snapshot_again(world: World) -> None:
    first = world.data.create_snapshot("many")
    files = block_files(world)
    assert world.data.create_snapshot("many").snapshot_id == first.snapshot_id
    assert read(world.data, MANY)[0].pin.snapshot_id == first.snapshot_id
    assert block_files(world) == files
    assert (first.row_count, first.block_count, first.guarantee) == (ROW_COUNT, BLOCK_COUNT, "exact")
    assert (first.new_block_count, first.new_bytes) == (BLOCK_COUNT, first.size_bytes)


def test_one_changed_row_is_one_new_block_and_one_new_file_of_pixels(world: World) -> None:
    pinned = world.data.create_snapshot("many")
    for _ in range(2):
        before = read(world.data, SHUFFLED, snapshot=pinned.snapshot_id)[1]
    files = pixel_files(world)
    world.execute("UPDATE many SET n = -5 WHERE id = 9700")
    changed = world.data.create_snapshot("many")
    assert (changed.block_count, changed.new_block_count) == (BLOCK_COUNT, 1)
    assert changed.digest != pinned.digest
    for _ in range(2):
        after = read(world.data, SHUFFLED, snapshot=changed.snapshot_id)[1]
    assert len(pixel_files(world) - files) == 1
    assert row_ids(after) == row_ids(before)
    place = row_ids(before).index(9700)
    numbers = [np.concatenate([batch.columns["n"] for batch in batches]) for batches in (before, after)]
    assert np.flatnonzero(numbers[0] != numbers[1]).tolist() == [place]
    assert numbers[1][place] == -5


def test_a_snapshot_keeps_its_rows_and_a_new_stream_sees_the_new_ones(world: World) -> None:
    pinned = world.data.create_snapshot("many")
    expected = content(read(world.data, SHUFFLED, snapshot=pinned.snapshot_id)[1])
    begun = world.data.stream_batches(SHUFFLED)
    batches = iter(begun)
    found = [next(batches)]
    world.execute("UPDATE many SET kind = 'new', face = :face WHERE id = 77", face=image_of(500))
    world.execute("DELETE FROM many WHERE id IN (3, 10050)")
    world.execute("INSERT INTO many (n, kind) VALUES (123456, 'zebra')")
    assert content([*found, *batches]) == expected
    for table in ("many", ""):
        assert content(read(world.data, SHUFFLED, table=table, snapshot=pinned.snapshot_id)[1]) == expected
    header, now = read(world.data, MANY)
    added = world.execute("SELECT MAX(id) FROM many")[0][0]
    assert row_ids(now) == [*(row_id for row_id in range(1, ROW_COUNT + 1) if row_id not in (3, 10050)), added]
    kind = header.column("kind")
    assert kind is not None
    assert kind.class_names == ("new", "often", "rare", "some", "zebra")
    assert now[-1].columns["n"][-1] == 123456
    # Row 77 is the 76th now, NULL before and a picture after.
    assert now[0].columns["face"][75].ravel().tolist() == ((np.arange(30) * 7 + 500 * 13) % 256).tolist()


def test_rows_put_back_give_the_same_digest(world: World) -> None:
    before = world.data.create_snapshot("dropped").digest
    world.execute("UPDATE dropped SET n = n + 1 WHERE id = 9")
    assert world.data.create_snapshot("dropped").digest != before
    world.execute("UPDATE dropped SET n = n - 1 WHERE id = 9")
    again = world.data.create_snapshot("dropped")
    assert (again.digest, again.new_block_count, again.new_bytes) == (before, 0, 0)


def test_a_stream_goes_on_without_its_table(world: World) -> None:
    options = StreamOptions("dropped", batch_size=30, shuffle_seed=1)
    header, batches = read(world.data, options)
    physical = world.data.get_table("dropped")
    world.data.delete_table("dropped")
    with pytest.raises(NotFound):
        read(world.data, options)
    world.restart()
    world.delete_pixels()
    again, found = read(world.data, options, snapshot=header.pin.snapshot_id)
    assert (again.table, again.table_id) == ("dropped", physical.table_id)
    assert content(found) == content(batches)


def test_a_hash_split_moves_no_row_when_others_come_and_go(world: World) -> None:
    options = StreamOptions("hashed", batch_size=50, split=HashSplit(0.25, 3), part="validation", columns=("n",))
    before = row_ids(read(world.data, options)[1])
    world.execute("DELETE FROM hashed WHERE id % 3 = 0")
    for _ in range(20):
        world.execute("INSERT INTO hashed (n) VALUES (1)")
    after = row_ids(read(world.data, options)[1])
    training = row_ids(read(world.data, options, part="training")[1])
    assert [row_id for row_id in after if row_id <= 200] == [row_id for row_id in before if row_id % 3]
    assert sorted(after + training) == [*(row_id for row_id in range(1, 201) if row_id % 3), *range(201, 221)]


def test_features_are_fitted_on_training_rows_only(world: World) -> None:
    features = parse_features({"features": [{"x": "standardize"}, {"n": "min_max"}, {"kind": "one_hot"}]}).features
    options = StreamOptions(
        "fitted", features=features, split=ValueSplit("kind", ("rare",)), part="training", batch_size=30
    )
    header, batches = read(world.data, options)
    world.execute("UPDATE fitted SET x = 1e300, n = -77 WHERE kind = 'rare'")
    after, found = read(world.data, options)
    assert repr(after.features) == repr(header.features)
    assert content(found) == content(batches)
    validation, wild = read(world.data, options, part="validation")
    assert repr(validation.features) == repr(header.features)
    assert np.isfinite(wild[0].columns["n"]).all()
    assert wild[0].columns["n"].max() < 0
    # The numbers of the header, given back, are applied as they are, whatever rows the table has.
    world.execute("DELETE FROM fitted WHERE kind = 'some'")
    applied, given = read(world.data, options, part="validation", features=(), fitted_features=header.features)
    assert repr(applied.features) == repr(header.features)
    assert content(given) == content(wild)


def test_changes_below_a_change_detecting_snapshot_end_the_stream_with_the_row(world: World) -> None:
    pinned = world.data.create_snapshot("digits", guarantee="change-detecting")
    sized = {"snapshot": pinned.snapshot_id, "mode": "L", "height": 5, "width": 6}
    assert (pinned.guarantee, pinned.row_count) == ("change-detecting", 60)
    exact = content(read(world.data, DIGITS)[1])
    assert content(read(world.data, DIGITS, **sized)[1]) == exact
    world.execute("UPDATE digits SET label = 'cow' WHERE id = 5")
    assert content(read(world.data, DIGITS, **sized)[1]) == exact
    world.restart()
    world.delete_pixels()
    world.execute("UPDATE digits SET image = :image WHERE id = 34", image=image_of(99))
    with pytest.raises(WrongState, match=r"Row 34 was changed in table 'digits' after") as refused:
        read(world.data, DIGITS, **sized)
    assert refused.value.details["row_id"] == "34"
    world.execute("DELETE FROM digits WHERE id = 33")
    with pytest.raises(WrongState, match=r"Row 33 was deleted") as refused:
        read(world.data, DIGITS, **sized)
    assert refused.value.details["row_id"] == "33"
    # Steps without these rows do not care.
    for start, count in ((0, 4), (5, 3)):
        assert (
            content(read(world.data, DIGITS, **sized, start_step=start, step_count=count)[1]) == exact[start:][:count]
        )


def test_a_stream_of_a_snapshot_goes_on_while_mysql_is_down(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with world_on("mysql", request, tmp_path_factory) as world:
        server = request.getfixturevalue("mysql_server")
        header, batches = read(world.data, DIGITS)
        pinned = {"snapshot": header.pin.snapshot_id, "table": "Digits"}
        server.kill()
        world.delete_pixels()
        try:
            assert content(read(world.data, DIGITS, **pinned)[1]) == content(batches)
            assert read(world.data, DIGITS, **pinned, rank=1, world_size=2, tail="drop")[0].step_count == 7
            with pytest.raises(Unavailable):
                list(world.data.stream_batches(DIGITS, patience_s=0))
        finally:
            server.start()
        assert content(read(world.data, DIGITS)[1]) == content(batches)
