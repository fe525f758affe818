"""Which step events are kept: few, evenly spread, the latest all."""

import pytest

from training_service.events import Keeping


def kept_after(keeping: Keeping, step_count: int) -> tuple[list[int], int]:
    """Ordinals kept after so many step events, and the most that were kept at any time."""
    kept: list[int] = []
    most = 0
    for ordinal in range(step_count):
        kept.append(ordinal)
        thinning = keeping.thinning_at(ordinal)
        if thinning:
            kept = [at for at in kept if not thinning.first <= at <= thinning.last or at % thinning.stride == 0]
        most = max(most, len(kept))
    return kept, most


@pytest.mark.parametrize("step_count", [1, 99, 100, 101, 160, 180, 181, 500, 4_321])
def test_older_steps_are_multiples_of_one_stride_and_recent_ones_all_stay(step_count):
    keeping = Keeping(limit_steps=100, recent_steps=20)
    kept, most = kept_after(keeping, step_count)
    stride = keeping.stride_at(step_count - 1)
    recent = max(0, step_count - 20)
    assert kept == [*range(0, recent, stride), *range(recent, step_count)]
    assert most <= 100


def test_nothing_is_dropped_up_to_the_limit():
    keeping = Keeping()
    assert keeping.stride_at(9_999) == 1
    assert keeping.thinning_at(9_999) is None
    assert keeping.stride_at(10_000) == 2


@pytest.mark.parametrize(("step_count", "stride"), [(10_000, 1), (10_001, 2), (864_000, 128)])
def test_an_ended_job_keeps_evenly_spread_steps_alone(step_count, stride):
    thinning = Keeping().last_thinning(step_count)
    assert Keeping().stride_at(step_count - 1) == stride
    assert (thinning is None) == (stride == 1)
    assert step_count / stride <= 10_000
    if thinning:
        assert (thinning.first, thinning.stride) == (0, stride)
        assert thinning.last >= step_count - 1
