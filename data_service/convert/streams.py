"""Requests of StreamBatches to options."""

from collections.abc import Callable
from typing import Any

from tablefit.errors import InvalidInput
from tablefit.imaging.pixel_format import Fit, Mode, Resampling
from tablefit.rpc.times import to_datetime
from tablefit.v1 import data_service_pb2 as pb

from data_service.columns import to_microseconds
from data_service.convert.features import decode_features, decode_fitted_features
from data_service.convert.values import decode_value
from data_service.split_rules import (
    FoldSplit,
    FractionSplit,
    HashSplit,
    PartName,
    SplitOptions,
    SplitRule,
    Stratification,
    TimeSplit,
    ValueSplit,
)
from data_service.steps import Tail
from data_service.stream_options import Balance, ImageOptions, ShuffleOptions, StreamOptions

_TAILS: dict[int, Tail] = {
    pb.TAIL_UNSPECIFIED: "keep",
    pb.TAIL_KEEP: "keep",
    pb.TAIL_DROP: "drop",
    pb.TAIL_PAD: "pad",
}
_PARTS: dict[int, PartName] = {
    pb.SPLIT_PART_UNSPECIFIED: "training",
    pb.SPLIT_PART_TRAINING: "training",
    pb.SPLIT_PART_VALIDATION: "validation",
}
_STRATIFICATIONS: dict[int, Stratification] = {
    pb.STRATIFICATION_UNSPECIFIED: "default",
    pb.STRATIFICATION_NONE: "none",
    pb.STRATIFICATION_TARGET: "target",
}
_BALANCES: dict[int, Balance] = {
    pb.BALANCE_UNSPECIFIED: "none",
    pb.BALANCE_NONE: "none",
    pb.BALANCE_OVERSAMPLE: "oversample",
}
_MODES: dict[int, Mode | None] = {
    pb.IMAGE_MODE_UNSPECIFIED: None,
    pb.IMAGE_MODE_L: "L",
    pb.IMAGE_MODE_RGB: "RGB",
}
RESAMPLINGS: dict[int, Resampling] = {
    pb.RESAMPLING_UNSPECIFIED: "bilinear",
    pb.RESAMPLING_NEAREST: "nearest",
    pb.RESAMPLING_BOX: "box",
    pb.RESAMPLING_BILINEAR: "bilinear",
    pb.RESAMPLING_HAMMING: "hamming",
    pb.RESAMPLING_BICUBIC: "bicubic",
    pb.RESAMPLING_LANCZOS: "lanczos",
}
FITS: dict[int, Fit] = {
    pb.IMAGE_FIT_UNSPECIFIED: "stretch",
    pb.IMAGE_FIT_STRETCH: "stretch",
    pb.IMAGE_FIT_CROP: "crop",
    pb.IMAGE_FIT_LETTERBOX: "letterbox",
}


def decode_request(request: pb.StreamBatchesRequest, peer: str) -> StreamOptions:
    """The options that a request means; `peer` names the caller when the request does not."""
    return StreamOptions(
        table=request.table,
        reader=request.reader or f"a stream to {peer}",
        batch_size=request.batch_size,
        snapshot=request.snapshot,
        columns=tuple(request.columns),
        features=decode_features(request.features),
        fitted_features=decode_fitted_features(request.fitted_features),
        target=request.target,
        split=_decode_split(request.split) if request.HasField("split") else None,
        image=_decode_image(request.image),
        shuffle=ShuffleOptions(request.shuffle.seed, request.shuffle.epoch) if request.HasField("shuffle") else None,
        balance=_known(_BALANCES, request.balance, "balance"),
        tail=_known(_TAILS, request.tail, "tail"),
        start_step=request.start_step,
        step_count=request.step_count,
        rank=request.rank,
        world_size=request.world_size or 1,
        header_only=request.header_only,
    )


def _decode_split(split: pb.Split) -> SplitOptions:
    rule = split.WhichOneof("rule")
    if rule is None:
        raise InvalidInput("expected a rule of the split, received none", field="split.rule")
    return SplitOptions(
        _RULES[rule](getattr(split, rule)),
        _known(_PARTS, split.part, "split.part"),
        _known(_STRATIFICATIONS, split.stratification, "split.stratification"),
    )


def _decode_value_split(split: pb.ValueSplit) -> ValueSplit:
    field = "split.value.validation_values"
    return ValueSplit(split.column, tuple(decode_value(value, field) for value in split.validation_values))


def _decode_time_split(split: pb.TimeSplit) -> TimeSplit:
    if not split.HasField("validation_start"):
        raise InvalidInput("expected the first time of the validation part, received none", field="split.time")
    try:
        start = to_datetime(split.validation_start)
    except (ValueError, OverflowError):
        raise InvalidInput("expected a time of the years 1 to 9999, received another", field="split.time") from None
    return TimeSplit(split.column, to_microseconds(start))


_RULES: dict[str, Callable[[Any], SplitRule]] = {
    "fraction": lambda split: FractionSplit(split.validation_fraction, split.seed),
    "value": _decode_value_split,
    "time": _decode_time_split,
    "fold": lambda split: FoldSplit(split.fold_count, split.fold, split.seed),
    "hash": lambda split: HashSplit(split.validation_fraction, split.seed),
}


def _decode_image(image: pb.ImageOptions) -> ImageOptions:
    return ImageOptions(
        _known(_MODES, image.mode, "image.mode"),
        image.height,
        image.width,
        _known(RESAMPLINGS, image.resampling, "image.resampling"),
        _known(FITS, image.fit, "image.fit"),
    )


def _known(meanings: dict[int, Any], number: int, field: str) -> Any:
    if number not in meanings:
        raise InvalidInput(f"expected a {field} of this service's contract, received {number}", field=field)
    return meanings[number]
