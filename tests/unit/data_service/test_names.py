"""Names of tables."""

import unicodedata

import pytest
from tablefit.errors import InvalidInput

from data_service.names import check_name, key


@pytest.mark.parametrize(
    "name",
    ["digits", "Digits_2", "select", "42", "_", "a" * 64, "数字", "données", "хвост", "ข้อมูล", "हिन्दी", "tablefit"],
)
def test_letters_digits_and_underscores_are_kept_as_they_are(name):
    assert check_name(name) == name


def test_a_name_is_brought_to_nfc():
    assert check_name(unicodedata.normalize("NFD", "données")) == "données"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a" * 65,
        "two words",
        "semi;colon",
        "`; DROP TABLE digits; --",
        'quo"te',
        "it's",
        "back`tick",
        "dash-ed",
        "dot.ted",
        "line\nbreak",
        "nul\0",
        "per%cent",
        "dollar$",
        "😀",
        "\U0001d538",
        "\u0301a",
        "a/*!50000x*/",
        "½",
    ],
)
def test_any_other_name_is_refused_naming_the_field(name):
    with pytest.raises(InvalidInput, match=r"^expected a table name") as caught:
        check_name(name)
    assert caught.value.field == "table.name"


@pytest.mark.parametrize("name", ["tablefit_tables", "TableFit_x", "TABLEFIT_"])
def test_the_reserved_prefix_is_refused_in_any_case(name):
    with pytest.raises(InvalidInput, match="reserved"):
        check_name(name)


@pytest.mark.parametrize(
    ("one", "other"), [("Digits", "dIGITS"), ("Straße", "STRASSE"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("e\u0301", "É")]
)
def test_names_that_differ_in_case_alone_are_the_same(one, other):
    assert key(one) == key(other)


def test_names_that_differ_otherwise_are_not():
    assert len({key(name) for name in ("digits", "digit", "díg", "dig", "数", "字")}) == 6
