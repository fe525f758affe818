"""Features that can never be computed are refused with the field and what to do; others are put in order."""

import pytest
from tablefit.errors import InvalidInput

from data_service.features import FeatureSpec, OutputSchema, check_features, output_schemas
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
    Transform,
)
from data_service.schema import Column, ColumnType

COLUMNS = [
    Column("id", ColumnType.INTEGER, False),
    Column("age", ColumnType.FLOAT, True),
    Column("visits", ColumnType.INTEGER, True),
    Column("member", ColumnType.BOOLEAN, True),
    Column("city", ColumnType.CATEGORY, True),
    Column("note", ColumnType.TEXT, True),
    Column("signup", ColumnType.TIMESTAMP, True),
    Column("photo", ColumnType.IMAGE, False),
    Column("blob", ColumnType.BYTES, True),
]


def one(transform: Transform, *inputs: str, output: str = "new") -> FeatureSpec:
    return FeatureSpec(output, inputs, transform)


def refusal(*features: FeatureSpec) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        check_features(features, COLUMNS)
    return caught.value.field, caught.value.message


REFUSED_PARAMETERS = [
    (MinMax(1.0, 1.0), "min_max.upper", "expected an upper value above 1.0, received 1.0"),
    (MinMax(0.0, float("inf")), "min_max.upper", "expected an upper value above 0.0, received inf"),
    (Robust(0.5, 0.2), "robust.upper", "expected quantiles of 0 to 1 that rise, received 0.5 and 0.2"),
    (Clip(), "clip", "expected a lower bound, an upper one or both, received none"),
    (Clip(2.0, 1.0), "clip.upper", "expected an upper bound above the lower one, received 2.0 and 1.0"),
    (
        Impute(ImputeRule.NUMBER, float("nan")),
        "impute.number",
        "expected a finite number, received nan",
    ),
    (Bucketize(), "bucketize", "expected either edges or quantile_count, received none"),
    (Bucketize((1.0,), 4), "bucketize", "expected either edges or quantile_count, received both"),
    (Bucketize((1.0, 1.0)), "bucketize.edges", "expected rising edges, received 1.0 before 1.0"),
    (Bucketize((float("nan"),)), "bucketize.edges", "expected finite edges, received NaN or an infinity"),
    (
        Bucketize(quantile_count=1),
        "bucketize.quantile_count",
        "expected quantile_count of 2 to 1,000, received 1",
    ),
    (OneHot(0), "one_hot.limit_categories", "expected limit_categories of 1 to 10,000, received 0"),
    (
        Ordinal(1_000_001),
        "ordinal.limit_categories",
        "expected limit_categories of 1 to 1,000,000, received 1000001",
    ),
    (TimestampParts(()), "timestamp_parts.parts", "expected at least one part of the time, received none"),
    (
        TimestampParts((TimestampPart.DAY, TimestampPart.DAY)),
        "timestamp_parts.parts",
        "expected each part once, received day 2 times",
    ),
    (Cross(-1), "cross.bucket_count", "expected bucket_count of 0 to 2,147,483,647, received -1"),
]


@pytest.mark.parametrize(("transform", "field", "message"), REFUSED_PARAMETERS)
def test_bad_parameters_are_refused(transform, field, message):
    assert (f"features[0].{field}", message) == refusal(one(transform, "age"))


@pytest.mark.parametrize(
    ("transform", "column", "message"),
    [
        (
            Standardize(),
            "city",
            (
                "expected an input of standardize out of number, integer, boolean, place, received 'city', "
                "which is category; categories become one_hot or ordinal"
            ),
        ),
        (
            OneHot(),
            "age",
            (
                "expected an input of one_hot out of integer, boolean, category, place, received 'age', "
                "which is number; bucketize it first"
            ),
        ),
        (
            Log1p(),
            "signup",
            (
                "expected an input of log1p out of number, integer, boolean, place, received 'signup', "
                "which is timestamp; times become timestamp_parts"
            ),
        ),
        (
            ImageNormalization(),
            "age",
            "expected an input of image_normalization out of image, received 'age', which is number",
        ),
        (Ordinal(), "blob", "expected a column that features can read, received the bytes column 'blob'"),
        (
            Ordinal(),
            "City",
            "expected a column or the output of an earlier feature, received 'City'; did you mean 'city'?",
        ),
        (Ordinal(), "zzzz", "expected a column or the output of an earlier feature, received 'zzzz'"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(transform, column, message):
    assert ("features[0].inputs", message) == refusal(one(transform, column))


@pytest.mark.parametrize(
    ("rule", "column", "message"),
    [
        (ImputeRule.MEAN, "city", "expected mode, category to fill 'city', which is category, received mean"),
        (
            ImputeRule.CATEGORY,
            "age",
            "expected mean, median, mode, number to fill 'age', which is number, received category",
        ),
    ],
)
def test_null_is_filled_with_what_the_column_holds(rule, column, message):
    assert ("features[0].impute", message) == refusal(one(Impute(rule), column))


def test_only_outputs_of_earlier_features_are_inputs():
    later = one(Standardize(), "x", output="y"), one(Standardize(), "age", output="x")
    assert refusal(*later) == (
        "features[0].inputs",
        "expected a column or the output of an earlier feature, received 'x', which features[1] gives only later",
    )
    assert refusal(one(Standardize(), "x", output="x")) == (
        "features[0].inputs",
        "expected a column or the output of an earlier feature, received 'x', which is this feature itself",
    )


def test_outputs_do_not_repeat():
    assert refusal(one(Standardize(), "age"), one(Standardize(), "visits")) == (
        "features[1].output",
        (
            "expected each output once, received 'new' again; features[0] gives it, and only a feature that reads it "
            "may replace it"
        ),
    )


def test_an_output_replaces_no_column_but_its_input():
    assert refusal(one(Standardize(), "age", output="city")) == (
        "features[0].output",
        "expected an output name that no column has but the input, received 'city'",
    )


def test_outputs_need_a_name():
    assert refusal(one(Standardize(), "age", output="")) == (
        "features[0].output",
        "expected an output name of 1 to 64 characters, received ''",
    )


@pytest.mark.parametrize(("transform", "inputs"), [(Standardize(), ("age", "visits")), (Cross(), ("age",))])
def test_a_transform_has_its_number_of_inputs(transform, inputs):
    field, message = refusal(one(transform, *inputs))
    assert field == "features[0].inputs"
    assert message.startswith("expected ")


def test_what_a_vector_became_is_read_no_further():
    field, message = refusal(one(OneHot(), "city", output="city"), one(Ordinal(), "city"))
    assert (field, message) == (
        "features[1].inputs",
        "expected an input of ordinal out of integer, boolean, category, place, received 'city', which is vector",
    )


def test_a_plan_says_what_is_read_and_what_is_given():
    plan = check_features(
        [
            one(Impute(ImputeRule.MEDIAN), "visits", output="visits"),
            one(Standardize(), "visits", output="visits"),
            one(Bucketize((0.5,)), "visits", output="band"),
            one(Ordinal(), "city", output="city_code"),
            one(Cross(), "band", "city_code", output="pair"),
            one(OneHot(), "member", output="member"),
            one(Bucketize((20.0, 40.0), one_hot=True), "age", output="decade"),
            one(TimestampParts((TimestampPart.MONTH, TimestampPart.HOUR)), "signup", output="when"),
            one(Impute(ImputeRule.CATEGORY, category="none"), "note", output="note"),
            one(ImageNormalization(), "photo", output="photo"),
        ],
        COLUMNS,
    )
    assert plan.columns == ("age", "visits", "member", "city", "note", "signup", "photo")
    assert output_schemas(plan) == (
        OutputSchema("visits", "float32", ()),
        OutputSchema("band", "int64", ()),
        OutputSchema("city_code", "int64", ()),
        OutputSchema("pair", "int64", ()),
        OutputSchema("member", "float32", (None,)),
        OutputSchema("decade", "float32", (None,)),
        OutputSchema("when", "float32", (2,)),
        OutputSchema("note", "text", ()),
        OutputSchema("photo", "float32", (None, None, None)),
    )


def test_too_many_features_are_refused():
    assert refusal(*[one(Standardize(), "age")] * 1001) == (
        "features",
        "expected at most 1,000 features, received 1,001",
    )
