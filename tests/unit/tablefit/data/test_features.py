"""Features of the client as messages, and back."""

import numpy as np
import pytest
from tablefit.data.features import to_feature, to_feature_message, to_fitted_feature, to_fitted_messages
from tablefit.errors import InvalidInput
from tablefit.features import Feature, FittedFeature
from tablefit.features.arguments import ARGUMENTS, TIMESTAMP_PARTS
from tablefit.v1 import data_service_pb2 as pb

FEATURES = [
    Feature("x", ("a",), "standardize"),
    Feature("x", ("a",), "min_max"),
    Feature("x", ("a",), "min_max", {"lower": 0.0, "upper": 2.0}),
    Feature("x", ("a",), "robust", {"lower": 0.0, "upper": 0.5}),
    Feature("x", ("a",), "log1p"),
    Feature("x", ("a",), "clip", {"lower": 0.0}),
    Feature("x", ("a",), "impute", {"median": True}),
    Feature("x", ("a",), "impute", {"number": 0.0}),
    Feature("x", ("a",), "impute", {"category": ""}),
    Feature("x", ("a",), "bucketize", {"edges": (1.0, 2.0), "one_hot": True}),
    Feature("x", ("a",), "bucketize", {"quantile_count": 4}),
    Feature("x", ("a",), "one_hot"),
    Feature("x", ("a",), "ordinal", {"limit_categories": 5}),
    Feature("x", ("a",), "timestamp_parts", {"parts": TIMESTAMP_PARTS}),
    Feature("x", ("a", "b"), "cross", {"bucket_count": 3}),
    Feature("x", ("a",), "image_normalization"),
]


@pytest.mark.parametrize("feature", FEATURES, ids=repr)
def test_features_come_back_as_they_went(feature):
    assert to_feature(pb.Feature.FromString(to_feature_message(feature).SerializeToString())) == feature


def test_the_form_has_all_transforms_of_the_contract():
    names = [field.name for field in pb.Feature.DESCRIPTOR.oneofs_by_name["transform"].fields]
    assert sorted([*ARGUMENTS, "cross"]) == sorted(names)
    parts = [name.removeprefix("TIMESTAMP_PART_").lower() for name in pb.TimestampPart.DESCRIPTOR.values_by_name]
    assert parts == ["unspecified", *TIMESTAMP_PARTS]


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        (
            Feature("x", ("a",), "sqrt"),
            (
                "expected a transform out of standardize, min_max, robust, log1p, clip, impute, "
                "bucketize, one_hot, ordinal, timestamp_parts, cross, image_normalization, received 'sqrt'"
            ),
        ),
        (
            Feature("x", ("a",), "clip", {"least": 1}),
            "expected parameters of clip out of lower, upper, received least=1 for 'x'",
        ),
        (
            Feature("x", ("a",), "clip", {"lower": "1"}),
            "expected parameters of clip out of lower, upper, received lower='1' for 'x'",
        ),
        (
            Feature("x", ("a",), "timestamp_parts", {"parts": ("noon",)}),
            "expected parameters of timestamp_parts out of parts, received parts=('noon',) for 'x'",
        ),
    ],
)
def test_features_that_are_none_are_refused(feature, message):
    with pytest.raises(InvalidInput) as caught:
        to_feature_message(feature)
    assert caught.value.message == message


def test_fitted_features_come_back_as_they_went():
    fitted = FittedFeature(FEATURES[0], {"mean": np.array(0.1), "edges": np.array([1.0])}, ("a", "ä"), 9, sampled=True)
    found = to_fitted_feature(to_fitted_messages([fitted])[0])
    assert (found.feature, found.vocabulary, found.row_count, found.sampled) == (FEATURES[0], ("a", "ä"), 9, True)
    assert {name: number.tolist() for name, number in found.numbers.items()} == {"mean": 0.1, "edges": [1.0]}
