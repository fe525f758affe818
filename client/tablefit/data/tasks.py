"""What a network predicts: the task that the targets' types stand for, the features it needs, and the outputs it has.

    task            targets                                       output        activation
    classification  one category or text; on request an integer   each class    softmax
                    or a boolean
    binary          one boolean; on request one of two classes    one           sigmoid
    multi_label     several booleans                              each target   sigmoid
    regression      one or several floats or integers             each target   linear

Classes that no category column numbers, of text, integers and booleans, are numbered by an ordinal feature in place of
the target. Leaves the arrays to `tablefit.keras.arrangement`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tablefit.data.streams import BatchColumn, StreamHeader
from tablefit.errors import InvalidInput, WrongState
from tablefit.features import Feature


class Task(StrEnum):
    """What is predicted; see the module."""

    CLASSIFICATION = "classification"
    BINARY = "binary"
    MULTI_LABEL = "multi_label"
    REGRESSION = "regression"

    @property
    def activation(self) -> str:
        """Name of the activation of a network's output."""
        return _ACTIVATIONS[self]


_ACTIVATIONS = {
    Task.CLASSIFICATION: "softmax",
    Task.BINARY: "sigmoid",
    Task.MULTI_LABEL: "sigmoid",
    Task.REGRESSION: "linear",
}
_CLASSES = ("category", "text", "integer", "boolean")
# Types of columns that can be targets of a task, and how many targets it may have.
_FITTING: dict[Task, tuple[tuple[str, ...], bool]] = {
    Task.CLASSIFICATION: (_CLASSES, False),
    Task.BINARY: (_CLASSES, False),
    Task.MULTI_LABEL: (("boolean",), True),
    Task.REGRESSION: (("float", "integer", "boolean"), True),
}
_DEFAULTS = {
    "category": Task.CLASSIFICATION,
    "text": Task.CLASSIFICATION,
    "boolean": Task.BINARY,
    "float": Task.REGRESSION,
    "integer": Task.REGRESSION,
}


@dataclass(frozen=True)
class Aim:
    """What is predicted. `class_names` in order of index, of classification and binary; else none."""

    task: Task
    targets: tuple[str, ...]
    class_names: tuple[str, ...] = ()

    @property
    def output_count(self) -> int:
        """Numbers that the network gives for a row."""
        return len(self.class_names) if self.task is Task.CLASSIFICATION else len(self.targets)


def find_task(types: Sequence[str], asked: str | None = None) -> Task | None:
    """The task for targets of these column types: the one asked for, else the one that they stand for.

    None where they stand for none, such as tensors. Raises InvalidInput when they do not go together.
    """
    if asked is None:
        return _default(types)
    if asked not in [*Task]:
        raise InvalidInput(f"expected a task out of {', '.join(Task)}, received {asked[:64]!r}", field="task")
    task = Task(asked)
    fitting, several = _FITTING[task]
    wrong = [kind for kind in types if kind not in fitting]
    if wrong:
        expected = f"targets of {task} of type {' or '.join(fitting)}"
        raise InvalidInput(f"expected {expected}, received one of type {wrong[0] or 'feature'}", field="task")
    if len(types) > 1 and not several:
        raise InvalidInput(
            f"expected one target of {task}, received {len(types)}; multi_label takes several booleans", field="task"
        )
    return task


def target_features(header: StreamHeader, targets: Sequence[str], task: Task | None) -> tuple[Feature, ...]:
    """The features that number the classes of the target, where its column does not do so itself."""
    column = header.column(targets[0])
    if column is None or not _needs_numbers(column, task):
        return ()
    return (Feature(column.name, (column.name,), "ordinal"),)


def find_aim(header: StreamHeader, targets: Sequence[str], task: Task) -> Aim:
    """What is predicted of a stream that has what `target_features` asks for.

    Raises WrongState when there are fewer than two classes, InvalidInput when there are others than two of a binary
    target.
    """
    if task in (Task.MULTI_LABEL, Task.REGRESSION):
        return Aim(task, tuple(targets))
    names = _class_names(header, targets[0])
    if len(names) < 2:
        only = f"only {names[0]!r}" if names else "none"
        expected = f"rows of at least two classes in column {targets[0]!r}"
        raise WrongState(f"expected {expected}, found {only}", details={"table": header.table})
    if task is Task.BINARY and len(names) > 2:
        raise InvalidInput(
            f"expected a binary target of two classes, received {targets[0]!r} of {len(names):,}; ask for the task "
            "classification",
            field="task",
        )
    return Aim(task, tuple(targets), names)


def _default(types: Sequence[str]) -> Task | None:
    tasks = {_DEFAULTS.get(kind) for kind in types}
    if len(types) == 1:
        return tasks.pop()
    if tasks == {Task.BINARY}:
        return Task.MULTI_LABEL
    if tasks == {Task.REGRESSION}:
        return Task.REGRESSION
    raise InvalidInput(
        f"expected several targets to be all boolean (multi_label) or all numbers (regression), received "
        f"{', '.join(kind or 'a feature' for kind in types)}",
        field="targets",
    )


def _needs_numbers(column: BatchColumn, task: Task | None) -> bool:
    """Whether the column's values are no numbers of classes. Booleans are, for one output."""
    if task is Task.CLASSIFICATION:
        return column.type in ("text", "integer", "boolean")
    return task is Task.BINARY and column.type in ("text", "integer")


def _class_names(header: StreamHeader, target: str) -> tuple[str, ...]:
    column = header.column(target)
    if column is not None and column.type == "boolean":
        return ("false", "true")
    if column is not None and column.type:
        return column.class_names
    # The numbers are 1 for the first name on; 0 stands for others and NULL.
    fitted = next((fitted for fitted in header.features if fitted.feature.output == target), None)
    return fitted.vocabulary if fitted else ()
