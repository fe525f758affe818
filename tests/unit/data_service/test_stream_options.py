"""Options that fit no table are refused before anything is read, with the field's name and what to send."""

import dataclasses

import pytest
from data_service.index import TablePin
from tablefit.errors import InvalidInput, NotFound

from data_service.stream_options import ImageOptions, ShuffleOptions, SplitOptions, StreamOptions, check_options

GOOD = StreamOptions(table="digits", reader="test", batch_size=32)
DIGEST = "0" * 64

REFUSED = [
    ({"batch_size": 0}, "batch_size", "expected batch_size of 1 to 65,536, received 0"),
    ({"batch_size": 65_537}, "batch_size", "expected batch_size of 1 to 65,536, received 65537"),
    ({"start_step": -1}, "start_step", "expected start_step of at least 0, received -1"),
    ({"step_count": -1}, "step_count", "expected step_count of at least 0, received -1"),
    ({"reader": "r" * 129}, "reader", "expected a reader of at most 128 characters, received 129"),
    (
        {"shuffle": ShuffleOptions(0, -1)},
        "shuffle.epoch",
        "expected shuffle.epoch of at least 0, received -1",
    ),
    ({"pin": TablePin(0, 5, DIGEST)}, "pin.row_count", "expected pin.row_count of at least 1, received 0"),
    (
        {"pin": TablePin(1, 5, "abc")},
        "pin.digest",
        "expected a pin copied from a stream's header, with a digest of 64 hexadecimal digits, received 'abc'",
    ),
    (
        {"split": SplitOptions(1.0, 0, "training")},
        "split.validation_fraction",
        "expected a validation fraction of at least 0 and below 1, received 1.0",
    ),
    (
        {"split": SplitOptions(-0.1, 0, "training")},
        "split.validation_fraction",
        "expected a validation fraction of at least 0 and below 1, received -0.1",
    ),
    (
        {"split": SplitOptions(float("nan"), 0, "training")},
        "split.validation_fraction",
        "expected a validation fraction of at least 0 and below 1, received nan",
    ),
    (
        {"split": SplitOptions(0.0, 0, "validation")},
        "split.validation_fraction",
        "expected a validation fraction above 0 to stream the validation part, received 0",
    ),
    (
        {"image": ImageOptions(height=28)},
        "image.width",
        "expected height and width together, received height 28 and width 0",
    ),
    (
        {"image": ImageOptions(width=28)},
        "image.height",
        "expected height and width together, received height 0 and width 28",
    ),
    (
        {"image": ImageOptions(height=4_097, width=28)},
        "image.height",
        "expected image.height of 1 to 4,096, received 4097",
    ),
    (
        {"image": ImageOptions(height=28, width=-1)},
        "image.width",
        "expected image.width of 1 to 4,096, received -1",
    ),
]


@pytest.mark.parametrize(("change", "field", "message"), REFUSED)
def test_options_that_fit_no_table_are_refused(change: dict[str, object], field: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_options(dataclasses.replace(GOOD, **change))
    assert (field, message) == (refused.value.field, refused.value.message)


def test_a_snapshot_is_not_found() -> None:
    with pytest.raises(NotFound) as refused:
        check_options(dataclasses.replace(GOOD, snapshot="3"))
    assert refused.value.message == (
        "There is no snapshot '3': tables have no snapshots yet. Leave the snapshot empty."
    )


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"batch_size": 1},
        {"batch_size": 65_536},
        {"split": SplitOptions(0.0, 0, "training")},
        {"split": SplitOptions(0.999, 2**64 - 1, "validation")},
        {"image": ImageOptions("RGB", 4_096, 1)},
        {"pin": TablePin(1, -5, DIGEST)},
        {"shuffle": ShuffleOptions(2**64 - 1, 0)},
    ],
)
def test_options_at_their_limits_pass(change: dict[str, object]) -> None:
    check_options(dataclasses.replace(GOOD, **change))
