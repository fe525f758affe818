"""What a stream of batches is asked for, and the message that asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tablefit.data.features import to_feature_message, to_fitted_messages
from tablefit.errors import InvalidInput
from tablefit.features import Feature, FittedFeature
from tablefit.rpc.times import to_datetime, to_timestamp
from tablefit.v1 import data_service_pb2 as pb

PARTS = {"training": pb.SPLIT_PART_TRAINING, "validation": pb.SPLIT_PART_VALIDATION}
TAILS = {"keep": pb.TAIL_KEEP, "drop": pb.TAIL_DROP, "pad": pb.TAIL_PAD}
MODES = {"L": pb.IMAGE_MODE_L, "RGB": pb.IMAGE_MODE_RGB}
MODE_NAMES = {number: name for name, number in MODES.items()}
RESAMPLINGS = {
    name: pb.Resampling.Value(f"RESAMPLING_{name.upper()}")
    for name in ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")
}
FITS = {name: pb.ImageFit.Value(f"IMAGE_FIT_{name.upper()}") for name in ("stretch", "crop", "letterbox")}
BALANCES = {"none": pb.BALANCE_NONE, "oversample": pb.BALANCE_OVERSAMPLE}
STRATIFICATIONS = {
    None: pb.STRATIFICATION_UNSPECIFIED,
    False: pb.STRATIFICATION_NONE,
    True: pb.STRATIFICATION_TARGET,
}


@dataclass(frozen=True)
class FractionSplit:
    """A random share of the rows is held out, 0 <= fraction < 1."""

    fraction: float
    seed: int = 0


@dataclass(frozen=True)
class FoldSplit:
    """One of `count` equal folds is held out; `fold` counts from 0."""

    count: int
    fold: int
    seed: int = 0


@dataclass(frozen=True)
class ValueSplit:
    """The rows in which a category, text, boolean or integer column has one of these values are held out."""

    column: str
    values: Sequence[str | bool | int]


@dataclass(frozen=True)
class TimeSplit:
    """The rows from this time on are held out, a datetime or a text in ISO 8601; without a zone it is UTC."""

    column: str
    start: datetime | str


@dataclass(frozen=True)
class HashSplit:
    """About this share of the rows is held out, by their ids alone: rows that are added later do not move others."""

    fraction: float
    seed: int = 0


Split = FractionSplit | FoldSplit | ValueSplit | TimeSplit | HashSplit


@dataclass(frozen=True)
class StreamOptions:
    """What to stream. Only `table` or `snapshot` is required; left-out sizes and modes mean those that all rows share.

    `columns` empty means the table's own choice. `part` is "training" or "validation" of the `split`, or None for all
    rows; `validation_fraction` and `split_seed` are short for a FractionSplit. `stratify` None means by a target that
    has classes. `shuffle_seed` None means ascending id. `tail` is "keep", "drop" or "pad"; `balance` "none" or
    "oversample"; `fit` "stretch", "crop" or "letterbox". `step_count` 0 means to the end.
    """

    table: str = ""
    snapshot: str = ""
    columns: Sequence[str] = ()
    features: Sequence[Feature] = ()
    fitted_features: Sequence[FittedFeature] = ()
    target: str = ""
    validation_fraction: float = 0.0
    split_seed: int = 0
    split: Split | None = None
    stratify: bool | None = None
    part: str | None = None
    mode: str | None = None
    height: int | None = None
    width: int | None = None
    resampling: str = "bilinear"
    fit: str = "stretch"
    shuffle_seed: int | None = None
    epoch: int = 0
    balance: str = "none"
    batch_size: int = 32
    tail: str = "keep"
    start_step: int = 0
    step_count: int = 0
    rank: int = 0
    world_size: int = 1
    reader: str = ""


def to_request(options: StreamOptions) -> pb.StreamBatchesRequest:
    """The message that asks for `options`. Raises InvalidInput for a word that is none of those known."""
    return pb.StreamBatchesRequest(
        table=options.table,
        snapshot=options.snapshot,
        columns=options.columns,
        features=map(to_feature_message, options.features),
        fitted_features=to_fitted_messages(options.fitted_features),
        target=options.target,
        split=_to_split(options),
        image=_to_image(options),
        shuffle=None if options.shuffle_seed is None else pb.Shuffle(seed=options.shuffle_seed, epoch=options.epoch),
        balance=_number(BALANCES, options.balance, "balance"),
        batch_size=options.batch_size,
        tail=_number(TAILS, options.tail, "tail"),
        start_step=options.start_step,
        step_count=options.step_count,
        rank=options.rank,
        world_size=options.world_size,
        reader=options.reader,
    )


def _to_split(options: StreamOptions) -> pb.Split | None:
    if options.part is None:
        if options.split or options.validation_fraction:
            raise InvalidInput(
                "expected the part of the split, training or validation; received none", field="split.part"
            )
        return None
    message = to_split_message(options.split or FractionSplit(options.validation_fraction, options.split_seed))
    message.part = _number(PARTS, options.part, "split.part")
    message.stratification = _number(STRATIFICATIONS, options.stratify, "split.stratification")
    return message


def to_split_message(split: Split) -> pb.Split:
    """The message of a split, without a part. Raises InvalidInput for a time that is none."""
    match split:
        case FractionSplit():
            return pb.Split(fraction=pb.FractionSplit(validation_fraction=split.fraction, seed=split.seed))
        case HashSplit():
            return pb.Split(hash=pb.HashSplit(validation_fraction=split.fraction, seed=split.seed))
        case FoldSplit():
            return pb.Split(fold=pb.FoldSplit(fold_count=split.count, fold=split.fold, seed=split.seed))
        case TimeSplit():
            start = to_timestamp(_to_time(split.start))
            return pb.Split(time=pb.TimeSplit(column=split.column, validation_start=start))
        case ValueSplit():
            values = map(_to_value, split.values)
            return pb.Split(value=pb.ValueSplit(column=split.column, validation_values=values))


def to_split(message: pb.Split) -> Split | None:
    """The split of a message; None where it names no rule."""
    rule = message.WhichOneof("rule")
    match rule:
        case "fraction":
            return FractionSplit(message.fraction.validation_fraction, message.fraction.seed)
        case "hash":
            return HashSplit(message.hash.validation_fraction, message.hash.seed)
        case "fold":
            return FoldSplit(message.fold.fold_count, message.fold.fold, message.fold.seed)
        case "time":
            return TimeSplit(message.time.column, to_datetime(message.time.validation_start).isoformat())
        case "value":
            values = [getattr(value, value.WhichOneof("kind") or "text") for value in message.value.validation_values]
            return ValueSplit(message.value.column, tuple(values))
    return None


def _to_time(start: datetime | str) -> datetime:
    try:
        time = start if isinstance(start, datetime) else datetime.fromisoformat(start)
    except ValueError as error:
        raise InvalidInput(
            f"expected a time such as 2024-05-01 or 2024-05-01T12:00:00, received {start!r}", field="split.time"
        ) from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _to_value(value: str | bool | int) -> pb.Value:
    match value:
        case bool():
            return pb.Value(boolean=value)
        case int():
            return pb.Value(integer=value)
    return pb.Value(text=value)


def _to_image(options: StreamOptions) -> pb.ImageOptions:
    return pb.ImageOptions(
        mode=pb.IMAGE_MODE_UNSPECIFIED if options.mode is None else _number(MODES, options.mode, "image.mode"),
        height=options.height or 0,
        width=options.width or 0,
        resampling=_number(RESAMPLINGS, options.resampling, "image.resampling"),
        fit=_number(FITS, options.fit, "image.fit"),
    )


def _number(numbers: dict[Any, Any], name: Any, field: str) -> Any:
    if name not in numbers:
        raise InvalidInput(
            f"expected {field} to be one of {', '.join(map(str, numbers))}, received {name!r}", field=field
        )
    return numbers[name]
