"""Features as people write them: short forms, and a sentence with the item for every mistake."""

import pytest
from tablefit.errors import InvalidInput
from tablefit.features import Feature, FeatureSet, parse_features


def one(item: object) -> Feature:
    (feature,) = parse_features({"features": [item]}).features
    return feature


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"age": "standardize"}, Feature("age", ("age",), "standardize")),
        ({"age": {"standardize": None}}, Feature("age", ("age",), "standardize")),
        ({"age": {"standardize": True}}, Feature("age", ("age",), "standardize")),
        ({"age": ["standardize"]}, Feature("age", ("age",), "standardize")),
        ({"age": "min_max"}, Feature("age", ("age",), "min_max")),
        ({"age": {"min_max": [-1, 1]}}, Feature("age", ("age",), "min_max", {"lower": -1.0, "upper": 1.0})),
        (
            {"age": {"robust": {"lower": 0.1, "upper": 0.9}}},
            Feature("age", ("age",), "robust", {"lower": 0.1, "upper": 0.9}),
        ),
        ({"age": {"clip": [0, None]}}, Feature("age", ("age",), "clip", {"lower": 0.0})),
        ({"age": {"clip": {"upper": 9}}}, Feature("age", ("age",), "clip", {"upper": 9.0})),
        ({"age": {"impute": "median"}}, Feature("age", ("age",), "impute", {"median": True})),
        ({"age": {"impute": 0}}, Feature("age", ("age",), "impute", {"number": 0.0})),
        ({"age": {"impute": {"number": 2}}}, Feature("age", ("age",), "impute", {"number": 2.0})),
        ({"age": {"impute": {"mode": True}}}, Feature("age", ("age",), "impute", {"mode": True})),
        ({"city": {"impute": {"category": "mean"}}}, Feature("city", ("city",), "impute", {"category": "mean"})),
        ({"age": {"bucketize": [18, 65]}}, Feature("age", ("age",), "bucketize", {"edges": (18.0, 65.0)})),
        ({"age": {"bucketize": 10}}, Feature("age", ("age",), "bucketize", {"quantile_count": 10})),
        (
            {"output": "band", "input": "age", "bucketize": {"quantiles": 4, "one_hot": True}},
            Feature("band", ("age",), "bucketize", {"quantile_count": 4, "one_hot": True}),
        ),
        (
            {"output": "band", "input": "age", "bucketize": {"edges": [1], "one_hot": False}},
            Feature("band", ("age",), "bucketize", {"edges": (1.0,)}),
        ),
        ({"city": "one_hot"}, Feature("city", ("city",), "one_hot")),
        ({"city": {"one_hot": 5}}, Feature("city", ("city",), "one_hot", {"limit_categories": 5})),
        ({"city": {"ordinal": {"limit": 5}}}, Feature("city", ("city",), "ordinal", {"limit_categories": 5})),
        (
            {"output": "when", "input": "signup", "timestamp_parts": ["month", "hour"]},
            Feature("when", ("signup",), "timestamp_parts", {"parts": ("month", "hour")}),
        ),
        (
            {"signup": {"timestamp_parts": "day"}},
            Feature("signup", ("signup",), "timestamp_parts", {"parts": ("day",)}),
        ),
        ({"output": "pair", "cross": ["a", "b"]}, Feature("pair", ("a", "b"), "cross")),
        (
            {"output": "pair", "cross": ["a", "b"], "buckets": 100},
            Feature("pair", ("a", "b"), "cross", {"bucket_count": 100}),
        ),
        ({"input": "photo", "image_normalization": {}}, Feature("photo", ("photo",), "image_normalization")),
    ],
)
def test_an_item_is_read(item, expected):
    assert one(item) == expected


def test_a_chain_is_one_feature_after_the_other():
    form = {
        "features": [
            {"hours": [{"impute": "median"}, {"min_max": [0, 1]}]},
            {"output": "log_hours", "input": "hours", "steps": ["log1p", "standardize"]},
        ]
    }
    assert parse_features(form).features == (
        Feature("hours", ("hours",), "impute", {"median": True}),
        Feature("hours", ("hours",), "min_max", {"lower": 0.0, "upper": 1.0}),
        Feature("log_hours", ("hours",), "log1p"),
        Feature("log_hours", ("log_hours",), "standardize"),
    )


def test_columns_and_target_are_read():
    form = {"features": [], "columns": ["weight", "height"], "target": "income"}
    assert parse_features(form) == FeatureSet((), ("weight", "height"), "income")
    assert parse_features({"features": None, "columns": None, "target": None}) == FeatureSet()


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            "age",
            (
                "expected a feature such as {age: standardize} or {output: band, input: age, bucketize: [18, 65]}, "
                "received 'age'"
            ),
        ),
        (
            {"age": "standardise"},
            (
                "expected a transform out of standardize, min_max, robust, log1p, clip, impute, "
                "bucketize, one_hot, ordinal, timestamp_parts, image_normalization, received 'standardise'; "
                "did you mean standardize?"
            ),
        ),
        ({True: "standardize"}, "expected the name of a column, received True; put it in quotes"),
        (
            {"age": None},
            (
                "expected a transform of 'age' out of standardize, min_max, robust, log1p, clip, impute, "
                "bucketize, one_hot, ordinal, timestamp_parts, image_normalization, received none"
            ),
        ),
        (
            {"age": [["log1p"]]},
            (
                "expected a transform out of standardize, min_max, robust, log1p, clip, impute, "
                "bucketize, one_hot, ordinal, timestamp_parts, image_normalization, received ['log1p']"
            ),
        ),
        (
            {"age": {"log1p": None, "standardize": None}},
            "expected one transform in each step, received log1p, standardize",
        ),
        ({"age": "log1p", "city": "one_hot"}, "expected output and input, or one column; received age, city"),
        (
            {"output": "x", "input": "age"},
            "expected one transform, or several under steps: [impute: mean, log1p]; received none",
        ),
        ({"output": "x", "log1p": None}, "expected the name of a column as input, received nothing"),
        (
            {"output": "x", "input": "age", "logp": None},
            (
                "expected keys out of output, input, steps, standardize, min_max, robust, log1p, clip, impute, "
                "bucketize, one_hot, ordinal, timestamp_parts, image_normalization, "
                "received 'logp'; did you mean log1p?"
            ),
        ),
        ({"age": "cross"}, "expected a cross as an item of its own: {output: pair, cross: [first, second]}"),
        ({"cross": ["a", "b"]}, "expected a name as output, received nothing"),
        ({"output": "x", "cross": ["a"]}, "expected two inputs of cross, received 1"),
        ({"output": "x", "cross": ["a", "a"]}, "expected each input once, received 'a' 2 times"),
        (
            {"output": "x", "cross": ["a", "b"], "bucket": 3},
            "expected keys out of output, cross, buckets, received 'bucket'; did you mean buckets?",
        ),
        (
            {"output": "x", "cross": ["a", "b"], "buckets": 0},
            "expected buckets, a whole number of 1 to 2,147,483,647, received 0",
        ),
    ],
)
def test_items_that_are_none_are_refused(item, message):
    with pytest.raises(InvalidInput) as caught:
        parse_features({"features": [{"a": "log1p"}, item]}, "income.yaml")
    assert (caught.value.field, caught.value.message) == ("features[1]", f"income.yaml, item 2: {message}")


@pytest.mark.parametrize(
    ("transform", "value", "message"),
    [
        ("standardize", 3, "expected no parameters, received 3"),
        ("min_max", [1], "expected two numbers, the lower one first, or lower and upper, received [1]"),
        ("min_max", [2, 1], "expected a lower bound below the upper one, received [2, 1]"),
        (
            "min_max",
            {"upper": 1},
            "expected two numbers, the lower one first, or lower and upper, received {'upper': 1}",
        ),
        ("min_max", {"uper": 1}, "expected parameters out of lower, upper, received 'uper'; did you mean upper?"),
        ("min_max", ["0", 1], "expected lower to be a finite number, received '0'"),
        ("robust", [0.1, 2], "expected quantiles of 0 to 1, received 0.1 and 2.0"),
        ("clip", [None, None], "expected two numbers, the lower one first, or lower and upper, received [None, None]"),
        ("clip", [0, float("nan")], "expected upper to be a finite number, received nan"),
        ("impute", "meen", "expected mean, median, mode, a number or {category: …}, received 'meen'"),
        ("impute", None, "expected what takes the place of NULL to be a finite number, received nothing"),
        ("impute", {"category": 3}, "expected a category as text, received 3; put it in quotes"),
        ("impute", {"mean": False}, "expected mean: true, received False"),
        ("impute", {"mean": True, "number": 1}, "expected one value that takes the place of NULL, received 2"),
        ("bucketize", [1, 1], "expected rising edges, received 1.0 before 1.0"),
        ("bucketize", [], "expected 1 to 1,000 edges, received 0"),
        ("bucketize", 1, "expected quantiles to be a whole number of 2 to 1,000, received 1"),
        ("bucketize", {"one_hot": True}, "expected either edges or quantiles, received none"),
        ("bucketize", {"edges": [1], "quantiles": 2}, "expected either edges or quantiles, received both"),
        ("bucketize", {"edges": [1], "one_hot": 1}, "expected one_hot to be true or false, received 1"),
        ("one_hot", "all", "expected limit to be a whole number of 1 to 10,000, received 'all'"),
        ("ordinal", {"limit": 0}, "expected limit to be a whole number of 1 to 1,000,000, received 0"),
        (
            "timestamp_parts",
            [],
            (
                "expected parts out of year, month, day, weekday, day_of_year, hour, minute, second, "
                "epoch_second, received none"
            ),
        ),
        (
            "timestamp_parts",
            ["months"],
            (
                "expected parts out of year, month, day, weekday, day_of_year, hour, minute, "
                "second, epoch_second, received 'months'; did you mean month?"
            ),
        ),
        ("timestamp_parts", ["day", "day"], "expected each part once, received 'day' 2 times"),
        ("timestamp_parts", None, "expected a list of names of parts, received nothing"),
    ],
)
def test_parameters_that_are_none_are_refused(transform, value, message):
    with pytest.raises(InvalidInput) as caught:
        one({"output": "x", "input": "age", transform: value})
    assert caught.value.message == f"The features, item 1 ({transform}): {message}"


def test_outputs_do_not_repeat():
    form = {"features": [{"age": "log1p"}, {"output": "age", "input": "hours", "log1p": None}]}
    with pytest.raises(InvalidInput) as caught:
        parse_features(form)
    assert caught.value.message == (
        "The features, item 2: expected each output once, received 'age' again, which item 1 gives already; choose "
        "another name, or take it as the input to replace it"
    )


@pytest.mark.parametrize(
    ("form", "field", "message"),
    [
        (None, "features", "The features: expected the keys features, columns, target, received nothing"),
        (
            {"feature": []},
            "features",
            "The features: expected keys out of features, columns, target, received 'feature'; did you mean features?",
        ),
        (
            {"features": {"age": "log1p"}},
            "features",
            (
                "The features: expected a list of features, such as {age: standardize} or "
                "{output: band, input: age, bucketize: [18, 65]}, received {'age': 'log1p'}"
            ),
        ),
        ({"columns": ["a", "a"]}, "columns", "The features, columns: expected each column once, received 'a' 2 times"),
        (
            {"columns": [1]},
            "columns",
            "The features, columns: expected the name of a column, received 1; put it in quotes",
        ),
        ({"target": ""}, "target", "The features, target: expected the name of a column, received ''"),
    ],
)
def test_forms_that_are_none_are_refused(form, field, message):
    with pytest.raises(InvalidInput) as caught:
        parse_features(form)
    assert (caught.value.field, caught.value.message) == (field, message)
