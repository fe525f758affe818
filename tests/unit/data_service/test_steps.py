"""Which places a step takes, and which steps share a message: arithmetic with exact answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_service.steps import Epoch, Piece, Share, Tail, group_pieces


@pytest.mark.parametrize(
    ("row_count", "tail", "steps", "dropped", "padded", "places"),
    [
        (10, "keep", 3, 0, 0, 10),
        (10, "drop", 2, 2, 0, 8),
        (10, "pad", 3, 0, 2, 12),
        (12, "keep", 3, 0, 0, 12),
        (12, "drop", 3, 0, 0, 12),
        (12, "pad", 3, 0, 0, 12),
        (3, "keep", 1, 0, 0, 3),
        (3, "drop", 0, 3, 0, 0),
        (3, "pad", 1, 0, 1, 4),
    ],
)
def test_the_tail_rule_decides_about_the_last_batch_of_four(
    row_count: int, tail: Tail, steps: int, dropped: int, padded: int, places: int
) -> None:
    epoch = Epoch(row_count, 4, tail)
    assert (steps, dropped, padded, places) == (
        epoch.step_count,
        epoch.dropped_row_count,
        epoch.padded_row_count,
        epoch.place_count,
    )


def test_small_batches_share_groups_and_the_first_goes_alone() -> None:
    groups = list(group_pieces(Share(Epoch(22, 4, "keep")), range(6), limit_rows=9))
    assert groups == [
        [Piece(0, 0, 1, 0, 4)],
        [Piece(1, 0, 1, 4, 8), Piece(2, 0, 1, 8, 12)],
        [Piece(3, 0, 1, 12, 16), Piece(4, 0, 1, 16, 20)],
        [Piece(5, 0, 1, 20, 22)],
    ]


def test_large_batches_come_in_numbered_parts() -> None:
    groups = list(group_pieces(Share(Epoch(12, 8, "keep")), range(2), limit_rows=3))
    assert groups == [
        [Piece(0, 0, 3, 0, 3)],
        [Piece(0, 1, 3, 3, 6)],
        [Piece(0, 2, 3, 6, 8)],
        [Piece(1, 0, 2, 8, 11)],
        [Piece(1, 1, 2, 11, 12)],
    ]


def test_no_steps_make_no_groups() -> None:
    assert list(group_pieces(Share(Epoch(10, 4, "keep")), range(3, 3), limit_rows=9)) == []


@given(
    row_count=st.integers(1, 300),
    batch_size=st.integers(1, 80),
    tail=st.sampled_from(["keep", "drop", "pad"]),
    limit_rows=st.integers(1, 100),
    data=st.data(),
)
def test_pieces_cover_the_places_of_their_steps_once(
    row_count: int, batch_size: int, tail: Tail, limit_rows: int, data: st.DataObject
) -> None:
    epoch = Epoch(row_count, batch_size, tail)
    first = data.draw(st.integers(0, epoch.step_count))
    steps = range(first, data.draw(st.integers(first, epoch.step_count)))
    groups = list(group_pieces(Share(epoch), steps, limit_rows))
    pieces = [piece for group in groups for piece in group]
    place = first * batch_size
    for piece in pieces:
        assert piece.start == place
        assert piece.stop > piece.start
        assert piece.start // batch_size == (piece.stop - 1) // batch_size == piece.step
        place = piece.stop
    assert place == min(steps.stop * batch_size, epoch.place_count) if steps else not pieces
    assert all(group[-1].stop - group[0].start <= limit_rows for group in groups)
    for step in steps:
        parts = [piece for piece in pieces if piece.step == step]
        assert [(part, len(parts)) for part in range(len(parts))] == [(p.part, p.part_count) for p in parts]


def test_a_share_takes_strides_of_each_batch() -> None:
    share = Share(Epoch(22, 8, "pad"), rank=1, world_size=4)
    assert (share.batch_size, share.place_count) == (2, 6)
    assert share.epoch_places(0, 6).tolist() == [1, 5, 9, 13, 17, 21]
    assert share.epoch_places(3, 5).tolist() == [13, 17]
    assert list(group_pieces(share, range(3), limit_rows=9)) == [
        [Piece(0, 0, 1, 0, 2)],
        [Piece(1, 0, 1, 2, 4), Piece(2, 0, 1, 4, 6)],
    ]


@given(
    row_count=st.integers(1, 300),
    share_size=st.integers(1, 20),
    world_size=st.integers(1, 9),
    tail=st.sampled_from(["drop", "pad"]),
)
def test_shares_make_up_the_places_of_an_epoch(row_count: int, share_size: int, world_size: int, tail: Tail) -> None:
    epoch = Epoch(row_count, share_size * world_size, tail)
    shares = [Share(epoch, rank, world_size) for rank in range(world_size)]
    for step in range(epoch.step_count):
        start = step * epoch.batch_size
        places = [share.epoch_places(step * share_size, (step + 1) * share_size).tolist() for share in shares]
        together = [place for stride in zip(*places, strict=True) for place in stride]
        assert together == list(range(start, start + epoch.batch_size))
    assert {share.place_count for share in shares} == {epoch.step_count * share_size}
