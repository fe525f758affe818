"""Filters and orders as messages, checked against the columns of the table that they are for."""

from collections.abc import Sequence
from typing import TypeAlias

from tablefit import filters
from tablefit.data.tables import Column
from tablefit.data.values import literal_value
from tablefit.filters import And, Comparison, Filter, IsNull, Like, Membership, Not, Or, Order
from tablefit.v1 import data_service_pb2 as pb

# A condition as text ("age >= 30 and sex = 'Male'") or as an object of `tablefit.filters`.
FilterLike: TypeAlias = str | Filter
# "age desc, name", or such texts and `Order` objects one by one.
OrderLike: TypeAlias = str | Sequence[str | Order]

_COMPARATORS = {
    "=": pb.COMPARATOR_EQUAL,
    "!=": pb.COMPARATOR_NOT_EQUAL,
    "<": pb.COMPARATOR_LESS,
    "<=": pb.COMPARATOR_LESS_OR_EQUAL,
    ">": pb.COMPARATOR_GREATER,
    ">=": pb.COMPARATOR_GREATER_OR_EQUAL,
}


def to_filter_message(wanted: FilterLike, columns: Sequence[Column]) -> pb.Filter:
    """The message of a filter on a table with these columns. Raises InvalidInput when it does not fit them."""
    text = wanted if isinstance(wanted, str) else ""
    parsed = filters.parse(wanted) if isinstance(wanted, str) else wanted
    return encode(filters.fit(parsed, {column.name: column.type for column in columns}, text))


def encode(wanted: Filter) -> pb.Filter:
    """The message of a filter whose values have the types of their columns."""
    match wanted:
        case And(parts):
            return pb.Filter(all=pb.FilterList(filters=map(encode, parts)))
        case Or(parts):
            return pb.Filter(any=pb.FilterList(filters=map(encode, parts)))
        case Not(part):
            negated = pb.Filter()
            getattr(negated, "not").CopyFrom(encode(part))
            return negated
        case Comparison(column, comparator, value):
            number = _COMPARATORS[comparator]
            return pb.Filter(comparison=pb.Comparison(column=column, comparator=number, value=literal_value(value)))
        case Membership(column, values):
            return pb.Filter(membership=pb.Membership(column=column, values=map(literal_value, values)))
        case Like(column, pattern):
            return pb.Filter(like=pb.PatternTest(column=column, pattern=pattern))
        case IsNull(column):
            return pb.Filter(is_null=pb.NullTest(column=column))


def to_order_messages(order_by: OrderLike) -> list[pb.RowOrder]:
    """The messages of an order. Raises InvalidInput for a text that states none."""
    given = [order_by] if isinstance(order_by, str) and order_by else order_by
    orders: list[Order] = []
    for item in given:
        orders += [item] if isinstance(item, Order) else filters.parse_order(item)
    return [pb.RowOrder(column=order.column, descending=order.descending) for order in orders]
