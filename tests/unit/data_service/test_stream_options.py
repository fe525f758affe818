"""Options that fit no table are refused before anything is read, with the field's name and what to send."""

import dataclasses

import pytest
from tablefit.errors import InvalidInput

from data_service.features.spec import FeatureSpec, FittedFeature, Standardize
from data_service.split_rules import FoldSplit, FractionSplit, HashSplit, SplitOptions, TimeSplit, ValueSplit
from data_service.stream_options import ImageOptions, ShuffleOptions, StreamOptions, check_options

GOOD = StreamOptions(table="digits", reader="test", batch_size=32)
FEATURE = FeatureSpec("x", ("x",), Standardize())
FITTED = FittedFeature(FEATURE, {}, (), 0, False)

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
    ({"table": ""}, "table", "expected the name of a table or a snapshot, received neither"),
    (
        {"features": (FEATURE,), "fitted_features": (FITTED,)},
        "fitted_features",
        "expected features or fitted_features, received both",
    ),
    ({"world_size": 0}, "world_size", "expected world_size of at least 1, received 0"),
    ({"rank": 2, "world_size": 2, "tail": "pad"}, "rank", "expected rank of 0 to 1, received 2"),
    ({"rank": -1}, "rank", "expected rank of 0 to 0, received -1"),
    (
        {"world_size": 3, "tail": "pad"},
        "batch_size",
        "expected a batch_size that 3 readers can share equally, received 32",
    ),
    (
        {"world_size": 2},
        "tail",
        (
            "expected the tail to be dropped or padded, so that all readers get equally many batches of equal size; "
            "received the tail keep"
        ),
    ),
    (
        {"split": SplitOptions(FractionSplit(0.2), "validation"), "balance": "oversample"},
        "balance",
        "expected no balance of the validation part, which is to be judged as it is; received oversampling",
    ),
    ({"split": SplitOptions(FoldSplit(1, 0))}, "split.fold.fold_count", "expected 2 to 1,000 folds, received 1"),
    ({"split": SplitOptions(FoldSplit(1_001, 0))}, "split.fold.fold_count", "expected 2 to 1,000 folds, received 1001"),
    ({"split": SplitOptions(FoldSplit(5, 5))}, "split.fold.fold", "expected a fold from 0 to 4, received 5"),
    ({"split": SplitOptions(FoldSplit(5, -1))}, "split.fold.fold", "expected a fold from 0 to 4, received -1"),
    (
        {"split": SplitOptions(ValueSplit("c", ()))},
        "split.value.validation_values",
        "expected 1 to 10,000 validation values, received 0",
    ),
    *(
        (
            {"split": SplitOptions(rule, "training", "target")},
            "split.stratification",
            (
                "expected a split by fraction or fold, the only ones that can divide each class alike; received a rule "
                "that looks at one row alone together with stratification by the target"
            ),
        )
        for rule in (HashSplit(0.2), ValueSplit("c", ("a",)), TimeSplit("t", 0))
    ),
    (
        {"split": SplitOptions(HashSplit(1.0))},
        "split.validation_fraction",
        "expected a validation fraction of at least 0 and below 1, received 1.0",
    ),
    (
        {"split": SplitOptions(FractionSplit(1.0, 0), "training")},
        "split.validation_fraction",
        "expected a validation fraction of at least 0 and below 1, received 1.0",
    ),
    (
        {"split": SplitOptions(FractionSplit(-0.1, 0), "training")},
        "split.validation_fraction",
        "expected a validation fraction of at least 0 and below 1, received -0.1",
    ),
    (
        {"split": SplitOptions(FractionSplit(float("nan"), 0), "training")},
        "split.validation_fraction",
        "expected a validation fraction of at least 0 and below 1, received nan",
    ),
    (
        {"split": SplitOptions(FractionSplit(0.0, 0), "validation")},
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


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"batch_size": 1},
        {"batch_size": 65_536},
        {"split": SplitOptions(FractionSplit(0.0, 0), "training")},
        {"split": SplitOptions(FractionSplit(0.999, 2**64 - 1), "validation")},
        {"image": ImageOptions("RGB", 4_096, 1)},
        {"table": "", "snapshot": "3"},
        {"rank": 31, "world_size": 32, "tail": "drop"},
        {"split": SplitOptions(FoldSplit(1_000, 999), "validation", "target")},
        {"split": SplitOptions(FractionSplit(0.2), "training"), "balance": "oversample"},
        {"shuffle": ShuffleOptions(2**64 - 1, 0)},
    ],
)
def test_options_at_their_limits_pass(change: dict[str, object]) -> None:
    check_options(dataclasses.replace(GOOD, **change))
