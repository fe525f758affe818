"""How large the targets of a regression are in the training rows, which the script's network is told.

A network starts with outputs about 0: to reach 40 hours of work a week, the steps of an optimizer take many epochs.
"""

from collections.abc import Callable
from dataclasses import replace

from tablefit.data import StreamHeader, StreamOptions
from tablefit.data.tasks import Task
from tablefit.data.training_streams import TrainingStream
from tablefit.features import Feature

from training_service.reading import Reading


def with_scales(reading: Reading, stream: TrainingStream, describe: Callable[[StreamOptions], StreamHeader]) -> Reading:
    """`reading` with standard deviation (1 where it is 0) and mean of each target, when numbers are predicted."""
    if stream.task is not Task.REGRESSION:
        return reading
    # The data service fits these numbers on the training rows of the same split.
    standardized = tuple(Feature(name, (name,), "standardize") for name in stream.targets)
    header = describe(
        replace(stream.options, snapshot=stream.header.pin.snapshot_id, columns=(), features=standardized)
    )
    numbers = {fitted.feature.output: fitted.numbers for fitted in header.features}
    found = [numbers[name] for name in stream.targets]
    return replace(
        reading,
        target_scales=tuple(float(target["standard_deviation"]) or 1.0 for target in found),
        target_means=tuple(float(target["mean"]) for target in found),
    )
