"""Fills in what a caller left out of a job's options, with the help of the table, and checks that the two go together.

Leaves the limits of single options to `options`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tablefit.data import DataClient, StreamHeader, StreamOptions
from tablefit.data.training_streams import TrainingStream, describe_training
from tablefit.errors import InvalidInput, WrongState
from tablefit.features import FeatureSet, to_form

from training_service.adviser import Adviser
from training_service.architecture import Architecture, Setting
from training_service.components import Components
from training_service.inputs import TableColumns, check_inputs, choose_inputs, of_snapshot, of_table
from training_service.native import Native
from training_service.native_completion import Chosen, choose_optimizer, complete_native
from training_service.options import Options, check_options, check_parameters
from training_service.own_networks import OwnNetwork, examine_own
from training_service.reading import Reading
from training_service.situation import find_situation
from training_service.specification import CHECKPOINT_EVERY_S, DATA_PATIENCE_S, Pin, Specification
from training_service.starting_weights import EarlierModels
from training_service.target_scales import with_scales

Value = TypeVar("Value")

DEFAULT_VALIDATION_SPLIT = 0.2
DEFAULT_EPOCHS = 10
DEFAULT_BATCH_SIZE = 32

# BatchNormalization's running means trail by about 1 / (1 - momentum) steps. At 0.99 a small table validates near
# chance for its first ten epochs, at 0.9 it does not.
MANY_STEPS_PER_EPOCH = 500


@dataclass(frozen=True)
class Completion:
    """Makes specifications of options: which architectures there are, where the tables are, and how children run.

    `adviser` says what Keras thinks of options that name something of it, `earlier` has the models to start from.
    `allow_own_code` lets a caller's model run code.
    """

    catalogue: Mapping[str, Architecture]
    data: DataClient
    thread_count: int
    adviser: Adviser
    earlier: EarlierModels
    allow_own_code: bool = False

    def __call__(self, options: Options) -> Specification:
        """The complete specification, with the snapshot that the job reads: one of the table as it is now, unless
        the options name one.

        Raises InvalidInput, NotFound, WrongState, and what the data service answers.
        """
        own = examine_own(options, self.adviser, allow_code=self.allow_own_code)
        architecture = check_options(options, self.catalogue, own.architecture(self._table(options)) if own else None)
        chosen = choose_optimizer(Components(self.adviser), options.optimizer, options.learning_rate, options.native)
        try:
            stream = self._describe(options, architecture, own)
            complete = self._fill_in(options, architecture, stream, chosen, own)
            return replace(complete, reading=with_scales(complete.reading, stream, self.data.describe_stream))
        except InvalidInput as error:
            raise _in_specification(error) from error

    def _fill_in(
        self,
        options: Options,
        architecture: Architecture,
        stream: TrainingStream,
        chosen: Chosen,
        own: OwnNetwork | None,
    ) -> Specification:
        """All but the scales of targets."""
        table = options.table if options.snapshot else stream.header.table
        _check_table(table, stream, architecture)
        situation = find_situation(stream, architecture, _given(options.seed, 0))
        if own is not None:
            own.check_fit(situation)
        native = complete_native(Components(self.adviser), chosen, options.native, situation)
        native = replace(native, own_model=own.model if own else None)
        complete = fill_in(options, architecture, table, stream, self.data.address, self.thread_count, chosen, native)
        starting = self.earlier.look_up(complete, options.native.starting_weights, self.adviser)
        return replace(complete, native=replace(native, starting_weights=starting))

    def _describe(self, options: Options, architecture: Architecture, own: OwnNetwork | None) -> TrainingStream:
        table = self._table(options)
        reading = choose_inputs(options.reading, architecture, own.columns_of(table, options) if own else table)
        asked = _stream_options(options, reading)
        return describe_training(self.data.describe_stream, asked, reading.targets, reading.task or None)

    def _table(self, options: Options) -> TableColumns:
        """The table's columns; those of a snapshot are asked of it: its table may have other ones now, or be gone."""
        if not options.snapshot:
            return of_table(self.data.get_table(options.table))
        return of_snapshot(self.data.describe_stream(_snapshot_options(options)))


def fill_in(
    options: Options,
    architecture: Architecture,
    table: str,
    stream: TrainingStream,
    data_service: str,
    thread_count: int,
    chosen: Chosen,
    native: Native,
) -> Specification:
    """The specification of checked options for a table whose training rows stream like this.

    Raises WrongState when the table cannot be trained from, InvalidInput when the architecture cannot take it.
    """
    header = stream.header
    _check_table(table, stream, architecture)
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
        thread_count=_given(options.native.thread_count, thread_count),
        reading=_reading(options, stream),
        optimizer=chosen.optimizer,
        learning_rate=chosen.learning_rate,
        native=native,
        **_defaults(options),
    )


def _snapshot_options(options: Options) -> StreamOptions:
    """The stream of all that a snapshot holds."""
    image = {"mode": options.image_mode, "height": options.image_height, "width": options.image_width}
    return StreamOptions(table=options.table, snapshot=options.snapshot, reader="training service", **image)  # type: ignore[arg-type]


def _stream_options(options: Options, reading: Reading) -> StreamOptions:
    """The stream of training rows that the job's first epoch will read."""
    default_share = DEFAULT_VALIDATION_SPLIT if reading.split is None else 0.0
    return StreamOptions(
        table=options.table,
        columns=reading.columns,
        features=reading.feature_records,
        validation_fraction=_given(options.validation_split, default_share),
        split_seed=_given(options.seed, 0),
        split=reading.split_record,
        part="training",
        mode=options.image_mode,
        height=options.image_height,
        width=options.image_width,
        balance=reading.balance,
        batch_size=_given(options.batch_size, DEFAULT_BATCH_SIZE),
        tail="pad",
        reader="training service",
        snapshot=options.snapshot,
    )


def _in_specification(error: InvalidInput) -> InvalidInput:
    """The same refusal with its field where it stands in the request."""
    field = f"spec.{error.field}" if error.field and not error.field.startswith("spec.") else error.field
    return InvalidInput(error.message, field=field, details=error.details)


def _check_table(table: str, stream: TrainingStream, architecture: Architecture) -> None:
    if not stream.targets:
        names = ", ".join(column.name for column in stream.header.columns)
        raise InvalidInput(
            f"expected the columns of table {table!r} to predict as targets, received none; its columns are "
            f"{names[:300]}",
            field="spec.targets",
        )
    check_inputs(stream, architecture)
    if stream.aim.task not in architecture.tasks:
        fitting = ", ".join(architecture.tasks)
        raise InvalidInput(
            f"expected a task of {architecture.name} out of {fitting}, received {stream.aim.task}", field="spec.task"
        )
    if stream.header.row_count < 1:
        reason = "the validation part takes them all; make validation_split smaller"
        raise WrongState(f"expected rows to fit in table {table!r}, found none: {reason}", details={"table": table})


def _reading(options: Options, stream: TrainingStream) -> Reading:
    """What is read, with inputs, targets and task in full. The features are those asked for, or chosen for the job."""
    outputs = {fitted.feature.output for fitted in stream.header.features}
    columns = [name for name in stream.inputs if name not in outputs]
    features = [feature for feature in stream.options.features if feature.output not in stream.targets]
    return replace(
        options.reading,
        columns=tuple(columns),
        features=tuple(to_form(FeatureSet(tuple(features)))["features"]),
        targets=stream.targets,
        task=str(stream.aim.task),
    )


def _validation_split(table: str, options: Options, header: StreamHeader) -> float:
    """The share asked for, or the default; a table too small for the default is trained from without validation."""
    if options.reading.split is not None:
        return 0.0
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


def _parameters(options: Options, architecture: Architecture, header: StreamHeader) -> dict[str, Setting]:
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
    return {
        "epochs": _given(options.epochs, DEFAULT_EPOCHS),
        "batch_size": _given(options.batch_size, DEFAULT_BATCH_SIZE),
        "seed": _given(options.seed, 0),
        "save_model": _given(options.save_model, True),
        "time_limit_s": options.time_limit_s,
        "priority": _given(options.priority, 0),
        "checkpoint_every_steps": options.checkpoint_every_steps,
        "checkpoint_every_s": _given(options.checkpoint_every_s, CHECKPOINT_EVERY_S),
        "data_patience_s": _given(options.data_patience_s, DATA_PATIENCE_S),
        "report_gradient_norm": options.report_gradient_norm,
    }


def _given(value: Value | None, default: Value) -> Value:
    return default if value is None else value
