"""What a stream of batches is asked for, checked once before anything is read.

Leaves to `batches` what can only be said when the snapshot is known: whether there are rows, one size, such columns.
"""

from dataclasses import dataclass
from typing import Literal

from tablefit.errors import InvalidInput
from tablefit.imaging.pixel_format import Fit, Mode, Resampling

from data_service.features import FeatureSpec, FittedFeature
from data_service.split_rules import SplitOptions, check_split
from data_service.steps import Tail

LIMIT_BATCH_SIZE = 65_536
LIMIT_SIDE = 4_096
LIMIT_READER_LENGTH = 128

Balance = Literal["none", "oversample"]


@dataclass(frozen=True)
class ImageOptions:
    """Mode and size of the pixels; None and 0 mean as stored."""

    mode: Mode | None = None
    height: int = 0
    width: int = 0
    resampling: Resampling = "bilinear"
    fit: Fit = "stretch"


@dataclass(frozen=True)
class ShuffleOptions:
    """Which order."""

    seed: int
    epoch: int


@dataclass(frozen=True)
class StreamOptions:
    """A request for the batches of an epoch. `step_count` 0 means to its end; `reader` says who asks.

    Without a `snapshot` one is taken. Without `columns` the table decides; `fitted_features` are applied as they are,
    in place of `features`.
    """

    table: str
    reader: str
    batch_size: int
    snapshot: str = ""
    columns: tuple[str, ...] = ()
    features: tuple[FeatureSpec, ...] = ()
    fitted_features: tuple[FittedFeature, ...] = ()
    target: str = ""
    split: SplitOptions | None = None
    image: ImageOptions = ImageOptions()
    shuffle: ShuffleOptions | None = None
    balance: Balance = "none"
    tail: Tail = "keep"
    start_step: int = 0
    step_count: int = 0
    rank: int = 0
    world_size: int = 1
    header_only: bool = False


def check_options(options: StreamOptions) -> None:
    """Raises InvalidInput, naming the field, for options that fit no table."""
    if not options.table and not options.snapshot:
        raise InvalidInput("expected the name of a table or a snapshot, received neither", field="table")
    _check_range("batch_size", options.batch_size, 1, LIMIT_BATCH_SIZE)
    _check_least("start_step", options.start_step, 0)
    _check_least("step_count", options.step_count, 0)
    if len(options.reader) > LIMIT_READER_LENGTH:
        raise InvalidInput(
            f"expected a reader of at most {LIMIT_READER_LENGTH} characters, received {len(options.reader)}",
            field="reader",
        )
    if options.shuffle:
        _check_least("shuffle.epoch", options.shuffle.epoch, 0)
    if options.features and options.fitted_features:
        raise InvalidInput("expected features or fitted_features, received both", field="fitted_features")
    if options.split:
        check_split(options.split)
    _check_image(options.image)
    _check_ranks(options)
    _check_balance(options)


def _check_image(image: ImageOptions) -> None:
    if (image.height == 0) != (image.width == 0):
        raise InvalidInput(
            f"expected height and width together, received height {image.height} and width {image.width}",
            field="image.width" if image.height else "image.height",
        )
    if image.height or image.width:
        _check_range("image.height", image.height, 1, LIMIT_SIDE)
        _check_range("image.width", image.width, 1, LIMIT_SIDE)


def _check_ranks(options: StreamOptions) -> None:
    _check_least("world_size", options.world_size, 1)
    _check_range("rank", options.rank, 0, options.world_size - 1)
    if options.batch_size % options.world_size:
        raise InvalidInput(
            f"expected a batch_size that {options.world_size} readers can share equally, received {options.batch_size}",
            field="batch_size",
        )
    if options.world_size > 1 and options.tail == "keep":
        raise InvalidInput(
            "expected the tail to be dropped or padded, so that all readers get equally many batches of equal size; "
            "received the tail keep",
            field="tail",
        )


def _check_balance(options: StreamOptions) -> None:
    if options.balance == "oversample" and options.split and options.split.part == "validation":
        raise InvalidInput(
            "expected no balance of the validation part, which is to be judged as it is; received oversampling",
            field="balance",
        )


def _check_range(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidInput(f"expected {field} of {least} to {most:,}, received {value}", field=field)


def _check_least(field: str, value: int, least: int) -> None:
    if value < least:
        raise InvalidInput(f"expected {field} of at least {least}, received {value}", field=field)
