"""Filters and orders as messages."""

from datetime import UTC, datetime

import pytest
from tablefit.data.filters import to_filter_message, to_order_messages
from tablefit.data.tables import Column
from tablefit.errors import InvalidInput
from tablefit.filters import Comparison, Order
from tablefit.rpc.times import to_timestamp
from tablefit.v1 import data_service_pb2 as pb

COLUMNS = (Column("age", "integer"), Column("wage", "float"), Column("name", "text"), Column("seen", "timestamp"))


def test_each_condition_has_its_message():
    text = "(age > 1 or wage = 2) and not name like 'A%' and name in ('x', 'y') and seen is null"
    negated = pb.Filter()
    getattr(negated, "not").like.CopyFrom(pb.PatternTest(column="name", pattern="A%"))
    older = pb.Comparison(column="age", comparator=pb.COMPARATOR_GREATER, value=pb.Value(integer=1))
    paid = pb.Comparison(column="wage", comparator=pb.COMPARATOR_EQUAL, value=pb.Value(float=2.0))
    either = pb.Filter(any=pb.FilterList(filters=[pb.Filter(comparison=older), pb.Filter(comparison=paid)]))
    named = pb.Membership(column="name", values=[pb.Value(text="x"), pb.Value(text="y")])
    unseen = pb.Filter(is_null=pb.NullTest(column="seen"))
    assert to_filter_message(text, COLUMNS) == pb.Filter(
        all=pb.FilterList(filters=[either, negated, pb.Filter(membership=named), unseen])
    )


def test_a_text_compares_with_a_time():
    noon = pb.Value(timestamp=to_timestamp(datetime(2024, 5, 1, 12, tzinfo=UTC)))
    wanted = pb.Comparison(column="seen", comparator=pb.COMPARATOR_LESS_OR_EQUAL, value=noon)
    assert to_filter_message("seen <= '2024-05-01T12:00:00'", COLUMNS) == pb.Filter(comparison=wanted)


def test_objects_are_checked_as_texts_are():
    with pytest.raises(InvalidInput, match="There is no column 'agee'"):
        to_filter_message(Comparison("agee", "=", 1), COLUMNS)


@pytest.mark.parametrize(
    "order_by", ["age desc, name", ["age desc", "name"], [Order("age", descending=True), Order("name")]]
)
def test_an_order_is_given_in_any_form(order_by):
    assert to_order_messages(order_by) == [
        pb.RowOrder(column="age", descending=True),
        pb.RowOrder(column="name"),
    ]
