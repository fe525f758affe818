"""Filters from text and back."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tablefit.errors import InvalidInput
from tablefit.filters import (
    And,
    Comparison,
    IsNull,
    Like,
    Membership,
    Not,
    Or,
    Order,
    parse,
    parse_order,
    render,
)

_COLUMNS = st.text(st.sampled_from(string.ascii_letters + "_0` \"'ä-"), min_size=1, max_size=8)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_VALUES = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS
    | st.binary(max_size=6)
)
_CONDITIONS = (
    st.builds(Comparison, _COLUMNS, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), _VALUES)
    | st.builds(Membership, _COLUMNS, st.lists(_VALUES, min_size=1, max_size=4).map(tuple))
    | st.builds(IsNull, _COLUMNS)
    | st.builds(Like, _COLUMNS, _TEXTS)
)
BETWEEN = (Comparison("a", ">=", 1), Comparison("a", "<=", 2))
_FILTERS = st.recursive(
    _CONDITIONS,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=2, max_size=4).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=4).map(tuple))
    ),
    max_leaves=12,
)


@given(_FILTERS)
def test_a_rendered_filter_is_read_as_the_same(wanted):
    assert parse(render(wanted)) == wanted


def test_and_binds_closer_than_or_and_not_closest():
    assert parse("age >= 30 and (education in ('Masters', 'Doctorate') or not sex = 'Male') or note is null") == Or(
        (
            And(
                (
                    Comparison("age", ">=", 30),
                    Or(
                        (
                            Membership("education", ("Masters", "Doctorate")),
                            Not(Comparison("sex", "=", "Male")),
                        )
                    ),
                )
            ),
            IsNull("note"),
        )
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a == 1", Comparison("a", "=", 1)),
        ("a <> 1", Comparison("a", "!=", 1)),
        ("a != -1.5e3", Comparison("a", "!=", -1500.0)),
        ("a=9007199254740993", Comparison("a", "=", 9007199254740993)),
        ("A IS NOT NULL", Not(IsNull("A"))),
        ("a not in (1, 2.0, true)", Not(Membership("a", (1, 2.0, True)))),
        ("a not like 'it''s%'", Not(Like("a", "it's%"))),
        ("a between 1 and 2 and b = x'00fF'", And((And(BETWEEN), Comparison("b", "=", b"\0\xff")))),
        ("a not between 1 and 2", Not(And(BETWEEN))),
        ('`odd ``name` = "x""y" ', None),
        ("`odd ``name` = 1", Comparison("odd `name", "=", 1)),
        ('"hours-per-week" < 40', Comparison("hours-per-week", "<", 40)),
        ("größe > 1", Comparison("größe", ">", 1)),
    ],
)
def test_each_form_is_read(text, wanted):
    if wanted is None:
        with pytest.raises(InvalidInput, match="texts stand between single quotes"):
            parse(text)
    else:
        assert parse(text) == wanted


@pytest.mark.parametrize(
    ("text", "message", "caret"),
    [
        ("age >> 30", "expected a value at position 5, received >", 5),
        (
            "age",
            "expected a comparison (= != < <= > >=, is null, in, like, between) at position 3, received the end",
            3,
        ),
        ("age = Male", "expected a value (texts stand between single quotes) at position 6, received Male", 6),
        ("age = null", "expected a value (for NULL say is null or is not null) at position 6, received null", 6),
        ("age = 1 or", "expected a column at position 10, received the end", 10),
        ("(age = 1", "expected a closing parenthesis at position 8, received the end", 8),
        ("age = 1 age = 2", "expected and, or or the end at position 8, received age", 8),
        ("age = 'x", "expected a text that is closed by ' at position 6, received no end of it", 6),
        ("age in 1", "expected an opening parenthesis at position 7, received 1", 7),
        ("age like 1", "expected a pattern between single quotes at position 9, received 1", 9),
        ("age ; 1", "expected a column, value or comparison at position 4, received ';'", 4),
        ("", "expected a column at position 0, received the end", 0),
        ("a = 99999999999999999999999", "expected an integer of 64 bits at position 4", 4),
        ("a = 1e999", "expected a number of 64 bits at position 4", 4),
    ],
)
def test_a_fault_names_the_place_and_points_at_it(text, message, caret):
    with pytest.raises(InvalidInput) as caught:
        parse(text)
    assert caught.value.message == message
    assert caught.value.__notes__ == [f"  {text}".rstrip() + f"\n  {' ' * caret}^"]


def test_of_a_long_text_only_the_surroundings_are_shown():
    with pytest.raises(InvalidInput) as caught:
        parse(" and ".join(["age = 1"] * 30) + " and ! and " + " and ".join(["age = 1"] * 30))
    line, caret = caught.value.__notes__[0].split("\n")
    assert line == "  d age = 1 and age = 1 and age = 1 and age = 1 and ! and age = 1 and age = 1 and"
    assert line[len(caret) - 1] == "!"


def test_conditions_are_nested_only_as_deep_as_the_service_takes_them():
    with pytest.raises(InvalidInput, match="nested at most 32 deep"):
        parse("(" * 1000 + "a = 1" + ")" * 1000)


def test_an_order_is_a_list_of_columns():
    assert parse_order("age desc, `odd name` ASC, desc") == (
        Order("age", descending=True),
        Order("odd name"),
        Order("desc"),
    )


@pytest.mark.parametrize("text", ["", "age up", "age,", "1", "age desc desc"])
def test_another_order_is_a_fault(text):
    with pytest.raises(InvalidInput):
        parse_order(text)
