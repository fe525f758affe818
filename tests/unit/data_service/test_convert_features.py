"""Features as messages mean them: defaults filled in, nothing lost on the way and back."""

import numpy as np
import pytest
from tablefit.errors import InvalidInput
from tablefit.v1 import data_service_pb2 as pb

from data_service.convert.features import (
    decode_features,
    decode_fitted_features,
    encode_feature,
    encode_fitted_features,
)
from data_service.features.spec import (
    NAMES,
    Bucketize,
    Clip,
    Cross,
    FeatureSpec,
    FittedFeature,
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

TRANSFORMS = [
    Standardize(),
    MinMax(),
    MinMax(-1.0, 0.0),
    Robust(),
    Robust(0.0, 0.9),
    Log1p(),
    Clip(0.0),
    Clip(upper=0.0),
    Clip(-1.0, 2.0),
    *(Impute(rule) for rule in (ImputeRule.MEAN, ImputeRule.MEDIAN, ImputeRule.MODE)),
    Impute(ImputeRule.NUMBER, 0.0),
    Impute(ImputeRule.NUMBER, 2.5),
    Impute(ImputeRule.CATEGORY, category=""),
    Impute(ImputeRule.CATEGORY, category="none"),
    Bucketize((1.0, 2.0), one_hot=True),
    Bucketize(quantile_count=4),
    OneHot(),
    OneHot(5),
    Ordinal(),
    TimestampParts(tuple(TimestampPart)),
    Cross(),
    Cross(9),
    ImageNormalization(),
]


def test_every_transform_of_the_contract_is_known():
    assert [field.name for field in pb.Feature.DESCRIPTOR.oneofs_by_name["transform"].fields] == list(NAMES.values())


@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
def test_features_come_back_as_they_went(transform):
    feature = FeatureSpec("new", ("age", "city"), transform)
    message = pb.Feature.FromString(encode_feature(feature).SerializeToString())
    assert (feature,) == decode_features([message])


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (pb.Feature(min_max=pb.MinMax()), MinMax(0.0, 1.0)),
        (pb.Feature(robust=pb.Robust()), Robust(0.25, 0.75)),
        (pb.Feature(one_hot=pb.OneHot()), OneHot(1_000)),
        (pb.Feature(ordinal=pb.Ordinal()), Ordinal(1_000_000)),
    ],
)
def test_what_is_left_out_has_its_default(message, expected):
    assert decode_features([message])[0].transform == expected


@pytest.mark.parametrize(
    ("message", "field", "start"),
    [
        (pb.Feature(output="x"), "features[1]", "expected a transform out of standardize, min_max, "),
        (pb.Feature(impute=pb.Impute()), "features[1].impute", "expected what takes the place of NULL: "),
        (pb.Feature(impute=pb.Impute(mean=False)), "features[1].impute", "expected what takes the place of NULL: "),
        (
            pb.Feature(timestamp_parts=pb.TimestampParts(parts=[pb.TIMESTAMP_PART_UNSPECIFIED])),
            "features[1].timestamp_parts.parts",
            "expected parts out of TIMESTAMP_PART_YEAR, ",
        ),
    ],
)
def test_what_no_feature_has_is_refused(message, field, start):
    with pytest.raises(InvalidInput) as caught:
        decode_features([pb.Feature(log1p=pb.Log1p()), message])
    assert caught.value.field == field
    assert caught.value.message.startswith(start)


def test_fitted_features_come_back_as_they_went():
    fitted = FittedFeature(
        FeatureSpec("new", ("age",), Standardize()),
        {"mean": np.array(1 / 3), "edges": np.array([1.0, 2.0])},
        ("a", "ä"),
        7,
        sampled=True,
    )
    (found,) = decode_fitted_features(encode_fitted_features([fitted]))
    assert (found.feature, found.vocabulary, found.row_count, found.sampled) == (fitted.feature, ("a", "ä"), 7, True)
    assert {name: number.tolist() for name, number in found.numbers.items()} == {"mean": 1 / 3, "edges": [1.0, 2.0]}
    assert [number.shape for number in found.numbers.values()] == [(), (2,)]


def test_numbers_of_other_types_are_refused():
    fitted = FittedFeature(FeatureSpec("new", ("age",), Standardize()), {"mean": np.zeros(1, dtype=np.float32)})
    with pytest.raises(InvalidInput) as caught:
        decode_fitted_features(encode_fitted_features([fitted]))
    assert caught.value.field == "fitted_features[0].numbers"
