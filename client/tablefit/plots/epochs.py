"""The history of a training, made of its job's events."""

from collections.abc import Iterable

from tablefit.training import EpochEvent, Event

History = dict[str, tuple[float, ...]]


def history_of(events: Iterable[Event]) -> History:
    """The values of each epoch by metric, "val_" before those of the held-out rows, as Keras has it."""
    found: dict[str, list[float]] = {}
    for event in events:
        if isinstance(event, EpochEvent):
            progress = event.progress
            values = {"loss": progress.loss, **progress.metrics}
            values |= {f"val_{name}": value for name, value in progress.validation_metrics.items()}
            for name, value in values.items():
                found.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in found.items()}
