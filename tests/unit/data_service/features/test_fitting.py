"""What is learned of training rows: exact numbers, whatever the order and the chunks."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tablefit.errors import WrongState

from data_service.features import Batch, accumulators, check_features, fit
from data_service.features.spec import (
    Bucketize,
    Cross,
    ImageNormalization,
    Impute,
    ImputeRule,
    Log1p,
    MinMax,
    OneHot,
    Ordinal,
    Robust,
    Standardize,
    TimestampPart,
    TimestampParts,
)
from data_service.order import mix
from tests.unit.data_service.features.rows import (
    COLUMNS,
    EPOCH,
    batch,
    booleans,
    cut,
    fitted,
    integers,
    numbers,
    one,
    pixels,
    texts,
    times,
)

ALL = [
    one(Impute(ImputeRule.MEDIAN), "visits", output="visits"),
    one(Log1p(), "visits", output="visits"),
    one(Standardize(), "visits", output="visits"),
    one(Bucketize(quantile_count=3), "age", output="age_band"),
    one(Impute(ImputeRule.MODE), "age", output="age_filled"),
    one(MinMax(-1.0, 1.0), "age", output="age_scaled"),
    one(Robust(), "age", output="age_robust"),
    one(Impute(ImputeRule.MEAN), "age", output="age"),
    one(Standardize(), "age", output="age"),
    one(OneHot(2), "city", output="city_vector"),
    one(Impute(ImputeRule.MODE), "city", output="city"),
    one(Ordinal(), "city", output="city_code"),
    one(Cross(7), "city_code", "age_band", output="pair"),
    one(OneHot(), "member", output="member"),
    one(TimestampParts((TimestampPart.MONTH,)), "signup", output="when"),
    one(ImageNormalization(), "photo", output="photo"),
]


def optional(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | values


@st.composite
def tables(draw: st.DrawFn) -> Batch:
    """Rows of all columns, with at least one value in each."""
    count = draw(st.integers(1, 30))
    columns = {
        "age": (numbers, st.floats(-1e9, 1e9)),
        "visits": (integers, st.integers(0, 50)),
        "member": (booleans, st.booleans()),
        "city": (texts, st.sampled_from(["Ulm", "ulm", "Köln", "北京", ""])),
        "signup": (times, st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))),
    }
    values = {}
    for name, (make, value) in columns.items():
        first = draw(value)
        values[name] = make(first, *draw(st.lists(optional(value), min_size=count - 1, max_size=count - 1)))
    ids = draw(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=count, max_size=count, unique=True))
    return Batch(np.array(ids, dtype=np.int64), {**values, "photo": pixels(count, 2, 2, 3)})


@settings(max_examples=60, deadline=None)
@given(tables(), st.lists(st.integers(1, 9), max_size=8))
def test_chunks_do_not_matter(rows, sizes):
    plan = check_features(ALL, COLUMNS)
    whole, parts = fit(plan, lambda: [rows]), fit(plan, cut(rows, sizes))
    assert list(map(repr, whole.features)) == list(map(repr, parts.features))


def test_each_link_of_a_chain_takes_a_pass_and_others_share_it():
    passes = []
    rows = batch(age=numbers(1, None, 3), visits=integers(5, 6, 7))

    def chunks():
        passes.append(None)
        yield rows

    features = [
        one(Impute(ImputeRule.MEAN), "age", output="age"),
        one(Log1p(), "age", output="age"),
        one(Standardize(), "age", output="age"),
        one(MinMax(), "visits", output="visits"),
        one(Robust(), "visits", output="robust"),
    ]
    fit(check_features(features, COLUMNS), chunks)
    assert len(passes) == 2


def test_features_that_learn_nothing_read_no_rows():
    plan = check_features([one(Bucketize((1.0,)), "age"), one(Log1p(), "age", output="log")], COLUMNS)
    found = fit(plan, lambda: pytest.fail("rows were read"))
    assert [feature.row_count for feature in found.features] == [0, 0]
    assert found.features[0].numbers["edges"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        (Standardize(), {"mean": 2.5, "standard_deviation": 1.118033988749895}),
        (MinMax(), {"minimum": 1.0, "maximum": 4.0}),
        (Robust(), {"median": 2.5, "lower_quantile": 1.75, "upper_quantile": 3.25}),
        (Robust(0.1, 1.0), {"median": 2.5, "lower_quantile": 1.3, "upper_quantile": 4.0}),
        (Impute(ImputeRule.MEAN), {"value": 2.5}),
        (Impute(ImputeRule.MEDIAN), {"value": 2.5}),
        (Impute(ImputeRule.MODE), {"value": 1.0}),
        (Impute(ImputeRule.NUMBER, 9.0), {"value": 9.0}),
        (Bucketize(quantile_count=2), {"edges": [2.5]}),
        (Bucketize(quantile_count=4), {"edges": [1.75, 2.5, 3.25]}),
    ],
)
def test_known_numbers_are_learned_without_null(transform, expected):
    found = fitted(batch(age=numbers(4, None, 2, 1, 3)), one(transform, "age")).features[0]
    assert {name: number.tolist() for name, number in found.numbers.items()} == expected
    assert found.row_count == (0 if transform == Impute(ImputeRule.NUMBER, 9.0) else 5)
    assert not found.sampled


def test_more_rows_than_the_limit_are_sampled():
    rows = batch(age=numbers(*range(1_000_001)))
    found = fitted(rows, one(Robust(), "age", output="robust"), one(MinMax(), "age", output="scaled")).features
    assert [feature.sampled for feature in found] == [True, False]
    # The one row left out is the one whose id has the largest key.
    left_out = max(range(1, 1_000_002), key=mix) - 1
    assert found[0].numbers["median"] == (499_999.5 if left_out > 500_000 else 500_000.5)


def test_equal_edges_count_once():
    found = fitted(batch(age=numbers(0, 0, 0, 0, 1)), one(Bucketize(quantile_count=5), "age"))
    assert found.features[0].numbers["edges"].tolist() == [0.0, 0.2]


@pytest.mark.parametrize(
    ("transform", "values", "expected"),
    [
        (OneHot(), texts("b", "ä", None, "B", "b"), ("B", "b", "ä")),
        # Of several that are equally frequent the first is taken.
        (OneHot(2), texts("c", "b", "a", "c"), ("a", "c")),
        (Ordinal(1), texts("x", "y", "y"), ("y",)),
        (Impute(ImputeRule.MODE), texts("y", "x", None), ("x",)),
        (Impute(ImputeRule.CATEGORY, category="none"), texts("y"), ("none",)),
    ],
)
def test_vocabularies_hold_frequent_categories_in_order_of_code_point(transform, values, expected):
    rows = Batch(np.arange(len(values.codes)), {"city": values})
    assert fitted(rows, one(transform, "city")).features[0].vocabulary == expected


def test_integers_are_categories_in_order_of_number():
    rows = batch(visits=integers(10, 9, None, -1, 2**63 - 1, 2**63 - 2, 9))
    expected = ("-1", "9", "10", "9223372036854775806", "9223372036854775807")
    assert fitted(rows, one(Ordinal(), "visits")).features[0].vocabulary == expected


def test_booleans_are_the_categories_false_and_true():
    found = fitted(batch(member=booleans(True, None, False)), one(Ordinal(), "member"))
    assert found.features[0].vocabulary == ("false", "true")


def test_pixels_have_their_mean_and_deviation_by_channel():
    photo = pixels(50, 9, 7, 3)
    found = fitted(batch(photo=photo), one(ImageNormalization(), "photo")).features[0].numbers
    np.testing.assert_allclose(found["mean"], photo.values.mean(axis=(0, 1, 2)), rtol=1e-14)
    np.testing.assert_allclose(found["standard_deviation"], photo.values.std(axis=(0, 1, 2)), rtol=1e-13)


def test_a_cross_learns_the_sizes_of_its_inputs():
    features = [
        one(Ordinal(), "city", output="code"),
        one(Bucketize((1.0, 2.0)), "age", output="band"),
        one(Cross(), "code", "band", output="pair"),
    ]
    rows = Batch(np.arange(2), {"city": texts("a", "b"), "age": numbers(1, 2)})
    found = fitted(rows, *features).features[2].numbers
    assert {name: number.tolist() for name, number in found.items()} == {"first_size": 3.0, "second_size": 4.0}


@pytest.mark.parametrize("transform", [Standardize(), MinMax(), Robust(), Impute(ImputeRule.MODE), Ordinal()])
def test_a_column_without_values_is_refused_by_name(transform):
    with pytest.raises(WrongState) as caught:
        fitted(batch(visits=integers(None, None)), one(transform, "visits"))
    assert caught.value.message.startswith(
        "Column 'visits' has no value in the training rows, so that there is nothing"
    )
    assert caught.value.details == {"column": "visits", "feature": "new"}


@pytest.mark.parametrize(("name", "values"), [("city", texts("a", "b", "c")), ("visits", integers(1, 2, 3))])
def test_more_different_values_than_the_limit_are_refused(monkeypatch, name, values):
    monkeypatch.setattr(accumulators, "LIMIT_DISTINCT", 2)
    with pytest.raises(WrongState, match=f"Column '{name}' has more than 2 different values"):
        fitted(Batch(np.arange(3), {name: values}), one(Ordinal(), name))


def test_pairs_beyond_counting_are_refused(monkeypatch):
    rows = batch(visits=integers(*range(1000)))
    features = [one(Ordinal(), "visits", output="a"), one(Cross(), "a", "a", output="b")]
    features += [one(Cross(), "b", "b", output="c"), one(Cross(), "c", "c", output="d")]
    with pytest.raises(WrongState, match="Give the cross a bucket_count"):
        fitted(rows, *features)


# Computed once, by this code; what is learned of a table may never change.
KNOWN = {
    "visits/value": ["0x1.2000000000000p+3"],
    "visits/mean": ["0x1.07317477fa86cp+1"],
    "visits/standard_deviation": ["0x1.77c4985f18e84p-1"],
    "age_band/edges": ["0x1.75b6db6db6db7p+5", "0x1.75b6db6db6db7p+6"],
    "age_filled/value": ["0x1.b6db6db6db6dbp-2"],
    "age_scaled/minimum": ["0x1.b6db6db6db6dbp-2"],
    "age_scaled/maximum": ["0x1.176db6db6db6ep+7"],
    "age_robust/median": ["0x1.184924924924ap+6"],
    "age_robust/lower_quantile": ["0x1.12db6db6db6dcp+5"],
    "age_robust/upper_quantile": ["0x1.a724924924924p+6"],
    "age/value": ["0x1.1849249249249p+6"],
    "age/mean": ["0x1.1849249249249p+6"],
    "age/standard_deviation": ["0x1.35f3163270234p+5"],
    "pair/first_size": ["0x1.0000000000000p+2"],
    "pair/second_size": ["0x1.0000000000000p+2"],
    "photo/mean": ["0x1.fce147ae147aep+6", "0x1.fc66666666666p+6", "0x1.fe7ae147ae148p+6"],
    "photo/standard_deviation": ["0x1.28539d5ae00d7p+6", "0x1.27c86bb2e16a3p+6", "0x1.276feb47d93b2p+6"],
}


def test_known_rows_teach_the_same_bits_for_ever():
    rows = Batch(
        np.arange(1, 101),
        {
            "age": numbers(*(None if i % 9 == 0 else (i * 7919 % 1000) / 7 for i in range(100))),
            "visits": integers(*(None if i % 11 == 0 else i * 31 % 17 for i in range(100))),
            "member": booleans(*(i % 3 == 0 for i in range(100))),
            "city": texts(*(None if i % 13 == 0 else "abcde"[i * i % 5] for i in range(100))),
            "signup": times(*(EPOCH + timedelta(days=37 * i) for i in range(100))),
            "photo": pixels(100, 2, 2, 3),
        },
    )
    found = fit(check_features(ALL, COLUMNS), lambda: [rows])
    bits = {
        fitted.feature.output + "/" + name: [value.hex() for value in np.atleast_1d(number).tolist()]
        for fitted in found.features
        for name, number in fitted.numbers.items()
    }
    assert bits == KNOWN
