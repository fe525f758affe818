"""Batches by their position over all epochs, with streams that the test makes."""

from collections.abc import Iterator

import numpy as np
import pytest
from tablefit.data import Batch
from tablefit.errors import WrongState
from tablefit.keras.positions import Positions

STEPS = 3


class EpochBatches:
    """The batches of an epoch of three steps, from a step on; each has its epoch as row id."""

    def __init__(self, epoch: int, start_step: int) -> None:
        self.epoch, self.start_step = epoch, start_step

    def __iter__(self) -> Iterator[Batch]:
        for step in range(self.start_step, STEPS):
            yield Batch(step=step, row_ids=np.array([self.epoch]), columns={}, weights=None)

    def close(self) -> None:
        pass


@pytest.fixture
def opened() -> list[tuple[int, int]]:
    """The epochs and steps at which streams were opened."""
    return []


@pytest.fixture
def positions(opened) -> Iterator[Positions]:
    def open_stream(epoch: int, start_step: int) -> EpochBatches:
        if epoch == 100:
            raise WrongState("no epoch 100")
        opened.append((epoch, start_step))
        return EpochBatches(epoch, start_step)

    positions = Positions(open_stream, STEPS)
    yield positions
    positions.close()


def read(positions: Positions, position: int) -> tuple[int, int]:
    """Epoch and step of the batch at a position."""
    batch = positions.read(position)
    return int(batch.row_ids[0]), batch.step


@pytest.mark.parametrize("asked", [range(8), (7, 8, 0, 1, 5), (4, 4, 3), (0, 0, 1, 2, 3)])
def test_every_position_is_an_epoch_and_a_step(positions, asked):
    assert [read(positions, position) for position in asked] == [divmod(position, STEPS) for position in asked]


def test_what_is_asked_for_in_order_is_read_by_one_stream_an_epoch(positions, opened):
    for position in range(4, 9):
        positions.read(position)
    assert opened[:2] == [(1, 1), (2, 0)]


def test_what_reading_raises_is_raised_and_kept(positions):
    with pytest.raises(WrongState, match="no epoch 100"):
        positions.read(300)
    assert str(positions.error) == "no epoch 100"
