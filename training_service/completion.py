"""Fills in what a caller left out of a job's options, with the help of the table, and checks that the two go together.

Leaves the limits of single options to `options`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from tablefit.data import DataClient, StreamHeader, StreamOptions
from tablefit.errors import WrongState

from training_service.adviser import Adviser
from training_service.architectures import Architecture
from training_service.options import Options, check_image_size, check_options, check_parameters
from training_service.specification import OPTIMIZERS, Pin, Specification

Value = TypeVar("Value")

DEFAULT_OPTIMIZER = "adam"
DEFAULT_VALIDATION_SPLIT = 0.2
DEFAULT_EPOCHS = 10
DEFAULT_BATCH_SIZE = 32

# BatchNormalization's running means trail by about 1 / (1 - momentum) steps. At 0.99 a small table validates near
# chance for its first ten epochs, at 0.9 it does not.
MANY_STEPS_PER_EPOCH = 500


@dataclass(frozen=True)
class Completion:
    """Makes specifications of options: which architectures there are, where the tables are, and how children run.

    `adviser` says what Keras thinks of options that name something of it.
    """

    catalogue: Mapping[str, Architecture]
    data: DataClient
    thread_count: int
    adviser: Adviser

    def __call__(self, options: Options) -> Specification:
        """The complete specification, with the snapshot that the job reads: one of the table as it is now, unless
        the options name one.

        Raises InvalidInput, NotFound, WrongState, and what the data service answers.
        """
        architecture = check_options(options, self.catalogue)
        # The table of a snapshot may have been renamed or deleted since.
        table = options.table if options.snapshot else self.data.get_table(options.table).name
        header = self.data.describe_stream(_stream_options(table, options))
        return fill_in(options, architecture, table, header, self.data.address, self.thread_count)


def fill_in(
    options: Options,
    architecture: Architecture,
    table: str,
    header: StreamHeader,
    data_service: str,
    thread_count: int,
) -> Specification:
    """The specification of checked options for a table whose training rows stream with this header.

    Raises WrongState when the table cannot be trained from, InvalidInput when its images are too small.
    """
    _check_table(table, header, architecture)
    return Specification(
        table=table,
        architecture=architecture.name,
        architecture_parameters=_parameters(options, architecture, header),
        validation_split=_validation_split(table, options, header),
        image_mode=header.mode,
        image_height=header.height,
        image_width=header.width,
        pin=Pin(header.pin.snapshot_id, header.pin.row_count, header.pin.digest),
        data_service=data_service,
        thread_count=thread_count,
        **_defaults(options),
    )


def _stream_options(table: str, options: Options) -> StreamOptions:
    """The stream of training rows that the job's first epoch will read."""
    return StreamOptions(
        table=table,
        validation_fraction=_given(options.validation_split, DEFAULT_VALIDATION_SPLIT),
        split_seed=_given(options.seed, 0),
        part="training",
        mode=options.image_mode,
        height=options.image_height,
        width=options.image_width,
        batch_size=_given(options.batch_size, DEFAULT_BATCH_SIZE),
        tail="pad",
        reader="training service",
        snapshot=options.snapshot,
    )


def _check_table(table: str, header: StreamHeader, architecture: Architecture) -> None:
    details = {"table": table}
    if not header.mode:
        raise WrongState(
            f"expected a table of labelled images, received {table!r}, whose columns are others; fit a network of your "
            "own to it with tablefit.keras.batches",
            details=details,
        )
    if len(header.class_names) < 2:
        only = f"only {header.class_names[0]!r}" if header.class_names else "none"
        raise WrongState(f"expected rows of at least two classes in table {table!r}, found {only}", details=details)
    if header.row_count < 1:
        reason = "the validation part takes them all; make validation_split smaller"
        raise WrongState(f"expected rows to fit in table {table!r}, found none: {reason}", details=details)
    check_image_size(header.height, header.width, architecture)


def _validation_split(table: str, options: Options, header: StreamHeader) -> float:
    """The share asked for, or the default; a table too small for the default is trained from without validation."""
    share = _given(options.validation_split, DEFAULT_VALIDATION_SPLIT)
    if share == 0 or header.row_count < header.pin.row_count:
        return share
    if options.validation_split is None:
        return 0.0
    raise WrongState(
        f"expected enough rows in table {table!r} to hold {share:g} of them out for validation, found "
        f"{header.pin.row_count}; ask for a larger validation_split, or for 0",
        details={"table": table},
    )


def _parameters(options: Options, architecture: Architecture, header: StreamHeader) -> dict[str, float]:
    """Every parameter of the architecture: as given, else its default, else what suits the table."""
    given = check_parameters(options.architecture_parameters, architecture)
    chosen = {"momentum": 0.99 if header.step_count >= MANY_STEPS_PER_EPOCH else 0.9}
    defaults = {
        parameter.name: chosen[parameter.name] if parameter.default is None else parameter.default
        for parameter in architecture.parameters
    }
    return {**defaults, **given}


def _defaults(options: Options) -> dict[str, Any]:
    """Options that need no table."""
    optimizer = _given(options.optimizer, DEFAULT_OPTIMIZER)
    return {
        "optimizer": optimizer,
        "learning_rate": _given(options.learning_rate, OPTIMIZERS[optimizer].learning_rate),
        "epochs": _given(options.epochs, DEFAULT_EPOCHS),
        "batch_size": _given(options.batch_size, DEFAULT_BATCH_SIZE),
        "seed": _given(options.seed, 0),
        "save_model": _given(options.save_model, True),
        "time_limit_s": options.time_limit_s,
        "priority": _given(options.priority, 0),
    }


def _given(value: Value | None, default: Value) -> Value:
    return default if value is None else value
