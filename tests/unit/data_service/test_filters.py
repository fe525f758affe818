"""Filters checked against the columns of a table; what they mean is tested on each engine."""

import pytest
from tablefit.errors import InvalidInput

from data_service import filters
from data_service.filters import Comparator, Comparison, IsNull, Like, Membership, Not, check_filter
from data_service.schema import Column, ColumnType

COLUMNS = (
    Column("whole", ColumnType.INTEGER, True),
    Column("real", ColumnType.FLOAT, True),
    Column("text", ColumnType.TEXT, True),
    Column("picture", ColumnType.IMAGE, True),
)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (filters.All(()), "filter.all"),
        (filters.Any((IsNull("whole"),) * 1001), "filter.any"),
        (filters.All((IsNull("whole"), Comparison("no", Comparator.EQUAL, 1))), "filter.all[1].comparison"),
        (Not(Membership("whole", ())), "filter.not.membership"),
        (Membership("whole", (1,) * 10_001), "filter.membership"),
        (Comparison("whole", Comparator.EQUAL, None), "filter.comparison"),
        (Comparison("whole", Comparator.EQUAL, True), "filter.comparison"),
        (Comparison("whole", Comparator.EQUAL, 1.0), "filter.comparison"),
        (Comparison("real", Comparator.EQUAL, float("nan")), "filter.comparison"),
        (Comparison("text", Comparator.EQUAL, "a\0"), "filter.comparison"),
        (Comparison("picture", Comparator.EQUAL, b"a"), "filter.comparison"),
        (IsNull("no"), "filter.is_null"),
        (Like("whole", "a"), "filter.like"),
        (Like("text", "a\\"), "filter.like"),
        (Like("text", "a" * 1001), "filter.like"),
        (Membership("text", ("a" * 100_000,) * 5), "filter.membership"),
    ],
)
def test_a_filter_that_does_not_fit_is_refused_naming_the_part(wanted, field):
    with pytest.raises(InvalidInput, match=r"^expected") as refusal:
        check_filter(wanted, COLUMNS)
    assert refusal.value.field == field


def test_conditions_nested_too_deep_are_refused():
    wanted = IsNull("whole")
    for _ in range(31):
        wanted = Not(wanted)
    assert check_filter(wanted, COLUMNS) == wanted
    with pytest.raises(InvalidInput, match="nested at most 32 deep"):
        check_filter(Not(wanted), COLUMNS)


def test_integers_compare_with_floats():
    checked = check_filter(Comparison("real", Comparator.LESS, 3), COLUMNS)
    assert checked == Comparison("real", Comparator.LESS, 3.0)
    assert isinstance(checked.value, float)


def test_no_more_conditions_than_engines_take_in_one_statement_are_allowed():
    wide = filters.Any((IsNull("whole"),) * 999)
    assert check_filter(filters.All((wide, Not(IsNull("text")))), COLUMNS)
    with pytest.raises(InvalidInput, match="expected at most 2,000 conditions in all"):
        check_filter(filters.All((wide, wide, IsNull("text"))), COLUMNS)


def test_no_more_values_than_engines_take_in_one_statement_are_allowed():
    many = Membership("whole", tuple(range(10_000)))
    assert check_filter(filters.All((many, many)), COLUMNS)
    with pytest.raises(InvalidInput, match="expected at most 20,000 values"):
        check_filter(filters.All((many, many, Comparison("whole", Comparator.EQUAL, 1))), COLUMNS)
