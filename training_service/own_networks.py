"""A caller's own model as the network of a job: what it takes of a table, and whether the two go together."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tablefit.errors import InvalidInput

from training_service.adviser import Adviser
from training_service.architecture import Architecture, InputKind
from training_service.inputs import TableColumns
from training_service.native import OwnModel
from training_service.options import Options
from training_service.own_models import FIELD, ask_own
from training_service.situation import Situation

OWN_NAME = "own"
# (shape of one row's value, with None for any size; element type), by input.
OwnInputs = Mapping[str, tuple[Sequence[int | None], str]]


@dataclass(frozen=True)
class OwnNetwork:
    """A model that was loaded once; `output_shape` is that for one row."""

    model: OwnModel
    inputs: OwnInputs
    output_shape: Sequence[int | None]

    def architecture(self, table: TableColumns) -> Architecture:
        """What stands for it where a job names an architecture."""
        return Architecture(OWN_NAME, "A model of the caller's.", 1, (), inputs=self._kind(table))

    def columns_of(self, table: TableColumns, options: Options) -> TableColumns:
        """The columns that the model names, and the targets; all of them where it takes one input of any name."""
        wanted = {*self.inputs, *options.reading.targets}
        if len(self.inputs) == 1 or not {*self.inputs} <= {column.name for column in table.columns}:
            return table
        return replace(table, columns=tuple(column for column in table.columns if column.name in wanted))

    def check_fit(self, situation: Situation) -> None:
        """Raises InvalidInput when the model does not take what is read, or predicts something else."""
        offered = _offered(situation)
        only = len(offered) == len(self.inputs) == 1
        taken = {name: shape for name, (shape, _) in self.inputs.items()}
        pairs = zip(taken.values(), offered.values(), strict=True) if only else None
        fits = all(_fits(*pair) for pair in pairs) if pairs else _fit_by_name(taken, offered)
        if not fits or any(data_type == "string" for _, data_type in self.inputs.values()):
            raise InvalidInput(
                f"expected a model that takes {_say(offered)}, received one that takes {_say(taken)}; "
                + ("choose the size of images" if situation.shape else "choose columns and features, or name inputs")
                + " so that they fit",
                field=FIELD,
            )
        if list(self.output_shape) != [situation.outputs]:
            raise InvalidInput(
                f"expected a model with an output of shape ({situation.outputs},) for {situation.task}, received "
                f"{_shape(self.output_shape)}",
                field=FIELD,
            )

    def _kind(self, table: TableColumns) -> InputKind:
        shapes = [shape for shape, _ in self.inputs.values()]
        if len(shapes) == 1 and (len(shapes[0]) == 3 or table.is_image_table):
            return InputKind.IMAGE
        return InputKind.IMAGE_AND_COLUMNS if any(len(shape) == 3 for shape in shapes) else InputKind.COLUMNS


def examine_own(options: Options, adviser: Adviser, *, allow_code: bool) -> OwnNetwork | None:
    """The model that a job brings. Raises InvalidInput for one that cannot be used, Unavailable."""
    own = options.native.own_model
    if own is None:
        return None
    if options.architecture not in ("", OWN_NAME):
        reason = f"expected an architecture or a model of one's own, received both: {options.architecture[:64]!r}"
        raise InvalidInput(reason, field="spec.architecture")
    if options.native.dtype_policy is not None:
        reason = "expected no dtype_policy beside a model of one's own, whose layers have theirs, received one"
        raise InvalidInput(reason, field="spec.dtype_policy")
    found = ask_own(adviser, own, allow_code=allow_code)
    inputs = {name: (tuple(shape), data_type) for name, (shape, data_type) in found["inputs"].items()}
    return OwnNetwork(replace(own, runs_code=found["runs_code"]), inputs, tuple(found["output_shape"]))


def _offered(situation: Situation) -> dict[str, tuple[int, ...]]:
    if situation.shape is not None:
        return {"image": tuple(situation.shape)}
    return {name: tuple(shape) for name, (shape, _) in situation.inputs.items()}


def _fit_by_name(taken: Mapping[str, Sequence[int | None]], offered: Mapping[str, Sequence[int]]) -> bool:
    return taken.keys() == offered.keys() and all(_fits(taken[name], offered[name]) for name in taken)


def _fits(taken: Sequence[int | None], offered: Sequence[int]) -> bool:
    """Keras itself adds and drops an axis of one number."""
    if not taken and math.prod(offered) == 1:
        return True
    return len(taken) == len(offered) and all(size in (None, one) for size, one in zip(taken, offered, strict=True))


def _say(inputs: Mapping[str, Sequence[int | None]]) -> str:
    return ", ".join(f"{name!r} {_shape(shape)}" for name, shape in [*inputs.items()][:20])


def _shape(shape: Sequence[int | None]) -> str:
    return str(tuple(shape))
