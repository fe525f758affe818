"""Options of streams of the tables of `stream_worlds`, drawn at random."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from tablefit.data import FoldSplit, FractionSplit, HashSplit, StreamOptions, TimeSplit, ValueSplit
from tablefit.features import parse_features

from tests import awkward
from tests.stream_worlds import DIGIT_COUNT, MANY_COUNT, THING_COUNT

ROW_COUNTS = {"digits": DIGIT_COUNT, "things": THING_COUNT, "many": MANY_COUNT}
_START = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
_SEEDS = st.integers(0, 2**64 - 1)
_FRACTIONS = st.sampled_from([0.05, 0.2, 0.35, 0.5, 0.9])
_ANY_SPLIT = st.one_of(
    st.builds(FractionSplit, _FRACTIONS, _SEEDS),
    st.builds(HashSplit, _FRACTIONS, _SEEDS),
    st.integers(2, 9).flatmap(lambda count: st.builds(FoldSplit, st.just(count), st.integers(0, count - 1), _SEEDS)),
)
_SPLITS: dict[str, st.SearchStrategy[Any]] = {
    "digits": _ANY_SPLIT,
    "things": _ANY_SPLIT
    | st.builds(ValueSplit, st.just("select"), st.just(("cat", "B")))
    | st.just(ValueSplit("yes`no", (True,))),
    "many": _ANY_SPLIT
    | st.builds(ValueSplit, st.just("kind"), st.lists(st.sampled_from(["rare", "some"]), min_size=1, unique=True))
    | st.builds(
        TimeSplit, st.just("seen"), st.integers(1, 9000).map(lambda minutes: _START + timedelta(minutes=minutes))
    ),
}
_TARGETS = {"digits": ("",), "things": ("", "select", "yes`no", "real 100%(x)s"), "many": ("", "kind", "x")}
_COLUMNS = {
    "digits": st.sampled_from([(), ("image",), ("label",), ("source_name", "label", "width", "sha256")]),
    "things": st.just(()) | st.lists(st.sampled_from(awkward.NAMES), min_size=1, unique=True).map(tuple),
    "many": st.sampled_from([(), ("n",), ("kind", "x"), ("face", "n", "seen")]),
}
_FEATURES = {
    "digits": [{"features": [{"image": "image_normalization"}]}],
    "things": [
        {"features": [{"whole": "robust"}, {"yes`no": "one_hot"}, {"select": [{"impute": "mode"}, "ordinal"]}]},
        {
            "features": [
                {"output": "when", "input": "Zeit", "timestamp_parts": ["year", "weekday", "second"]},
                {"output": "text", "input": 'a "text": :t', "ordinal": 5},
                {"output": "face", "input": "picture", "image_normalization": {}},
            ]
        },
    ],
    "many": [
        {"features": [{"x": ["standardize"]}, {"n": {"bucketize": {"quantiles": 7}}}]},
        {"features": [{"x": [{"impute": "median"}, "min_max"]}, {"kind": "one_hot"}]},
    ],
}


@st.composite
def stream_options(draw: st.DrawFn, tables: tuple[str, ...] = ("digits", "things", "many")) -> StreamOptions:
    """Any options that fit; of steps and ranks all."""
    table = draw(st.sampled_from(tables))
    split = draw(st.none() | _SPLITS[table])
    target = draw(st.sampled_from(_TARGETS[table]))
    features = parse_features(draw(st.sampled_from([None, *_FEATURES[table]])) or {}).features
    part = None if split is None else draw(st.sampled_from(["training", "validation"]))
    has_classes = table == "digits" or target in ("select", "yes`no", "kind")
    oversamples = has_classes and part != "validation" and draw(st.booleans())
    return StreamOptions(
        table,
        columns=draw(_COLUMNS[table]),
        features=features,
        target=target,
        split=split,
        part=part,
        stratify=draw(st.sampled_from([None, False])),
        shuffle_seed=draw(st.none() | _SEEDS),
        epoch=draw(st.integers(0, 3)),
        balance="oversample" if oversamples else "none",
        batch_size=draw(st.integers(1, 20)) * 12,
        tail=draw(st.sampled_from(["keep", "drop", "pad"])),
    )
