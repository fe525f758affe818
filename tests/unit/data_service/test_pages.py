"""Sizes and tokens of pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tablefit.errors import InvalidInput

from data_service.pages import decode_position, encode_token, page_limit


@given(some.integers() | some.text(), some.lists(some.text()))
def test_a_token_gives_its_position_back(position, owner):
    assert decode_position(encode_token(position, *owner), *owner) == position


def test_no_token_means_the_first_page():
    assert decode_position("", "rows") is None


@pytest.mark.parametrize(
    "token",
    ["x", "AAAA", "not a token", "ä", encode_token(5, "rows", "other"), encode_token(5, "tables"), "A" * 10_000],
)
def test_foreign_tokens_are_refused(token):
    with pytest.raises(InvalidInput, match="expected the next_page_token"):
        decode_position(token, "rows", "digits")


def test_owners_are_told_apart_by_their_parts():
    with pytest.raises(InvalidInput):
        decode_position(encode_token(5, "ab", "c"), "a", "bc")


@pytest.mark.parametrize(("asked", "given_size"), [(0, 100), (1, 1), (1000, 1000), (5000, 1000)])
def test_a_page_has_the_documented_size(asked, given_size):
    assert page_limit(asked) == given_size


def test_a_negative_size_is_refused():
    with pytest.raises(InvalidInput, match="received -1"):
        page_limit(-1)
