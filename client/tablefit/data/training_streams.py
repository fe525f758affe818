"""The stream that a network is fitted to: what is read, which of it is predicted, and as what.

A target whose classes have no numbers is asked for once more, as a feature that numbers them; see `tasks`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tablefit.data.network_inputs import NetworkInputs, network_inputs
from tablefit.data.stream_requests import StreamOptions
from tablefit.data.streams import StreamHeader
from tablefit.data.tasks import Aim, Task, find_aim, find_task, target_features
from tablefit.errors import InvalidInput


@dataclass(frozen=True)
class TrainingStream:
    """A stream with the options that ask for it again. `task` None: the targets are taken as they are."""

    header: StreamHeader
    options: StreamOptions
    targets: tuple[str, ...]
    task: Task | None

    @property
    def aim(self) -> Aim:
        """What is predicted. Raises InvalidInput when it is nothing that a network of this package predicts."""
        if self.task is None:
            column = self.header.column(self.targets[0]) if self.targets else None
            received = f"{self.targets[0]!r} of type {column.type or 'feature'}" if column else "none"
            raise InvalidInput(
                f"expected a column of categories, texts, booleans or numbers to predict, received {received}",
                field="targets",
            )
        return find_aim(self.header, self.targets, self.task)

    @property
    def inputs(self) -> NetworkInputs:
        """What the network takes. Raises InvalidInput for a column that none can take as it is."""
        return network_inputs(self.header, self.targets)


def describe_training(
    describe: Callable[[StreamOptions], StreamHeader],
    options: StreamOptions,
    targets: Sequence[str] = (),
    task: str | None = None,
) -> TrainingStream:
    """The training stream of `options`, of which `targets` (default: the table's own) are predicted.

    `describe` asks the data service for a header. Raises InvalidInput when targets and task do not go together, and
    what `describe` raises.
    """
    if len(set(targets)) < len(targets):
        raise InvalidInput("expected each target once, received one twice", field="targets")
    options = _for_targets(options, targets)
    header = describe(options)
    found = tuple(targets) or ((header.target,) if header.target else ())
    if not found:
        return TrainingStream(header, options, (), None)
    if not targets and options.columns and header.target not in options.columns:
        # The table's own target, which the columns do not name.
        return describe_training(describe, replace(options, snapshot=header.pin.snapshot_id), found, task)
    decided = find_task([_type(header, name) for name in found], task)
    added = target_features(header, found, decided)
    if added:
        options = replace(options, snapshot=header.pin.snapshot_id, features=(*options.features, *added))
        header = describe(options)
    return TrainingStream(header, options, found, decided)


def _for_targets(options: StreamOptions, targets: Sequence[str]) -> StreamOptions:
    if not targets:
        return options
    columns = options.columns and tuple(dict.fromkeys((*options.columns, *targets)))
    # The shares of one label say nothing about those of the others.
    stratify = False if len(targets) > 1 else options.stratify
    return replace(options, columns=columns, target=targets[0], stratify=stratify)


def _type(header: StreamHeader, name: str) -> str:
    column = header.column(name)
    if column is None:
        raise InvalidInput(
            f"expected targets among the columns that are read as they are, received {name!r}, which a feature uses up",
            field="targets",
        )
    return column.type
