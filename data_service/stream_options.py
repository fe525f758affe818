"""What a stream of batches is asked for, checked once before anything is read.

Leaves to `batches` what can only be said when the table is known: whether there are rows, one size, such a step.
"""

import re
from dataclasses import dataclass

from tablefit.errors import InvalidInput, NotFound

from data_service.index import TablePin
from data_service.pixels import Mode
from data_service.splits import PartName
from data_service.steps import Tail

LIMIT_BATCH_SIZE = 65_536
LIMIT_SIDE = 4_096
LIMIT_READER_LENGTH = 128
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class SplitOptions:
    """Which part of which division."""

    fraction: float
    seed: int
    part: PartName


@dataclass(frozen=True)
class ImageOptions:
    """Mode and size of the pixels; None and 0 mean as stored."""

    mode: Mode | None = None
    height: int = 0
    width: int = 0


@dataclass(frozen=True)
class ShuffleOptions:
    """Which order."""

    seed: int
    epoch: int


@dataclass(frozen=True)
class StreamOptions:
    """A request for the batches of an epoch. `step_count` 0 means to its end; `reader` says who asks."""

    table: str
    reader: str
    batch_size: int
    snapshot: str = ""
    pin: TablePin | None = None
    split: SplitOptions | None = None
    image: ImageOptions = ImageOptions()
    shuffle: ShuffleOptions | None = None
    tail: Tail = "keep"
    start_step: int = 0
    step_count: int = 0
    header_only: bool = False


def check_options(options: StreamOptions) -> None:
    """Raises InvalidInput, naming the field, for options that fit no table; NotFound for a snapshot."""
    if options.snapshot:
        raise NotFound(
            f"There is no snapshot {options.snapshot!r}: tables have no snapshots yet. Leave the snapshot empty.",
            details={"table": options.table, "snapshot": options.snapshot},
        )
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
    _check_pin(options.pin)
    _check_split(options.split)
    _check_image(options.image)


def _check_pin(pin: TablePin | None) -> None:
    if pin is not None:
        _check_least("pin.row_count", pin.row_count, 1)
        if not _DIGEST.fullmatch(pin.digest):
            raise InvalidInput(
                f"expected a pin copied from a stream's header, with a digest of 64 hexadecimal digits, "
                f"received {pin.digest[:80]!r}",
                field="pin.digest",
            )


def _check_split(split: SplitOptions | None) -> None:
    if split is None:
        return
    if not 0 <= split.fraction < 1:
        raise InvalidInput(
            f"expected a validation fraction of at least 0 and below 1, received {split.fraction}",
            field="split.validation_fraction",
        )
    if split.part == "validation" and split.fraction == 0:
        raise InvalidInput(
            "expected a validation fraction above 0 to stream the validation part, received 0",
            field="split.validation_fraction",
        )


def _check_image(image: ImageOptions) -> None:
    if (image.height == 0) != (image.width == 0):
        raise InvalidInput(
            f"expected height and width together, received height {image.height} and width {image.width}",
            field="image.width" if image.height else "image.height",
        )
    if image.height or image.width:
        _check_range("image.height", image.height, 1, LIMIT_SIDE)
        _check_range("image.width", image.width, 1, LIMIT_SIDE)


def _check_range(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidInput(f"expected {field} of {least} to {most:,}, received {value}", field=field)


def _check_least(field: str, value: int, least: int) -> None:
    if value < least:
        raise InvalidInput(f"expected {field} of at least {least}, received {value}", field=field)
