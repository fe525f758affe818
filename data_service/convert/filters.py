"""Filters from messages to conditions. Leaves checking them against a table to `data_service.filters`."""

from tablefit.errors import InvalidInput
from tablefit.v1 import data_service_pb2 as pb

from data_service import filters
from data_service.convert.values import decode_value
from data_service.filters import Comparator, Filter

_COMPARATORS = {
    pb.COMPARATOR_EQUAL: Comparator.EQUAL,
    pb.COMPARATOR_NOT_EQUAL: Comparator.NOT_EQUAL,
    pb.COMPARATOR_LESS: Comparator.LESS,
    pb.COMPARATOR_LESS_OR_EQUAL: Comparator.LESS_OR_EQUAL,
    pb.COMPARATOR_GREATER: Comparator.GREATER,
    pb.COMPARATOR_GREATER_OR_EQUAL: Comparator.GREATER_OR_EQUAL,
}


def decode_filter(message: pb.Filter, path: str = "filter") -> Filter:
    """The conditions that a message states. Protobuf itself bounds how deep messages are nested."""
    kind = message.WhichOneof("condition")
    match kind:
        case "all":
            return filters.All(_decode_list(message.all, f"{path}.all"))
        case "any":
            return filters.Any(_decode_list(message.any, f"{path}.any"))
        case "not":
            return filters.Not(decode_filter(getattr(message, "not"), f"{path}.not"))
        case "comparison":
            return _decode_comparison(message.comparison, f"{path}.comparison")
        case "membership":
            values = message.membership.values
            path = f"{path}.membership"
            return filters.Membership(message.membership.column, tuple(decode_value(value, path) for value in values))
        case "is_null":
            return filters.IsNull(message.is_null.column)
        case "like":
            return filters.Like(message.like.column, message.like.pattern)
    raise InvalidInput("expected a condition, received an empty message", field=path)


def _decode_list(message: pb.FilterList, path: str) -> tuple[Filter, ...]:
    return tuple(decode_filter(part, f"{path}[{place}]") for place, part in enumerate(message.filters))


def _decode_comparison(message: pb.Comparison, path: str) -> Filter:
    if message.comparator not in _COMPARATORS:
        raise InvalidInput(
            f"expected a comparator of this service's contract, received {message.comparator}", field=path
        )
    return filters.Comparison(message.column, _COMPARATORS[message.comparator], decode_value(message.value, path))
