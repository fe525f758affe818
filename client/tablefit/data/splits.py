"""Splits out of messages; `stream_requests` has the records and the way there."""

from tablefit.data.stream_requests import (
    PARTS,
    STRATIFICATIONS,
    FoldSplit,
    FractionSplit,
    HashSplit,
    Split,
    TimeSplit,
    ValueSplit,
)
from tablefit.errors import InvalidInput
from tablefit.rpc.times import to_datetime
from tablefit.v1 import data_service_pb2 as pb

_PART_NAMES = {number: name for name, number in PARTS.items()} | {pb.SPLIT_PART_UNSPECIFIED: "training"}
_STRATIFIED = {number: wanted for wanted, number in STRATIFICATIONS.items()}


def from_split_message(message: pb.Split) -> tuple[Split, str, bool | None]:
    """The split, the part of it that is wanted, and whether classes are divided alike. Raises InvalidInput."""
    if message.part not in _PART_NAMES or message.stratification not in _STRATIFIED:
        raise InvalidInput("expected a part and a stratification of the contract, received others", field="split")
    return _to_split(message), _PART_NAMES[message.part], _STRATIFIED[message.stratification]


def _to_split(message: pb.Split) -> Split:
    match message.WhichOneof("rule"):
        case "fraction":
            return FractionSplit(message.fraction.validation_fraction, message.fraction.seed)
        case "value":
            return ValueSplit(message.value.column, [_to_value(value) for value in message.value.validation_values])
        case "time":
            return TimeSplit(message.time.column, to_datetime(message.time.validation_start))
        case "fold":
            return FoldSplit(message.fold.fold_count, message.fold.fold, message.fold.seed)
        case "hash":
            return HashSplit(message.hash.validation_fraction, message.hash.seed)
    raise InvalidInput("expected a rule by which rows are divided, received none", field="split.rule")


def _to_value(message: pb.Value) -> str | bool | int:
    kind = message.WhichOneof("kind")
    if kind not in ("text", "integer", "boolean"):
        raise InvalidInput(
            f"expected texts, integers or booleans to divide rows by, received {kind or 'NULL'}",
            field="split.value.validation_values",
        )
    value: str | bool | int = getattr(message, kind)
    return value
