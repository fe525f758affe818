"""Fitted features go on from their numbers alone, and numbers of others are refused."""

import dataclasses

import numpy as np
import pytest
from tablefit.errors import InvalidInput

from data_service.features import FittedFeature, apply, from_fitted
from data_service.features.spec import (
    Bucketize,
    Cross,
    ImageNormalization,
    Impute,
    ImputeRule,
    OneHot,
    Ordinal,
    Standardize,
)
from tests.unit.data_service.features.rows import COLUMNS, batch, fitted, integers, numbers, one, pixels, texts

ROWS = batch(
    range(3), age=numbers(1, None, 3), city=texts("a", "b", None), visits=integers(2, 10, 2), photo=pixels(3, 2, 2, 3)
)
FITTED = fitted(
    ROWS,
    one(Impute(ImputeRule.MEAN), "age", output="age"),
    one(Standardize(), "age", output="age"),
    one(Impute(ImputeRule.MODE), "city", output="city"),
    one(Ordinal(), "city", output="city_code"),
    one(Ordinal(), "visits", output="visits_code"),
    one(Cross(), "city_code", "visits_code", output="pair"),
    one(OneHot(), "visits", output="visits"),
    one(Bucketize(quantile_count=2), "age", output="band"),
    one(ImageNormalization(), "photo", output="photo"),
)

UNORDERED = (
    "expected at least one category, all in rising order: integers as numbers, others by code point; received others"
)


def test_restored_features_give_the_same():
    restored = from_fitted(FITTED.features, COLUMNS)
    expected, found = apply(FITTED, ROWS), apply(restored, ROWS)
    assert {name: column.tolist() for name, column in expected.items()} == {
        name: column.tolist() for name, column in found.items()
    }


def changed(place: int, **changes: object) -> list[FittedFeature]:
    features = list(FITTED.features)
    features[place] = dataclasses.replace(features[place], **changes)
    return features


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize(
    ("place", "changes", "field", "message"),
    [
        (
            1,
            {"numbers": {"mean": np.array(0.0)}},
            "numbers",
            "expected the numbers mean, standard_deviation of standardize, received mean",
        ),
        (
            1,
            {"numbers": {"mean": np.array(0.0), "standard_deviation": array(1)}},
            "numbers",
            "expected standard_deviation to be one finite number, received shape (1,)",
        ),
        (
            0,
            {"numbers": {"value": np.array(np.nan)}},
            "numbers",
            "expected value to be one finite number, received shape () with NaN or an infinity",
        ),
        (7, {"numbers": {"edges": array(2, 1)}}, "numbers", "expected rising edges, received others"),
        (
            8,
            {"numbers": {"mean": array(1, 2), "standard_deviation": array(1)}},
            "numbers",
            "expected a mean and a standard_deviation for each channel, received others",
        ),
        (
            5,
            {"numbers": {"first_size": np.array(9.0), "second_size": np.array(3.0)}},
            "numbers",
            "expected the sizes 3 and 3 of the two inputs, received 9.0 and 3.0",
        ),
        (1, {"vocabulary": ("a",)}, "vocabulary", "expected no vocabulary of standardize, received 1 words"),
        (2, {"vocabulary": ()}, "vocabulary", "expected the one category to fill in, received 0"),
        *(
            (place, {"vocabulary": tuple(words.split())}, "vocabulary", UNORDERED)
            for place, words in [(3, ""), (3, "b a"), (6, "10 2"), (6, "02"), (6, "x"), (6, f"{2**63}")]
        ),
    ],
)
def test_numbers_of_others_are_refused(place, changes, field, message):
    with pytest.raises(InvalidInput) as caught:
        from_fitted(changed(place, **changes), COLUMNS)
    assert (caught.value.field, caught.value.message) == (f"fitted_features[{place}].{field}", message)
