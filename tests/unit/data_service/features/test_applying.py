"""Features of rows: known values, NULL, rounding, and the same as scikit-learn's."""

from datetime import datetime

import numpy as np
import pytest
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from tablefit.errors import WrongState

from data_service.features import Batch, OutputSchema, apply, output_schemas
from data_service.features.spec import (
    Bucketize,
    Clip,
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
from data_service.features.values import Numbers, Pixels
from tests.unit.data_service.features.rows import (
    applied,
    batch,
    booleans,
    fitted,
    integers,
    numbers,
    one,
    pixels,
    texts,
    times,
)

NAN = float("nan")
RANDOM = np.random.default_rng(7)
COLUMN = np.concatenate([RANDOM.normal(50, 12, 5000), RANDOM.integers(0, 100, 5000).astype(float)])


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        (Standardize(), [-1.0, NAN, 1.0]),
        (MinMax(), [0.0, NAN, 1.0]),
        (MinMax(-3.0, 5.0), [-3.0, NAN, 5.0]),
        (Robust(), [-1.0, NAN, 1.0]),
        (Clip(1.5), [1.5, NAN, 3.0]),
        (Clip(upper=2.0), [1.0, NAN, 2.0]),
        (Clip(1.5, 2.0), [1.5, NAN, 2.0]),
        (Log1p(), [np.float32(np.log(2)), NAN, np.float32(np.log(4))]),
        (Impute(ImputeRule.MEAN), [1.0, 2.0, 3.0]),
        (Impute(ImputeRule.MEDIAN), [1.0, 2.0, 3.0]),
        (Impute(ImputeRule.MODE), [1.0, 1.0, 3.0]),
        (Impute(ImputeRule.NUMBER, -7.0), [1.0, -7.0, 3.0]),
        # An edge belongs to the interval above it; NULL has a number behind all intervals.
        (Bucketize((1.0, 2.0)), [1, 3, 2]),
        (Bucketize((3.0,), one_hot=True), [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]),
        (Bucketize(quantile_count=2), [0, 2, 1]),
    ],
)
def test_numbers_become_known_values(transform, expected):
    assert np.array_equal(expected, applied(transform, numbers(1, None, 3)), equal_nan=True)


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        (Standardize(), [0.0, NAN, 0.0]),
        (MinMax(2.0, 3.0), [2.0, NAN, 2.0]),
        (Robust(), [0.0, NAN, 0.0]),
    ],
)
def test_constant_columns_become_constants(transform, expected):
    assert np.array_equal(expected, applied(transform, numbers(0.1, None, 0.1)), equal_nan=True)


def test_integers_and_booleans_are_numbers():
    assert applied(MinMax(), integers(10, None, 20), "visits")[::2] == [0.0, 1.0]
    assert np.isnan(applied(MinMax(), integers(10, None, 20), "visits")[1])
    assert applied(Standardize(), booleans(True, False), "member") == [1.0, -1.0]


def test_unknown_categories_are_zeros_in_a_vector_and_place_0():
    rows = batch(range(3), city=texts("b", "a", "a"))
    found = fitted(rows, one(OneHot(), "city", output="vector"), one(Ordinal(), "city", output="place"))
    for others in (texts("a", "c", None, "b"), texts("a", "c", None, "b", *"zyxwv")):
        count = len(others.codes)
        columns = apply(found, batch(range(count), city=others))
        assert columns["vector"][:4].tolist() == [[1, 0], [0, 0], [0, 0], [0, 1]]
        assert columns["place"].tolist() == [1, 0, 0, 2] + [0] * (count - 4)


def test_a_small_batch_of_a_column_with_many_names_finds_its_places():
    names = texts(*map(str, range(1000)))
    found = fitted(batch(range(1000), city=names), one(Ordinal(), "city", output="place"))
    few = type(names)(names.codes[[5, 7, 7]] * 1, names.names)
    few.codes[1] = -1
    expected = [sorted(map(str, range(1000))).index(name) + 1 for name in ("5", "7")]
    assert apply(found, batch(range(3), city=few))["place"].tolist() == [expected[0], 0, expected[1]]
    no_value = type(names)(np.array([-1, -1], dtype=np.int32), names.names)
    assert apply(found, batch(range(2), city=no_value))["place"].tolist() == [0, 0]


def test_integers_and_booleans_have_places():
    assert applied(Ordinal(), integers(10, 9, None, -1), "visits") == [3, 2, 0, 1]
    assert applied(OneHot(), booleans(True, None, False), "member") == [[0, 1], [0, 0], [1, 0]]


def test_imputed_categories_are_texts():
    assert applied(Impute(ImputeRule.MODE), texts("b", None, "b"), "city") == ["b", "b", "b"]
    assert applied(Impute(ImputeRule.CATEGORY, category="c"), texts("b", None), "city") == ["b", "c"]


def test_times_become_parts_and_null_becomes_nan():
    parts = TimestampParts((TimestampPart.YEAR, TimestampPart.WEEKDAY, TimestampPart.SECOND))
    found = applied(parts, times(datetime(1969, 7, 20, 20, 17, 40, 250_000), None), "signup")
    assert np.array_equal([[1969, 6, 40.25], [NAN, NAN, NAN]], found, equal_nan=True)


@pytest.mark.parametrize(("buckets", "expected"), [(0, [5, 10, 0]), (4, [1, 2, 0])])
def test_a_cross_numbers_pairs(buckets, expected):
    rows = batch(range(3), city=texts("a", "b", None), age=numbers(1, 2, 0))
    found = fitted(
        rows,
        one(Ordinal(), "city", output="code"),
        one(Bucketize((1.0, 2.0)), "age", output="band"),
        one(Cross(buckets), "code", "band", output="pair"),
    )
    assert apply(found, rows)["pair"].tolist() == expected


def test_pixels_are_normalized_by_channel():
    photo = pixels(4, 5, 6, 3)
    rows = batch(photo=photo)
    found = fitted(rows, one(ImageNormalization(), "photo", output="photo"))
    values = photo.values.astype(np.float64)
    expected = (values - values.mean(axis=(0, 1, 2))) / values.std(axis=(0, 1, 2))
    columns = apply(found, rows)
    np.testing.assert_allclose(columns["photo"], expected, rtol=1e-6)
    assert output_schemas(found.plan, found.features) == (OutputSchema("photo", "float32", (None, None, 3)),)


def test_missing_images_teach_nothing_and_stay_missing():
    photo = pixels(4, 5, 6, 3)
    is_null = np.array([False, True, False, False])
    present = Pixels(photo.values[~is_null])
    photo.values[1] = 0
    rows = batch(photo=Pixels(photo.values, is_null))
    found = fitted(rows, one(ImageNormalization(), "photo", output="photo"))
    expected = fitted(batch(photo=present), one(ImageNormalization(), "photo", output="photo"))
    numbers_found, numbers_expected = found.features[0].numbers, expected.features[0].numbers
    assert {name: values.tolist() for name, values in numbers_found.items()} == {
        name: values.tolist() for name, values in numbers_expected.items()
    }
    columns = apply(found, rows)
    assert np.isnan(columns["photo"][1]).all()
    assert columns["photo"][~is_null].tolist() == apply(expected, batch(photo=present))["photo"].tolist()


def test_shapes_are_known_once_fitted():
    rows = batch(range(3), city=texts("a", "b", "c"), age=numbers(1, 2, 3))
    found = fitted(
        rows,
        one(OneHot(), "city", output="city"),
        one(Bucketize(quantile_count=3, one_hot=True), "age", output="age"),
    )
    assert output_schemas(found.plan, found.features) == (
        OutputSchema("city", "float32", (3,)),
        OutputSchema("age", "float32", (3,)),
    )
    assert [column.shape for column in apply(found, rows).values()] == [(3, 3), (3, 3)]


def test_results_are_rounded_last():
    # In float32 the differences of these would be lost.
    big = [1e12, 1e12 + 1, 1e12 + 2]
    columns = applied(MinMax(), numbers(*big))
    assert columns == [0.0, 0.5, 1.0]


def test_the_largest_numbers_have_their_places():
    largest = numbers(1.7e308, -1.7e308, 0.0)
    assert applied(MinMax(), largest) == [1.0, 0.0, 0.5]
    assert applied(Robust(0.0, 1.0), largest) == [0.5, -0.5, 0.0]


def test_elements_have_their_types():
    rows = batch(range(2), age=numbers(1, 2), city=texts("a", "b"), signup=times(datetime(2000, 1, 1), None))
    found = fitted(
        rows,
        one(Standardize(), "age", output="a"),
        one(Bucketize((1.0,)), "age", output="b"),
        one(Ordinal(), "city", output="c"),
        one(OneHot(), "city", output="d"),
        one(TimestampParts((TimestampPart.DAY,)), "signup", output="e"),
    )
    assert [column.dtype.name for column in apply(found, rows).values()] == [
        "float32",
        "int64",
        "int64",
        "float32",
        "float32",
    ]


def test_a_row_without_a_logarithm_is_refused_by_id():
    rows = batch([7, 8, 9], age=numbers(0, None, -0.5))
    found = fitted(rows, one(Log1p(), "age"))
    with pytest.raises(WrongState) as caught:
        apply(found, rows)
    assert caught.value.details == {"row_id": "9", "column": "age"}
    assert caught.value.message.startswith("Row 9 has -0.5 in 'age', of which log1p takes no logarithm")


def test_a_chain_replaces_its_input():
    rows = batch(age=numbers(1, None, 3))
    found = fitted(
        rows,
        one(Impute(ImputeRule.NUMBER, 5.0), "age", output="age"),
        one(MinMax(), "age", output="age"),
        one(Bucketize((0.5,)), "age", output="band"),
    )
    columns = apply(found, rows)
    assert {name: column.tolist() for name, column in columns.items()} == {"age": [0.0, 1.0, 0.5], "band": [0, 1, 1]}


@pytest.mark.parametrize(
    ("transform", "peer"),
    [
        (Standardize(), StandardScaler()),
        (MinMax(-2.0, 3.0), MinMaxScaler((-2, 3))),
        (Robust(), RobustScaler()),
        (Robust(0.1, 0.8), RobustScaler(quantile_range=(10, 80))),
    ],
)
def test_scaling_is_that_of_scikit_learn(transform, peer):
    found = fitted(batch(age=Numbers(COLUMN)), one(transform, "age"))
    computed = found.computes[0]([Numbers(COLUMN)], np.arange(len(COLUMN))).values
    expected = peer.fit_transform(COLUMN[:, None])[:, 0]
    np.testing.assert_allclose(computed, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("count", [2, 7, 10])
def test_intervals_are_those_of_scikit_learn(count):
    values = RANDOM.normal(size=5000)
    peer = KBinsDiscretizer(count, encode="ordinal", strategy="quantile", quantile_method="linear", subsample=None)
    expected = peer.fit_transform(values[:, None])[:, 0]
    assert applied(Bucketize(quantile_count=count), Numbers(values)) == expected.tolist()


def test_encodings_are_those_of_scikit_learn():
    names = RANDOM.choice(["Ulm", "ulm", "Köln", "Zürich", "北京"], 500).tolist()
    table = np.array(names, dtype=object)[:, None]
    assert applied(OneHot(), texts(*names), "city") == OneHotEncoder(sparse_output=False).fit_transform(table).tolist()
    assert applied(Ordinal(), texts(*names), "city") == (OrdinalEncoder().fit_transform(table)[:, 0] + 1).tolist()


def test_rows_may_be_none():
    rows = batch(age=numbers(1, 2), visits=integers(1, 2))
    features = one(Standardize(), "age", output="age"), one(Ordinal(), "visits", output="visits")
    nothing = Batch(rows.ids[:0], {"age": numbers(), "visits": integers()})
    columns = apply(fitted(rows, *features), nothing)
    assert {name: column.shape for name, column in columns.items()} == {"age": (0,), "visits": (0,)}
