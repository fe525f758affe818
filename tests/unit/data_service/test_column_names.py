"""Which columns a general table may be created with."""

import unicodedata

import pytest
from tablefit.errors import InvalidInput

from data_service.column_names import check_columns
from data_service.schema import Column, ColumnType


def whole(name, **more):
    return Column(name, ColumnType.INTEGER, False, **more)


def tensor(data_type="float32", shape=(2,)):
    return Column("t", ColumnType.TENSOR, False, data_type=data_type, shape=shape)


@pytest.mark.parametrize(
    "name", ["a", "select", "a b", "100%", "%(x)s", "`\"'\\;--", ":a", "ä?", "数", "é" * 64, "idx"]
)
def test_names_of_anything_printable_are_taken(name):
    assert check_columns([whole(name)]) == (whole(name),)


def test_names_are_kept_in_their_composed_form():
    assert check_columns([whole("e\u0301")]) == (whole(unicodedata.normalize("NFC", "e\u0301")),)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a" * 65,
        "a ",
        " a",
        "a\0",
        "a\nb",
        "\x7f",
        "😀",
        "\ud800",
        "\ue000",
        "\u2028",
        "id",
        "ID",
        "tablefit_x",
        "TableFit_",
    ],
)
def test_other_names_are_refused(name):
    with pytest.raises(InvalidInput, match="expected a column name") as refusal:
        check_columns([whole("a"), whole(name)])
    assert refusal.value.field == "table.columns[1].name"


@pytest.mark.parametrize(("one", "other"), [("a", "A"), ("é", "É"), ("ß", "SS"), ("e\u0301", "é")])
def test_names_that_differ_only_in_case_are_the_same(one, other):
    with pytest.raises(InvalidInput, match="expected each column once") as refusal:
        check_columns([whole(one), whole(other)])
    assert refusal.value.field == "table.columns[1].name"


@pytest.mark.parametrize("columns", [[], [whole(f"c{n}") for n in range(1001)]])
def test_too_few_or_many_columns_are_refused(columns):
    with pytest.raises(InvalidInput, match="expected 1 to 1,000 columns"):
        check_columns(columns)


@pytest.mark.parametrize(
    ("column", "field"),
    [
        (tensor(data_type=""), "data_type"),
        (tensor(shape=(0,)), "shape"),
        (tensor(shape=(1,) * 9), "shape"),
        (tensor(shape=(4096, 4096)), "shape"),
        (whole("a", shape=(2,)), "shape"),
        (whole("a", data_type="float32"), "shape"),
        (whole("a", description="x" * 1001), "description"),
    ],
)
def test_types_that_do_not_fit_are_refused_naming_the_field(column, field):
    with pytest.raises(InvalidInput, match=r"^expected") as refusal:
        check_columns([column])
    assert refusal.value.field == f"table.columns[0].{field}"


def test_tensors_may_have_no_axes_or_eight():
    columns = (tensor(shape=()), Column("u", ColumnType.TENSOR, True, data_type="uint8", shape=(2,) * 8))
    assert check_columns(columns) == columns
