"""Streams as the domain gives them: which rows, in which order, with which weights, and what is refused."""

import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tablefit.errors import InvalidInput, NotFound, OutOfOrder, WrongState
from tablefit.imaging.pixel_format import PixelFormat

from data_service import batch_parts
from data_service.batch_parts import BatchGroup
from data_service.batches import Batches
from data_service.features.spec import Clip, FeatureSpec
from data_service.order import Order
from data_service.pinning import Pinning
from data_service.readers import Readers
from data_service.schema import Table
from data_service.snapshots import Snapshots
from data_service.split_rules import FractionSplit, SplitOptions, ValueSplit
from data_service.steps import Epoch
from data_service.store import Store
from data_service.stream_opening import Header
from data_service.stream_options import ImageOptions, ShuffleOptions, StreamOptions
from tests.image_files import png
from tests.pinned_rows import DAY_S, GIB, Clock
from tests.stored_rows import append, create_table, execute, open_sqlite

ROW_COUNT = 50
LABELS = [("cat", "dog", "owl")[seed % 3] for seed in range(ROW_COUNT)]
WANTED = StreamOptions(table="digits", reader="test", batch_size=8)
SHUFFLED = dataclasses.replace(WANTED, shuffle=ShuffleOptions(seed=4, epoch=2))


class CountedReads:
    """A real store whose whole reads of tables are counted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[list[str]] = []
        self.get_table, self.read_rows = store.get_table, store.read_rows

    def read_all_rows(self, table, columns, check):
        self.asked.append([column.name for column in columns])
        return self._store.read_all_rows(table, columns, check)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_sqlite(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def reads(store: Store) -> CountedReads:
    return CountedReads(store)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def snapshots(tmp_path: Path, clock: Clock) -> Iterator[Snapshots]:
    opened = Snapshots(tmp_path / "shared", GIB, now=clock)
    yield opened
    opened.close()


@pytest.fixture
def batches(reads: CountedReads, snapshots: Snapshots, tmp_path: Path) -> Iterator[Batches]:
    opened = open_batches(reads, snapshots, tmp_path / "files")
    yield opened
    opened.close()


def open_batches(reads: CountedReads, snapshots: Snapshots, folder: Path, cache_limit_bytes: int = GIB) -> Batches:
    pinning = Pinning(reads, snapshots, Readers(), DAY_S)
    return Batches(reads, snapshots, pinning, folder, cache_limit_bytes=cache_limit_bytes)


@pytest.fixture
def table(store: Store) -> Table:
    made = create_table(store)
    append(store, made, [(label, png(seed)) for seed, label in enumerate(LABELS)])
    return made


def read(batches: Batches, options: StreamOptions, **changes: object) -> tuple[Header, list[BatchGroup]]:
    with batches.open(dataclasses.replace(options, **changes)) as stream:
        return stream.header, list(stream.groups)


def read_ids(batches: Batches, options: StreamOptions, **changes: object) -> list[int]:
    return np.concatenate([group.row_ids for group in read(batches, options, **changes)[1]]).tolist()


def column(groups: list[BatchGroup], name: str) -> list[object]:
    return np.concatenate([group.columns[name].values for group in groups]).tolist()


def content(groups: list[BatchGroup]) -> list[tuple[object, ...]]:
    """What each row holds, and of which step it is."""
    steps = [
        group.first_step + place
        for group in groups
        for place, row_count in enumerate(group.row_counts)
        for _ in range(row_count)
    ]
    ids = np.concatenate([group.row_ids for group in groups]).tolist()
    weights = [None] * len(ids)
    if groups[0].weights is not None:
        weights = np.concatenate([group.weights for group in groups]).tolist()
    return list(zip(steps, ids, weights, column(groups, "label"), column(groups, "image"), strict=True))


def test_the_header_describes_the_stream(batches: Batches, table: Table) -> None:
    header, _ = read(batches, WANTED)
    assert (header.snapshot.table_id, header.snapshot.row_count) == (table.table_id, 50)
    assert [(column.name, column.data_type, column.row_shape) for column in header.columns] == [
        ("label", "int32", ()),
        ("image", "uint8", (5, 6, 1)),
    ]
    assert header.columns[0].class_names == ("cat", "dog", "owl")
    assert header.class_counts["label"].row_counts == (17, 17, 16)
    assert header.class_counts["label"].weights == (50 / 51, 50 / 51, 50 / 48)
    assert (header.target, header.part_row_count, header.oversampled_row_count) == ("label", 50, 0)
    assert header.epoch == Epoch(50, 8, "keep")
    assert header.pixel_format == PixelFormat("L", 5, 6)


@pytest.mark.usefixtures("table")
def test_without_options_rows_come_by_id_with_their_labels_and_pixels(batches: Batches) -> None:
    groups = read(batches, WANTED)[1]
    # The first batch alone, for whoever waits for it; the others fit a message.
    assert [(group.first_step, group.row_counts) for group in groups] == [(0, (8,)), (1, (8, 8, 8, 8, 8, 2))]
    assert np.concatenate([group.row_ids for group in groups]).tolist() == list(range(1, 51))
    assert column(groups, "label") == [("cat", "dog", "owl").index(label) for label in LABELS]
    expected = np.stack([np.asarray(Image.open(io.BytesIO(png(seed)))) for seed in range(ROW_COUNT)])
    assert column(groups, "image") == expected[..., None].tolist()
    dtypes = [groups[0].row_ids.dtype, *(values.values.dtype for values in groups[0].columns.values())]
    assert dtypes == [np.int64, np.int32, np.uint8]
    assert groups[0].weights is None


@pytest.mark.usefixtures("table")
def test_a_shuffled_epoch_follows_the_order_of_its_seed_and_number(batches: Batches) -> None:
    assert read_ids(batches, SHUFFLED) == (Order(50, 4, 2).positions(0, 50) + 1).tolist()


@pytest.mark.usefixtures("table")
def test_the_shuffle_does_not_change_what_is_held_out(batches: Batches) -> None:
    split = SplitOptions(FractionSplit(0.3, 1), "validation")
    plain, shuffled = read_ids(batches, WANTED, split=split), read_ids(batches, SHUFFLED, split=split)
    assert plain == sorted(shuffled)
    assert plain != shuffled


@pytest.mark.usefixtures("table")
def test_padding_goes_round_when_a_batch_is_larger_than_the_epoch(batches: Batches) -> None:
    split = SplitOptions(FractionSplit(0.1, 0), "validation")
    five = read_ids(batches, SHUFFLED, split=split)
    _, (group,) = read(batches, SHUFFLED, split=split, tail="pad", batch_size=13)
    assert group.row_ids.tolist() == [*five, *five, *five[:3]]
    assert group.weights.tolist() == [1.0] * 5 + [0.0] * 8
    assert group.weights.dtype == np.float32


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("tail", ["keep", "drop", "pad"])
def test_any_run_of_steps_equals_its_part_of_the_whole(batches: Batches, tail: str) -> None:
    split = SplitOptions(FractionSplit(0.2, 3))
    header, whole = read(batches, SHUFFLED, tail=tail, split=split)
    expected = content(whole)
    for start in range(header.epoch.step_count):
        for count in range(header.epoch.step_count + 2):
            stop = start + count if count else header.epoch.step_count
            found = content(read(batches, SHUFFLED, tail=tail, split=split, start_step=start, step_count=count)[1])
            assert found == [row for row in expected if start <= row[0] < stop]


@pytest.mark.usefixtures("table")
def test_large_batches_come_in_parts_that_make_up_the_batch(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = content(read(batches, SHUFFLED)[1])
    monkeypatch.setattr(batch_parts, "TARGET_MESSAGE_BYTES", 3 * (30 + 4 + 12))
    groups = read(batches, SHUFFLED)[1]
    assert [(group.first_step, group.part, group.part_count, group.row_counts) for group in groups[:4]] == [
        (0, 0, 3, (3,)),
        (0, 1, 3, (3,)),
        (0, 2, 3, (2,)),
        (1, 0, 3, (3,)),
    ]
    assert content(groups) == whole


@pytest.mark.usefixtures("table")
def test_a_cache_of_any_size_gives_the_same_bytes(
    reads: CountedReads, snapshots: Snapshots, batches: Batches, tmp_path: Path
) -> None:
    cold, warm = content(read(batches, SHUFFLED)[1]), content(read(batches, SHUFFLED)[1])
    without = open_batches(reads, snapshots, tmp_path / "others", cache_limit_bytes=0)
    assert content(read(without, SHUFFLED)[1]) == warm == cold
    assert list((tmp_path / "others" / "pixels").iterdir()) == []
    without.close()


@pytest.mark.usefixtures("table")
def test_size_and_mode_can_be_asked_for(batches: Batches) -> None:
    header, groups = read(batches, WANTED, image=ImageOptions("RGB", 7, 9))
    assert header.pixel_format == PixelFormat("RGB", 7, 9)
    expected = Image.open(io.BytesIO(png(0))).convert("RGB").resize((9, 7), Image.Resampling.BILINEAR)
    assert groups[0].columns["image"].values[0].tolist() == np.asarray(expected).tolist()


@pytest.mark.usefixtures("table")
def test_a_header_alone_has_no_batches(batches: Batches) -> None:
    header, groups = read(batches, WANTED, header_only=True)
    assert (header.epoch.step_count, groups) == (7, [])


@pytest.mark.usefixtures("table")
def test_the_target_of_an_image_table_counts_where_it_is_not_streamed(batches: Batches) -> None:
    split = SplitOptions(FractionSplit(0.3, 1), "validation")
    header, groups = read(batches, WANTED, split=split, columns=("width",))
    assert (header.target, list(groups[0].columns)) == ("label", ["width"])
    labelled = read_ids(batches, WANTED, split=split)
    assert np.concatenate([group.row_ids for group in groups]).tolist() == labelled


@pytest.mark.usefixtures("table")
def test_a_split_may_hold_all_rows_out(batches: Batches) -> None:
    split = SplitOptions(ValueSplit("label", ("cat", "dog", "owl")), "validation")
    assert read_ids(batches, WANTED, split=split) == list(range(1, 51))
    with pytest.raises(WrongState, match="The training part of table 'digits' has no rows: none of its 50 is left"):
        read(batches, WANTED, split=SplitOptions(split.rule, "training"))


@pytest.mark.usefixtures("table")
def test_what_another_stream_asked_for_before_makes_no_difference(batches: Batches) -> None:
    features = [(FeatureSpec("width", ("width",), Clip(least, None)),) for least in (-0.0, 0.0)]
    headers = [read(batches, WANTED, features=wanted)[0] for wanted in features]
    assert [repr(header.features[0].feature.transform.lower) for header in headers] == ["-0.0", "0.0"]
    grey = SplitOptions(ValueSplit("channels", (1,)), "validation")
    assert read_ids(batches, WANTED, split=grey) == list(range(1, 51))
    with pytest.raises(InvalidInput, match="expected values of the integer column 'channels', received True"):
        read(batches, WANTED, split=SplitOptions(ValueSplit("channels", (True,)), "validation"))


def test_rows_of_different_sizes_want_a_size(store: Store, table: Table, batches: Batches) -> None:
    append(store, table, [("cat", png(60, (9, 9)))])
    with pytest.raises(WrongState) as refused:
        read(batches, WANTED)
    assert refused.value.message == (
        "The images of table 'digits' have different sizes (6 x 5, 9 x 9 and maybe more). Ask for one size."
    )
    assert read(batches, WANTED, image=ImageOptions(None, 4, 4))[0].pixel_format == PixelFormat("L", 4, 4)


def test_rows_of_different_modes_want_a_mode(store: Store, table: Table, batches: Batches) -> None:
    append(store, table, [("cat", png(60, mode="RGB"))])
    with pytest.raises(WrongState) as refused:
        read(batches, WANTED)
    assert refused.value.message == (
        "Some images of table 'digits' are grey and some have colours. Ask for the image mode L or RGB."
    )
    assert read(batches, WANTED, image=ImageOptions("RGB"))[0].pixel_format == PixelFormat("RGB", 5, 6)


def test_an_empty_table_has_no_batches(store: Store, batches: Batches) -> None:
    create_table(store)
    with pytest.raises(WrongState, match="digits' has no rows"):
        read(batches, WANTED)


def test_a_table_that_is_not_there_is_not_found(batches: Batches) -> None:
    with pytest.raises(NotFound, match="no table 'digits'"):
        read(batches, WANTED)


@pytest.mark.usefixtures("table")
def test_options_are_checked_before_the_table_is_looked_for(batches: Batches) -> None:
    with pytest.raises(InvalidInput, match="expected batch_size of 1 to 65,536, received 0"):
        read(batches, WANTED, table="other", batch_size=0)


@pytest.mark.usefixtures("table")
def test_a_part_without_rows_is_refused(batches: Batches) -> None:
    split = SplitOptions(FractionSplit(0.001, 0), "validation")
    with pytest.raises(WrongState, match="The validation part of table 'digits' has no rows"):
        read(batches, WANTED, split=split)


@pytest.mark.usefixtures("table")
def test_a_dropped_tail_that_leaves_nothing_is_refused(batches: Batches) -> None:
    with pytest.raises(WrongState, match="There are 50 rows of table 'digits' to stream, fewer than one batch of 51"):
        read(batches, WANTED, batch_size=51, tail="drop")


@pytest.mark.usefixtures("table")
def test_a_step_beyond_the_epoch_is_out_of_order(batches: Batches) -> None:
    assert read(batches, WANTED, start_step=7)[1] == []
    with pytest.raises(OutOfOrder, match="expected a start_step of 0 to 7, where the epoch ends, received 8"):
        read(batches, WANTED, start_step=8)


def test_a_stream_of_a_snapshot_reads_no_table(
    batches: Batches, reads: CountedReads, table: Table, store: Store
) -> None:
    header, whole = read(batches, SHUFFLED)
    assert reads.asked == [["label", "image", "width", "height", "channels"]]
    append(store, table, [("zebra", png(90)), ("ant", png(91, (9, 9)))])
    store.delete_table(table.table_id)
    again, groups = read(batches, SHUFFLED, snapshot=header.snapshot.snapshot_id)
    assert again == header
    assert content(groups) == content(whole)
    assert len(reads.asked) == 1


@pytest.mark.usefixtures("table")
def test_a_new_stream_sees_what_was_changed(batches: Batches, tmp_path: Path) -> None:
    before = read(batches, WANTED)[1]
    execute(tmp_path, "UPDATE digits SET label = 'owl' WHERE id = 17")
    execute(tmp_path, "DELETE FROM digits WHERE id = 3")
    after = read(batches, WANTED)[1]
    assert np.concatenate([group.row_ids for group in after]).tolist() == [1, 2, *range(4, 51)]
    assert (column(before, "label")[16], column(after, "label")[15]) == (1, 2)


@pytest.mark.usefixtures("table")
def test_a_snapshot_of_another_table_is_refused(batches: Batches, store: Store) -> None:
    header, whole = read(batches, WANTED)
    append(store, create_table(store, "letters"), [("a", png(1))])
    with pytest.raises(InvalidInput, match="expected a snapshot of table 'letters', received") as refused:
        read(batches, WANTED, table="letters", snapshot=header.snapshot.snapshot_id)
    assert refused.value.field == "snapshot"
    for table in ("", "DIGITS"):
        assert content(read(batches, WANTED, table=table, snapshot=header.snapshot.snapshot_id)[1]) == content(whole)


@pytest.mark.usefixtures("table")
def test_a_snapshot_is_read_by_the_name_that_its_table_had(batches: Batches, store: Store) -> None:
    header, whole = read(batches, WANTED)
    store.update_table("digits", new_name="letters")
    # Taken again, the snapshot has the table's new name.
    assert read(batches, WANTED, table="letters")[0].snapshot.table == "letters"
    assert content(read(batches, WANTED, snapshot=header.snapshot.snapshot_id)[1]) == content(whole)


@pytest.mark.usefixtures("table")
def test_an_expired_snapshot_is_told_with_its_table_and_date(
    batches: Batches, snapshots: Snapshots, clock: Clock
) -> None:
    header, _ = read(batches, WANTED)
    clock.advance(DAY_S + 1)
    snapshots.expire()
    with pytest.raises(WrongState, match=r"of table 'digits' expired .*2026-05-05"):
        read(batches, WANTED, snapshot=header.snapshot.snapshot_id)


@pytest.mark.usefixtures("table")
def test_each_header_says_how_long_the_snapshot_is_kept_now(batches: Batches, clock: Clock) -> None:
    header, _ = read(batches, WANTED)
    clock.advance(DAY_S / 2)
    again, _ = read(batches, WANTED, snapshot=header.snapshot.snapshot_id)
    assert (again.snapshot.expire_time - header.snapshot.expire_time).total_seconds() == DAY_S / 2


@pytest.mark.usefixtures("table")
def test_an_open_stream_keeps_its_snapshot(batches: Batches, snapshots: Snapshots, clock: Clock) -> None:
    with batches.open(WANTED) as stream:
        snapshot_id = stream.header.snapshot.snapshot_id
        with pytest.raises(WrongState, match="is being read by test") as refused:
            snapshots.delete(snapshot_id)
        assert refused.value.details == {"readers": "test", "snapshot": snapshot_id}
        clock.advance(10 * DAY_S)
        snapshots.expire()
        assert sum(len(group.row_ids) for group in stream.groups) == 50
    assert not snapshots.get(snapshot_id).expired
    snapshots.delete(snapshot_id)
