"""Streams as the domain gives them: which rows, in which order, with which weights, and what is refused."""

import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tablefit.errors import Cancelled, InvalidInput, NotFound, OutOfOrder, WrongState

from data_service import batch_parts
from data_service.batch_parts import BatchPart
from data_service.batches import Batches, Header
from data_service.order import Order
from data_service.pixels import PixelFormat
from data_service.readers import Readers
from data_service.schema import Table
from data_service.steps import Epoch
from data_service.store import Store
from data_service.stream_options import ImageOptions, ShuffleOptions, SplitOptions, StreamOptions
from tests.image_files import png
from tests.stored_rows import append, create_table, execute, open_sqlite

ROW_COUNT = 50
LABELS = [("cat", "dog", "owl")[seed % 3] for seed in range(ROW_COUNT)]
WANTED = StreamOptions(table="digits", reader="test", batch_size=8)
SHUFFLED = dataclasses.replace(WANTED, shuffle=ShuffleOptions(seed=4, epoch=2))
MIB = 1024 * 1024


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_sqlite(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def readers() -> Readers:
    return Readers()


@pytest.fixture
def batches(store: Store, readers: Readers, tmp_path: Path) -> Batches:
    return Batches(store, readers, tmp_path / "files", cache_limit_bytes=64 * MIB)


@pytest.fixture
def table(store: Store) -> Table:
    made = create_table(store)
    append(store, made, [(label, png(seed)) for seed, label in enumerate(LABELS)])
    return made


def read(batches: Batches, options: StreamOptions) -> tuple[Header, list[BatchPart]]:
    with batches.open(options) as stream:
        return stream.header, [part for group in stream.groups for part in group]


def read_ids(batches: Batches, options: StreamOptions) -> list[list[int]]:
    """The row ids of each step."""
    steps: dict[int, list[int]] = {}
    for part in read(batches, options)[1]:
        steps.setdefault(part.step, []).extend(part.row_ids.tolist())
    return list(steps.values())


def content(parts: list[BatchPart]) -> list[tuple[object, ...]]:
    """All that the parts hold, as bytes."""
    return [
        (
            part.step,
            part.part,
            part.part_count,
            part.row_ids.tobytes(),
            part.labels.tobytes(),
            part.images.shape,
            part.images.tobytes(),
            None if part.weights is None else part.weights.tobytes(),
        )
        for part in parts
    ]


def flat(steps: list[list[int]]) -> list[int]:
    return [row_id for step in steps for row_id in step]


def cut(row_ids: list[int], size: int = 8) -> list[list[int]]:
    return [row_ids[start : start + size] for start in range(0, len(row_ids), size)]


def test_the_header_describes_the_stream(batches: Batches, table: Table) -> None:
    header, _ = read(batches, WANTED)
    assert header == Header(
        table_id=table.table_id,
        class_names=("cat", "dog", "owl"),
        class_row_counts=(17, 17, 16),
        pin=header.pin,
        epoch=Epoch(50, 8, "keep"),
        pixel_format=PixelFormat("L", 5, 6),
    )
    assert (header.pin.row_count, header.pin.last_id) == (50, 50)


@pytest.mark.usefixtures("table")
def test_without_options_rows_come_by_id_with_their_labels_and_pixels(batches: Batches) -> None:
    parts = read(batches, WANTED)[1]
    assert [part.row_ids.tolist() for part in parts] == cut(list(range(1, 51)))
    assert [(part.step, part.part, part.part_count) for part in parts] == [(step, 0, 1) for step in range(7)]
    labels = [("cat", "dog", "owl").index(label) for label in LABELS]
    assert np.concatenate([part.labels for part in parts]).tolist() == labels
    expected = np.stack([np.asarray(Image.open(io.BytesIO(png(seed)))) for seed in range(ROW_COUNT)])
    assert np.concatenate([part.images for part in parts]).tolist() == expected[..., None].tolist()
    dtypes = (parts[0].row_ids.dtype, parts[0].labels.dtype, parts[0].images.dtype, parts[0].weights)
    assert dtypes == (np.int64, np.int32, np.uint8, None)


@pytest.mark.usefixtures("table")
def test_a_shuffled_epoch_follows_the_order_of_its_seed_and_number(batches: Batches) -> None:
    expected = (Order(50, 4, 2).positions(0, 50) + 1).tolist()
    assert read_ids(batches, SHUFFLED) == cut(expected)


@pytest.mark.usefixtures("table")
def test_both_parts_of_a_split_hold_each_row_once(batches: Batches) -> None:
    ids = {}
    for part in ("training", "validation"):
        options = dataclasses.replace(SHUFFLED, split=SplitOptions(0.2, 9, part))
        header, _ = read(batches, options)
        ids[part] = flat(read_ids(batches, options))
        counts = np.bincount([(row_id - 1) % 3 for row_id in ids[part]]).tolist()
        assert counts == list(header.class_row_counts)
    assert sorted(ids["training"] + ids["validation"]) == list(range(1, 51))
    assert len(ids["validation"]) == 10


@pytest.mark.usefixtures("table")
def test_the_shuffle_does_not_change_what_is_held_out(batches: Batches) -> None:
    split = SplitOptions(0.3, 1, "validation")
    plain = read_ids(batches, dataclasses.replace(WANTED, split=split))
    shuffled = read_ids(batches, dataclasses.replace(SHUFFLED, split=split))
    assert flat(plain) == sorted(flat(shuffled))
    assert plain != shuffled


@pytest.mark.usefixtures("table")
def test_a_dropped_tail_leaves_out_the_last_rows_of_the_order(batches: Batches) -> None:
    whole = read_ids(batches, SHUFFLED)
    header, parts = read(batches, dataclasses.replace(SHUFFLED, tail="drop"))
    assert [part.row_ids.tolist() for part in parts] == whole[:6]
    assert (header.epoch.step_count, header.epoch.dropped_row_count) == (6, 2)


@pytest.mark.usefixtures("table")
def test_a_padded_tail_repeats_the_beginning_of_the_epoch_at_weight_zero(batches: Batches) -> None:
    whole = flat(read_ids(batches, SHUFFLED))
    header, parts = read(batches, dataclasses.replace(SHUFFLED, tail="pad"))
    assert [part.row_ids.tolist() for part in parts] == cut(whole + whole[:6])
    assert [part.weights.tolist() for part in parts] == [[1.0] * 8] * 6 + [[1.0, 1.0] + [0.0] * 6]
    assert parts[-1].images[2:].tolist() == parts[0].images[:6].tolist()
    assert parts[-1].weights.dtype == np.float32
    assert header.epoch.padded_row_count == 6


@pytest.mark.usefixtures("table")
def test_padding_goes_round_when_a_batch_is_larger_than_the_epoch(batches: Batches) -> None:
    split = SplitOptions(0.1, 0, "validation")
    five = flat(read_ids(batches, dataclasses.replace(SHUFFLED, split=split)))
    options = dataclasses.replace(SHUFFLED, split=split, tail="pad", batch_size=13)
    _, (part,) = read(batches, options)
    assert part.row_ids.tolist() == [*five, *five, *five[:3]]
    assert part.weights.tolist() == [1.0] * 5 + [0.0] * 8


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("tail", ["keep", "drop", "pad"])
def test_any_run_of_steps_equals_its_part_of_the_whole(batches: Batches, tail: str) -> None:
    options = dataclasses.replace(SHUFFLED, tail=tail, split=SplitOptions(0.2, 3, "training"))
    header, whole = read(batches, options)
    expected = content(whole)
    for start in range(header.epoch.step_count + 1):
        for count in range(header.epoch.step_count + 2):
            some = dataclasses.replace(options, start_step=start, step_count=count)
            stop = start + count if count else None
            assert content(read(batches, some)[1]) == expected[start:stop]


@pytest.mark.usefixtures("table")
def test_large_batches_come_in_parts_that_make_up_the_batch(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = content(read(batches, SHUFFLED)[1])
    monkeypatch.setattr(batch_parts, "TARGET_MESSAGE_BYTES", 3 * (30 + 16))
    with batches.open(SHUFFLED) as stream:
        groups = list(stream.groups)
    assert [len(group) for group in groups] == [1] * len(groups)
    parts = [part for group in groups for part in group]
    assert [(part.part, part.part_count, len(part.row_ids)) for part in parts[:3]] == [(0, 3, 3), (1, 3, 3), (2, 3, 2)]
    for step, (_, _, _, row_ids, labels, _, images, _) in enumerate(whole):
        mine = [part for part in parts if part.step == step]
        assert b"".join(part.row_ids.tobytes() for part in mine) == row_ids
        assert b"".join(part.labels.tobytes() for part in mine) == labels
        assert b"".join(part.images.tobytes() for part in mine) == images


@pytest.mark.usefixtures("table")
def test_a_cache_of_any_size_gives_the_same_bytes(store: Store, batches: Batches, tmp_path: Path) -> None:
    cold, warm = content(read(batches, SHUFFLED)[1]), content(read(batches, SHUFFLED)[1])
    without = Batches(store, Readers(), tmp_path / "others", cache_limit_bytes=0)
    assert content(read(without, SHUFFLED)[1]) == warm == cold
    assert list((tmp_path / "others" / "blocks").iterdir()) == []


@pytest.mark.usefixtures("table")
def test_size_and_mode_can_be_asked_for(batches: Batches) -> None:
    header, parts = read(batches, dataclasses.replace(WANTED, image=ImageOptions("RGB", 7, 9)))
    assert header.pixel_format == PixelFormat("RGB", 7, 9)
    expected = Image.open(io.BytesIO(png(0))).convert("RGB").resize((9, 7), Image.Resampling.BILINEAR)
    assert parts[0].images.shape == (8, 7, 9, 3)
    assert parts[0].images[0].tolist() == np.asarray(expected).tolist()


@pytest.mark.usefixtures("table")
def test_a_header_alone_has_no_batches(batches: Batches) -> None:
    header, parts = read(batches, dataclasses.replace(WANTED, header_only=True))
    assert (header.epoch.step_count, parts) == (7, [])


def test_rows_of_different_sizes_want_a_size(store: Store, table: Table, batches: Batches) -> None:
    append(store, table, [("cat", png(60, (9, 9)))])
    with pytest.raises(WrongState) as refused:
        read(batches, WANTED)
    assert refused.value.message == (
        "The images of table 'digits' have different sizes (6 x 5, 9 x 9 and maybe more). Ask for one size."
    )
    sized = dataclasses.replace(WANTED, image=ImageOptions(None, 4, 4))
    assert read(batches, sized)[0].pixel_format == PixelFormat("L", 4, 4)


def test_rows_of_different_modes_want_a_mode(store: Store, table: Table, batches: Batches) -> None:
    append(store, table, [("cat", png(60, mode="RGB"))])
    with pytest.raises(WrongState) as refused:
        read(batches, WANTED)
    assert refused.value.message == (
        "Some images of table 'digits' are grey and some have colours. Ask for the image mode L or RGB."
    )
    in_colour = dataclasses.replace(WANTED, image=ImageOptions("RGB"))
    assert read(batches, in_colour)[0].pixel_format == PixelFormat("RGB", 5, 6)


def test_an_empty_table_has_no_batches(store: Store, batches: Batches) -> None:
    create_table(store)
    with pytest.raises(WrongState, match="Table 'digits' has no rows"):
        read(batches, WANTED)


def test_a_table_that_is_not_there_is_not_found(batches: Batches) -> None:
    with pytest.raises(NotFound, match="no table 'digits'"):
        read(batches, WANTED)


@pytest.mark.usefixtures("table")
def test_options_are_checked_before_the_table_is_looked_for(batches: Batches) -> None:
    with pytest.raises(InvalidInput, match="expected batch_size of 1 to 65,536, received 0"):
        read(batches, dataclasses.replace(WANTED, table="other", batch_size=0))


@pytest.mark.usefixtures("table")
def test_a_part_without_rows_is_refused(batches: Batches) -> None:
    options = dataclasses.replace(WANTED, split=SplitOptions(0.001, 0, "validation"))
    with pytest.raises(WrongState, match=r"too few rows for a validation part of 0\.001: of 50 rows in 3 classes none"):
        read(batches, options)


@pytest.mark.usefixtures("table")
def test_a_dropped_tail_that_leaves_nothing_is_refused(batches: Batches) -> None:
    with pytest.raises(WrongState, match="There are 50 rows of table 'digits' to stream, fewer than one batch of 51"):
        read(batches, dataclasses.replace(WANTED, batch_size=51, tail="drop"))


@pytest.mark.usefixtures("table")
def test_a_step_beyond_the_epoch_is_out_of_order(batches: Batches) -> None:
    assert read(batches, dataclasses.replace(WANTED, start_step=7))[1] == []
    with pytest.raises(OutOfOrder, match="expected a start_step of 0 to 7, where the epoch ends, received 8"):
        read(batches, dataclasses.replace(WANTED, start_step=8))


def test_a_pin_keeps_later_rows_out_and_the_order_as_it_was(store: Store, table: Table, batches: Batches) -> None:
    header, whole = read(batches, SHUFFLED)
    append(store, table, [("zebra", png(90)), ("ant", png(91, (9, 9)))])
    again, parts = read(batches, dataclasses.replace(SHUFFLED, pin=header.pin))
    assert again == header
    assert content(parts) == content(whole)


@pytest.mark.usefixtures("table")
def test_a_changed_row_ends_the_next_stream_with_the_pin(batches: Batches, tmp_path: Path) -> None:
    header, _ = read(batches, SHUFFLED)
    execute(tmp_path, "UPDATE digits SET label = 'owl' WHERE id = 17")
    with pytest.raises(WrongState) as refused:
        read(batches, dataclasses.replace(SHUFFLED, pin=header.pin))
    assert refused.value.details == {"table": "digits", "row_id": "17"}


@pytest.mark.usefixtures("table")
def test_a_warm_stream_gives_the_pinned_rows_whatever_happens_meanwhile(batches: Batches, tmp_path: Path) -> None:
    expected = content(read(batches, SHUFFLED)[1])
    with batches.open(SHUFFLED) as stream:
        execute(tmp_path, "DELETE FROM digits")
        assert content([part for group in stream.groups for part in group]) == expected


def test_a_stream_holds_its_table_as_long_as_it_is_open(batches: Batches, readers: Readers, table: Table) -> None:
    with batches.open(WANTED) as stream:
        next(stream.groups)
        assert readers.of(table.table_id) == ["test"]
    assert readers.of(table.table_id) == []


@pytest.mark.usefixtures("table")
def test_a_caller_that_has_gone_ends_the_stream(batches: Batches) -> None:
    here = [True]
    with batches.open(WANTED, lambda: here[0]) as stream:
        next(stream.groups)
        here[0] = False
        with pytest.raises(Cancelled):
            list(stream.groups)
