"""Values of filters in the types of their columns."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from tablefit.errors import InvalidInput
from tablefit.filters import Comparison, fit, fit_value, parse

TYPES = {"age": "integer", "wage": "float", "sex": "category", "seen": "timestamp", "paid": "boolean", "photo": "image"}


@pytest.mark.parametrize(
    ("value", "type_name", "fitted"),
    [
        (3, "integer", 3),
        (3, "float", 3.0),
        (1, "boolean", True),
        (False, "boolean", False),
        ("2024-05-01T12:00:00", "timestamp", datetime(2024, 5, 1, 12, tzinfo=UTC)),
        ("2024-05-01", "timestamp", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-01T12:00:00.000001+02:00", "timestamp", datetime(2024, 5, 1, 10, 0, 0, 1, tzinfo=UTC)),
        (datetime(2024, 5, 1), "timestamp", datetime(2024, 5, 1, tzinfo=UTC)),
        (b"\0", "bytes", b"\0"),
    ],
)
def test_a_value_takes_the_type_of_its_column(value, type_name, fitted):
    found = fit_value(value, type_name, "c")
    assert (found, type(found)) == (fitted, type(fitted))


def test_a_time_keeps_its_moment():
    noon = datetime(2024, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert fit_value(noon, "timestamp", "c") == noon


@pytest.mark.parametrize(
    ("value", "type_name"),
    [
        (1.0, "integer"),
        (True, "integer"),
        (2**63, "integer"),
        ("3", "integer"),
        ("x", "float"),
        (2, "boolean"),
        (3, "text"),
        ("yesterday", "timestamp"),
        ("2024-05-01T12:00:00.1234567", "timestamp"),
        ("0001-01-01T00:00:00+02:00", "timestamp"),
        ("00", "bytes"),
        ("x", "image"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(value, type_name):
    with pytest.raises(InvalidInput, match="expected"):
        fit_value(value, type_name, "c")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("age >= 1 and wage = 'x'", "expected a number for the column 'wage', received 'x'"),
        ("age >= 1 and agee = 2", "There is no column 'agee'; expected one of age, wage, sex, seen, paid, photo."),
        ("age >= 1 and age like '1%'", "expected a text or category column, received 'age' of type integer"),
        ("age >= 1 and photo = x'00'", "expected a column that can be compared, received 'photo' of type image"),
    ],
)
def test_a_fault_points_at_the_condition(text, message):
    with pytest.raises(InvalidInput) as caught:
        fit(parse(text), TYPES, text)
    assert (caught.value.message, caught.value.details) == (message, {"position": "13"})


def test_an_object_without_text_is_refused_without_a_pointer():
    with pytest.raises(InvalidInput) as caught:
        fit(Comparison("age", "~", 1), TYPES)
    assert caught.value.message == "expected a comparator out of = != < <= > >=, received '~'"
    assert not hasattr(caught.value, "__notes__")
